"""The configuration, seen from outside: what is refused, how it is said, and what a reload does."""
import os
import re
import subprocess

import pytest

import daybook
from daybook import text_message, wait_until, whatsapp

ERROR = re.compile(r"^(?:/\S*/)?(\S+\.yaml):(\d+):(\d+): error: (.+)$", re.M)


def errors(text):
    """(file, line, text) of every error."""
    return [(os.path.basename(f), int(line), what) for f, line, _, what in ERROR.findall(text)]


def append(daemon, text):
    with open(daemon.config, "a") as f:
        f.write(text)


def line_with(daemon, text):
    with open(daemon.config) as f:
        return next(n for n, line in enumerate(f, 1) if text in line)


def test_a_good_configuration_is_0_and_touches_nothing(make_daemon):
    daemon = make_daemon()
    status, said = daemon.check_config()
    assert status == 0, said
    assert not os.path.exists(daemon.store)


def test_no_connector_at_all_is_fine(make_daemon):
    daemon = make_daemon(connectors="")
    assert daemon.check_config()[0] == 0
    daemon.start()


def test_a_file_that_is_not_there_is_78(make_daemon):
    daemon = make_daemon()
    os.unlink(daemon.config)
    status, said = daemon.check_config()
    assert status == 78 and "daybook.yaml" in said


def test_all_mistakes_are_named_in_one_run_with_their_places(make_daemon):
    daemon = make_daemon(connectors="""
  shop:
    type: whatsapp
    app_secret: in-plain-sight
    verify_token: !file secrets/wa-verify-token
  contact:
    type: form
    rate_limit: ten
    colour: blue
  mail:
    type: imap
    host: imap.example.org
  pigeon:
    type: carrier-pigeon
""")
    status, said = daemon.check_config()
    assert status == 78
    lines = {line for _, line, _ in errors(said)}
    for text in ("app_secret:", "rate_limit:", "colour:", "carrier-pigeon"):
        assert line_with(daemon, text) in lines, "%s is not named in:\n%s" % (text, said)
    assert any("user" in what for _, _, what in errors(said)), said
    assert any("password" in what for _, _, what in errors(said)), said


def test_a_secret_in_the_file_is_refused_and_not_repeated(make_daemon):
    daemon = make_daemon(connectors="\n  shop:\n    type: whatsapp\n    app_secret: hunter2-hunter2\n"
                                    "    verify_token: !file secrets/wa-verify-token\n")
    status, said = daemon.check_config()
    assert status == 78
    assert "secret" in said and "!credential" in said
    assert "hunter2" not in said


def test_a_secret_file_that_others_can_read_is_refused(make_daemon):
    daemon = make_daemon()
    os.chmod(os.path.join(daemon.folder, "secrets", "wa-app-secret"), 0o644)
    status, said = daemon.check_config()
    assert status == 78 and "0644" in said
    assert daybook.APP_SECRET not in said


def test_a_secret_that_is_not_there_is_named(make_daemon):
    daemon = make_daemon(connectors=daybook.WHATSAPP.replace("!file secrets/wa-app-secret", "!credential no-such-one"))
    status, said = daemon.check_config()
    assert status == 78 and "no-such-one" in said


def test_a_credential_is_found_beside_the_configuration(make_daemon):
    daemon = make_daemon(connectors=daybook.WHATSAPP.replace("!file secrets/wa-app-secret", "!credential wa-app-secret"))
    status, said = daemon.check_config()
    assert status == 0, said


def test_a_word_never_becomes_another_type(make_daemon):
    daemon = make_daemon(connectors="\n  mail:\n    type: imap\n    host: no\n    user: 007\n"
                                    "    password: !file secrets/form-token\n")
    status, said = daemon.check_config()
    assert status == 0, said


def test_the_same_name_twice_names_the_other_place(make_daemon):
    daemon = make_daemon(connectors=daybook.FORM)
    os.mkdir(os.path.join(daemon.folder, "connectors.d"))
    with open(os.path.join(daemon.folder, "connectors.d", "web.yaml"), "w") as f:
        f.write("connectors:\n  contact:\n    type: form\n")
    status, said = daemon.check_config()
    assert status == 78 and "contact" in said
    assert "web.yaml" in said and "daybook.yaml" in said


