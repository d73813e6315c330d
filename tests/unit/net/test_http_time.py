"""The HTTP layer over raw sockets: deadlines, caps, streams, and who is asking."""
import os
import re
import select
import socket
import subprocess
import time

import pytest

from http_frame import CHUNKED, H, NEXT, SERVER, SLOW, Server, drain, make, post, read_reply, shared, statuses_of


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


@pytest.mark.parametrize("listen,host", [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "::1")])
@pytest.mark.parametrize("exempt,refused", [(1, 0), (0, 2)])
def test_loopback_is_exempt_where_the_limits_say_so(make, listen, host, exempt, refused):
    server = make("max_per_address=4", "loopback_is_exempt=%d" % exempt, listen=listen)
    held = [socket.create_connection((host, server.port), 5) for _ in range(6)]
    answers = []
    for s in held:
        s.sendall(NEXT)
        answers += drain(s)[0]
    assert sorted(answers) == [200] * (6 - refused) + [503] * refused
    for s in held:
        s.close()


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
                for _ in range(5000):           # more than even ASan may keep
                    s.sendall(b"a" * 65536)
            except OSError:
                pass
            assert rss() - before < (20 << 20) * SLOW      # ASan keeps freed memory for a while
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
