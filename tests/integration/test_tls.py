"""TLS on the listener of our own: a login by it, a certificate that is renewed, and ones that are no good."""
import http.client
import json
import os
import socket
import ssl
import subprocess

import daybook

STAFF = "staff:\n  Ana Lima: {email: [ana@acme.example], role: seller}\n"
PASSWORD = "correct horse battery"


def certificate(daemon, name, days=30):
    """Certificate and key in the files that the configuration names."""
    path = os.path.join(daemon.folder, "secrets", "tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path + ".new", "-out", path + ".pem"],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-in", path + ".pem", "-signkey", path + ".new", "-days", str(days), "-out", path + ".pem"],
                   check=True, capture_output=True)
    os.chmod(path + ".new", 0o600)
    os.replace(path + ".new", path + ".key")


def connect(daemon):
    context = ssl.create_default_context(cafile=os.path.join(daemon.folder, "first.pem"))
    return http.client.HTTPSConnection("127.0.0.1", daemon.port, timeout=20, context=context)


def shown(daemon):
    context = ssl._create_unverified_context()
    with context.wrap_socket(socket.create_connection(("127.0.0.1", daemon.port), 20)) as s:
        return s.getpeercert(True)


def is_ready(daemon):
    try:
        return ask(connect(daemon), "GET", "/readyz").status == 200
    except OSError:
        return False


def ask(connection, method, path, body=None, **headers):
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    return daybook.Answer(connection.getresponse())


def certificate_check(daemon):
    rows = [json.loads(line) for line in daemon.run("doctor", "--json").stdout.splitlines()]
    return next(row for row in rows if row["check"] == "certificate")


def test_tls_of_our_own(make_daemon):
    tls = "  tls: {certificate: secrets/tls.pem, key: !file secrets/tls.key}\n"
    daemon = make_daemon(connectors=daybook.FORM, extra=tls + STAFF)
    certificate(daemon, "first")
    with open(os.path.join(daemon.folder, "secrets", "tls.pem")) as f, open(os.path.join(daemon.folder, "first.pem"), "w") as kept:
        kept.write(f.read())
    assert daemon.check_config()[0] == 0
    daemon.is_ready_or_dead = lambda: daemon.process.poll() is not None or is_ready(daemon)
    daemon.start()

    # A session by it: the cookie is for https alone, and the origin is what the browser has reached.
    assert daemon.run("user", "passwd", "Ana Lima", stdin=(PASSWORD + "\n").encode()).returncode == 0
    held = connect(daemon)
    origin = "https://127.0.0.1:%d" % daemon.port
    body = '{"name": "Ana Lima", "password": "%s"}' % PASSWORD
    kind = {"Content_Type": "application/json"}
    assert ask(held, "POST", "/api/v1/session", body, Origin="http://127.0.0.1:%d" % daemon.port, **kind).status == 403
    answer = ask(held, "POST", "/api/v1/session", body, Origin=origin, **kind)
    assert answer.status == 200, answer.body
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-daybook=") and "; Secure" in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert ask(held, "GET", "/api/v1/me", Cookie=cookie.split(";")[0]).status == 200
    # Whoever forgets the s is told, and the command line does not mind.
    assert daemon.get("/healthz").status == 400
    assert daemon.cli("contacts") == []

    # Renewed: whoever comes sees the new one, whoever is there goes on.
    first = shown(daemon)
    certificate(daemon, "second")
    assert daemon.run("reload").returncode == 0
    second = shown(daemon)
    assert second != first
    assert ask(held, "GET", "/api/v1/me", Cookie=cookie.split(";")[0]).status == 200

    # A key of another certificate, one that is over, and none at all: refused by name, and the old one stays.
    key = os.path.join(daemon.folder, "secrets", "tls.key")
    with open(key) as f:
        good = f.read()
    certificate(daemon, "third")
    daybook.write_private(key, good)
    status, said = daemon.check_config()
    assert status == 78 and "http.tls: %s/secrets/tls.pem: the key is that of another certificate" % daemon.folder in said
    refused = daemon.run("reload")
    assert refused.returncode != 0 and b"the key is that of another certificate; renew both together" in refused.stderr
    assert shown(daemon) == second
    certificate(daemon, "fourth", -1)
    status, said = daemon.check_config()
    assert status == 0 and "the certificate ended at" in said and "; renew it" in said
    assert b"; renew it" in daemon.run("reload").stderr and shown(daemon) == second
    assert "clients refuse it" in certificate_check(daemon)["text"]
    certificate(daemon, "fifth", 13)
    assert daemon.run("reload").returncode == 0
    found = certificate_check(daemon)
    assert (found["finding"], found["cure"]) == ("warning", "renew it, then daybook reload"), found
    os.unlink(os.path.join(daemon.folder, "secrets", "tls.pem"))
    assert b"tls.pem: No such file or directory" in daemon.run("reload").stderr
    daemon.write_config(extra=STAFF)
    assert b"http.tls cannot come or go without a restart" in daemon.run("reload").stderr
    assert ask(held, "GET", "/api/v1/me", Cookie=cookie.split(";")[0]).status == 200
    held.close()
