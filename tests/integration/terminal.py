"""daybook on a terminal: what a person sees, and what the terminal gets to see."""
import os
import pty
import select
import subprocess
import termios
import time

from daybook import program


class Terminal:
    """A command on a pseudo-terminal of 120 columns; `answers` are typed one a question."""

    def __init__(self, daemon, *args, answers=(), env=None, seconds=60):
        self.output = b""
        master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (40, 120))
        settings = {**os.environ, "TERM": "xterm-256color", **(env or {})}
        for name in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
            if name not in (env or {}):
                settings.pop(name, None)
        self.process = subprocess.Popen([program("daybook", "DAYBOOK"), "-c", daemon.config, *args], stdin=slave,
                                        stdout=slave, stderr=slave, env=settings, start_new_session=True)
        os.close(slave)
        self.master = master
        self.answers = list(answers)
        self.deadline = time.monotonic() + seconds

    def read(self, until=None):
        """All output, or as much as has come when `until` stands in it."""
        while until is None or until not in self.output:
            assert time.monotonic() < self.deadline, "no end of it: %r" % self.output
            ready, _, _ = select.select([self.master], [], [], 1)
            if not ready:
                continue
            try:
                piece = os.read(self.master, 65536)
            except OSError:    # the other side is closed
                piece = b""
            if not piece:
                break
            self.output += piece
            if self.answers and self.output.endswith(b"[y/N] "):
                os.write(self.master, self.answers.pop(0) + b"\n")
        return self.output

    def finish(self):
        """(exit status, output with plain line ends)."""
        self.read()
        os.close(self.master)
        return self.process.wait(30), self.output.replace(b"\r\n", b"\n")


def on_terminal(daemon, *args, **options):
    return Terminal(daemon, *args, **options).finish()
