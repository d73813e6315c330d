"""daybook for whoever runs it: doctor, configuration, reload, dead letters by the dozen, help, completion."""
import json
import os
import re
import shutil
import subprocess
import tempfile

import pytest

from daybook import FORM, WHATSAPP, Daemon, program, text_message, wait_until, whatsapp, write_private

MARIA = "5511987654321"


def doctor(daemon, *args, status=0):
    return {c["check"]: c for c in daemon.cli("doctor", *args, status=status)}


# ---- doctor ----

def test_doctor_finds_nothing_wrong_with_a_healthy_one(daemon):
    checks = doctor(daemon, "--deep")
    assert set(checks) >= {"configuration", "secrets", "store", "ledger", "permissions", "disk", "clock", "daemon",
                           "reload", "connectors", "dead letters", "pending", "search", "write-ahead log"}
    for check in checks.values():
        assert set(check) == {"check", "finding", "text", "cure"}
        assert check["finding"] in ("ok", "warning")
        assert (check["cure"] is None) == (check["finding"] == "ok")


def test_doctor_says_that_the_daemon_is_down(daemon):
    daemon.stop()
    found = doctor(daemon, status=1)["daemon"]
    assert found["finding"] == "wrong" and "systemctl start daybookd" in found["cure"]


def test_doctor_finds_a_secret_that_others_can_read(daemon):
    os.chmod(os.path.join(daemon.folder, "secrets", "form-token"), 0o644)
    found = doctor(daemon, status=1)["secrets"]
    assert found["finding"] == "wrong" and "form-token" in found["text"] and "chmod 600" in found["cure"]


def test_doctor_finds_a_secret_that_is_gone_and_goes_on(daemon):
    os.unlink(os.path.join(daemon.folder, "secrets", "wa-app-secret"))
    checks = doctor(daemon, status=1)
    assert checks["configuration"]["finding"] == "wrong" and "app_secret" in checks["configuration"]["text"]
    assert checks["ledger"]["finding"] == "ok"


def test_doctor_finds_a_store_that_others_can_read(daemon):
    os.chmod(daemon.store, 0o755)
    os.chmod(os.path.join(daemon.store, "daybook.db"), 0o644)
    assert doctor(daemon, status=1)["permissions"]["finding"] == "wrong"


def test_doctor_finds_a_silent_connector(make_daemon):
    daemon = make_daemon(connectors=FORM.rstrip() + "\n    freshness: 1s\n").start()
    found = wait_until(lambda: [c for c in map(json.loads, daemon.run("doctor", "--json").stdout.splitlines())
                                if c["check"] == "connector"], 10, "the silence")
    assert found[0]["finding"] == "wrong" and found[0]["text"].startswith("contact: silent: nothing for ")
    [status] = daemon.cli("status")
    [contact] = status["connectors"]
    assert contact["state"] == "silent" and contact["silent"] is True


def test_doctor_without_a_store(make_daemon):
    checks = doctor(make_daemon(), status=1)
    assert checks["store"]["finding"] == "wrong" and "it is made when daybookd first starts" in checks["store"]["text"]


def test_doctor_with_a_broken_configuration(daemon):
    good = open(daemon.config).read()
    with open(daemon.config, "a") as f:
        f.write("nonsense: 1\n")
    checks = doctor(daemon, status=1)
    assert list(checks) == ["configuration"] and "nonsense" in checks["configuration"]["text"]
    with open(daemon.config, "w") as f:
        f.write(good)


def test_doctor_looks_at_the_last_reload(daemon):
    daemon.write_config(extra="nonsense: 1\n")
    daemon.reload()
    wait_until(lambda: "keeping the running configuration" in daemon.log_text(), 10, "the refusal")
    daemon.write_config(extra="")
    assert doctor(daemon, status=1)["reload"]["finding"] == "wrong"
    assert daemon.run("reload").returncode == 0
    assert doctor(daemon)["reload"]["finding"] == "ok"