def test_the_names_of_the_ledger_s_own_rows_are_reserved(make_daemon):
    for n, name in enumerate(("import", "people")):
        daemon = make_daemon("reserved%d" % n, connectors="\n  %s:\n    type: form\n" % name)
        status, said = daemon.check_config()
        assert status == 78 and name in said


def test_broken_yaml_is_one_error_with_a_place(make_daemon):
    daemon = make_daemon()
    append(daemon, "http: {listen: [\n")
    status, said = daemon.check_config()
    assert status == 78
    assert len(errors(said)) >= 1, said


def test_a_connector_may_stand_in_connectors_d(make_daemon):
    daemon = make_daemon(connectors="")
    os.mkdir(os.path.join(daemon.folder, "connectors.d"))
    with open(os.path.join(daemon.folder, "connectors.d", "web.yaml"), "w") as f:
        f.write("connectors:\n  contact:\n    type: form\n")
    daemon.start()
    assert daemon.post_form({"email": "a@example.com", "message": "hi"}).status == 200


def memory_holds(pid, secret):
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        for line in maps:
            area, rights = line.split()[:2]
            if "rw" not in rights:
                continue
            begin, end = (int(x, 16) for x in area.split("-"))
            if end - begin > 1 << 30:    # a sanitizer's shadow
                continue
            try:
                memory.seek(begin)
                if secret in memory.read(end - begin):
                    return True
            except (OSError, OverflowError):
                pass
    return False


def test_a_configuration_that_is_not_used_any_more_is_forgotten_with_its_secrets(make_daemon):
    secret = "a-token-to-be-forgotten-%d" % os.getpid()
    daemon = make_daemon(connectors=daybook.FORM + "  old:\n    type: form\n    token: !file secrets/old\n")
    daybook.write_private(os.path.join(daemon.folder, "secrets", "old"), secret)
    daemon.start()
    try:
        assert memory_holds(daemon.process.pid, secret.encode())
    except PermissionError:
        pytest.skip("only root may look into the daemon")
    assert daemon.post_form({"email": "a@b.example"}, connector="old").status == 401
    daemon.write_config(connectors=daybook.FORM)
    assert daemon.run("reload").stdout == b"reloaded\n"
    daybook.wait_until(lambda: not memory_holds(daemon.process.pid, secret.encode()), 10, "its end")
    assert "removed connector=old" in daemon.log_text()


