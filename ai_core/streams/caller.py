"""Who opened a stream, asked at its start and again every minute, exactly as every other call."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import auth
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.utils.translation import gettext as _

from ai_core import errors
from ai_core.models import AIJob
from brands.access import Access
from brands.asking import access_of
from brands.errors import BrandRequired, NotAllowed, NotAuthenticated

_HEADERS = ("authorization", "x-brand", "cookie", "host", "accept-language")


class Named(NamedTuple):
    """A job, by both of its names."""

    id: int
    job_id: str


@dataclass(frozen=True, slots=True)
class Caller:
    """All that tells who is asking: a few header lines, and `?brand=` for browsers."""

    headers: tuple[tuple[str, str], ...]
    brand: str = ""

    @classmethod
    def of(cls, scope: Any, *, brand: str = "") -> Caller:
        found: dict[str, list[str]] = {}
        for raw, value in scope["headers"]:
            name = raw.decode("latin-1").lower()
            if name in _HEADERS:
                found.setdefault(name, []).append(value.decode("latin-1"))
        # Sent twice, a header means neither: joined as WSGI does it, it matches nothing.
        lines = tuple(
            (name, ("; " if name == "cookie" else ",").join(values))
            for name, values in found.items()
        )
        return cls(lines, brand)

    def request(self) -> HttpRequest:
        """Return a request as Django's own middlewares would hand it to a view."""
        request = HttpRequest()
        request.method = "GET"
        lines = dict(self.headers)
        for name, value in lines.items():
            request.META[f"HTTP_{name.upper().replace('-', '_')}"] = value
        request.META.update(SERVER_NAME="localhost", SERVER_PORT="80")
        if self.brand and "x-brand" not in lines:
            request.META["HTTP_X_BRAND"] = self.brand
        try:
            request.COOKIES = parse_cookie(lines.get("cookie", ""))
        except CookieError:
            request.COOKIES = {}
        return request

    def access(self) -> Access:
        """Return who it is and what they may read, or raise; in a thread."""
        close_old_connections()
        request = self.request()
        request.get_host()  # refuses a host that is not ours
        store = import_module(settings.SESSION_ENGINE).SessionStore
        request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        request.user = auth.get_user(request)
        access = access_of(request)
        if not access.is_authenticated:
            raise NotAuthenticated
        if access.scope is None:
            raise BrandRequired
        if not access.can_read:
            raise NotAllowed
        return access

    def access_to_job(self, reference: str) -> tuple[Access, Named]:
        """The same, and the job that the caller named, if it is theirs; in a thread."""
        access = self.access()
        jobs = AIJob.objects.for_brand(access.scope).named(reference)
        job = jobs.values_list("id", "job_id").first() if "\0" not in reference else None
        if job is None:
            raise errors.JobNotFound(_("There is no such job."))
        return access, Named(*job)