# ---- configuration ----

def test_config_check_is_0_or_78_and_names_every_mistake(daemon):
    done = daemon.run("config", "check")
    assert done.returncode == 0 and b"ok, 2 connectors" in done.stdout
    daemon.write_config(extra="nonsense: 1\nalso_wrong: 2\n")
    done = daemon.run("config", "check")
    assert done.returncode == 78 and b"nonsense" in done.stderr and b"also_wrong" in done.stderr
    mistakes = daemon.cli("config", "check", status=78)
    assert {m["severity"] for m in mistakes} >= {"error"} and all("line" in m for m in mistakes)
    daemon.write_config(extra="")


def test_config_check_reads_the_secrets(daemon):
    os.unlink(os.path.join(daemon.folder, "secrets", "wa-app-secret"))
    done = daemon.run("config", "check")
    assert done.returncode == 78 and b"wa-app-secret" in done.stderr


def test_config_check_knows_what_only_shows_when_put_together(daemon):
    daemon.write_config(extra="staff:\n  Ana: {email: a@acme.example}\n  Rui: {email: a@acme.example}\n")
    done = daemon.run("config", "check")
    assert done.returncode == 78 and b"a@acme.example" in done.stderr
    daemon.write_config(extra="")


def test_config_explain(daemon):
    assert b"http.listen" in daemon.run("config", "explain", "http.listen").stdout
    assert b"honeypot" in daemon.run("config", "explain", "connector.form").stdout
    assert len(daemon.run("config", "explain").stdout) > 200
    done = daemon.run("config", "explain", "http.lisen")
    assert done.returncode == 3 and b"http.listen" in done.stderr


