"""A provider of OpenID Connect on 127.0.0.1 over TLS: discovery, keys, codes with PKCE, ID tokens signed RS256 by the openssl
command. Tests tell it how to lie."""
import base64
import hashlib
import json
import os
import re
import secrets
import subprocess
import tempfile
import time
import urllib.parse

from oauth_server import CLIENT_ID, CLIENT_SECRET, Provider


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(n):
    return b64(n.to_bytes((n.bit_length() + 7) // 8, "big"))


class Key:
    def __init__(self, folder, kid):
        self.kid, self.file = kid, os.path.join(folder, kid + ".pem")
        subprocess.run(["openssl", "genrsa", "-out", self.file, "2048"], check=True, stderr=subprocess.DEVNULL)
        text = subprocess.run(["openssl", "rsa", "-in", self.file, "-noout", "-modulus"], check=True, capture_output=True).stdout.decode()
        self.jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": number(int(re.search("=(.*)", text).group(1), 16)), "e": "AQAB"}

    def sign(self, text):
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.file], input=text, check=True, capture_output=True).stdout


class OidcProvider(Provider):
    """with OidcProvider(certificate, key) as p: …  p.person: the claims of who signs in; p.lie(claims, header) changes a token."""

    def __init__(self, certificate, key):
        self.folder = tempfile.TemporaryDirectory(prefix="daybook-oidc-")
        self.keys = [Key(self.folder.name, "k1")]
        self.person = {"sub": "u-1", "email": "ana@acme.example", "email_verified": True}
        self.claims, self.header, self.published, self.tells_issuer = {}, {}, {}, True
        self.sign = lambda text: self.keys[-1].sign(text)
        super().__init__(certificate, key)
        self.issuer = self.url

    def new_key(self):
        self.keys = [Key(self.folder.name, "k%d" % (int(self.keys[-1].kid[1:]) + 1))]

    def n_asked(self, path):
        with self.lock:
            return sum(p == path for p, _ in self.asked)

    def answer(self, path, form):
        if path == "/.well-known/openid-configuration":
            with self.lock:
                self.asked.append((path, form))
            return self.refuse_discovery() if self.refuse else (200, {
                "issuer": self.issuer, "authorization_endpoint": self.url + "/authorize", "token_endpoint": self.url + "/token",
                "jwks_uri": self.url + "/keys", "authorization_response_iss_parameter_supported": self.tells_issuer, **self.published})
        if path == "/keys":
            with self.lock:
                self.asked.append((path, form))
            return (200, {"keys": [k.jwk for k in self.keys]})
        if path == "/token":
            with self.lock:
                self.asked.append((path, form))
            return self.token(form)
        return (404, {})

    def refuse_discovery(self):
        status, headers, body = self.refuse
        return (status, body, headers)

    def knows(self, form):
        if self.authorization and self.authorization.startswith("Basic "):
            pair = base64.b64decode(self.authorization[6:]).decode().split(":")
            return [urllib.parse.unquote(x) for x in pair] == [CLIENT_ID, CLIENT_SECRET] and "client_secret" not in form
        return form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET

    def authorize(self, query):
        assert query["response_type"] == "code" and query["code_challenge_method"] == "S256" and query["client_id"] == CLIENT_ID, query
        assert "openid" in query["scope"].split() and query["nonce"], query
        code = secrets.token_urlsafe(20)
        with self.lock:
            self.codes[code] = query
        back = {"state": query["state"], "code": code, "session_state": "of theirs"}
        if self.tells_issuer:
            back["iss"] = self.issuer
        return query["redirect_uri"] + "?" + urllib.parse.urlencode(back)

    def token(self, form):
        if self.refuse:
            return self.refuse_discovery()
        if not self.knows(form):
            return (401, {"error": "invalid_client"})
        query = self.codes.pop(form.get("code"), None)
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if query is None or query["code_challenge"] != challenge or query["redirect_uri"] != form["redirect_uri"]:
            return (400, {"error": "invalid_grant"})
        access = "at-" + secrets.token_urlsafe(20)
        return (200, {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": self.id_token(query, access)})

    def id_token(self, query, access):
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": int(time.time()), "exp": int(time.time()) + 300, "nonce": query["nonce"],
                  "at_hash": b64(hashlib.sha256(access.encode()).digest()[:16]), **self.person, **self.claims}
        header = {"alg": "RS256", "kid": self.keys[-1].kid, **self.header}
        text = "%s.%s" % tuple(b64(json.dumps({k: v for k, v in part.items() if v is not None}).encode()) for part in (header, claims))
        return text + "." + b64(self.sign(text.encode()))

    def close(self):
        super().close()
        self.folder.cleanup()