def test_the_shipped_samples_pass_the_check(make_daemon):
    daemon = make_daemon()
    for name in ("daybook.yaml", "connectors.d/mail.yaml", "connectors.d/whatsapp.yaml", "connectors.d/form.yaml"):
        with open(os.path.join(daybook.TOP, "config", name)) as f:
            text = f.read()
        target = os.path.join(daemon.folder, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w") as f:
            f.write(text)
    status, said = daemon.check_config()
    assert status == 0, said
    # And with every comment of a sample taken away.
    for name in ("mail", "whatsapp", "form"):
        path = os.path.join(daemon.folder, "connectors.d", name + ".yaml")
        with open(path) as f:
            lines = [line[2:] for line in f if re.match(r"# ( |connectors:)", line)]
        with open(path, "w") as f:
            f.writelines(lines)
    for secret in ("sales", "wa-app-secret", "wa-verify-token"):
        daybook.write_private(os.path.join(daemon.folder, "secrets", secret), "x" * 20)
    status, said = daemon.check_config()
    assert status == 0, said


def test_a_daemon_does_not_start_over_a_mistake(make_daemon):
    daemon = make_daemon()
    append(daemon, "nonsense: 1\n")
    assert daemon.spawn().wait(20) == 78
    assert "nonsense" in daemon.log_text()


def test_a_second_daemon_on_the_same_store_is_75(make_daemon):
    first = make_daemon().start()
    second = make_daemon("second", extra="")
    with open(second.config) as f:
        text = f.read().replace("path: store", "path: " + first.store)
    with open(second.config, "w") as f:
        f.write(text)
    assert second.spawn().wait(20) == 75
    assert first.is_running()
    assert first.post_form({"email": "a@example.com", "message": "hi"}).status == 200


def test_a_reload_takes_a_new_connector(make_daemon):
    daemon = make_daemon(connectors=daybook.FORM).start()
    assert daemon.post_whatsapp(whatsapp(text_message("wamid.a", "5511900000017", "hi"))).status == 404
    daemon.write_config(connectors=daybook.FORM + daybook.WHATSAPP.lstrip("\n"))
    daemon.reload()
    wait_until(lambda: daemon.get("/hooks/shop").status == 403, what="the reload")
    assert daemon.post_whatsapp(whatsapp(text_message("wamid.a", "5511900000017", "hi"))).status == 200


def test_a_reload_with_a_mistake_changes_nothing(make_daemon):
    daemon = make_daemon().start()
    daemon.write_config(connectors="\n  other:\n    type: form\n  contact:\n    type: nonsense\n")
    daemon.reload()
    wait_until(lambda: "nonsense" in daemon.log_text(), what="the error in the log")
    assert daemon.post_form({"email": "a@example.com", "message": "hi"}).status == 200
    assert daemon.post_form({"email": "a@example.com", "message": "hi"}, connector="other").status == 404
    assert daemon.is_running()
    daemon.write_config(connectors=daybook.WHATSAPP + daybook.FORM)


def test_a_removed_connector_keeps_its_data(make_daemon):
    daemon = make_daemon().start()
    assert daemon.post_form({"email": "a@example.com", "message": "hi"}).status == 200
    daemon.write_config(connectors=daybook.WHATSAPP)
    daemon.reload()
    wait_until(lambda: daemon.get("/hooks/contact").status == 404, what="the reload")
    assert len(daemon.cli("timeline", "a@example.com")) == 1
    assert daemon.ledger("contact")["stored"] == 1


def test_a_broken_mailbox_that_is_switched_off_or_removed_has_not_recovered(make_daemon):
    box = ("  box:\n    type: imap\n    host: 127.0.0.1\n    port: %d\n    user: a\n    password: !file secrets/form-token\n"
           % daybook.free_port())
    daemon = make_daemon(connectors=daybook.FORM + box).start()
    for connectors in (daybook.FORM + box + "    enabled: no\n", daybook.FORM + box, daybook.FORM):
        wait_until(lambda: "trouble connector=box" in daemon.log_text(), what="the trouble")
        before = daemon.log_text().count("configuration reloaded")
        daemon.write_config(connectors=connectors)
        daemon.reload()
        wait_until(lambda: daemon.log_text().count("configuration reloaded") > before, what="the reload")
    wait_until(lambda: "removed connector=box" in daemon.log_text(), what="its end")
    assert "recovered" not in daemon.log_text()
    assert "state=off" not in daemon.log_text()


def test_everything_works_on_after_two_reloads(make_daemon):
    daemon = make_daemon().start()
    for _ in range(2):
        before = daemon.log_text().count("configuration reloaded")
        daemon.reload()
        wait_until(lambda: daemon.log_text().count("configuration reloaded") > before, what="the reload")
    body, content_type = daybook.multipart({"email": "a@example.com", "message": "hi"}, [("plan", "plan.txt", "text/plain", b"x" * 5000)])
    assert daemon.post("contact", body, {"Content-Type": content_type}).status == 200
    metrics = daemon.get("/metrics")
    assert metrics.status == 200 and b'daybook_connector_received_total{connector="contact"} 1' in metrics.body
    assert daemon.cli("timeline", "a@example.com")[0]["attachments"][0]["state"] == "stored"


def test_the_store_is_private(make_daemon):
    daemon = make_daemon().start()
    assert os.stat(daemon.store).st_mode & 0o777 == 0o700
    assert os.stat(os.path.join(daemon.store, "daybook.db")).st_mode & 0o077 == 0


def test_version_and_help_are_0():
    for option in ("--version", "--help"):
        for name, variable in (("daybookd", "DAYBOOKD"), ("daybook", "DAYBOOK")):
            done = subprocess.run([daybook.program(name, variable), option], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=20)
            assert done.returncode == 0 and b"daybook" in done.stdout.lower(), (name, option)
