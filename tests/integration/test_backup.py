"""Backups: whole or not there at all, taken while mail comes in, checked, and put back without a mail doubled."""
import base64
import glob
import json
import os
import resource
import signal
import subprocess
import threading
import time

import pytest

import daybook
from daybook import TOP, multipart, program, text_message, wait_until, whatsapp
from dovecot import PASSWORD, Dovecot, is_installed

MARIA = "5511987654321"
NEEDS_DOVECOT = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")
AS_ROOT = os.geteuid() == 0


def post(daemon, name):
    answer = daemon.post_whatsapp(whatsapp(text_message("wamid." + name, MARIA, name)))
    assert answer.status == 200
    return name


def post_file(daemon, name, data):
    body, kind = multipart({"name": "Maria", "email": "maria@example.com", "message": name},
                           [("file", name + ".bin", "application/octet-stream", data)])
    assert daemon.post("contact", body, {"Content-Type": kind}).status == 200


def mail_with_attachment(name, data):
    return ("From: maria@example.com\r\nTo: sales@acme.example\r\nSubject: %s\r\nDate: Mon, 02 Nov 2026 10:00:00 -0300\r\n"
            "Message-ID: <%s@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            "--b\r\nContent-Type: text/plain\r\n\r\n%s\r\n--b\r\nContent-Type: application/octet-stream\r\n"
            "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=%s.bin\r\n\r\n%s\r\n--b--\r\n"
            % (name, name, name, name, base64.encodebytes(data).decode().replace("\n", "\r\n"))).encode()


def import_mail(daemon, name, data):
    path = os.path.join(daemon.folder, name + ".eml")
    with open(path, "wb") as f:
        f.write(mail_with_attachment(name, data))
    done = daemon.run("import", "eml", path)
    assert done.returncode == 0, done.stderr


def fill(daemon):
    for i in range(20):
        post(daemon, "m%d" % i)
    post_file(daemon, "drawing", os.urandom(300000))
    import_mail(daemon, "offer", os.urandom(200000))


def shelf(daemon):
    return os.path.join(daemon.folder, "backups")


def backup(daemon, *args, status=0):
    return daemon.cli("backup", "--out", shelf(daemon), *args, status=status)


def refused(daemon, *args):
    """(exit status, what it said)"""
    done = daemon.run(*args)
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


def backups(daemon):
    return sorted(glob.glob(shelf(daemon) + "/*"))


def leftovers(daemon):
    return glob.glob(shelf(daemon) + "/.partial-*")


def texts(daemon):
    return sorted(it["text"] for it in daemon.cli("interactions"))


def restored_config(daemon, make_daemon, path, name="again"):
    """Another daemon with the same configuration, its store restored from the backup."""
    other = make_daemon(name)
    done = other.run("restore", path, "--yes")
    assert done.returncode == 0, done.stderr.decode()
    return other


# ---- taking one ----

def test_a_backup_holds_the_database_every_file_and_a_manifest(daemon):
    fill(daemon)
    [made] = backup(daemon)
    assert backups(daemon) == [made["path"]]
    assert sorted(os.listdir(made["path"])) == ["blobs", "daybook.db", "manifest"]
    assert made["files"] == 3 and made["received"] == 22
    for folder, folders, files in os.walk(shelf(daemon)):
        assert os.stat(folder).st_mode & 0o777 == 0o700
        assert all(os.stat(os.path.join(folder, f)).st_mode & 0o777 == 0o600 for f in files)
    assert daemon.cli("backup", "verify", made["path"]) == [made]
    assert daemon.cli("backup", "list", shelf(daemon)) == [made]


def test_it_is_the_same_with_the_daemon_down(daemon):
    fill(daemon)
    daemon.stop()
    [made] = backup(daemon)
    assert made["received"] == 22
    done = daemon.run("backup", "verify", "--rebuild", made["path"])
    assert done.returncode == 0, done.stderr
    assert "is whole" in done.stdout.decode() and "identical: 22 journal rows replayed" in done.stdout.decode()


