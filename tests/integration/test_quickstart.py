"""scripts/quickstart as somebody at a terminal has it: to its end, interrupted anywhere, kept and cleaned.

Over a copy of the scripts with the programs under test and a ninja that has nothing to do."""
import glob
import os
import pty
import select
import shutil
import signal
import subprocess
import time

import pytest

from daybook import TOP, free_port, program, wait_until

NINJA = "#!/bin/sh\necho '[1/2] Compiling'\n[ ! -f slow ] || exec sleep 60\n"
TOOLS = ("bash", "dirname", "sed", "cat", "tr", "grep", "env", "mkdir", "seq", "sleep")


@pytest.fixture
def tree(tmp_path):
    return make_tree(tmp_path / "tree")


def make_tree(top):
    shutil.copytree(os.path.join(TOP, "scripts"), top / "scripts")
    for folder, name, variable in (("daemon", "daybookd", "DAYBOOKD"), ("cli", "daybook", "DAYBOOK")):
        (top / "build/release/src" / folder).mkdir(parents=True)
        (top / "build/release/src" / folder / name).symlink_to(os.path.abspath(program(name, variable)))
    (top / "build/release/build.ninja").touch()
    write_tool(top, "ninja", NINJA)
    write_tool(top, "meson", "#!/bin/sh\n")
    return top


def write_tool(top, name, text):
    (top / "bin").mkdir(exist_ok=True)
    (top / "bin" / name).write_text(text)
    (top / "bin" / name).chmod(0o755)


class Run:
    def __init__(self, tree, *options):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(tree)
            os.environ["PATH"] = "%s/bin:%s" % (tree, os.environ["PATH"])
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)    # whoever runs us may have let go of the terminal
            os.execv("scripts/quickstart", ["quickstart", "--no-install", "--port", str(free_port()), *options])
        self.pid, self.text = pid, ""

    def read(self, until=None, seconds=60):
        """Until this stands there; None: to its end."""
        end = time.monotonic() + seconds
        while until is None or until not in self.text:
            assert time.monotonic() < end, self.text
            if not select.select([self.terminal], [], [], 0.2)[0]:
                continue
            try:
                self.text += os.read(self.terminal, 65536).decode(errors="replace")
            except OSError:
                assert until is None, "it ended before \"%s\": %s" % (until, self.text)
                return

    def interrupt(self, at):
        """Bash drops a SIGINT that comes while a command of the script ends by itself, one time in thirty: whoever sees that nothing
        happens presses again, once."""
        self.read(at)
        os.write(self.terminal, b"\x03")
        try:
            self.read(seconds=15)
        except AssertionError:
            os.write(self.terminal, b"\x03")
            self.read()
        return self.status()

    def status(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def processes(tree):
    out = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in out.splitlines() if str(tree / "build") in line]


def test_ctrl_c_at_the_end_stops_it_and_keeps_the_data(tree):
    run = Run(tree)
    assert run.interrupt("Ctrl-C stops daybookd") == 0
    assert run.text.endswith("stopped; the data stays in build/demo (--clean removes it)\r\n")
    assert not processes(tree) and (tree / "build/demo/store/daybook.db").exists()


def test_ctrl_c_in_the_build_is_no_failure_of_the_build(tree):
    (tree / "slow").touch()
    run = Run(tree)
    assert run.interrupt("1/2") == 130
    assert "interrupted before its end" in run.text and "failed" not in run.text
    assert not (tree / "build/demo").exists()


@pytest.mark.parametrize("step", ["[3/6]", "[4/6]", "[5/6]", "3 posts", "books"])
def test_ctrl_c_on_the_way_leaves_no_process(tree, step):
    run = Run(tree)
    assert run.interrupt(step) in (130, 0)      # 0: it was at its end already
    assert "Traceback" not in run.text
    assert not processes(tree)


def test_a_closed_terminal_stops_it_as_well(tree):
    run = Run(tree)
    run.read("Ctrl-C stops daybookd")
    os.close(run.terminal)
    run.status()
    assert not processes(tree)


def test_keep_leaves_it_running_and_clean_removes_all(tree):
    run = Run(tree, "--keep")
    run.read()
    assert run.status() == 0 and "daybookd keeps running" in run.text and processes(tree)
    clean = subprocess.run([tree / "scripts/quickstart", "--clean"], capture_output=True, text=True)
    assert (clean.returncode, clean.stdout) == (0, "daybookd stopped\nbuild/demo removed\n")
    assert not processes(tree) and not (tree / "build/demo").exists()


def test_where_the_path_is_too_long_for_a_socket_it_lies_in_tmp_and_goes_with_it(tmp_path):
    tree = make_tree(tmp_path / ("long" * 20))
    before = set(glob.glob("/tmp/daybook-demo.*"))
    run = Run(tree)
    run.read("Ctrl-C stops daybookd")
    assert len(set(glob.glob("/tmp/daybook-demo.*")) - before) == 1
    assert run.interrupt("Ctrl-C stops daybookd") == 0
    assert set(glob.glob("/tmp/daybook-demo.*")) <= before


@pytest.mark.parametrize("options,said", [
    (["--bogus"], 'quickstart: no option "--bogus"; see ./scripts/quickstart --help\n'),
    (["--port"], 'quickstart: --port wants a number from 1 to 65535, not ""; see ./scripts/quickstart --help\n'),
    (["--port", "70000"], 'quickstart: --port wants a number from 1 to 65535, not "70000"; see ./scripts/quickstart --help\n'),
])
def test_a_wrong_option_gets_a_hint(tree, options, said):
    done = subprocess.run([tree / "scripts/quickstart", *options], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, said)


@pytest.mark.parametrize("script,last", [("quickstart", "quickstart: packages are missing"),
                                         ("test", "SKIPPED: without curl, openssl")])
def test_without_root_and_sudo_it_names_what_is_missing_and_the_command(tree, script, last):
    for tool in TOOLS:
        (tree / "bin" / tool).symlink_to(shutil.which(tool))
    write_tool(tree, "id", "#!/bin/sh\necho 1000\n")
    write_tool(tree, "dpkg-query", '#!/bin/sh\nfor last; do :; done\n[ "$last" = curl ] || [ "$last" = openssl ] || echo installed\n')
    done = subprocess.run([tree / "scripts" / script], capture_output=True, text=True, timeout=60,
                          env={"PATH": str(tree / "bin")})
    assert "packages are missing; as root: apt-get install --no-install-recommends curl openssl\n" in done.stderr
    assert done.returncode == 1
