"""When the store cannot be written for a while: senders are told to come again, the cause has a name, and it goes on
by itself once it is gone."""
import os
import resource
import sqlite3
import time

import daybook
from daybook import text_message, wait_until, whatsapp

MARIA = "5511987654321"


def post(daemon, name):
    return daemon.post_whatsapp(whatsapp(text_message("wamid." + name, MARIA, name)))


def stored(daemon):
    return sorted(it["text"] for it in daemon.cli("interactions"))


def readiness(daemon):
    answer = daemon.get("/readyz")
    return answer.status, answer.body.decode()


def is_ready(daemon):
    return readiness(daemon)[0] == 200


def wait_for_cause(daemon, words):
    wait_until(lambda: words in readiness(daemon)[1], 5, "/readyz with \"%s\"" % words)
    assert readiness(daemon)[0] == 503
    wait_until(lambda: words in daemon.log_text(), 5, "a line in the log")
    assert 'nothing can be stored' in daemon.log_text()


def metric(daemon, name):
    [line] = [x for x in daemon.get("/metrics").body.decode().splitlines() if x.startswith(name + " ")]
    return float(line.split()[1])


# ---- a file that may grow no further ----

def limit_files(daemon, n_bytes):
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))


def test_a_file_size_limit_is_no_room_and_no_broken_disk(daemon):
    assert post(daemon, "before").status == 200
    limit_files(daemon, 4096)
    answer = post(daemon, "during")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    wait_for_cause(daemon, "file size limit")
    assert metric(daemon, "daybook_store_full") == 1
    time.sleep(2.5)    # longer than it waits between its own attempts
    assert daemon.is_running() and not is_ready(daemon)
    assert post(daemon, "during").status == 503
    limit_files(daemon, resource.RLIM_INFINITY)
    wait_until(lambda: is_ready(daemon), 5, "readiness")
    assert post(daemon, "during").status == 200
    assert stored(daemon) == ["before", "during"]
    wait_until(lambda: "storing again" in daemon.log_text(), 5, "a line in the log")


def test_a_body_that_has_no_room_as_a_file_is_not_acknowledged(daemon):
    limit_files(daemon, 1 << 20)
    body, kind = daybook.multipart({"email": "ze@example.com", "message": "with a file"},
                                   [("file", "a.bin", "application/octet-stream", os.urandom(2 << 20))])
    answer = daemon.post("contact", body, {"Content-Type": kind})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    wait_until(lambda: "File too large" in daemon.log_text(), 5, "a line in the log")
    assert post(daemon, "small").status == 200
    limit_files(daemon, resource.RLIM_INFINITY)
    assert daemon.post("contact", body, {"Content-Type": kind}).status == 200
    assert len(daemon.cli("interactions")) == 2


# ---- somebody else's lock ----

def lock(daemon):
    """As somebody's sqlite3 shell with a forgotten BEGIN IMMEDIATE."""
    shell = sqlite3.connect(os.path.join(daemon.store, "daybook.db"), isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    return shell


def timed_post(daemon, name):
    began = time.monotonic()
    answer = post(daemon, name)
    return answer, time.monotonic() - began


def test_a_foreign_lock_is_named_and_costs_no_second_sender_a_wait(daemon):
    assert post(daemon, "before").status == 200
    shell = lock(daemon)
    answer, seconds = timed_post(daemon, "first")
    assert answer.status == 503 and seconds < 2.5
    for n in range(5):
        answer, seconds = timed_post(daemon, "again")
        assert answer.status == 503 and 1 <= int(answer.headers["Retry-After"]) <= 5
        assert seconds < 0.3
    wait_for_cause(daemon, "another program holds the write lock")
    assert "fuser" in readiness(daemon)[1] and 'store=' in daemon.log_text()
    assert metric(daemon, "daybook_store_locked") == 1 and metric(daemon, "daybook_store_full") == 0
    shell.execute("ROLLBACK")
    wait_until(lambda: is_ready(daemon), 2, "readiness")
    assert post(daemon, "after").status == 200
    assert stored(daemon) == ["after", "before"]
    wait_until(lambda: "storing again" in daemon.log_text(), 5, "a line in the log")


def test_a_lock_that_is_soon_gone_costs_nobody_anything(daemon):
    shell = lock(daemon)
    time.sleep(0.5)
    shell.execute("ROLLBACK")
    assert post(daemon, "a").status == 200
    assert "nothing can be stored" not in daemon.log_text()


def test_the_daemon_ends_in_order_under_a_foreign_lock(daemon):
    shell = lock(daemon)
    assert post(daemon, "a").status == 503
    daemon.stop(10)
    shell.close()


def test_a_start_under_a_foreign_lock_says_who_is_in_the_way(make_daemon):
    daemon = make_daemon().start()
    daemon.stop()
    shell = lock(daemon)
    process = daemon.spawn()
    assert process.wait(20) == 75
    assert "another program has locked" in daemon.log_text() and "fuser -v" in daemon.log_text()
    shell.close()


# ---- a damaged search index ----

def test_a_damaged_search_index_is_said_and_costs_no_message(daemon):
    assert post(daemon, "before").status == 200
    wait_until(lambda: metric(daemon, "daybook_search_lag_rows") == 0, 5, "the index")
    daemon.stop()
    with sqlite3.connect(os.path.join(daemon.store, "daybook.db")) as db:
        db.execute("UPDATE search_data SET block = x'00112233'")
    db.close()
    daemon.start()
    assert post(daemon, "after").status == 200
    wait_until(lambda: "the search index is damaged" in daemon.log_text(), 5, "a line in the log")
    assert is_ready(daemon) and stored(daemon) == ["after", "before"]
    assert daemon.log_text().count("the search index is damaged") == 1
    daemon.stop()
    assert daemon.run("rebuild").returncode == 0
    daemon.start()
    assert len(daemon.cli("search", "after")) == len(daemon.cli("search", "before")) == 1