def test_what_is_generated_needs_no_configuration(tmp_path):
    def run(*args):
        done = subprocess.run([program("daybook", "DAYBOOK"), "-c", str(tmp_path / "none.yaml"), *args],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0 and done.stderr == b"", args
        return done.stdout.decode()
    assert json.loads(run("config", "schema"))["properties"]["http"]
    assert "listen:" in run("config", "example")
    assert run("config", "man").startswith("daybook.yaml(5)\n")
    assert run("completion", "bash") and run("completion", "zsh") and run("version").startswith("daybook ")


@pytest.mark.skipif(shutil.which("scdoc") is None, reason="scdoc is not installed")
def test_the_manual_page_of_the_configuration_is_one(tmp_path):
    page = subprocess.run([program("daybook", "DAYBOOK"), "config", "man"], stdout=subprocess.PIPE, check=True).stdout
    assert b".TH \"daybook.yaml\" \"5\"" in subprocess.run(["scdoc"], input=page, stdout=subprocess.PIPE, check=True).stdout


# ---- reload ----

def test_a_reload_takes_a_new_connector_before_it_says_so(daemon):
    daemon.write_config(connectors=WHATSAPP + FORM + "  second:\n    type: form\n")
    assert [c["state"] for c in daemon.cli("connectors") if c["name"] == "second"] == ["not loaded"]
    assert daemon.run("reload").stdout == b"reloaded\n"
    assert daemon.post_form({"email": "x@example.com", "message": "hi"}, connector="second").status == 200
    assert [c["state"] for c in daemon.cli("connectors") if c["name"] == "second"] == ["live"]


def test_a_reload_of_a_mistake_is_78_and_keeps_the_running_one(daemon):
    daemon.write_config(extra="nonsense: 1\n")
    done = daemon.run("reload")
    assert done.returncode == 78
    daemon.write_config(extra="")
    assert daemon.post_form({"email": "x@example.com", "message": "hi"}).status == 200


def test_a_reload_that_only_fails_when_put_together_is_told(daemon):
    daemon.write_config(extra="staff:\n  Ana: {email: a@acme.example}\n  Rui: {email: a@acme.example}\n")
    done = daemon.run("reload")
    daemon.write_config(extra="")
    assert done.returncode != 0 and b"a@acme.example" in done.stderr


def test_a_reload_without_a_daemon_is_6(daemon):
    daemon.stop()
    done = daemon.run("reload")
    assert done.returncode == 6 and b"hint: start it" in done.stderr


# ---- dead letters, many at a time ----

@pytest.fixture
def broken(daemon):
    for n in range(3):
        daemon.post_whatsapp(b"{broken %d" % n)
    daemon.post("contact", b"{broken", {"Content-Type": "application/json"})
    return daemon


def test_dead_letters_of_one_connector(broken):
    assert {d["connector"] for d in broken.cli("dead-letters", "--connector", "shop")} == {"shop"}
    assert broken.run("dead-letters", "--connector", "nope").returncode == 3


def test_drop_of_a_connector_s_dead_letters(broken):
    rows = broken.cli("dead-letter", "drop", "--connector", "shop", "--yes")
    assert [r["outcome"] for r in rows] == ["dropped"] * 3
    assert {d["connector"] for d in broken.cli("dead-letters")} <= {"contact"}
    assert broken.ledger("shop")["dead"] == 0 and broken.ledger("shop")["filtered"] == 3


def test_a_dry_run_changes_nothing(broken):
    before = broken.cli("dead-letters")
    assert len(broken.cli("dead-letter", "drop", "--all", "--dry-run")) == len(before)
    assert broken.run("dead-letter", "retry", "--all", "--dry-run").returncode == 0
    assert broken.cli("dead-letters") == before


def test_partly_done_is_7(broken):
    [first, *_] = broken.cli("dead-letters", "--connector", "shop")
    done = broken.run("dead-letter", "drop", first["id"], "dl_0000000000000", "--yes")
    assert done.returncode == 7 and b"1 done, 1 not" in done.stderr


def test_a_retry_that_fails_is_1_and_says_why(broken):
    [first, *_] = broken.cli("dead-letters", "--connector", "shop")
    rows = broken.cli("dead-letter", "retry", first["id"], status=1)
    assert rows[0]["id"] == first["id"] and rows[0]["outcome"] == "dead" and "not JSON" in rows[0]["reason"]
    [again, *_] = broken.cli("dead-letters", "--connector", "shop")
    assert again["attempts"] == first["attempts"] + 1


def test_which_dead_letters_must_be_said(broken):
    for args in (("drop", "--yes"), ("retry",), ("drop", "--all", "dl_0000000000000", "--yes")):
        assert broken.run("dead-letter", *args).returncode == 2, args
    assert broken.run("dead-letter", "drop", "dl_0000000000000", "--yes").returncode == 3


def test_drop_without_a_daemon_is_6(broken):
    broken.stop()
    assert broken.run("dead-letter", "drop", "--all", "--yes").returncode == 6
    assert broken.run("dead-letter", "retry", "--all").returncode == 6


# ---- lists ----

def test_connectors_have_the_address_to_paste(make_daemon):
    daemon = make_daemon(extra="  public_url: https://crm.acme.example\n").start()
    rows = {c["name"]: c for c in daemon.cli("connectors")}
    assert rows["shop"]["url"] == "https://crm.acme.example/hooks/shop"
    assert {"name", "type", "state", "url", "summary"} <= set(rows["shop"])
    daemon.write_config(extra="")
    assert {c["name"]: c["url"] for c in daemon.cli("connectors")}["shop"] == \
        "http://127.0.0.1:%d/hooks/shop" % daemon.port


def test_a_review_item_has_its_members(daemon):
    daemon.post_form({"message": "nobody said who wrote this"})
    rows = daemon.cli("review")
    assert rows, "a form without a name or address is to be reviewed"
    for row in rows:
        assert set(row) == {"id", "type", "interaction", "candidates", "reason"}
        assert row["type"] in ("ambiguous", "duplicate", "unmatched") and re.match(r"^int_", row["interaction"])


def test_contact_show_says_why_and_what_was_last(daemon):
    for n in range(12):
        daemon.post_whatsapp(whatsapp(text_message("wamid.%d" % n, MARIA, "text %d" % n, 1789398000 + n)))
    [contact] = daemon.cli("contact", "show", "+" + MARIA)
    assert [it["text"] for it in contact["interactions"]] == ["text %d" % n for n in range(2, 12)]
    assert contact["identities"] and all({"scheme", "value", "scope", "why"} == set(i) for i in contact["identities"])
    assert b"text 11" in daemon.run("contact", "show", "+" + MARIA).stdout


def test_a_timeline_by_channel_and_time(daemon):
    daemon.post_whatsapp(whatsapp(text_message("wamid.a", MARIA, "hello", 1500000000)))
    assert daemon.run("note", "+" + MARIA, "called", "back").returncode == 0
    args = ("timeline", "+" + MARIA)
    assert [it["text"] for it in daemon.cli(*args, "--channel", "note")] == ["called back"]
    assert [it["text"] for it in daemon.cli(*args, "--channel", "whatsapp,email")] == ["hello"]
    assert [it["text"] for it in daemon.cli(*args, "--since", "30d")] == ["called back"]
    assert [it["text"] for it in daemon.cli(*args, "--since", "2017-01-01")] == ["hello", "called back"]
    assert [it["text"] for it in daemon.cli(*args, "-n", "1")] == ["called back"]
    for wrong in (("--channel", "fax"), ("--since", "soon"), ("-n", "few")):
        assert daemon.run(*args, *wrong).returncode == 2, wrong


def test_a_note_prints_its_entry(daemon):
    daemon.post_form({"name": "Zé", "email": "ze@example.com", "message": "oi"})
    entry = json.loads(daemon.run("note", "ze@example.com", "--json", "--", "--json is a word here").stdout)
    assert (entry["kind"], entry["text"]) == ("note", "--json is a word here")
    assert entry == daemon.cli("interactions")[-1]
    assert daemon.run("note", "ze@example.com", "  ").returncode == 2
    assert daemon.run("note", "nobody@example.com", "x").returncode == 3


def test_an_address_is_never_taken_for_a_part_of_another(daemon):
    daemon.post_form({"name": "Zé", "email": "ze@example.com.br", "message": "oi"})
    assert daemon.run("note", "ze@example.com", "for somebody else").returncode == 3
    assert daemon.run("timeline", "").returncode == 3
    assert daemon.run("timeline", "Z").returncode == 0


# ---- permissions ----

@pytest.fixture
def open_place():
    """A folder that others can reach, as pytest's own is not."""
    folder = tempfile.mkdtemp(prefix="daybook-cli-")
    os.chmod(folder, 0o755)
    yield folder
    shutil.rmtree(folder)


def as_nobody(daemon, *args):
    return subprocess.run([program("daybook", "DAYBOOK"), "-c", daemon.config, *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, user=65534, group=65534, extra_groups=[], cwd="/")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_who_may_not_read_the_store_is_told_so(open_place):
    daemon = Daemon(open_place).start()
    done = as_nobody(daemon, "contacts")
    assert done.returncode == 4 and b"may not be read" in done.stderr and b"hint: run it as root" in done.stderr
    os.chmod(daemon.store, 0o711)
    assert as_nobody(daemon, "reload").returncode == 4
    os.chmod(daemon.store, 0o700)
    daemon.finish()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_store_at_rest_can_be_read_where_nothing_can_be_written(open_place):
    daemon = Daemon(open_place).start()
    daemon.post_form({"name": "Zé", "email": "ze@example.com", "message": "orçamento"})
    daemon.finish()
    os.chmod(daemon.store, 0o555)
    os.chmod(os.path.join(daemon.store, "daybook.db"), 0o444)
    files = sorted(os.listdir(daemon.store))
    done = as_nobody(daemon, "search", "orcamento", "--json")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 1, done.stderr
    assert as_nobody(daemon, "status").returncode == 0
    assert sorted(os.listdir(daemon.store)) == files


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_rebuild_by_root_leaves_the_store_to_its_owner(open_place):
    daemon = Daemon(open_place).start()
    daemon.post_form({"name": "Zé", "email": "ze@example.com", "message": "oi"})
    daemon.finish()
    for folder, _, names in os.walk(daemon.store):
        for path in [folder] + [os.path.join(folder, name) for name in names]:
            os.chown(path, 65534, 65534)
    done = daemon.run("rebuild")
    assert done.returncode == 0, done.stderr
    assert len(os.listdir(daemon.store)) > 3
    assert {os.stat(os.path.join(daemon.store, name)).st_uid for name in os.listdir(daemon.store)} == {65534}


# ---- help, completion ----

def test_help_and_version_are_0(daemon):
    for args in (("--help",), ("help",), ("-h",), ("--version",), ("-V",), ("version",), ("help", "timeline"),
                 ("timeline", "--help"), ("help", "dead-letter"), ("help", "contact", "show")):
        done = daemon.run(*args)
        assert done.returncode == 0 and done.stdout and done.stderr == b"", args
    assert b"--since" in daemon.run("timeline", "--help").stdout


def test_every_command_of_the_help_has_its_place_in_the_manual(daemon):
    top = os.path.join(os.path.dirname(__file__), "..", "..")
    with open(os.path.join(top, "docs", "man", "daybook.1.scd")) as f:
        manual = f.read()
    words = {line.split()[0] for line in daemon.run("help").stdout.decode().splitlines() if line.startswith("  ")
             and line[2] not in " -"}
    assert len(words) > 15
    for word in words:
        assert re.search(r"^\*(?:[^*]*\*, \*)?%s[ *]" % word, manual, re.M), word


def test_a_mistyped_command_gets_a_hint(daemon):
    for typed, hint in ((("statsu",), b'did you mean "status"?'), (("dead-letter", "shwo"), b'"dead-letter show"'),
                        (("contact",), b"daybook help contact")):
        done = daemon.run(*typed)
        assert done.returncode == 2 and hint in done.stderr, (typed, done.stderr)


def complete(daemon, *words):
    """What bash offers, through the shipped file and a real bash."""
    line = ["daybook", "-c", daemon.config, *words]
    script = 'eval "$(%s completion bash)"; compopt() { :; }; COMP_WORDS=(%s); COMP_CWORD=%d; _daybook %s; ' \
             'printf "%%s\\n" "${COMPREPLY[@]}"' % (
                 program("daybook", "DAYBOOK"), " ".join("'%s'" % w for w in line), len(line) - 1,
                 program("daybook", "DAYBOOK"))
    done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=daemon.folder)
    assert done.stderr == b"", done.stderr
    return done.stdout.decode().split()


def test_bash_completes_commands_connectors_and_dead_letters(broken):
    assert complete(broken, "stat") == ["status"]
    assert complete(broken, "dead-letter", "") == ["show", "retry", "drop"]
    assert complete(broken, "interactions", "--connector", "") == ["contact", "shop"]
    ids = [d["id"] for d in broken.cli("dead-letters")]
    assert complete(broken, "dead-letter", "retry", "dl_") == ids
    assert "--since" in complete(broken, "timeline", "--")
    assert "secrets" in complete(broken, "import", "mbox", "sec")


# ---- credentials stay out ----

def test_no_secret_is_ever_printed(make_daemon):
    secret = "a-secret-that-must-not-be-seen"
    daemon = make_daemon(connectors=FORM.rstrip() + "\n    token: !file secrets/one\n")
    write_private(os.path.join(daemon.folder, "secrets", "one"), secret)
    daemon.start()
    for args in (("doctor",), ("status",), ("connectors",), ("config", "check"), ("config", "explain")):
        done = daemon.run(*args)
        assert secret.encode() not in done.stdout + done.stderr, args
