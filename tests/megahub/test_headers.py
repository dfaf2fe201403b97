"""What answers and cookies carry, at home and behind a proxy that ends TLS."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from megahub.pages.policy import PERMISSIONS

PATHS = ["/login/", "/nothing-here/", "/ai/me/", "/ai/nothing/", "/api/docs/"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_tells_browsers_what_it_must_not_do(path, client, db):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'",
                 "frame-ancestors 'none'", "form-action 'self'"):  # fmt: skip
        assert part in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == PERMISSIONS


SHOW = """
import json
from megahub import settings
print(json.dumps({name: value for name, value in vars(settings).items()
                  if name.startswith(("SESSION_", "CSRF_", "SECURE_", "SECRET_KEY_"))}))
"""


def test_over_https_cookies_are_kept_to_this_host_and_old_keys_still_count(tmp_path):
    environment = {
        **os.environ,
        "MEGAHUB_DATA": str(tmp_path),
        "MEGAHUB_HTTPS": "1",
        "MEGAHUB_HOSTS": "hub.example.com",
        "MEGAHUB_SECRET_KEY": "new" * 12,
        "MEGAHUB_OLD_SECRET_KEYS": "old,older",
    }
    command = [sys.executable, "-c", SHOW]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert told["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert told["SESSION_COOKIE_SECURE"]
    assert told["CSRF_COOKIE_SECURE"]
    assert told["SESSION_COOKIE_HTTPONLY"]
    assert told["SESSION_COOKIE_SAMESITE"] == told["CSRF_COOKIE_SAMESITE"] == "Lax"
    assert told["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert told["SECRET_KEY_FALLBACKS"] == ["old", "older"]


def test_passwords_are_hashed_by_argon2id(people):
    people.owner.set_password("a long enough password")
    assert people.owner.password.startswith("argon2$argon2id$")
