"""A connector is paused by somebody, stays so over restarts and reloads, is seen everywhere, and goes on where it was."""
import os

import pytest

import daybook
from daybook import wait_until
from dovecot import PASSWORD, Dovecot, is_installed
from test_api import STAFF, World, mail

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")


def run(daemon, *args, status=0):
    done = daemon.run(*args)
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return (done.stdout if status == 0 else done.stderr).decode()


def deliver(server, n):
    server.deliver("u1", mail(n, From="m%d@one.example" % n).replace("\n", "\r\n").encode())


def state(daemon, name="sales"):
    [row] = [c for c in daemon.cli("connectors") if c["name"] == name]
    return row["state"]


def metric(daemon, name):
    [line] = [l for l in daemon.get("/metrics").body.decode().splitlines() if l.startswith('daybook_connector_up{connector="%s"' % name)]
    return line.rsplit(" ", 1)[1]


def test_a_mailbox_goes_on_where_it_was(make_daemon):
    with Dovecot() as server:
        daemon = make_daemon(connectors="\n  sales:\n    type: imap\n    host: localhost\n    port: %d\n    user: u1@test\n"
                             "    password: !file secrets/imap\n    tls_ca: %s\n    every: 10s\n" % (server.tls_port, server.ca), extra=STAFF)
        daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
        deliver(server, 1)
        daemon.start()
        wait_until(lambda: daemon.ledger("sales")["stored"] == 1, 30, "the first")
        assert "sales is paused" in run(daemon, "connector", "pause", "sales", "--why", "it moves")
        assert "was paused already" in run(daemon, "connector", "pause", "sales", "--why", "another reason")
        deliver(server, 2)
        wait_until(lambda: state(daemon) == "paused", 10, "the pause")
        words = ", it moves: nothing is taken until daybook connector resume sales"
        assert "paused by root at 20" in daemon.run("status").stdout.decode()
        assert words in daemon.run("status").stdout.decode() and metric(daemon, "sales") == "0"
        assert words in (daemon.run("doctor").stdout + daemon.run("doctor").stderr).decode()
        assert "it is paused; daybook connector resume sales" in run(daemon, "connector", "sync", "sales", status=75)
        assert "it is paused" in run(daemon, "reconcile", "sales", status=75)
        # Neither a reload nor a restart nor a rebuild ends it.
        run(daemon, "reload")
        daemon.stop()
        daemon.check_rebuild()
        run(daemon, "rebuild")
        daemon.start()
        assert state(daemon) == "paused" and daemon.ledger("sales")["received"] == 1
        assert "goes on where it was" in run(daemon, "connector", "resume", "sales")
        wait_until(lambda: state(daemon) != "paused" and metric(daemon, "sales") == "1", 5, "a state that is so now")
        wait_until(lambda: daemon.ledger("sales")["stored"] == 2, 30, "what came meanwhile")
        assert daemon.ledger("sales")["received"] == 2 and metric(daemon, "sales") == "1"
        assert "was not paused" in run(daemon, "connector", "resume", "sales")
        deliver(server, 3)
        assert "it is asked now" in run(daemon, "connector", "sync", "sales")
        wait_until(lambda: daemon.ledger("sales")["stored"] == 3, 30, "the third")
        assert [(e["who"], e["what"], e["which"]) for e in daemon.cli("audit") if e["what"].startswith("connector")] == [
            ("root", "connector pause", "sales"), ("root", "connector resume", "sales")]
        assert "there is no connector" in run(daemon, "connector", "pause", "sale", status=3)


def test_a_webhook_is_told_to_come_again(make_daemon, tmp_path):
    world = World(make_daemon(connectors=daybook.WHATSAPP + daybook.FORM + "\n  quiet:\n    type: form\n    create_contacts: never\n", extra=STAFF),
                  tmp_path)
    daemon, payload = world.daemon, daybook.whatsapp(daybook.text_message("wamid.p1", "5511988887777", "Oi"))
    world.make_token("ops")
    world.make_token("viewer")
    assert world.ask("/api/v1/connectors/shop/pause", "viewer", "POST", {}).status == 403
    world.do("/api/v1/connectors/shop/pause", {"why": "they test"}, "ops")
    answer = daemon.post_whatsapp(payload)
    assert answer.status == 503 and answer.headers["Retry-After"] == "60" and b"paused" in answer.body
    wait_until(lambda: [c["state"] for c in world.ok("/api/v1/connectors", "ops")["items"] if c["name"] == "shop"] == ["paused"], 10, "the state")
    assert world.ask("/api/v1/connectors/shop/sync", "ops", "POST", {}).status == 422
    assert world.ask("/api/v1/connectors/none/pause", "ops", "POST", {}).status == 404
    assert daemon.post_form({"message": "others are not", "email": "x@example.com"}).status == 200
    daemon.kill()
    daemon.start()
    assert daemon.post_whatsapp(payload).status == 503
    world.do("/api/v1/connectors/shop/resume", {}, "ops", Idempotency_Key="once")
    # A request that is repeated late changes nothing: what is so by now stays so.
    world.do("/api/v1/connectors/shop/pause", {"why": "they test"}, "ops", Idempotency_Key="first")
    world.do("/api/v1/connectors/shop/resume", {}, "ops")
    world.do("/api/v1/connectors/shop/pause", {"why": "they test"}, "ops", Idempotency_Key="first")
    assert daemon.post_whatsapp(payload).status == 200 and daemon.ledger("shop")["stored"] == 1
    assert [(e["who"], e["what"]) for e in daemon.cli("audit") if e["which"] == "shop"] == [
        ("token ops", "connector pause"), ("token ops", "connector resume")] * 2
