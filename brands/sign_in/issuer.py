"""Talks to the OpenID Connect provider: sends people there, and reads what it says of them.

Authlib carries state, nonce, PKCE and the keys; it comes with the extra `oidc`. The issuer is
named by whoever runs the hub, often inside their own network, so the wall around outgoing calls
does not stand here; everything that it sends is checked, and it is asked for nothing but who
somebody is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from brands.sign_in.refusals import SaysNo, Unreachable

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
PATIENCE = 10  # seconds
FRESH = 120  # seconds that may lie between the proof there and the answer here
LEEWAY = 60


@dataclass(frozen=True)
class Told:
    """What a verified ID token says of a person."""

    issuer: str
    subject: str
    email: str  # empty unless the issuer has verified it
    name: str
    has_second: bool


def _named() -> Any:
    """The issuer of the settings; whoever comes here has seen that there is one."""
    return settings.OIDC


def send_there(request: HttpRequest, back: str, *, prove: bool = False) -> HttpResponse:
    more = {"prompt": "login", "max_age": 0} if prove else {}
    try:
        answer: HttpResponse = _client().authorize_redirect(request, back, **more)
    except Exception as error:
        raise Unreachable from error
    return answer


def read_answer(request: HttpRequest, *, prove: bool = False) -> Told:
    """Return whom the issuer sent back; raise where any part of it does not fit."""
    client = _client()
    try:
        token = client.authorize_access_token(
            request,
            claims_options={
                "iss": {"essential": True, "value": _named().address},
                "aud": {"essential": True, "value": _named().client_id},
            },
            leeway=LEEWAY,
            timeout=PATIENCE,
        )
    except Exception as error:
        raise _meaning(error) from error
    claims = token.get("userinfo")
    if not claims or (prove and time.time() - claims.get("auth_time", 0) > FRESH):
        raise SaysNo
    return _told(claims)


def _told(claims: Any) -> Told:
    verified = claims.get("email_verified") in (True, "true")
    return Told(
        issuer=_named().address,
        subject=str(claims["sub"])[:255],
        email=str(claims.get("email") or "").strip() if verified else "",
        name=str(claims.get("name") or "")[:150],
        has_second="mfa" in (claims.get("amr") or []),
    )


def _meaning(error: Exception) -> Exception:
    """An answer that does not fit is one thing, no answer another."""
    import requests  # noqa: PLC0415 - of the extra

    return Unreachable() if isinstance(error, requests.RequestException) else SaysNo()


def _client() -> Any:
    """A fresh one each time: keys and addresses that the issuer has changed count at once."""
    from authlib.integrations.django_client import OAuth  # noqa: PLC0415 - of the extra

    client = OAuth().register(
        "oidc",
        client_id=_named().client_id,
        client_secret=_named().client_secret,
        server_metadata_url=f"{_named().address}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE,
        },
    )
    try:
        found = client.load_server_metadata()
    except Exception as error:
        raise Unreachable from error
    # Never a shared secret: whoever knows the client's could sign for anybody.
    found["id_token_signing_alg_values_supported"] = ALGORITHMS
    return client
