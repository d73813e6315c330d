"""The HTTP layer over TLS: the table of test_http.py, handshakes that are slow, half, missing or no handshakes, and a new certificate."""
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import time

import pytest

import http_frame
from http_frame import H, NEXT, SLOW, drain, post, read_reply, statuses_of
from test_http import TABLE

FOLDER = tempfile.mkdtemp(prefix="daybook-tls-")


def certificate(name, key="ec"):
    """Certificate and key of that common name, in one file."""
    path = os.path.join(FOLDER, name + ".pem")
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else ["-newkey", key]
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", path + ".key", "-out", path, *kind],
                   check=True, capture_output=True)
    with open(path, "a") as out, open(path + ".key") as f:
        out.write(f.read())
    return path


class Server(http_frame.Server):
    def __init__(self, *limits, **kw):
        self.pem = os.path.join(FOLDER, "shown.pem")
        os.replace(certificate("first"), self.pem)
        super().__init__(*limits, env=dict(os.environ, ECHO_PEM=self.pem), **kw)

    def plain(self, timeout=5):
        return super().connect(timeout)

    def connect(self, timeout=5, source=None, setup=lambda c: None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        setup(context)
        return context.wrap_socket(super().connect(timeout, source))

    def shown(self):
        with self.connect() as s:
            return s.getpeercert(True)


@pytest.fixture(scope="module")
def shared():
    server = Server("max_body=1048576")
    yield server
    assert server.stats()["in_flight"] == 1
    server.stop()


@pytest.fixture
def make():
    made = []

    def start(*args):
        made.append(Server(*args))
        return made[-1]
    yield start
    for server in made:
        server.stop()


@pytest.mark.parametrize("data,statuses,closed", [t[1:] for t in TABLE], ids=[t[0] for t in TABLE])
def test_the_acceptance_table_holds_over_tls(shared, data, statuses, closed):
    got, out, was_closed = shared.go(data, len(statuses))
    assert (got, was_closed) == (statuses, closed), out[:300]


def test_continue_and_large_replies_go_through_the_records(shared):
    with shared.connect() as s:
        s.sendall(post(b"Host: a", b"Expect: 100-continue", b"Content-Length: 3"))
        assert s.recv(100).startswith(b"HTTP/1.1 100 ")
        s.sendall(b"abc")
        assert b"body=3" in read_reply(s)
        s.sendall(b"GET /big?n=3000000 HTTP/1.1\r\n" + H + b"\r\n")
        reply = read_reply(s)
        assert len(reply) > 3000000 and b"\r\nStrict-Transport-Security: max-age=31536000\r\n" in reply[:500]


def test_whoever_speaks_plain_http_is_told(shared):
    with shared.plain() as s:
        s.sendall(NEXT)
        statuses, out, _ = drain(s)
    assert statuses == [400] and out.endswith(b"\r\n\r\nthis port speaks TLS: write https://\n")


def test_old_tls_and_weak_ciphers_are_refused(shared):
    def old(context):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")

    def cbc(context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AES128-SHA:ECDHE-ECDSA-AES128-SHA")
    for setup in (old, cbc):
        with pytest.raises(ssl.SSLError):
            shared.connect(setup=setup)
    with shared.connect(setup=lambda c: setattr(c, "maximum_version", ssl.TLSVersion.TLSv1_2)) as s:
        assert s.version() == "TLSv1.2" and s.cipher()[0].startswith("ECDHE-ECDSA-AES")


def test_a_renegotiation_is_refused_and_costs_nobody_else(shared):
    run = subprocess.Popen(["openssl", "s_client", "-tls1_2", "-legacy_renegotiation", "-connect", "127.0.0.1:%d" % shared.port],
                           stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with run:
        run.stdin.write(b"R\n")
        run.stdin.flush()
        try:
            run.wait(3 * SLOW)      # it gives up by itself when it is refused
        finally:
            run.kill()
        assert b"no renegotiation" in run.stderr.read()
    assert b"200 OK" in shared.go(NEXT)[1]


def test_handshakes_that_do_not_come_end_are_cut_with_a_requests_deadline(make):
    server = make("request_ms=600", "idle_ms=60000")
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    with server.plain() as silent, server.plain() as half, server.plain() as noise, server.connect() as shaken:
        began = time.time()
        half.sendall(hello)
        noise.sendall(b"\x00" * 100)
        for s in (noise, half, silent, shaken):
            s.settimeout(4 * SLOW)
            while s.recv(1000):
                pass
        assert 0.3 < time.time() - began < 2 * SLOW
        with server.plain() as slow:
            began = time.time()
            while time.time() - began < 4 * SLOW:
                try:
                    slow.sendall(hello[:1] if time.time() - began < 0.1 else b"\x00")
                except OSError:
                    break
                time.sleep(0.05)
            assert time.time() - began < 2 * SLOW
    stats = server.stats()
    assert (stats["open"], stats["in_flight"]) == (1, 1) and stats["failed_tls"] == 4


def test_too_many_from_one_address_are_turned_away(make):
    server = make("max_per_address=1", "loopback_is_exempt=0")
    with server.connect() as first:
        with pytest.raises(OSError):
            server.connect()
        first.sendall(NEXT)
        assert b"200 OK" in read_reply(first)


def test_clients_that_leave_in_the_middle_cost_nothing(make):
    server = make()
    for i in range(20):
        s = server.connect() if i % 2 else server.plain()
        if i % 2:
            s.sendall(b"POST /later?ms=20 HTTP/1.1\r\n" + H + b"Content-Length: 3\r\n\r\nabc")
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")     # reset
        s.close()
    end = time.time() + 5 * SLOW
    while server.stats()["open"] > 1 and time.time() < end:
        time.sleep(0.05)
    stats = server.stats()
    assert (stats["open"], stats["in_flight"]) == (1, 1)


def test_a_client_that_shuts_its_sending_side_has_left(make):
    """libevent writes nothing more then: the connection must not wait for its reply's deadline."""
    server = make()
    with server.connect() as s:
        s.sendall(b"POST /later?ms=300 HTTP/1.1\r\n" + H + b"Content-Length: 3\r\n\r\nabc")
        socket.socket.shutdown(s, socket.SHUT_WR)
        end = time.time() + 5 * SLOW
        while server.stats()["open"] > 1 and time.time() < end:
            time.sleep(0.05)
        assert time.time() < end


def test_a_new_certificate_is_shown_to_who_comes_and_a_bad_one_to_nobody(make):
    server = make()
    first = server.shown()
    with server.connect() as held:
        os.replace(certificate("second", "rsa:2048"), server.pem)
        server.proc.send_signal(signal.SIGHUP)
        end = time.time() + 5 * SLOW
        while (second := server.shown()) == first and time.time() < end:
            time.sleep(0.02)
        assert second != first
        held.sendall(NEXT)
        assert b"200 OK" in read_reply(held) and held.getpeercert(True) == first
    with open(server.pem) as f:
        good = f.read()
    with open(certificate("third")) as f:
        other = f.read()
    at = good.index("-----BEGIN PRIVATE")
    certificates, key = (good[:at], good[at:]) if at else (good[good.index("-----BEGIN CERT"):], good[:good.index("-----BEGIN CERT")])
    told = []
    for text, says in ((other[:other.index("-----BEGIN PRIVATE")] + key, "the key is that of another certificate; renew both together"),
                       (certificates[:400], "holds no certificate, or one that is cut short"),
                       (certificates + certificates[:400], "a certificate after the first is cut short; write the whole chain"),
                       (certificates, "the key is no private key in PEM, or is cut short"), (certificates + key[:300], "the key is no private key")):
        with open(server.pem, "w") as f:
            f.write(text)
        server.proc.send_signal(signal.SIGHUP)
        told.append(says)
        server.connect().close()    # the signal is taken before who comes after it
        time.sleep(0.05 * SLOW)
    assert server.shown() == second
    log = server.stop()
    server.proc.send_signal = lambda _: None
    server.stop = lambda: ""
    for says in told:
        assert says in log, (says, log)
