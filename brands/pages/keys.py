"""The keys of programs: made, shown once, revoked."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from brands import keys
from brands.access import Access
from brands.errors import Invalid, NotFound
from brands.models import ApiKey
from brands.pages.reading import for_readers
from brands.pages.settings import settings_facts, shown
from brands.rights import GRANTABLE, Right
from brands.sign_in.proof import asks_for_proof

MOST = 200
SPANS = {"30": 30, "90": 90, "365": 365}
NEVER = "never"


@asks_for_proof
@for_readers
def keys_page(request: HttpRequest, access: Access) -> HttpResponse:
    facts = settings_facts(access, _("API keys"))
    if request.method == "POST":
        facts["typed"] = request.POST
        try:
            facts["new"] = _issue(access, request)
            facts["typed"] = {}
        except Invalid as error:
            facts["problem"], facts["errors"] = str(error), error.errors
    if access.brand is not None:
        facts |= _listed(access)
    return shown(request, "brands/keys.html", facts, status=400 if "problem" in facts else 200)


def _listed(access: Access) -> dict[str, Any]:
    now = timezone.now()
    found = list(keys.visible_to(access).order_by("-created_at", "-id")[:MOST])
    open_, closed = [], []
    for key in found:
        (closed if key.revoked_at or key.is_expired else open_).append(key)
    rights = [right for right in GRANTABLE if right <= access.right]
    words = {
        Right.READ: _("Read: see jobs, results and usage"),
        Right.WRITE: _("Write: also create, change and cancel jobs"),
        Right.MANAGE: _("Manage: also providers, limits, members' jobs and keys"),
    }
    return {
        "keys": open_,
        "closed": closed,
        "soon": now + timedelta(days=7),
        "may_make": access.can_read,
        "rights": [(str(right.value), words[right]) for right in rights],
        "usual_right": str(min(Right.WRITE, access.right).value),
        "spans": [
            ("90", _("in 90 days")),
            ("30", _("in 30 days")),
            ("365", _("in a year")),
            (NEVER, _("never")),
        ],
    }


def _issue(access: Access, request: HttpRequest) -> keys.NewKey:
    brand = access.brand_to_hold_keys_in()
    name = request.POST.get("name", "").strip()
    if not name or len(name) > 80:
        problem = _("Give the key a name of 1 to 80 characters, like the program that uses it.")
        raise Invalid(problem, errors={"name": [problem]})
    return keys.issue(
        user=access.user,
        brand=brand,
        name=name,
        right=_right(request.POST.get("right", ""), access),
        expires_at=_expiry(request.POST.get("span", ""), request.POST.get("day", "")),
    )


def _right(text: str, access: Access) -> Right:
    """Never further than the one who makes it."""
    known = {str(right.value): right for right in GRANTABLE if right <= access.right}
    if text not in known:
        problem = _("Choose a right that you have yourself.")
        raise Invalid(problem, errors={"right": [problem]})
    return known[text]


def _expiry(span: str, day: str) -> datetime | None:
    """A day of its own goes before the choice; the key ends when that day does."""
    if day:
        try:
            chosen = date.fromisoformat(day)
            ends = datetime.combine(
                chosen + timedelta(days=1), time(), tzinfo=timezone.get_current_timezone()
            )
        except (ValueError, OverflowError):
            ends = None
        if ends is None or ends <= timezone.now() or ends.year > 9000:
            problem = _("Choose a day that is still to come.")
            raise Invalid(problem, errors={"day": [problem]})
        return ends
    if span == NEVER:
        return None
    return timezone.now() + timedelta(days=SPANS.get(span, 90))


@require_POST
@for_readers
def revoke_key(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    key: ApiKey | None = keys.visible_to(access).filter(pk=number).first()
    if key is None:
        raise NotFound
    if keys.revoke(key):
        said = _("The key “%(name)s” is revoked: it opens nothing from now on.")
        messages.success(request, said % {"name": key.name})
    return HttpResponseRedirect(reverse("settings-keys"))