def test_it_is_the_same_after_a_kill(daemon):
    fill(daemon)
    daemon.kill()    # the log is not folded in
    [made] = backup(daemon)
    assert made["received"] == 22
    assert daemon.run("backup", "verify", "--rebuild", made["path"]).returncode == 0


def test_the_next_one_shares_files_and_old_ones_go(daemon):
    fill(daemon)
    [first] = backup(daemon)
    post(daemon, "later")
    done = daemon.run("backup", "--out", shelf(daemon))
    assert "2 of them shared with the backup before" in done.stdout.decode()
    [second] = [b for b in backups(daemon) if b != first["path"]]
    [one] = glob.glob(first["path"] + "/blobs/*/*")[:1]
    assert os.stat(one).st_ino == os.stat(one.replace(first["path"], second)).st_ino
    [third] = backup(daemon, "--keep", "2")
    assert backups(daemon) == [second, third["path"]]
    assert all(daemon.run("backup", "verify", b).returncode == 0 for b in backups(daemon))


def test_a_file_that_rotted_in_the_backup_before_is_not_taken_over(daemon):
    fill(daemon)
    [first] = backup(daemon)
    [one] = glob.glob(first["path"] + "/blobs/*/*")[:1]
    with open(one, "r+b") as f:
        f.write(b"rot")
    [second] = backup(daemon)
    assert daemon.run("backup", "verify", second["path"]).returncode == 0
    assert daemon.run("backup", "verify", first["path"]).returncode == 1


