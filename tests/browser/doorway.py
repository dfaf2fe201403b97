"""The way in, the trail, and pages that somebody reaches only by doing something first."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.browser.site import PASSWORD, Cast

Way = str | Callable[[Any], None]
LONG = "a-name-that-somebody-made-far-too-long-for-any-column-2026-11-21@subdomain.example.org"


def reach(page: Any, way: Way) -> None:
    """Go to an address, or do what leads to the page."""
    page.goto(way) if isinstance(way, str) else way(page)


def pages(cast: Cast) -> list[tuple[str, str, Way]]:
    """name, who, way: needs what `office.furnish` makes."""
    release = _release(cast)
    _trail(cast)
    return [
        ("audit", "manager", "/settings/audit/"),
        ("audit-narrowed", "manager", "/settings/audit/?kind=member&from=2026-01-01"),
        ("audit-nothing", "manager", "/settings/audit/?search=zzz"),
        ("audit-forbidden", "member", "/settings/audit/"),
        ("audit-all-brands", "admin", "/settings/audit/"),
        ("retention", "manager", "/settings/retention/"),
        ("retention-refused", "manager", _ask_too_much),
        ("retention-forbidden", "member", "/settings/retention/"),
        ("release", "member", f"/releases/{release.pk}/"),
        ("release-refused", "member", _release_without_a_name),
        ("which-brand", "admin", "/jobs/new/?type=sleep"),
        ("form-expired", "member", _expired),
        ("proof", "member", "/account/proof/?next=/settings/keys/"),
        ("proof-refused", "member", _wrong_password),
        ("second-factor", "member", "/account/second-factor/"),
        ("second-factor-refused", "member", _wrong_code),
        ("second-factor-codes", "member", _set_up),
        ("second-factor-set", "member", "/account/second-factor/"),
        ("invitation", "visitor", f"/invitation/{_invited(cast)}/"),
        ("invitation-over", "visitor", "/invitation/MQ/never-was/"),
        ("sign-in-code", "visitor", _half_in),
        ("sign-in-code-refused", "visitor", _wrong_code_at_the_door),
        ("sign-in-refused", "visitor", _wrong_name),
        ("sign-in-locked", "visitor", _locked_out),
    ]


def _release(cast: Cast) -> Any:
    from ai_core import releases
    from ai_core.services import JobService

    made = releases.create(
        brand=cast.first, user=cast.member, name="Autumn catalogue", description="For print."
    )
    for number in range(3):
        JobService.create_job(
            "sleep", {"seconds": 1}, cast.member, cast.first, description=f"Chapter {number}",
            release=made,
        )  # fmt: skip
    return made


def _trail(cast: Cast) -> None:
    """Entries of many kinds, with long names, lists, and what programs did."""
    from brands.audit import trail

    for number in range(60):
        trail.record("job.cancelled", name=f"ai_job_{number:026}", brand=cast.first,
                     user=cast.member, changes={"reason": "cost too high"})  # fmt: skip
    for action, changes in (
        ("member.changed", {"role": ["viewer", "manager"]}),
        ("webhook.secret_rotated", {"name": LONG, "kinds": [["job.failed"], ["job.completed"]]}),
        ("schedule.run", {"job": "ai_job_aaaaaaaaaaaaaaaaaaaaaaaaaa"}),
        ("account.recovery_code_used", {"left": 9}),
        ("quota.changed", {"limit": ["50", None], "mode": ["hard", "soft"]}),
        ("queue.changed", {"is_paused": [False, True]}),
    ):
        trail.record(action, name=LONG, brand=cast.first, user=cast.member, changes=changes)


def _invited(cast: Cast) -> str:
    """The rest of the address by which somebody who was invited comes in."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.tokens import default_token_generator
    from django.utils.encoding import force_bytes
    from django.utils.http import urlsafe_base64_encode

    user = get_user_model().objects.get(username="not-here-yet@example.org")
    return (
        f"{urlsafe_base64_encode(force_bytes(user.pk))}/{default_token_generator.make_token(user)}"
    )


def _send(page: Any, path: str, **fields: str) -> None:
    page.goto(path)
    form = page.locator("main form").filter(has=page.locator(f"[name='{next(iter(fields))}']")).last
    for name, text in fields.items():
        form.locator(f"[name='{name}']").fill(text)
    form.locator("button").last.click()
    page.wait_for_load_state()


def _ask_too_much(page: Any) -> None:
    _send(page, "/settings/retention/", **{"logs-days": "0", "results-newest": "many"})


def _release_without_a_name(page: Any) -> None:
    _send(page, "/releases/", name=" ")


def _expired(page: Any) -> None:
    page.goto("/account/proof/")
    page.evaluate("document.querySelector('main [name=csrfmiddlewaretoken]').value = 'x'")
    page.locator("main [name=password]").fill("x")
    page.locator("main form button").click()
    page.wait_for_load_state()


def _wrong_password(page: Any) -> None:
    _send(page, "/account/proof/?next=/settings/keys/", password="not this one")


def _wrong_code(page: Any) -> None:
    _send(page, "/account/second-factor/", code="000 000")


def code_now() -> str:
    from brands.models import SecondFactor
    from brands.sign_in import factors, totp

    secret = factors._opened(SecondFactor.objects.get())
    return totp.code_at(secret, int(time.time() // totp.STEP))


def _set_up(page: Any) -> None:
    page.goto("/account/second-factor/")
    _send(page, "/account/second-factor/", code=code_now())
    page.locator(".recovery-codes").wait_for()


def _half_in(page: Any) -> None:
    """Needs that somebody has a second factor by then: the member set one up before."""
    _send(page, "/login/", username="mina", password=PASSWORD)


def _wrong_code_at_the_door(page: Any) -> None:
    _half_in(page)
    page.locator("[name=code]").fill("000000")
    page.locator("main form button").click()
    page.wait_for_load_state()


def _wrong_name(page: Any) -> None:
    _send(page, "/login/", username="nobody", password="wrong")


def _locked_out(page: Any) -> None:
    for _guess in range(6):
        _send(page, "/login/", username="nobody", password="wrong")
