"""The IMAP connector against a real Dovecot.   pytest tests/integration/imap_dovecot.py"""
import glob
import json
import os
import random
import subprocess
import sys
import time

import pytest

from daybook import free_port
from dovecot import PASSWORD, Dovecot, key_pin
from imap_tools import (CuttingProxy, TOOLS, command, cursor, digest, drive, environment, mail, meta, rows)

WRITING = ("STORE", "APPEND", "EXPUNGE", "SELECT", "COPY", "MOVE", "DELETE", "CREATE", "RENAME", "SUBSCRIBE",
           "UNSUBSCRIBE", "SETACL", "SETMETADATA", "CLOSE")


@pytest.fixture(scope="module")
def server():
    with Dovecot() as d:
        generate(d, "u1", "", 300, 1)
        generate(d, "u1", ".Sent", 100, 2, "--sent")
        yield d


def generate(d, user, folder, count, seed, *more):
    subprocess.run([sys.executable, os.path.join(TOOLS, "genmail.py"), "--out", d.maildir(user, folder), "--count",
                    str(count), "--seed", str(seed), *more], check=True, stdout=subprocess.DEVNULL)
    d.own(os.path.join(d.dir, "mail", user))


def options(d, user="u1", **more):
    return dict({"host": "localhost", "port": d.tls_port, "user": user + "@test", "password": PASSWORD,
                 "tls_ca": d.ca, "attachments": "all"}, **more)


def files(d, user, folder=""):
    paths = glob.glob(os.path.join(d.maildir(user, folder), "cur", "*")) + \
        glob.glob(os.path.join(d.maildir(user, folder), "new", "*"))
    return [open(p, "rb").read() for p in paths]


def assert_only_reading(d):
    said = d.said()
    assert any("EXAMINE" in line for line in said), "no raw log"
    for line in said:
        words = line.upper().split()[1:3]       # behind the tag
        assert not any(word in WRITING for word in words), line
        assert "BODY[" not in line, line        # only BODY.PEEK[


def test_every_mail_of_inbox_and_sent_is_taken_once_byte_by_byte(server, tmp_path):
    state = tmp_path / "state"
    r = drive(state, **options(server))
    assert (r.code, r.last["ok"], r.last["emitted"], r.last["watching"]) == (0, True, 400, True), r.stderr
    raws = rows(state, "raw")
    assert sorted(x["sha256"] for x in raws if x["key"] == "INBOX") == sorted(map(digest, files(server, "u1")))
    assert sorted(x["sha256"] for x in raws if x["key"] == "Sent") == sorted(map(digest, files(server, "u1", ".Sent")))
    assert len({x["id"] for x in raws}) == 400
    first = meta(raws[0])
    assert first["folder"] == "INBOX" and first["folder_hint"] == "inbox" and first["uid"] == "1"
    assert raws[0]["id"] == "INBOX/%s/1" % first["uidvalidity"] and int(first["internaldate"]) > 10 ** 15
    assert meta(raws[-1])["folder_hint"] == "sent" and raws[0]["content_type"] == "message/rfc822"
    assert drive(state, **options(server)).last["emitted"] == 0
    assert_only_reading(server)


def test_a_crash_at_any_emit_loses_nothing(server, tmp_path):
    state, rnd = tmp_path / "state", random.Random(5)
    crashes = 0
    for attempt in range(60):
        r = drive(state, "--crash-at", rnd.randint(1, 60), "--seed", attempt, **options(server))
        crashes += r.code == 9
        if r.code == 0:
            break
    assert crashes >= 5 and r.code == 0
    raws = rows(state, "raw")
    # Only committed rows are in the state file, each with its cursor: nothing twice, nothing missing.
    assert len(raws) == 400 and len({x["id"] for x in raws}) == 400
    assert sorted(x["sha256"] for x in raws) == sorted(map(digest, files(server, "u1") + files(server, "u1", ".Sent")))
    assert_only_reading(server)