def test_every_event_acknowledged_before_it_began_is_in_a_backup_under_load(daemon, make_daemon):
    fill(daemon)
    is_over, acknowledged = threading.Event(), []

    def load(k):
        i = 0
        while not is_over.is_set():
            acknowledged.append(post(daemon, "load%d-%d" % (k, i)))
            i += 1

    threads = [threading.Thread(target=load, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    try:
        wait_until(lambda: len(acknowledged) > 100, 30, "some load", passes=True)
        before = list(acknowledged)
        [made] = backup(daemon)
        n_during = len(acknowledged) - len(before)
    finally:
        is_over.set()
        for t in threads:
            t.join()
    assert n_during > 0, "nothing came in meanwhile: no load"
    assert daemon.run("backup", "verify", "--rebuild", made["path"]).returncode == 0
    again = restored_config(daemon, make_daemon, made["path"])
    assert set(before) <= set(texts(again))
    again.check_ledger()
    again.check_rebuild()
    again.start()
    post(again, "after")
    assert "after" in texts(again)


def test_two_backups_at_once_into_one_folder_are_one_too_many(daemon):
    fill(daemon)
    [made] = backup(daemon)
    with open(os.path.join(shelf(daemon), ".lock")) as lock:
        import fcntl
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert refused(daemon, "backup", "--out", shelf(daemon)) == (
            75, "daybook: backup: another backup is being written to %s\n" % shelf(daemon))
    other = os.path.join(daemon.folder, "others")
    both = [subprocess.Popen([program("daybook", "DAYBOOK"), "-c", daemon.config, "backup", "--out", d])
            for d in (shelf(daemon), other)]
    assert [p.wait(60) for p in both] == [0, 0]


# ---- where not ----

def test_a_folder_inside_of_the_store_is_refused(daemon):
    inside = os.path.join(daemon.store, "backups")
    code, said = refused(daemon, "backup", "--out", inside)
    assert (code, said) == (78, "daybook: backup: %s lies inside of storage.path: it would be lost with what it is to "
                                "replace\n" % inside)
    link = os.path.join(daemon.folder, "link")
    os.symlink(daemon.store, link)
    assert refused(daemon, "backup", "--out", link)[0] == 78


def test_a_folder_with_other_things_in_it_is_refused(daemon):
    os.makedirs(shelf(daemon), 0o700)
    with open(os.path.join(shelf(daemon), "thesis.txt"), "w") as f:
        f.write("mine")
    assert refused(daemon, "backup", "--out", shelf(daemon)) == (
        78, "daybook: backup: %s holds other things than backups (\"thesis.txt\"): name an empty folder\n" % shelf(daemon))
    assert os.listdir(shelf(daemon)) == ["thesis.txt"]


def test_a_folder_that_others_may_write_to_is_refused(daemon):
    os.makedirs(shelf(daemon))
    os.chmod(shelf(daemon), 0o777)
    code, said = refused(daemon, "backup", "--out", shelf(daemon))
    assert code == 4
    assert said.splitlines()[0] == "daybook: backup: %s: others may write to it (mode 0777): chmod 700 it" % shelf(daemon)


def test_a_folder_whose_parent_is_not_there_is_refused(daemon):
    code, said = refused(daemon, "backup", "--out", "/nowhere/backups")
    assert (code, said.splitlines()[0]) == (3, "daybook: backup: /nowhere/backups: No such file or directory")


# ---- half of one is none ----

def run_limited(daemon, *args, limit):
    return subprocess.run([program("daybook", "DAYBOOK"), "-c", daemon.config, *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))


@pytest.mark.parametrize("limit", [50000, 250000])
def test_no_room_leaves_no_half_of_a_backup(daemon, limit):
    """First the database does not fit, then a file of it."""
    post(daemon, "m")
    daemon.stop()
    size = os.path.getsize(daemon.store + "/daybook.db")
    daemon.start()
    if limit > 50000:
        post_file(daemon, "large", os.urandom(max(size, limit) + 3000000))
        limit = size + 1500000
    done = run_limited(daemon, "backup", "--out", shelf(daemon), limit=limit)
    assert done.returncode == 75, done.stderr
    assert done.stderr.decode().splitlines()[0].endswith(": File too large")
    assert done.stderr.decode().splitlines()[1] == \
        "hint: make room, or name a folder on another disk: --out DIR; nothing was left behind"
    assert backups(daemon) == [] and leftovers(daemon) == []
    assert backup(daemon)


def test_a_missing_file_of_the_store_fails_it_by_name(daemon):
    fill(daemon)
    [one] = glob.glob(daemon.store + "/blobs/*/*")[:1]
    os.rename(one, one + ".away")
    code, said = refused(daemon, "backup", "--out", shelf(daemon))
    assert code == 3
    assert said.splitlines()[0] == ("daybook: backup: the database names a file that is not there: %s: No such file or "
                                    "directory" % one)
    assert backups(daemon) == [] and leftovers(daemon) == []
    os.rename(one + ".away", one)


def test_a_damaged_file_of_the_store_fails_it_by_name(daemon):
    fill(daemon)
    [one] = glob.glob(daemon.store + "/blobs/*/*")[:1]
    good = open(one, "rb").read()
    with open(one, "wb") as f:
        f.write(good[:-1] + bytes([good[-1] ^ 1]))
    assert refused(daemon, "backup", "--out", shelf(daemon)) == (
        1, "daybook: backup: %s does not hold what its name says\n" % one)
    with open(one, "wb") as f:
        f.write(good)


def slow_down(daemon, args, at):
    """Runs the command under a kill at a random moment of its life, `at` seconds after its start."""
    p = subprocess.Popen([program("daybook", "DAYBOOK"), "-c", daemon.config, *args], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    time.sleep(at)
    p.kill()
    return p.wait(30)


def test_killed_at_any_moment_it_leaves_nothing_that_is_taken_for_a_backup(daemon):
    fill(daemon)
    for i in range(12):
        slow_down(daemon, ["backup", "--out", shelf(daemon)], 0.02 * i)
        for path in backups(daemon):
            assert daemon.run("backup", "verify", path).returncode == 0
    [made] = backup(daemon)
    assert leftovers(daemon) == []
    assert daemon.run("backup", "verify", made["path"]).returncode == 0


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("shim") / "iofault.so")
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", os.path.join(TOP, "tests", "tools", "iofault.c"), "-o", path,
                    "-ldl", "-lpthread"], check=True)
    return path


