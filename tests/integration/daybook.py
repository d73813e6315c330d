"""The harness: a daybookd of its own folder, port and log for one test, and what a provider would send it.

Standard library only. Waits for events, never for time. DAYBOOKD and DAYBOOK name the programs; without them
the newest build folder beside the sources is used.
"""
import contextlib
import glob
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import time
import urllib.parse

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
APP_SECRET = "an-app-secret-of-the-tests"
VERIFY_TOKEN = "a-verify-token-of-the-tests"
FORM_TOKEN = "a-form-token-of-the-tests"

WHATSAPP = """
  shop:
    type: whatsapp
    app_secret: !file secrets/wa-app-secret
    verify_token: !file secrets/wa-verify-token
"""
FORM = """
  contact:
    type: form
"""
# What must never stand in a daemon's log.
FATAL = re.compile(r"ERROR: \w+Sanitizer|SUMMARY: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:"
                   r"|Assertion `|assertion .* failed|\*\*\* stack smashing|double free|corrupted size")


def program(name, variable):
    """The path of a program under test, or None."""
    if os.environ.get(variable):
        path = os.environ[variable]
        return path if os.access(path, os.X_OK) else None
    found = [p for b in ("build-asan", "build/plain", "build/release", "build")
             for p in glob.glob("%s/%s/src/*/%s" % (TOP, b, name)) if os.access(p, os.X_OK)]
    return max(found, key=os.path.getmtime) if found else None


def wait_until(check, seconds=10, what="it", passes=False):
    """The first true answer of check(); fails the test when there is none in time. A check is often a program with sanitizers:
    asked without a pause, it would take the core from the daemon that it waits for. passes: what is waited for may be over
    soon."""
    end = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        answer = check()
        if answer:
            return answer
        now = time.monotonic()
        assert now < end, "%s did not happen within %s s" % (what, seconds)
        time.sleep(0.02 if passes else min(max(0.02, 3 * (now - began)), 0.5))


def free_port():
    """Below those that the system gives to whoever connects: one of these may be gone before its server has begun."""
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with contextlib.suppress(OSError), socket.socket() as s:
            s.bind(("127.0.0.1", port))
            return port


