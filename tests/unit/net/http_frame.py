"""What the tests of the HTTP layer share: echo_server (path in ECHO_SERVER) and raw sockets to it."""
import os
import re
import resource
import signal
import socket
import subprocess

import pytest

SERVER = os.environ["ECHO_SERVER"]
SLOW = 5 if "asan" in SERVER else 1
H = b"Host: a\r\n"


class Server:
    def __init__(self, *limits, listen="127.0.0.1:0", nofile=None, **popen):
        def lower():
            resource.setrlimit(resource.RLIMIT_NOFILE, (nofile, nofile))
        self.proc = subprocess.Popen([SERVER, listen, *limits], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE,
                                     preexec_fn=lower if nofile else None, **popen)
        line = self.proc.stdout.readline().split()
        self.port = int(line[1]) if line else 0

    def connect(self, timeout=5, source=None):
        return socket.create_connection(("127.0.0.1", self.port), timeout,
                                        (source, 0) if source else None)

    def go(self, data, want=1, timeout=5):
        """Sends, reads until the server closes or falls silent: (statuses, all bytes, closed)."""
        with self.connect(timeout) as s:
            try:
                s.sendall(data)
            except OSError:
                pass        # a server that refuses early need not read on
            return drain(s, want)

    def stats(self):
        out = self.go(b"GET /stats HTTP/1.1\r\n" + H + b"Connection: close\r\n\r\n")[1]
        body = out.split(b"\r\n\r\n", 1)[1].decode()
        return {k: int(v) for k, v in (line.split() for line in body.splitlines())}

    def cpu(self):
        with open(f"/proc/{self.proc.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """Ends it and returns what it logged; anything a sanitizer says fails the test."""
        self.proc.send_signal(signal.SIGTERM)
        _, log = self.proc.communicate(timeout=20)
        log = log.decode(errors="replace")
        assert self.proc.returncode == 0, log
        return log


def statuses_of(out):
    found = re.findall(rb"^HTTP/1\.[01] (\d{3}) ", out, re.M)
    return [int(x) for x in found if x != b"100"]


def drain(s, want=1):
    """Reads until the server closes, or says no more after so many replies."""
    out, closed = b"", False
    try:
        while True:
            s.settimeout(5 if len(statuses_of(out[-200000:])) < want else 0.05 * SLOW)
            data = s.recv(65536)
            if not data:
                closed = True
                break
            out += data
    except socket.timeout:
        pass
    except ConnectionResetError:
        closed = "reset"
    return statuses_of(out), out, closed


def read_reply(s):
    """One reply with a Content-Length."""
    out = b""
    while b"\r\n\r\n" not in out:
        data = s.recv(65536)
        if not data:
            return out
        out += data
    head, body = out.split(b"\r\n\r\n", 1)
    n = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    body = bytearray(body)
    while len(body) < n:
        data = s.recv(65536)
        if not data:
            break
        body += data
    return head + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def shared():
    server = Server("max_body=1048576")
    yield server
    assert server.stats()["in_flight"] == 1     # the question itself
    server.stop()


@pytest.fixture
def make():
    made = []

    def start(*args, **kw):
        made.append(Server(*args, **kw))
        return made[-1]
    yield start
    for server in made:
        if server.proc.poll() is None:
            server.stop()


def post(*fields, body=b"", version=b"1.1"):
    return (b"POST /p HTTP/" + version + b"\r\n" + b"".join(f + b"\r\n" for f in fields) + b"\r\n"
            + body)


CHUNKED = (b"Host: a", b"Transfer-Encoding: chunked")
NEXT = b"GET /next HTTP/1.1\r\n" + H + b"\r\n"
