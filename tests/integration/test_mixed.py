"""Large mails in parts, in a backlog, in two mailboxes, killed in the middle, fetched, and built again."""
import os

import pytest

from daybook import wait_until
from dovecot import Dovecot, is_installed
from test_gentle import base64_lines, mailbox, make, state_of, with_file

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")
N, LARGE = 560, 40


def two_files(name):
    more = (b"--=_b1\r\nContent-Type: image/png; name=\"Logo.png\"\r\nContent-Disposition: attachment\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + base64_lines(name * 2000) + b"\r\n")
    return with_file(name, bytes(range(256)) * 1500, more=more)


def test_large_mails_in_a_backlog_of_two_mailboxes_are_recorded_once_and_so_again(make_daemon):
    with Dovecot(keeps_rawlog=False) as server:
        for i in range(N):
            data = two_files(b"big%d" % i) if i % (N // LARGE) == 3 else with_file(b"m%d" % i, b"PDF" * 99)
            path = server.deliver("u1", data, "", name="%d.M%dP1.test" % (1600000000 + i, i))
            os.utime(path, (1600000000 + i,) * 2)
        daemon = make(make_daemon, server, "u1", "attachments_max: 100KiB", more=mailbox(server, "u1", "attachments: all", name="other"))
        for i in range(4):
            daemon.start()
            wait_until(lambda: daemon.ledger("sales")["received"] >= min(N, 150 * (i + 1)), 60, "some of it")
            if i < 3:
                daemon.kill()
        for name in ("sales", "other"):
            wait_until(lambda: daemon.ledger(name)["received"] >= N, 60, "all of it")
        wait_until(lambda: state_of(daemon)["state"] in ("live", "waiting"), 60, "the end of the run")
        for name in ("sales", "other"):
            assert [row["missing"] for row in daemon.cli("reconcile", name)][0] == 0
            assert daemon.ledger(name)["received"] == N
        before = daemon.cli("interactions")
        assert len(before) == N and len(daemon.cli("dead-letters")) == 0
        assert all(a["state"] == "stored" for it in before for a in it["attachments"])
        daemon.stop()
        assert "ok\tmessages\t" in daemon.run("doctor", "--deep").stdout.decode()
        assert daemon.run("rebuild").returncode == 0
        assert daemon.cli("interactions") == before
        assert [it["text"] for it in before if "big3@" in it["external_id"]] == ["Segue big3."]