def write_private(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write(text)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


class Daemon:
    """A daybookd over a folder. Configure with YAML texts; start() returns once /readyz says so."""

    def __init__(self, folder, connectors=WHATSAPP + FORM, extra=""):
        self.folder = str(folder)
        self.connectors, self.extra = connectors, extra
        self.port = free_port()
        self.config = os.path.join(self.folder, "daybook.yaml")
        self.log = os.path.join(self.folder, "daybookd.log")
        self.store = os.path.join(self.folder, "store")
        self.process = None
        self.was_ready = False
        self.env = {}       # more of it for the daemon
        for name, text in (("wa-app-secret", APP_SECRET), ("wa-verify-token", VERIFY_TOKEN),
                           ("form-token", FORM_TOKEN)):
            write_private(os.path.join(self.folder, "secrets", name), text)
        self.write_config()

    def write_config(self, connectors=None, extra=None):
        self.connectors = self.connectors if connectors is None else connectors
        self.extra = self.extra if extra is None else extra
        text = ("config_version: 1\n"
                "organization:\n  name: Acme Ltda\n  domains: [acme.example]\n  default_region: BR\n"
                "storage:\n  path: store\n"
                "http:\n  listen: ['127.0.0.1:%d']\n" % self.port)
        text += self.extra
        text += "connectors:%s" % (self.connectors if self.connectors.strip() else " {}\n")
        with open(self.config, "w") as f:
            f.write(text)

    # ---- its life ----

    def spawn(self, *args):
        env = dict(os.environ)
        for name in ("NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "CREDENTIALS_DIRECTORY"):
            env.pop(name, None)
        env.update(self.env)
        env.setdefault("ASAN_OPTIONS", "detect_leaks=1:exitcode=99")
        env.setdefault("LSAN_OPTIONS", "suppressions=%s:print_suppressions=0" % os.path.join(
            TOP, "tests", "integration", "lsan-libetpan.supp"))
        env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
        with open(self.log, "ab") as log:
            return subprocess.Popen([program("daybookd", "DAYBOOKD"), "-c", self.config, *args], cwd=self.folder,
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)

    def start(self, seconds=30):
        self.process = self.spawn()
        wait_until(self.is_ready_or_dead, seconds, "readiness")
        assert self.process.poll() is None, "daybookd ended with %s:\n%s" % (self.process.returncode, self.log_text())
        self.was_ready = True
        return self

    def is_ready_or_dead(self):
        if self.process.poll() is not None:
            return True
        try:
            return self.get("/readyz").status == 200
        except OSError:
            return False

    def stop(self, seconds=30):
        """SIGTERM: a clean end with exit status 0."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        assert status == 0, "daybookd ended with %s after SIGTERM:\n%s" % (status, self.log_text())
        self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait(10)
        self.process = None

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def check_config(self):
        """daybookd -t: (exit status, what it said)."""
        done = subprocess.run([program("daybookd", "DAYBOOKD"), "-c", self.config, "-t"], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout.decode()

    def log_text(self):
        try:
            with open(self.log, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    # ---- its doors ----

    def request(self, method, path, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, headers=None):
        return self.request("GET", path, headers=headers)

    def raw(self, head, timeout=20):
        """The status code that answers these exact bytes; 0 when the connection is only closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as s:
            s.sendall(head)
            answer = b""
            try:
                while b"\r\n" not in answer:
                    piece = s.recv(4096)
                    if not piece:
                        break
                    answer += piece
            except ConnectionResetError:
                pass
        m = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
        return int(m.group(1)) if m else 0

    def post(self, connector, body, headers=None, query=""):
        return self.request("POST", "/hooks/" + connector + query, body, headers)

    def post_whatsapp(self, payload, connector="shop", **headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.post(connector, body, {"Content-Type": "application/json", "User-Agent": "facebookexternalua",
                                           "X-Hub-Signature-256": sign(body), **headers})

    def post_form(self, fields, connector="contact", query="", **headers):
        body = urllib.parse.urlencode(fields).encode()
        return self.post(connector, body, {"Content-Type": "application/x-www-form-urlencoded", **headers}, query)

    def control(self, path, value):
        """(status, answer) of a call over the control socket."""
        body = json.dumps(value).encode()
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(os.path.join(self.store, "control.sock"))
            s.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body)) + body)
            response = http.client.HTTPResponse(s)
            response.begin()
            return response.status, json.loads(response.read())

    # ---- the command line ----

    def run(self, *args, timeout=120, stdin=b""):
        return subprocess.run([program("daybook", "DAYBOOK"), "-c", self.config, *args], cwd=self.folder,
                              input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)

    def cli(self, *args, status=0):
        """The objects that a command prints with --json."""
        done = self.run(*args, "--json")
        assert done.returncode == status, "daybook %s: exit %d\n%s" % (" ".join(args), done.returncode,
                                                                      done.stderr.decode(errors="replace"))
        return [json.loads(line) for line in done.stdout.decode().splitlines() if line.strip()]

    def ledger(self, connector):
        """The row of a connector; all zero when there is none yet."""
        zero = dict.fromkeys(("received", "stored", "duplicate", "filtered", "dead", "pending"), 0)
        rows = [r for r in self.cli("ledger") if r["connector"] == connector]
        return {k: rows[0][k] for k in zero} if rows else zero

    # ---- what must hold after every test ----

    def check_log(self):
        found = FATAL.search(self.log_text())
        assert found is None, "the daemon's log holds \"%s\":\n%s" % (found.group(0), self.log_text()[-8000:])

    def check_ledger(self):
        for row in self.cli("ledger"):
            parts = row["stored"] + row["duplicate"] + row["filtered"] + row["dead"] + row["pending"]
            assert row["received"] == parts, "the ledger does not balance: %s" % row

    def check_rebuild(self):
        done = self.run("rebuild", "--check")
        assert done.returncode == 0, "a rebuild differs:\n%s%s" % (done.stdout.decode(), done.stderr.decode())

    def finish(self):
        """Called after the test: stops what runs and checks the promises."""
        try:
            if self.is_running():
                self.check_ledger()
                self.stop()
            if self.was_ready:
                self.check_ledger()
                self.check_rebuild()
            self.check_log()
        finally:
            if self.is_running():
                self.kill()


# ---- what providers send ----

def sign(body, secret=APP_SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def text_message(wamid, sender, text, timestamp=1789398000, **more):
    """A message as it stands in value.messages; sender is digits, or a BSUID."""
    who = {"from_user_id": sender} if "." in sender else {"from": sender}
    return {**who, "id": wamid, "timestamp": str(timestamp), "type": "text", "text": {"body": text}, **more}


def whatsapp(*messages, names=None, statuses=None, field="messages", number="200000000000201"):
    """The whole envelope, as in Meta's documentation."""
    value = {"messaging_product": "whatsapp",
             "metadata": {"display_phone_number": "12025550100", "phone_number_id": number}}
    contacts = []
    for sender, name in (names or {}).items():
        key = "user_id" if "." in sender else "wa_id"
        contacts.append({"profile": {"name": name}, key: sender})
    if contacts:
        value["contacts"] = contacts
    if messages:
        value["messages"] = list(messages)
    if statuses:
        value["statuses"] = statuses
    return {"object": "whatsapp_business_account",
            "entry": [{"id": "100000000000101", "changes": [{"value": value, "field": field}]}]}


def multipart(fields, files=(), boundary="----DaybookBoundary7MA4YWxk"):
    """(body, content type) of a browser's post; files are (name, filename, type, bytes)."""
    parts = []
    for name, value in fields.items():
        parts.append('Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name, value))
    body = "".join("--%s\r\n%s\r\n" % (boundary, p) for p in parts).encode()
    for name, filename, media_type, data in files:
        body += ('--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s\r\n\r\n'
                 % (boundary, name, filename, media_type)).encode() + data + b"\r\n"
    return body + ("--%s--\r\n" % boundary).encode(), "multipart/form-data; boundary=" + boundary


def values_of(interaction, scheme=None):
    """The identity values of an interaction's participants."""
    return {p["identity"]["value"] for p in interaction["participants"]
            if p.get("identity") and (scheme is None or p["identity"]["scheme"] == scheme)}