def test_connections_cut_at_random_lose_nothing(server, tmp_path):
    state, rnd = tmp_path / "state", random.Random(7)
    with CuttingProxy(server.port, lambda: rnd.randint(500, 3000000) if rnd.random() < .7 else None) as proxy:
        more = options(server, host="127.0.0.1", port=proxy.port, tls="none", tls_ca="", command_timeout="10s", idle="no")
        for _ in range(30):
            r = drive(state, **more)
            if r.code == 0 and "!" not in cursor(state) + cursor(state, "Sent"):
                break
    raws = rows(state, "raw")
    assert len(raws) == 400 and len({x["id"] for x in raws}) == 400 and not rows(state, "dead")
    assert sorted(x["sha256"] for x in raws) == sorted(map(digest, files(server, "u1") + files(server, "u1", ".Sent")))


def test_another_uidvalidity_reads_everything_again_under_other_ids(server, tmp_path):
    state = tmp_path / "state"
    for n in range(20):
        server.deliver("u2", mail(n))
    assert drive(state, **options(server, "u2")).last["emitted"] == 20
    for name in glob.glob(os.path.join(server.maildir("u2"), "dovecot*")):
        os.unlink(name)
    time.sleep(1.1)     # Dovecot makes UIDVALIDITY of the clock
    r = drive(state, **options(server, "u2"))
    raws = rows(state, "raw")
    assert r.code == 0 and len(raws) == 40 and len({x["id"] for x in raws}) == 40
    assert len({x["sha256"] for x in raws}) == 20
    assert drive(state, **options(server, "u2")).last["emitted"] == 0


