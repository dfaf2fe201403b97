"""Webhooks that were switched off by themselves: a notice to their brand."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ai_core import brand_notices
from ai_core.brand_notices import BrandNotice
from ai_notices.models import Webhook
from brands.models import Brand

KIND = "webhook_disabled"


def told_off(hook: Webhook) -> None:
    brand_notices.tell([_notice(hook)])


def recent(brand: Brand, most: int) -> list[BrandNotice]:
    """The brand's newest notices: a source of `ai_core.brand_notices`."""
    off = [Webhook.Off.GONE, Webhook.Off.FAILING]
    rows = Webhook.objects.for_brand(brand).filter(off__in=off, off_at__isnull=False)
    return [_notice(hook) for hook in rows.order_by("-off_at")[:most]]


def _notice(hook: Webhook) -> BrandNotice:
    assert hook.off_at is not None  # noqa: S101  (it is off)
    return BrandNotice(
        brand_id=hook.brand_id,
        kind=KIND,
        key=f"webhook-{hook.pk}-{hook.off_at:%Y%m%d%H%M%S}",
        at=hook.off_at,
        level="error",
        text=_("The webhook “%(name)s” is switched off: %(why)s.")
        % {"name": hook.name, "why": hook.get_off_display()},
        facts={"webhook": hook.pk, "name": hook.name, "reason": hook.off},
    )
