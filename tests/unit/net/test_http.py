"""The HTTP layer over raw sockets: what it takes, what it refuses, what its replies look like."""
import re
import socket
import time

import pytest

from http_frame import CHUNKED, H, NEXT, SERVER, SLOW, Server, drain, make, post, read_reply, shared, statuses_of

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
            assert out.endswith(b"the body is larger than this server takes (max_body, of http or of the connector)\n")


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