def test_idle_brings_new_mail_at_once_and_survives_a_restart(server, tmp_path):
    state = tmp_path / "state"
    server.deliver("u3", mail(1))
    proc = subprocess.Popen(command(state, "--watch", 40, **options(server, "u3", command_timeout="5s")),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        assert json.loads(proc.stdout.readline())["watching"]
        for n in range(2, 5):
            start = time.monotonic()
            server.deliver("u3", mail(n))
            while True:
                line = json.loads(proc.stdout.readline())
                assert line["ok"] and line["watching"]
                if line["emitted"] == n:
                    break
            assert time.monotonic() - start < 10
        server.stop()
        while line["ok"]:       # a last wake may still go well; then nobody is there
            line = json.loads(proc.stdout.readline())
        assert line["kind"] == "again"
    finally:
        proc.terminate()
        err = proc.communicate()[1]
        server.start()
    assert "Sanitizer" not in err, err
    server.deliver("u3", mail(9))
    assert drive(state, **options(server, "u3")).last["emitted"] == 1
    assert sorted(x["sha256"] for x in rows(state, "raw")) == sorted(digest(mail(n)) for n in (1, 2, 3, 4, 9))


def test_a_dead_connection_is_replaced_within_the_run(server, tmp_path):
    state = tmp_path / "state"
    with CuttingProxy(server.port, lambda: None) as proxy:
        r = drive(state, "--runs", 3, **options(server, "u3", host="127.0.0.1", port=proxy.port, tls="none", tls_ca=""))
    assert [run["ok"] for run in r.runs] == [True] * 3


REFUSALS = {
    "self": "localhost shows a self-signed certificate; if it is yours, trust it by tls_ca: FILE, or by tls_pin: sha256:",
    "wronghost": "the certificate is for other.test, not localhost",
    "cnonly": "the certificate is for evil.test, not localhost",
    "nosan": "the certificate names no server (its common name does not count), so not localhost either",
    "expired": "the certificate of localhost expired on 2021-01-01 (",
    "purpose": "the certificate of localhost is refused: unsuitable certificate purpose",
}


def test_only_a_good_certificate_gets_the_password(server, tmp_path):
    tls = os.path.join(server.dir, "tls")
    try:
        for certificate in ("good", "self", "wronghost", "cnonly", "nosan", "expired", "purpose"):
            server.stop()
            before = server.log().count("Login: user=<u4@test>")
            server.start(certificate)
            for mode, port in (("implicit", server.tls_port), ("starttls", server.port)):
                r = drive(tmp_path / ("s" + certificate + mode), **options(server, "u4", tls=mode, port=port))
                assert r.last["ok"] == (certificate == "good"), (certificate, mode, r.last)
                if certificate != "good":
                    assert r.last["kind"] == "configuration" and REFUSALS[certificate] in r.last["text"], r.last
            pinned = options(server, "u4", tls_ca="", tls_pin=key_pin(os.path.join(tls, certificate + ".pem")))
            assert drive(tmp_path / ("p" + certificate), **pinned).last["ok"], certificate
            logins = server.log().count("Login: user=<u4@test>") - before
            assert logins == (3 if certificate == "good" else 1), certificate     # the pinned one, each time
        # A pin trusts that key and no other, not even one that the CA vouches for.
        r = drive(tmp_path / "pin", **options(server, "u4", tls_ca="", tls_pin="sha256:" + "00" * 32))
        assert r.last["kind"] == "configuration" and "not the one in tls_pin" in r.last["text"]
        # Our test CA is not the system's; an unknown authority is named.
        server.stop()
        server.start("good")
        r = drive(tmp_path / "ca", **options(server, "u4", tls_ca=""))
        assert r.last["kind"] == "configuration" and 'is signed by "Daybook Test CA", which is not trusted' in r.last["text"]
        # By address: the certificate names 127.0.0.1, not 127.0.0.2.
        assert drive(tmp_path / "ip", **options(server, "u4", host="127.0.0.1")).last["ok"]
        # The server's own certificate may stand in tls_ca.
        assert drive(tmp_path / "own", **options(server, "u4", tls_ca=os.path.join(tls, "good.pem"))).last["ok"]
    finally:
        server.stop()
        server.start("good")


def test_the_systems_certificates_are_found_by_their_hash_or_in_one_file(server, tmp_path, monkeypatch):
    hashed, plain = tmp_path / "hashed", tmp_path / "plain"
    hashed.mkdir()
    plain.mkdir()
    name = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", server.ca], check=True, stdout=subprocess.PIPE)
    (hashed / (name.stdout.decode().strip() + ".0")).symlink_to(server.ca)
    (plain / "ca.pem").symlink_to(server.ca)
    monkeypatch.setenv("SSL_CERT_DIR", str(hashed))
    assert drive(tmp_path / "dir", **options(server, "u4", tls_ca="")).last["ok"]
    monkeypatch.setenv("SSL_CERT_DIR", str(plain))
    assert "is not trusted" in drive(tmp_path / "none", **options(server, "u4", tls_ca="")).last["text"]
    (plain / "00000000.0").symlink_to(server.ca)        # a hash, but not its own
    monkeypatch.setenv("SSL_CERT_FILE", server.ca)
    assert drive(tmp_path / "file", **options(server, "u4", tls_ca="")).last["ok"]


def test_an_old_tls_is_refused(server, tmp_path):
    tls, port = os.path.join(server.dir, "tls"), free_port()
    old = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:%d" % port, "-cert", tls + "/good.pem", "-key",
                            tls + "/good.key", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-quiet"],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(50):
            r = drive(tmp_path / "state", **options(server, port=port))
            if "Connection refused" not in r.last["text"]:
                break
            time.sleep(0.1)
    finally:
        old.terminate()
        old.wait()
    assert r.last["kind"] == "again" and r.last["text"] == \
        "localhost speaks only an old version of TLS; 1.2 is the least we take"


def test_a_wrong_password_is_an_auth_error_and_tried_once(server, tmp_path):
    before = server.log().count("auth failed")
    r = drive(tmp_path / "state", **options(server, "u4", password="wrong"))
    assert r.code == 1 and r.last["kind"] == "auth"
    assert r.last["text"].startswith("login refused: NO [AUTHENTICATIONFAILED]"), r.last
    assert server.log().count("auth failed, 1 attempts") - before <= 1


def test_a_password_with_odd_characters_arrives_as_it_is(server, tmp_path):
    assert drive(tmp_path / "state", **options(server, "odd", password='pä ss\\"wörd {3}')).last["ok"]


def test_since_leaves_out_what_is_older_and_is_not_asked_for_again(server, tmp_path):
    state = tmp_path / "state"
    for n, age in enumerate((400, 300, 2, 350, 1)):
        path = server.deliver("u5", mail(n), name="%d.M%dP1.x" % (time.time() - age * 86400, n))
        os.utime(path, (time.time() - age * 86400,) * 2)
    r = drive(state, since="-%ds" % (30 * 86400), **options(server, "u5"))
    assert r.last["ok"] and sorted(x["sha256"] for x in rows(state, "raw")) == sorted(map(digest, (mail(2), mail(4))))
    assert " gaps=" not in cursor(state)
    assert drive(state, since="-%ds" % (30 * 86400), **options(server, "u5")).last["emitted"] == 0


def test_a_mail_over_the_limit_becomes_a_dead_letter_with_its_header(server, tmp_path):
    state = tmp_path / "state"
    big, small = mail(1, b"x" * 3000000), mail(2)
    server.deliver("u5", big, ".Big", name="1.a")
    server.deliver("u5", small, ".Big", name="2.b")
    r = drive(state, max_message="1MiB", folders=["Big"], **options(server, "u5"))
    assert r.last["ok"], (r.last, r.trouble)
    (dead,) = rows(state, "dead")
    assert dead["kind"] == "limit" and dead["reason"].endswith(
        "bytes, larger than max_message (1048576), and cannot be taken in parts: its text alone is too large")
    assert dead["head"].startswith("From: a1@test\r\nSubject: mail 1") and dead["size"] < 200
    assert [x["sha256"] for x in rows(state, "raw")] == [digest(small)]
    r = drive(tmp_path / "all", folders=["Big"], **options(server, "u5"))
    assert sorted(x["sha256"] for x in rows(tmp_path / "all", "raw")) == sorted(map(digest, (big, small)))


def test_one_bad_folder_does_not_stop_the_others(server, tmp_path):
    state = tmp_path / "state"
    server.deliver("u5", mail(77), ".Worse", name="1.a")
    bad = server.maildir("u5", ".Worse")
    os.chmod(bad, 0)
    try:
        r = drive(state, folders=["Worse", "Big", "Nowhere"], **options(server, "u5"))
    finally:
        os.chmod(bad, 0o700)
    assert r.last["ok"] and len(rows(state, "raw")) == 2
    assert any(t.startswith("Worse: EXAMINE refused: NO ") for t in r.trouble), r.trouble
    assert "folders: the server has no folder Nowhere" in r.trouble


def test_descriptors_above_1100_work(server, tmp_path):
    r = drive(tmp_path / "state", "--fds", 1200, **options(server))
    assert r.last["ok"] and r.last["emitted"] == 400 and r.last["fd"] > 1200


def test_a_localized_sent_folder_is_found_without_special_use(tmp_path):
    with Dovecot(special="") as d:
        # Dovecot's fixture makes "Sent"; leave only the German one to be found.
        for n, folder in enumerate((".Gesendete Objekte", ".&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-")):
            d.deliver("u%d" % (n + 1), mail(n), folder)
            r = drive(tmp_path / ("state%d" % n), **options(d, "u%d" % (n + 1)))
            sent = [x for x in rows(tmp_path / ("state%d" % n), "raw") if meta(x).get("folder_hint") == "sent"]
            assert r.last["ok"] and [x["sha256"] for x in sent] == [digest(mail(n))]
        assert meta(sent[0])["folder"] == "Отправленные"


def test_nothing_but_reading_crossed_the_wire(server):
    assert_only_reading(server)
