"""What the service manager sees of daybookd: readiness, reload, watchdog, end; and the program that reads mail."""
import glob
import os
import shutil
import socket
import subprocess
import time

import pytest

import daybook
from daybook import text_message, wait_until, whatsapp

HERE = os.path.dirname(os.path.abspath(__file__))
MARIA = "5511987654321"
WATCHDOG_US = 600000


class Manager:
    """The other end of NOTIFY_SOCKET; all that was said so far, a datagram each."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        self.socket.setblocking(False)
        self.heard = []

    def listen(self):
        while True:
            try:
                self.heard.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return self.heard

    def wait_for(self, line, seconds=20):
        wait_until(lambda: any(line in said.splitlines() for said in self.listen()), seconds, "\"%s\"" % line)

    def forget(self):
        self.listen()
        self.heard = []

    def n_feedings(self, seconds):
        self.forget()
        time.sleep(seconds)
        return self.listen().count("WATCHDOG=1")


@pytest.fixture
def managed(make_daemon, tmp_path):
    daemon = make_daemon()
    name = str(tmp_path / "notify")
    daemon.env = {"NOTIFY_SOCKET": name}
    daemon.manager = Manager(name)
    yield daemon
    daemon.manager.socket.close()


def test_ready_reload_and_stop_are_announced(managed):
    managed.start()
    managed.manager.wait_for("READY=1")
    assert "STATUS=Taking messages" in managed.manager.heard[0].splitlines()
    managed.manager.forget()
    managed.reload()
    managed.manager.wait_for("READY=1")
    first, last = managed.manager.heard[0].splitlines(), managed.manager.heard[-1].splitlines()
    assert first[0] == "RELOADING=1"
    name, stamp = first[1].split("=")
    assert name == "MONOTONIC_USEC" and abs(int(stamp) - time.monotonic_ns() // 1000) < 60000000
    assert "READY=1" in last
    managed.stop()
    managed.manager.wait_for("STOPPING=1")


def test_a_refused_reload_ends_too_and_says_so(managed):
    managed.start()
    managed.manager.wait_for("READY=1")
    managed.manager.forget()
    with open(managed.config, "a") as f:
        f.write("nonsense: 1\n")
    managed.reload()
    managed.manager.wait_for("STATUS=Taking messages; the last reload was refused, see the log")
    managed.manager.wait_for("READY=1")
    managed.write_config()


def test_an_abstract_address_will_do(make_daemon):
    daemon = make_daemon()
    name = "@daybook-test-%d" % os.getpid()
    manager = Manager(name)
    daemon.env = {"NOTIFY_SOCKET": name}
    daemon.start()
    manager.wait_for("READY=1")


def test_the_watchdog_is_fed_only_when_the_manager_asks_us(managed):
    managed.env["WATCHDOG_USEC"] = str(WATCHDOG_US)
    managed.env["WATCHDOG_PID"] = "1"
    managed.start()
    managed.manager.wait_for("READY=1")
    assert managed.manager.n_feedings(1) == 0


def test_the_watchdog_is_fed_while_the_writer_makes_progress_and_no_longer(managed, tmp_path):
    shim, stuck = str(tmp_path / "stuck.so"), str(tmp_path / "stuck")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, os.path.join(HERE, "stuck_sync.c")], check=True)
    managed.env.update(WATCHDOG_USEC=str(WATCHDOG_US), LD_PRELOAD=shim, STUCK=stuck,
                       ASAN_OPTIONS="detect_leaks=1:exitcode=99:verify_asan_link_order=0")
    managed.start()
    managed.manager.wait_for("READY=1")
    assert managed.manager.n_feedings(1.5) >= 2         # idle: every 0.2 s
    open(stuck, "w").close()
    request = daybook.whatsapp(text_message("wamid.1", MARIA, "one"))
    with pytest.raises(OSError):
        managed.request("POST", "/hooks/shop", *signed(request), timeout=2)
    assert managed.manager.n_feedings(1.5) == 0         # the loop turns, the writer hangs
    os.unlink(stuck)
    wait_until(lambda: managed.manager.n_feedings(0.5) > 0, 10, "the watchdog to be fed again")
    managed.post_whatsapp(request)
    assert [it["text"] for it in managed.cli("interactions")] == ["one"]


@pytest.mark.parametrize("n, why", [("two", "Invalid argument"), ("2000", "Invalid argument"),
                                    ("2", "descriptor 3 is not a listening stream socket")])
def test_sockets_that_cannot_be_are_named(make_daemon, n, why):
    daemon = make_daemon()
    script = "LISTEN_PID=$$ LISTEN_FDS=%s exec \"$0\" \"$@\" 3<&- 4<&-" % n
    with open(daemon.log, "ab") as log:
        done = subprocess.run(["/bin/sh", "-c", script, daybook.program("daybookd", "DAYBOOKD"), "-c", daemon.config],
                              cwd=daemon.folder, stdout=log, stderr=log, timeout=30)
    assert done.returncode == 78
    assert "socket activation: " + why in daemon.log_text()


def signed(payload):
    body = daybook.json.dumps(payload).encode()
    return body, {"Content-Type": "application/json", "X-Hub-Signature-256": daybook.sign(body)}


# ---- the program that reads mail ----

def parser_program():
    return os.path.join(os.path.dirname(daybook.program("daybookd", "DAYBOOKD")), "..", "parser", "daybook-parser")


def test_a_daemon_without_its_parser_does_not_start_and_says_what_is_missing(make_daemon, tmp_path, monkeypatch):
    daemon = make_daemon()
    alone = str(tmp_path / "sbin" / "daybookd")
    os.mkdir(os.path.dirname(alone))
    shutil.copy(daybook.program("daybookd", "DAYBOOKD"), alone)
    monkeypatch.setenv("DAYBOOKD", alone)
    process = daemon.spawn()
    assert process.wait(20) == 78
    assert "sbin/../libexec/daybook/daybook-parser: No such file or directory; it belongs to the installation" \
        in daemon.log_text()


def test_installed_side_by_side_they_find_each_other(make_daemon, tmp_path, monkeypatch):
    daemon = make_daemon()
    for source, folder in ((daybook.program("daybookd", "DAYBOOKD"), "sbin"), (parser_program(), "libexec/daybook")):
        os.makedirs(str(tmp_path / folder))
        shutil.copy(source, str(tmp_path / folder))
    monkeypatch.setenv("DAYBOOKD", str(tmp_path / "sbin" / "daybookd"))
    daemon.start()
    assert daemon.post_form({"email": "maria@example.com", "message": "hello"}).status == 200
    wait_until(lambda: daemon.cli("interactions"), 10, "the form")


def test_a_parser_of_another_version_is_refused_with_the_cure(tmp_path):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    done = subprocess.run(["/bin/bash", "-c", "exec 3<&%d; exec \"$0\" 0.0.0 1" % theirs.fileno(), parser_program()],
                          pass_fds=[theirs.fileno()], stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 1
    assert "but 0.0.0 asks: install both anew" in done.stderr.decode()
    ours.close()
    theirs.close()


def test_by_hand_it_says_whose_it_is():
    done = subprocess.run([parser_program()], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 64
    assert "reads mails and forms for daybookd and daybook, which start it" in done.stderr.decode()


def children_of(pid):
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(path.split("/")[2]))
    return found


def test_no_parser_knows_a_variable_or_a_file_of_the_daemon(make_daemon):
    daemon = make_daemon()
    daemon.env = {"DAYBOOK_TEST_SECRET": "s3cret"}
    daemon.start()
    [spawner] = children_of(daemon.process.pid)
    if os.geteuid() == 0:       # nobody else may look
        with open("/proc/%d/environ" % spawner, "rb") as f:
            assert b"s3cret" not in f.read()
        assert len(os.listdir("/proc/%d/fd" % spawner)) == 4
