"""A small OpenID Connect provider in a thread: real HTTP, real keys, as rude as a test wants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "hub", "a-secret-of-the-client-that-is-long-enough"


class OpenIdIssuer:
    """`code_for(address, **claims)` is what the provider's own login page would end with."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.codes: dict[str, dict[str, Any]] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.silent = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def code_for(self, address: str, **claims: Any) -> dict[str, str]:
        """Return what comes back in the query for whoever was sent to that address."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        now = int(time.time())
        told = {
            "iss": self.address, "aud": asked["client_id"], "sub": "sub-1", "iat": now,
            "exp": now + 300, "auth_time": now, "nonce": asked["nonce"],
            "email": "ada@owls.example", "email_verified": True, "name": "Ada Owl",
            **claims,
        }  # fmt: skip
        code = f"code-{len(self.codes)}"
        self.codes[code] = {"asked": asked, "claims": told}
        return {"code": code, "state": asked["state"]}

    # ------------------------------------------------------------------ ways to sign
    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)

    def with_another_key(self, claims: dict[str, Any]) -> str:
        other = RSAKey.generate_key(2048, {"kid": "one"})
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, other)

    def with_the_clients_secret(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))

    def with_the_public_key(self, claims: dict[str, Any]) -> str:
        """The old trick: the public key, which everybody has, as a shared secret."""
        head, body = ({"alg": "HS256", "kid": "one"}, claims)
        parts = [_packed(json.dumps(part).encode()) for part in (head, body)]
        text = ".".join(parts).encode()
        public = self.key.as_pem(private=False)
        return f"{text.decode()}.{_packed(hmac.new(public, text, hashlib.sha256).digest())}"

    def unsigned(self, claims: dict[str, Any]) -> str:
        parts = [_packed(json.dumps(part).encode()) for part in ({"alg": "none"}, claims)]
        return ".".join([*parts, ""])

    # ------------------------------------------------------------------ its addresses
    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.silent:
            return 503, {}
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/jwks",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }
        if path == "/jwks":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        return self._token(form)

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        kept = self.codes.pop(form.get("code", ""), None)  # a code counts once
        if kept is None:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if _packed(digest) != kept["asked"]["code_challenge"]:
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        return 200, {
            "access_token": "a", "token_type": "Bearer", "id_token": self.sign(kept["claims"]),
        }  # fmt: skip

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(*issuer.answer(self.path, {}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self._say(*issuer.answer(self.path, form))

            def _say(self, status: int, told: dict[str, Any]) -> None:
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        return Handler


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
