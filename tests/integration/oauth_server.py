"""A login provider on 127.0.0.1 over TLS: authorization codes with PKCE, device codes, refresh tokens that rotate or
not, revocation, and the introspection that Dovecot asks. Tests tell it how to fail."""
import base64
import hashlib
import http.server
import json
import secrets
import ssl
import threading
import time
import urllib.parse

CLIENT_ID = "client-of-the-tests"
CLIENT_SECRET = "a-client-secret-of-the-tests"


class Provider:
    """with Provider(certificate, key) as p: …  p.url, p.introspection_url, p.asked (the forms that came, in order)"""

    def __init__(self, certificate, key):
        self.lock = threading.Lock()
        self.access, self.refresh, self.codes, self.devices = {}, {}, {}, {}
        self.asked, self.revoked = [], []
        self.expires_in, self.login_expires_in = 3600, None
        self.rotates = True
        self.refuse = None      # (status, headers, body): what every request for a token gets
        self.delay, self.n_waiting = 0, 0
        self.user = "u1@test"
        self.authorization = None       # of the last request
        self.tls = self.serve(ssl_files=(certificate, key))
        self.plain = self.serve()
        self.url = "https://127.0.0.1:%d" % self.tls.server_port
        self.introspection_url = "http://127.0.0.1:%d/introspect" % self.plain.server_port

    def serve(self, ssl_files=None):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def reply(self, status, value, headers=()):
                body = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                for name, text in dict(headers).items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                if url.path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(dict(urllib.parse.parse_qsl(url.query))))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    self.do_POST()

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                url = urllib.parse.urlsplit(self.path)
                form = dict(urllib.parse.parse_qsl(body or url.query))
                provider.authorization = self.headers.get("Authorization")
                if url.path == "/token":
                    provider.n_waiting += 1
                    time.sleep(provider.delay)
                self.reply(*provider.answer(url.path, form))

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass        # whoever does not trust us hangs up

        server = Server(("127.0.0.1", 0), Handler)
        if ssl_files:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*ssl_files)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def answer(self, path, form):
        with self.lock:
            if path == "/introspect":
                user = self.access.get(form.get("token"))
                return (200, {"active": bool(user), "username": user or ""})
            self.asked.append((path, form))
            if path == "/revoke":
                self.revoked.append(form["token"])
                self.refresh.pop(form["token"], None)
                return (200, {})
            if form.get("client_id") != CLIENT_ID:
                return (401, {"error": "invalid_client"})
            if path == "/device":
                return self.begin_device()
            if path == "/token":
                return self.token(form)
        return (404, b"<html>nothing here</html>")

    # ---- the person ----

    def authorize(self, query):
        """What a browser does once its person agreed: the URL it is sent back to."""
        assert query["response_type"] == "code" and query["code_challenge_method"] == "S256", query
        code = secrets.token_urlsafe(20)
        with self.lock:
            self.codes[code] = query
        return query["redirect_uri"] + "?" + urllib.parse.urlencode({"state": query["state"], "code": code})

    def begin_device(self):
        device = secrets.token_urlsafe(20)
        self.devices[device] = False
        return (200, {"device_code": device, "user_code": "H4KQ-2PXZ", "verification_uri": self.url + "/devicelogin",
                      "expires_in": 900, "interval": 1})

    def agree(self):
        with self.lock:
            for device in self.devices:
                self.devices[device] = True

    def revoke_all(self):
        with self.lock:
            self.access.clear()
            self.refresh.clear()

    # ---- tokens ----

    def grant(self, refresh=None):
        access = "at-" + secrets.token_urlsafe(30)
        self.access[access] = self.user
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.expires_in}
        if refresh is None or self.rotates:
            self.refresh.pop(refresh, None)
            answer["refresh_token"] = "rt-" + secrets.token_urlsafe(30)
            self.refresh[answer["refresh_token"]] = self.user
        if self.login_expires_in:
            answer["refresh_token_expires_in"] = self.login_expires_in
        return (200, answer)

    def token(self, form):
        if self.refuse:
            status, headers, body = self.refuse
            return (status, body, headers)
        if form.get("client_secret") != CLIENT_SECRET:
            return (401, {"error": "invalid_client", "error_description": "for ana@example.com"})
        kind = form["grant_type"]
        if kind == "refresh_token":
            known = form["refresh_token"] in self.refresh
            return self.grant(form["refresh_token"]) if known else (400, {"error": "invalid_grant"})
        if kind == "authorization_code":
            query = self.codes.pop(form["code"], None)
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if query is None or query["code_challenge"] != challenge or query["redirect_uri"] != form["redirect_uri"]:
                return (400, {"error": "invalid_grant"})
            return self.grant()
        if form.get("device_code") in self.devices:
            if not self.devices[form["device_code"]]:
                return (400, {"error": "authorization_pending"})
            del self.devices[form["device_code"]]
            return self.grant()
        return (400, {"error": "expired_token"})

    def forms(self, kind):
        with self.lock:
            return [form for path, form in self.asked if form.get("grant_type") == kind]

    def close(self):
        for server in (self.tls, self.plain):
            server.shutdown()
            server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
