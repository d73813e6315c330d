"""The HTTP layer over raw sockets: what it takes, what it refuses, and how it keeps its time.

Runs against echo_server (path in ECHO_SERVER), each test on a server of its own or the shared one."""
import os
import re
import resource
import select
import signal
import socket
import subprocess
import time

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

# PRODUCT's acceptance table and the probes behind it: (name, bytes, statuses, closed)
TABLE = [
    ("plain", b"GET / HTTP/1.1\r\n" + H + b"\r\n", [200], False),
    ("length and chunked, then a GET", post(
        b"Host: a", b"Content-Length: 3", b"Transfer-Encoding: chunked",
        body=b"5\r\nhello\r\n0\r\n\r\n") + NEXT, [400], True),
    ("TE gzip, chunked with a length", post(
        b"Host: a", b"Content-Length: 3", b"Transfer-Encoding: gzip, chunked",
        body=b"5\r\nhello\r\n0\r\n\r\n"), [400], True),
    ("TE xchunked", post(b"Host: a", b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), [400], True),
    ("TE chunked twice", post(*CHUNKED, b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), [400], True),
    ("TE with trailing blank", post(b"Host: a", b"Transfer-Encoding: chunked ",
                                    body=b"5\r\nhello\r\n0\r\n\r\n"), [200], False),
    ("TE in HTTP/1.0", post(*CHUNKED, body=b"0\r\n\r\n", version=b"1.0"), [400], True),
    ("lengths 3 and 5", post(b"Host: a", b"Content-Length: 3", b"Content-Length: 5", body=b"abcde"),
     [400], True),
    ("the same length twice", post(b"Host: a", b"Content-Length: 3", b"Content-Length: 3", body=b"abc"),
     [400], True),
    ("blank before the colon", post(b"Host: a", b"Content-Length : 3", body=b"abc"), [400], True),
    ("length +3", post(b"Host: a", b"Content-Length: +3", body=b"abc"), [400], True),
    ("length -1", post(b"Host: a", b"Content-Length: -1", body=b"abc"), [400], True),
    ("length 0x3", post(b"Host: a", b"Content-Length: 0x3", body=b"abc"), [400], True),
    ("length 3, 3", post(b"Host: a", b"Content-Length: 3, 3", body=b"abc"), [400], True),
    ("length empty", post(b"Host: a", b"Content-Length:", body=b"abc"), [400], True),
    ("length of 20 digits", post(b"Host: a", b"Content-Length: 99999999999999999999"), [400], True),
    ("length between blanks", post(b"Host: a", b"Content-Length:  3 ", body=b"abc"), [200], False),
    ("chunk size 0x3", post(*CHUNKED, body=b"0x3\r\nabc\r\n0\r\n\r\n"), [400], True),
    ("chunk size +3", post(*CHUNKED, body=b"+3\r\nabc\r\n0\r\n\r\n"), [400], True),
    ("chunk size ' 3'", post(*CHUNKED, body=b" 3\r\nabc\r\n0\r\n\r\n"), [400], True),
    ("chunk size -3", post(*CHUNKED, body=b"-3\r\nabc\r\n0\r\n\r\n"), [400], True),
    ("chunk size empty", post(*CHUNKED, body=b"\r\nabc\r\n0\r\n\r\n"), [400], True),
    ("chunk size of 16 f", post(*CHUNKED, body=b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n"), [400], True),
    ("chunk without its CR LF", post(*CHUNKED, body=b"5\r\nhelloXX0\r\n\r\n"), [400], True),
    ("chunk line with LF alone", post(*CHUNKED, body=b"3\nabc\r\n0\r\n\r\n"), [400], True),
    ("chunk extension", post(*CHUNKED, body=b"3;a=b\r\nabc\r\n0\r\n\r\n"), [200], False),
    ("trailer", post(*CHUNKED, body=b"3\r\nabc\r\n0\r\nX-A: evil\r\n\r\n"), [200], False),
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", [400], True),
    ("two Hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", [400], True),
    ("HTTP/1.0 without Host", b"GET / HTTP/1.0\r\n\r\n", [200], True),
    ("NUL in a value", b"GET / HTTP/1.1\r\n" + H + b"X-A: a\0b\r\n\r\n", [400], True),
    ("CR in a value", b"GET / HTTP/1.1\r\n" + H + b"X-A: a\rb\r\n\r\n", [400], True),
    ("LF alone", b"GET / HTTP/1.1\nHost: a\n\n", [400], True),
    ("empty name", b"GET / HTTP/1.1\r\n" + H + b": v\r\n\r\n", [400], True),
    ("no colon", b"GET / HTTP/1.1\r\n" + H + b"novalue\r\n\r\n", [400], True),
    ("folded line", b"GET / HTTP/1.1\r\n" + H + b"X-A: a\r\n b\r\n\r\n", [400], True),
    ("header of 17 KB", b"GET / HTTP/1.1\r\n" + H + b"X-A: " + b"a" * 17000 + b"\r\n\r\n", [431], True),
    ("header of 15 KB", b"GET / HTTP/1.1\r\n" + H + b"X-B: " + b"a" * 15000 + b"\r\n\r\n", [200], False),
    ("100 fields", b"GET / HTTP/1.1\r\n" + H + b"a:b\r\n" * 100 + b"\r\n", [431], True),
    ("64 fields", b"GET / HTTP/1.1\r\n" + H + b"a:b\r\n" * 63 + b"\r\n", [200], False),
    ("URI of 40 KB", b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n" + H + b"\r\n", [414], True),
    ("URI of 10 KB", b"GET /" + b"a" * 10000 + b" HTTP/1.1\r\n" + H + b"\r\n", [414], True),
    ("absolute URI", b"GET http://evil/x HTTP/1.1\r\n" + H + b"\r\n", [400], True),
    ("two slashes", b"GET //evil/x HTTP/1.1\r\n" + H + b"\r\n", [400], True),
    ("asterisk", b"OPTIONS * HTTP/1.1\r\n" + H + b"\r\n", [400], True),
    ("blank in the target", b"GET /a b HTTP/1.1\r\n" + H + b"\r\n", [400], True),
    ("TRACE", b"TRACE / HTTP/1.1\r\n" + H + b"\r\n", [405], True),
    ("CONNECT", b"CONNECT a:1 HTTP/1.1\r\n" + H + b"\r\n", [405], True),
    ("FOO", b"FOO / HTTP/1.1\r\n" + H + b"\r\n", [501], True),
    ("PATCH", b"PATCH / HTTP/1.1\r\n" + H + b"Content-Length: 1\r\n\r\nx", [200], False),
    ("OPTIONS", b"OPTIONS /x HTTP/1.1\r\n" + H + b"\r\n", [200], False),
    ("DELETE", b"DELETE /x HTTP/1.1\r\n" + H + b"\r\n", [200], False),
    ("PUT", b"PUT /x HTTP/1.1\r\n" + H + b"Content-Length: 0\r\n\r\n", [200], False),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505], True),
    ("HTTP/0.9", b"GET /\r\n\r\n", [400], True),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [400], True),
    ("gzip body", post(b"Host: a", b"Content-Encoding: gzip", b"Content-Length: 3", body=b"abc"),
     [415], True),
    ("Expect 100 with the body", post(b"Host: a", b"Expect: 100-continue", b"Content-Length: 3",
                                      body=b"abc"), [200], False),
    ("Expect junk", post(b"Host: a", b"Expect: foo", b"Content-Length: 3", body=b"abc"), [417], True),
    ("HEAD with a body", b"HEAD / HTTP/1.1\r\n" + H + b"Content-Length: 3\r\n\r\nabc", [400], True),
    ("2 MB over the limit of 1 MB", post(b"Host: a", b"Content-Length: 2097152", body=b"a" * 2097152),
     [413], True),
    ("2 MB chunked", post(*CHUNKED, body=(b"10000\r\n" + b"a" * 65536 + b"\r\n") * 32 + b"0\r\n\r\n"),
     [413], True),
    ("three in a pipeline", NEXT * 3, [200] * 3, False),
    ("POST and GET in a pipeline", post(b"Host: a", b"Content-Length: 3", body=b"abc") + NEXT,
     [200] * 2, False),
    ("GET with a body, then GET", b"GET /1 HTTP/1.1\r\n" + H + b"Content-Length: 3\r\n\r\nabc" + NEXT,
     [200] * 2, False),
    ("chunked, then GET", post(*CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n") + NEXT, [200] * 2, False),
    ("good, then bad, then good", NEXT + b"GET / HTTP/1.1\r\n\r\n" + NEXT, [200, 400], True),
    ("an encoded line break", b"GET /echo?v=a%0d%0ax-inj:1 HTTP/1.1\r\n" + H + b"\r\n", [200], False),
]


@pytest.mark.parametrize("data,statuses,closed", [t[1:] for t in TABLE], ids=[t[0] for t in TABLE])
def test_the_acceptance_table(shared, data, statuses, closed):
    got, out, was_closed = shared.go(data, len(statuses))
    assert (got, was_closed) == (statuses, closed), out[:300]


@pytest.mark.parametrize("data,statuses,closed", [t[1:] for t in TABLE], ids=[t[0] for t in TABLE])
def test_the_acceptance_table_in_pieces(shared, data, statuses, closed):
    """The verdict does not depend on how TCP cuts the bytes."""
    if len(data) > 20000:
        step = 3001
    else:
        step = 7 if len(data) > 600 else 1
    with shared.connect() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(0, len(data), step):
            try:
                s.sendall(data[i:i + step])
            except OSError:
                break
            if i < 40 * step:
                time.sleep(0.0005)
        got, out, was_closed = drain(s, len(statuses))
    assert (got, was_closed) == (statuses, closed), out[:300]


def test_a_refusal_names_the_cure_as_plain_text_and_closes(shared):
    _, out, _ = shared.go(b"GET / HTTP/1.1\r\n\r\n")
    head, body = out.split(b"\r\n\r\n", 1)
    assert body == b"exactly one Host field is needed\n"
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Connection: close" in head and b"Content-Type: text/plain" in head
    assert b"X-Content-Type-Options: nosniff" in head
    assert b"Server:" not in head
    out = shared.go(b"TRACE / HTTP/1.1\r\n" + H + b"\r\n")[1]
    assert b"Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\n" in out


def test_what_the_handler_sees(shared):
    out = shared.go(b"POST /a%20b?x=1&y HTTP/1.1\r\n" + H + b"x-a: 1\r\nX-A: 2\r\nContent-Length: 3"
                    b"\r\n\r\nabc")[1]
    assert b"method=POST path=/a%20b query=x=1&y body=3 sum=96354 peer=127.0.0.1 local=1 a=2/1\n" in out
    out = shared.go(post(*CHUNKED, body=b"2;e=1\r\nab\r\n1\r\nc\r\n0\r\nX-A: evil\r\n\r\n"))[1]
    assert b"body=3 sum=96354" in out and b"a=0/" in out


def test_replies_carry_the_standard_headers_and_no_injected_one(shared):
    head = shared.go(b"GET /busy HTTP/1.1\r\n" + H + b"\r\n")[1].split(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    for field in (b"Date: ", b"X-Content-Type-Options: nosniff", b"Retry-After: 7", b"Content-Length: "):
        assert b"\r\n" + field in head
    assert b"Injected" not in head and b"Server" not in head


def test_head_is_get_without_the_body(shared):
    get = shared.go(b"GET /big?n=5000 HTTP/1.1\r\n" + H + b"\r\n")[1]
    statuses, out, closed = shared.go(b"HEAD /big?n=5000 HTTP/1.1\r\n" + H + b"\r\n" + NEXT, 2)
    head, rest = out.split(b"\r\n\r\n", 1)
    assert statuses == [200, 200] and not closed
    assert b"Content-Length: 5000" in head and b"Content-Length: 5000" in get
    assert rest.startswith(b"HTTP/1.1 200")     # nothing of the body in between
    assert len(get.split(b"\r\n\r\n", 1)[1]) == 5000


def test_expect_100_continue_is_answered_before_the_body(shared):
    for fields, body in (((b"Host: a", b"Content-Length: 3"), b"abc"),
                         (CHUNKED, b"3\r\nabc\r\n0\r\n\r\n")):
        with shared.connect() as s:
            for _ in range(3):      # also on a connection that has replied before
                s.sendall(post(*fields, b"Expect: 100-continue"))
                assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
                s.sendall(body)
                assert b"body=3 sum=96354" in read_reply(s)


def test_expect_is_refused_at_once_when_the_body_is_too_large(shared):
    with shared.connect() as s:
        s.sendall(post(b"Host: a", b"Expect: 100-continue", b"Content-Length: 2000000"))
        assert drain(s)[0] == [413]


def test_2000_requests_on_one_connection(shared):
    before = shared.stats()
    with shared.connect() as s:
        for i in range(2000):
            n = (i * 37) % 1000
            s.sendall(b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (i, n) + b"x" * n)
            out = read_reply(s)
            assert b"path=/%d query= body=%d " % (i, n) in out
    after = shared.stats()
    assert after["requests"] - before["requests"] == 2001
    assert after["accepted"] - before["accepted"] == 2


def test_a_long_pipeline_is_answered_in_order(shared):
    with shared.connect() as s:
        s.sendall(b"".join(b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (i, i % 7)
                           + b"y" * (i % 7) for i in range(500)))
        out = drain(s, 500)[1]
    assert re.findall(rb"path=/(\d+) query= body=(\d+)", out) == [
        (b"%d" % i, b"%d" % (i % 7)) for i in range(500)]


def test_a_pipeline_waits_for_a_late_reply(shared):
    _, out, _ = shared.go(b"GET /later?ms=100 HTTP/1.1\r\n" + H + b"\r\n" + NEXT, 2)
    assert re.findall(rb"path=(\S+)", out) == [b"/later", b"/next"]


def test_odd_body_lengths(shared):
    for n in (0, 1, 2, 4095, 4096, 4097, 16383, 16384, 16385, 65537, 1048576):
        body = bytes(i % 251 for i in range(n))
        total = 0
        for b in body:
            total = (total * 31 + b) & 0xffffffff
        out = shared.go(post(b"Host: a", b"Content-Length: %d" % n, body=body))[1]
        assert b"body=%d sum=%d " % (n, total) in out
        if n:
            half = n // 2 + 1
            chunks = b"".join(b"%x\r\n" % len(p) + p + b"\r\n" for p in (body[:half], body[half:]) if p)
            out = shared.go(post(*CHUNKED, body=chunks + b"0\r\n\r\n"))[1]
            assert b"body=%d sum=%d " % (n, total) in out


def test_a_body_of_10_mb(make):
    server = make("max_body=20000000")
    for request in (post(b"Host: a", b"Content-Length: 10000000", body=b"z" * 10000000),
                    post(*CHUNKED, body=(b"186a0\r\n" + b"z" * 100000 + b"\r\n") * 100 + b"0\r\n\r\n")):
        statuses, out, _ = server.go(request)
        assert statuses == [200] and b"body=10000000 " in out


def test_a_new_connection_gets_its_own_bytes_after_another_was_closed(shared):
    """The descriptor number is reused at once: nothing of the old connection may still read from it."""
    for _ in range(30):
        shared.go(b"GET / HTTP/1.1\r\n" + H + b"Connection: close\r\n\r\n")
        with shared.connect() as s:
            s.sendall(post(b"Host: a", b"Connection: close", b"Content-Length: 100000", body=b"a" * 100000))
            assert b"body=100000 " in read_reply(s)


def test_the_reply_arrives_although_the_client_is_still_sending(shared):
    """A reset would throw the refusal away: 20 times, always delivered, never reset."""
    for _ in range(20):
        with shared.connect() as s:
            s.sendall(post(b"Host: a", b"Content-Length: 5000000"))
            for _ in range(50):
                s.sendall(b"a" * 65536)
            statuses, out, closed = drain(s)
            assert statuses == [413] and closed is True
            assert out.endswith(b"the body is larger than this server takes (http.max_body)\n")


def test_a_client_that_shuts_its_sending_side_gets_its_reply(shared):
    for path in (b"/", b"/later?ms=50", b"/big?n=300000"):
        with shared.connect() as s:
            s.sendall(b"GET " + path + b" HTTP/1.1\r\n" + H + b"\r\n")
            s.shutdown(socket.SHUT_WR)
            assert len(read_reply(s)) > 100
    for _ in range(20):
        with shared.connect() as s:
            s.sendall(NEXT * 3)
            s.shutdown(socket.SHUT_WR)
            assert drain(s, 3)[0] == [200] * 3
    with shared.connect() as s:
        s.sendall(b"GET /big?n=20000000 HTTP/1.1\r\n" + H + b"\r\n")
        s.shutdown(socket.SHUT_WR)
        time.sleep(0.2)
        assert len(read_reply(s)) > 20000000


def test_a_client_that_has_gone_costs_nothing(make):
    server = make()
    for _ in range(50):
        s = server.connect()
        s.sendall(b"POST /later?ms=20 HTTP/1.1\r\n" + H + b"Content-Length: 3\r\n\r\nabc")
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")     # reset
        s.close()
        server.connect().close()
    time.sleep(0.3 * SLOW)
    stats = server.stats()
    assert (stats["requests"], stats["open"], stats["in_flight"]) == (51, 1, 1)


def test_replies_after_the_server_has_ended_go_nowhere(make):
    server = make()
    sockets = [server.connect() for _ in range(6)]
    for i, s in enumerate(sockets):
        s.sendall(b"GET " + (b"/stream" if i < 2 else b"/later?ms=60000") + b" HTTP/1.1\r\n" + H + b"\r\n")
    sockets.append(server.connect())
    sockets[-1].sendall(b"GET / HT")
    time.sleep(0.1 * SLOW)
    assert server.stats()["in_flight"] == 8
    server.stop()


def test_http10_closes_and_keeps_alive_when_asked(shared):
    assert shared.go(b"GET / HTTP/1.0\r\n\r\n")[2] is True
    assert shared.go(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")[2] is False


# ---- deadlines ----

def drip(server, head, byte, every=0.05):
    """Sends head, then one byte at a time until the server closes: (seconds, statuses)."""
    start = time.time()
    with server.connect() as s:
        s.sendall(head)
        while time.time() - start < 20:
            readable, _, _ = select.select([s], [], [], every)
            if readable:
                return time.time() - start, drain(s)[0]
            s.sendall(byte)
    return time.time() - start, []


def test_a_dripper_is_cut_at_the_deadline(make):
    server = make("request_ms=600", "large_request_ms=1500")
    took, statuses = drip(server, b"GET / HTTP/1.1\r\nX-A: ", b"a")
    assert statuses == [408] and 0.5 < took < 1.2 * SLOW
    took, statuses = drip(server, post(b"Host: a", b"Content-Length: 1000"), b"a")
    assert statuses == [408] and 0.5 < took < 1.2 * SLOW
    took, statuses = drip(server, post(*CHUNKED), b"1\r\na\r\n")
    assert statuses == [408] and 0.5 < took < 1.2 * SLOW
    took, statuses = drip(server, post(b"Host: a", b"Content-Length: 2000000"), b"a")
    assert statuses == [408] and 1.4 < took < 2.4 * SLOW
    assert server.stats()["killed_request"] == 4


def test_the_deadline_does_not_hit_a_slow_handler(make):
    server = make("request_ms=300", "idle_ms=300")
    with server.connect() as s:
        s.sendall(b"GET /later?ms=900 HTTP/1.1\r\n" + H + b"\r\n")
        assert b"200 OK" in read_reply(s)


def test_an_idle_connection_is_closed_without_a_word(make):
    server = make("idle_ms=500")
    with server.connect() as fresh, server.connect() as used:
        used.sendall(NEXT)
        assert b"200 OK" in read_reply(used)
        for s in (fresh, used):
            s.settimeout(3 * SLOW)
            assert s.recv(10) == b""
    assert server.stats()["killed_idle"] == 2


def test_a_client_that_does_not_read_its_reply_is_cut(make):
    server = make("reply_ms=500")
    with server.connect() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(b"GET /big?n=30000000 HTTP/1.1\r\n" + H + b"\r\n")
        time.sleep(1)
        assert server.stats()["killed_reply"] == 0      # 1 s more for each 64 KiB
    with server.connect() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        # Many replies that add up, so that the deadline of one of them is what counts.
        s.settimeout(0.2)
        try:
            for _ in range(3000):
                s.sendall((b"GET /big?n=60000 HTTP/1.1\r\n" + H + b"\r\n") * 20)
        except OSError:
            pass
        deadline = time.time() + 5 * SLOW
        while server.stats()["killed_reply"] == 0 and time.time() < deadline:
            time.sleep(0.1)
    assert server.stats()["killed_reply"] >= 1


# ---- caps ----

def test_a_hoard_over_the_cap_does_not_keep_a_good_request_out(make):
    server = make("max_connections=20", "request_ms=800")
    hoard = [server.connect() for _ in range(60)]
    for s in hoard[::2]:
        s.sendall(b"GET / HT")
    start = time.time()
    with server.connect(timeout=20) as s:
        s.sendall(NEXT)
        assert b"200 OK" in read_reply(s)
    assert time.time() - start < 9 * SLOW
    for s in hoard:
        s.close()
    time.sleep(0.5)
    stats = server.stats()
    assert stats["cap_pauses"] >= 1 and stats["open"] < 20


def test_one_address_cannot_take_all_connections(make):
    server = make("max_per_address=4")
    mine = [server.connect() for _ in range(4)]
    with server.connect() as s:
        statuses, out, closed = drain(s)
        assert statuses == [503] and closed is True
        assert b"too many connections from this address" in out and b"Retry-After: " in out
    with server.connect() as s:         # the same with a request already sent
        s.sendall(NEXT)
        assert drain(s)[0] == [503]
    with server.connect() as s:         # a refused one that stays costs nothing
        s.sendall(NEXT)
        before = server.cpu()
        time.sleep(1)
        assert server.cpu() - before < 0.1
    with server.connect(source="127.0.0.5") as s:
        s.sendall(NEXT)
        assert b"200 OK" in read_reply(s)
    proxied = [server.connect(source="127.0.0.2") for _ in range(8)]    # a trusted proxy
    for s in proxied:
        s.sendall(NEXT)
        assert b"200 OK" in read_reply(s)
    mine.pop().close()
    time.sleep(0.1 * SLOW)
    stats = server.stats()              # there is room again
    assert stats["refused_address"] == 3 and stats["open"] == 12


def test_bodies_on_their_way_in_share_one_budget(make):
    server = make("max_buffered=3000000", "max_body=2000000")
    held = [server.connect() for _ in range(2)]
    held[0].sendall(post(b"Host: a", b"Content-Length: 2000000", body=b"a" * 100))
    held[1].sendall(post(*CHUNKED, body=b"c3500\r\n" + b"a" * 800000 + b"\r\n"))
    time.sleep(0.2 * SLOW)
    assert server.go(post(b"Host: a", b"Content-Length: 1500000", body=b"a" * 1500000))[0] == [503]
    assert server.go(post(b"Host: a", b"Content-Length: 60000", body=b"a" * 60000))[0] == [200]
    held[0].sendall(b"a" * 1999900)
    assert b"body=2000000 " in read_reply(held[0])
    held[1].sendall(b"0\r\n\r\n")
    assert b"body=800000 " in read_reply(held[1])
    assert server.go(post(b"Host: a", b"Content-Length: 1500000", body=b"a" * 1500000))[0] == [200]
    assert server.stats()["refused_busy"] == 1


def test_running_out_of_descriptors_costs_no_cpu_and_recovers(make):
    server = make("request_ms=60000", nofile=64)
    hoard = []
    for _ in range(90):
        hoard.append(server.connect())
    time.sleep(0.3)
    before = server.cpu()
    time.sleep(3)
    used = server.cpu() - before
    assert used / 3 < 0.05
    for s in hoard:
        s.close()
    stats = server.stats()
    assert stats["fd_pauses"] > 5
    lines = server.stop().splitlines()
    assert 1 <= len(lines) < 10
    assert "cannot accept a connection; raise LimitNOFILE or lower http.max_connections" in lines[0]
    assert "Too many open files" in lines[0]


def test_input_behind_a_reply_that_is_not_read_is_not_hoarded(make):
    server = make()

    def rss():
        with open(f"/proc/{server.proc.pid}/statm") as f:
            return int(f.read().split()[1]) * 4096
    before = rss()
    for path in (b"/stream", b"/big?n=10000000"):
        with server.connect() as s:
            s.sendall(b"GET " + path + b" HTTP/1.1\r\n" + H + b"\r\n")
            s.settimeout(0.3)
            try:
                for _ in range(1000):
                    s.sendall(b"a" * 65536)
            except OSError:
                pass
            assert rss() - before < 20 << 20
    assert server.stats()["closed"] == 1        # the stream was cut


# ---- who asks ----

def test_forwarding_headers_count_only_from_a_trusted_proxy(shared):
    def ask(fields, source):
        with shared.connect(source=source) as s:
            s.sendall(b"GET / HTTP/1.1\r\n" + H + fields + b"\r\n")
            out = read_reply(s)
            return re.search(rb"peer=(\S+) local=(\d)", out).groups()
    xff = b"X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\n"
    assert ask(b"", "127.0.0.1") == (b"127.0.0.1", b"1")
    assert ask(xff, "127.0.0.1") == (b"127.0.0.1", b"0")
    assert ask(xff, "127.0.0.2") == (b"203.0.113.9", b"0")
    assert ask(xff + b"X-Forwarded-For: 2001:DB8::1\r\n", "127.0.0.2") == (b"2001:db8::1", b"0")
    assert ask(b"X-Forwarded-For: [2001:db8::2]:99\r\n", "127.0.0.2") == (b"2001:db8::2", b"0")
    assert ask(b"X-Forwarded-For: 203.0.113.9:99\r\n", "127.0.0.2") == (b"203.0.113.9", b"0")
    assert ask(b"X-Forwarded-For: unknown\r\n", "127.0.0.2") == (b"127.0.0.2", b"0")
    assert ask(b"X-Forwarded-For:\r\n", "127.0.0.2") == (b"127.0.0.2", b"0")
    assert ask(b"Forwarded: for=1.2.3.4\r\n", "127.0.0.1") == (b"127.0.0.1", b"0")


def test_unix_sockets_and_stale_ones(tmp_path, make):
    path = str(tmp_path / "http.sock")
    server = make(listen="unix:" + path)
    assert os.stat(path).st_mode & 0o777 == 0o660
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(NEXT)
        out = read_reply(s)
    assert b"peer=unix local=1" in out
    second = subprocess.run([SERVER, "unix:" + path], capture_output=True, text=True)
    assert second.stderr == f"unix:{path}: another process listens there\n"
    server.proc.kill()
    server.proc.wait()
    assert os.path.exists(path)
    third = make(listen="unix:" + path)     # what the dead one left is replaced
    third.stop()
    assert not os.path.exists(path)
    with open(path, "w") as f:
        f.write("precious")
    fourth = subprocess.run([SERVER, "unix:" + path], capture_output=True, text=True)
    assert "there is a file that is not a socket; move it away" in fourth.stderr
    assert os.path.exists(path)


def test_ipv6_and_every_address(make):
    server = make(listen="[::1]:0")
    with socket.create_connection(("::1", server.port), 5) as s:
        s.sendall(NEXT)
        assert b"peer=::1 local=1" in read_reply(s)
    server = make(listen="*:0")
    for address, peer in (("::1", b"::1"), ("127.0.0.1", b"127.0.0.1")):
        with socket.create_connection((address, server.port), 5) as s:
            s.sendall(NEXT)
            assert b"peer=" + peer + b" local=1" in read_reply(s)


@pytest.mark.parametrize("address", ["", "8480", "localhost:80", "127.0.0.1", "127.0.0.1:x",
                                     "127.0.0.1:65536", "[::1]", "[zz]:80", "[]:1", ":80"])
def test_what_is_not_an_address_is_explained(address):
    run = subprocess.run([SERVER, address], capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == (f'"{address}" is not an address to listen on (try 127.0.0.1:8480, '
                          "[::1]:8480, *:8480 or unix:/run/daybook/http.sock)\n")


def test_a_port_that_is_taken_is_named(shared):
    run = subprocess.run([SERVER, f"127.0.0.1:{shared.port}"], capture_output=True, text=True)
    assert run.stderr == (f"127.0.0.1:{shared.port}: another program listens there "
                          "(ss -ltnp shows which)\n")


def test_a_socket_from_the_service_manager_is_adopted():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        script = (f"exec 3<&{listener.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; "
                  f"exec {SERVER} systemd")
        proc = subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE,
                                pass_fds=[listener.fileno()])
        port = int(proc.stdout.readline().split()[1])
        assert port == listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            s.sendall(NEXT)
            assert b"200 OK" in read_reply(s)
        proc.terminate()
        assert proc.wait(10) == 0


# ---- streams and draining ----

def test_a_stream_runs_until_the_client_leaves(make):
    server = make()
    clients = [server.connect() for _ in range(40)]
    for s in clients:
        s.sendall(b"GET /stream HTTP/1.1\r\n" + H + b"\r\n")
    for s in clients:
        assert b"text/event-stream" in s.recv(4096)
    assert server.stats()["in_flight"] == 41
    for s in clients:
        s.close()
    deadline = time.time() + 3 * SLOW
    while server.stats()["closed"] < 40 and time.time() < deadline:
        time.sleep(0.05)
    stats = server.stats()
    assert (stats["closed"], stats["open"], stats["in_flight"]) == (40, 1, 1)


def test_a_stream_that_nobody_reads_is_dropped(make):
    server = make()
    with server.connect() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(b"GET /stream HTTP/1.1\r\n" + H + b"\r\n")
        deadline = time.time() + 20
        while server.stats()["closed"] == 0 and time.time() < deadline:
            time.sleep(0.2)
        stats = server.stats()
        assert (stats["closed"], stats["killed_reply"], stats["open"]) == (1, 1, 1)


def test_draining_finishes_what_is_in_flight_and_takes_nothing_new(make):
    server = make()
    idle, busy, asker = server.connect(), server.connect(), server.connect()
    idle.sendall(NEXT)
    read_reply(idle)
    busy.sendall(b"GET /later?ms=500 HTTP/1.1\r\n" + H + b"\r\n")
    time.sleep(0.1)
    asker.sendall(b"GET /drain HTTP/1.1\r\n" + H + b"\r\n")
    assert b"Connection: close\r\n" in drain(asker)[1]
    assert idle.recv(10) == b""
    with pytest.raises(ConnectionRefusedError):
        server.connect()
    statuses, out, closed = drain(busy)
    assert statuses == [200] and closed is True and b"Connection: close\r\n" in out