def run_with(daemon, shim, fault):
    env = dict(os.environ, LD_PRELOAD=shim, IOFAULT=fault, IOFAULT_LOG=os.path.join(daemon.folder, "faults"),
               ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0")
    return subprocess.run([program("daybook", "DAYBOOK"), "-c", daemon.config, "backup", "--out", shelf(daemon)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, env=env)


def test_all_of_a_backup_is_on_the_disk_before_it_has_its_name(daemon, shim):
    """Each sync is written down by the shim, with the name that the file has then."""
    fill(daemon)
    daemon.stop()
    done = run_with(daemon, shim, "path=/backups;op=sync;nth=1;every=1;do=short")
    assert done.returncode == 0, done.stderr
    [path] = backups(daemon)
    with open(os.path.join(daemon.folder, "faults")) as f:
        synced = [line.split(" sync ")[1].split(" n=")[0] for line in f if " sync " in line]
    assert synced.index(shelf(daemon)) == len(synced) - 1, "the folder last, for the name"
    synced = {s.split("/.partial-")[1].partition("/")[2] for s in synced[:-1]}
    whole = {""}
    for folder, folders, files in os.walk(path):
        whole.update(os.path.relpath(os.path.join(folder, name), path) for name in folders + files)
    assert whole == synced


def test_power_lost_before_it_has_its_name_leaves_none(daemon, shim):
    fill(daemon)
    daemon.stop()
    for n in (1, 3, 8):
        done = run_with(daemon, shim, "path=/backups/.partial;op=any;nth=%d;do=powerloss" % n)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert backups(daemon) == []
    assert backup(daemon) and leftovers(daemon) == []


def test_a_daemon_killed_meanwhile_does_not_matter(daemon):
    fill(daemon)
    p = subprocess.Popen([program("daybook", "DAYBOOK"), "-c", daemon.config, "backup", "--out", shelf(daemon)])
    daemon.kill()
    assert p.wait(60) == 0
    [path] = backups(daemon)
    assert daemon.run("backup", "verify", "--rebuild", path).returncode == 0
    daemon.start()


# ---- verifying ----

def damaged(daemon, path):
    code, said = refused(daemon, "backup", "verify", path)
    assert code == 1
    return said.splitlines()


def edit(path, change):
    with open(path, "rb") as f:
        data = f.read()
    os.unlink(path)
    with open(path, "wb") as f:
        f.write(change(data))


def test_verify_names_what_is_truncated_edited_and_missing(daemon):
    fill(daemon)
    [made] = backup(daemon)
    path = made["path"]
    one, two = sorted(glob.glob(path + "/blobs/*/*"))
    edit(one, lambda d: d[:-10])
    os.unlink(two)
    edit(path + "/daybook.db", lambda d: d[:5000] + bytes([d[5000] ^ 1]) + d[5001:])
    said = damaged(daemon, path)
    assert said[0] == "daybook.db was changed: its SHA-256 is another"
    assert said[1].startswith(os.path.relpath(one, path) + " has ") and " bytes instead of " in said[1]
    assert said[2] == "%s is missing" % os.path.relpath(two, path)
    assert said[3] == "daybook: %s is damaged: 3 faults" % path


def test_verify_knows_an_edited_and_a_short_manifest(daemon):
    fill(daemon)
    [made] = backup(daemon)
    manifest = made["path"] + "/manifest"
    whole = open(manifest, "rb").read()
    edit(manifest, lambda d: d.replace(b'"received":22', b'"received":23'))
    assert damaged(daemon, made["path"]) == ["daybook: %s: was changed after it was written" % manifest]
    edit(manifest, lambda d: whole[:whole.rindex(b"{")])
    assert damaged(daemon, made["path"]) == ["daybook: %s: is cut short" % manifest]
    edit(manifest, lambda d: whole.replace(b"blobs/", b"../../"))
    assert "names no file of a backup" in damaged(daemon, made["path"])[0]
    os.unlink(manifest)
    code, said = refused(daemon, "backup", "verify", made["path"])
    assert (code, said.splitlines()[0]) == (3, "daybook: %s is no backup: it has no manifest" % made["path"])


def test_verify_finds_a_file_that_was_never_copied(daemon):
    """As a backup with a mistake in it would be: the manifest is good, and does not speak of it."""
    fill(daemon)
    [made] = backup(daemon)
    path = made["path"]
    one = sorted(glob.glob(path + "/blobs/*/*"))[0]
    name = os.path.relpath(one, path)
    lines = open(path + "/manifest").read().splitlines(keepends=True)
    kept = [line for line in lines[:-1] if name not in line]
    end = json.loads(lines[-1])
    import hashlib
    end.update(files=end["files"] - 1, bytes=end["bytes"] - os.path.getsize(one),
               sha256_of_this=hashlib.sha256("".join(kept).encode()).hexdigest())
    edit(path + "/manifest", lambda d: "".join(kept + [json.dumps(end) + "\n"]).encode())
    os.unlink(one)
    assert damaged(daemon, path)[0] == "%s is named by the database and not in the backup" % name


# ---- restoring ----

def test_restore_brings_the_timeline_back_and_keeps_what_was_there(daemon):
    fill(daemon)
    before = daemon.cli("interactions")
    [made] = backup(daemon)
    post(daemon, "too late")
    assert refused(daemon, "restore", made["path"], "--yes") == (
        75, "daybook: restore: daybookd is running\nhint: systemctl stop daybookd, then again\n")
    daemon.stop()
    for blob in glob.glob(daemon.store + "/blobs/*/*"):
        edit(blob, lambda d: d[:-1])
    dry = daemon.run("restore", made["path"], "--dry-run")
    assert dry.returncode == 0 and "nothing was changed" in dry.stdout.decode()
    assert not os.path.exists(daemon.store + "/restored")
    assert refused(daemon, "restore", made["path"])[0] == 2    # nobody is there to ask
    done = daemon.run("restore", made["path"], "--yes")
    assert done.returncode == 0, done.stderr
    [kept] = glob.glob(daemon.store + "/daybook.db.before-*")
    assert "the database before is kept as %s" % kept in done.stdout.decode()
    assert daemon.cli("interactions") == before
    daemon.start()
    assert "this store came out of a backup" in daemon.log_text()
    assert not os.path.exists(daemon.store + "/restored")
    post(daemon, "after")
    daemon.stop()
    daemon.start()
    assert daemon.log_text().count("this store came out of a backup") == 1
    assert daemon.cli("interactions")[:-1] == before


def test_restore_over_a_store_that_makes_no_sense(daemon):
    fill(daemon)
    before = daemon.cli("interactions")
    [made] = backup(daemon)
    post(daemon, "in the log")
    daemon.kill()
    edit(daemon.store + "/daybook.db", lambda d: b"x" * len(d))
    assert os.path.getsize(daemon.store + "/daybook.db-wal") > 0
    done = daemon.run("restore", made["path"], "--yes")
    assert done.returncode == 0, done.stderr
    daemon.start()
    assert daemon.cli("interactions") == before


def test_restore_on_a_new_machine(daemon, make_daemon):
    fill(daemon)
    [made] = backup(daemon)
    other = restored_config(daemon, make_daemon, made["path"])
    assert os.stat(other.store).st_mode & 0o777 == 0o700
    other.start()
    assert other.cli("interactions") == daemon.cli("interactions")


def test_a_damaged_backup_is_not_restored(daemon):
    fill(daemon)
    [made] = backup(daemon)
    edit(made["path"] + "/daybook.db", lambda d: d[:-4096])
    daemon.stop()
    before = daemon.cli("interactions")
    assert refused(daemon, "restore", made["path"], "--yes")[0] == 1
    assert daemon.cli("interactions") == before and glob.glob(daemon.store + "/daybook.db.before-*") == []


def test_no_room_for_a_restore_leaves_the_store_as_it_was(daemon):
    fill(daemon)
    [made] = backup(daemon)
    daemon.stop()
    before = daemon.cli("interactions")
    done = run_limited(daemon, "restore", made["path"], "--yes", limit=50000)
    assert done.returncode == 75 and "hint: the store is as it was" in done.stderr.decode(), done.stderr
    assert daemon.cli("interactions") == before
    assert glob.glob(daemon.store + "/restore-*") == []
    daemon.start()


def mailbox(server):
    return ("\n  sales:\n    type: imap\n    host: localhost\n    port: %d\n    tls_ca: %s\n    user: u1@test\n"
            "    password: !file secrets/imap\n    every: 10s\n" % (server.tls_port, server.ca))


@NEEDS_DOVECOT
def test_what_came_after_the_backup_is_fetched_again_and_nothing_twice(make_daemon):
    with Dovecot() as server:
        daemon = make_daemon(connectors=mailbox(server))
        daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
        for name in ("a", "b"):
            server.deliver("u1", mail_with_attachment(name, os.urandom(40000)))
        daemon.start()
        wait_until(lambda: len(daemon.cli("interactions")) == 2, 60, "two mails")
        [made] = backup(daemon)
        for name in ("c", "d"):
            server.deliver("u1", mail_with_attachment(name, os.urandom(40000)))
        wait_until(lambda: len(daemon.cli("interactions")) == 4, 60, "two more")
        daemon.stop()
        assert daemon.run("restore", made["path"], "--yes").returncode == 0
        assert len(daemon.cli("interactions")) == 2
        daemon.start()
        wait_until(lambda: len(daemon.cli("interactions")) == 4, 60, "what came since")
        rows = {row["folder"]: row for row in daemon.cli("reconcile", "sales")}
        assert rows["INBOX"]["known"] == 4 and rows["INBOX"]["missing"] == 0
        assert sorted(it["subject"] for it in daemon.cli("interactions")) == ["a", "b", "c", "d"]
        assert daemon.ledger("sales")["duplicate"] == 0


# ---- is there one ----

def metric(daemon):
    [line] = [x for x in daemon.get("/metrics").body.decode().splitlines()
              if x.startswith("daybook_last_backup_timestamp_seconds ")]
    return float(line.split()[1])


def doctor(daemon):
    [row] = [r for r in daemon.cli("doctor") if r["check"] == "backup"]
    return row


def test_doctor_and_metrics_know_the_last_one(make_daemon):
    daemon = make_daemon(extra="backup: {folder: backups, keep: 1, max_age: 2d}\n").start()
    post(daemon, "m")
    assert metric(daemon) == 0
    assert doctor(daemon) == {"check": "backup", "finding": "warning", "text": "none was ever made",
                              "cure": "daybook backup; daybook-backup.timer makes one each night"}
    [made] = daemon.cli("backup")
    assert made["path"].startswith(shelf(daemon) + "/daybook-")
    assert abs(metric(daemon) - time.time()) < 60
    assert doctor(daemon)["finding"] == "ok" and made["path"] in doctor(daemon)["text"]
    with open(daemon.store + "/last-backup", "w") as f:
        f.write("2026-01-02T03:04:05.000Z %s\n" % made["path"])
    assert doctor(daemon)["finding"] == "warning" and "the last one is " in doctor(daemon)["text"]
    daemon.cli("backup")
    assert len(backups(daemon)) == 1


# ---- beside retention ----

def test_no_file_is_removed_while_a_backup_copies(daemon):
    """purge_files.c asks for the other half of this lock before it removes anything."""
    fill(daemon)
    import fcntl
    assert backup(daemon)
    with open(os.path.join(daemon.store, "files.lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        p = subprocess.Popen([program("daybook", "DAYBOOK"), "-c", daemon.config, "backup", "--out", shelf(daemon)])
        with pytest.raises(subprocess.TimeoutExpired):
            p.wait(0.5)
    assert p.wait(60) == 0
