"""When the store cannot be written for a while: senders are told to come again, the cause has a name, and it goes on
by itself once it is gone."""
import os
import resource
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
