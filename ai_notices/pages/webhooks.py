"""The webhooks of the brand: listed, added, changed, tried, rotated, removed; for managers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ai_notices import kinds, outbox, webhooks
from ai_notices.models import Delivery, Webhook
from ai_notices.pages.forms import WebhookForm
from brands.access import Access
from brands.errors import DomainError, NotFound
from brands.pages.reading import for_managers, for_readers
from brands.pages.settings import brand_of, only_managers, settings_facts, shown
from brands.sign_in.proof import asks_for_proof

SHOWN = 50
COUNTED = timedelta(days=1)


def hook_of(access: Access, number: int) -> Webhook:
    rows = Webhook.objects.for_brand(access.scope).select_related("created_by", "brand")
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound
    return found


def facts_of(access: Access, hook: Webhook | None = None, last: str = "") -> dict[str, Any]:
    """The frame of these pages, with the way back."""
    facts = settings_facts(access, _("Webhooks"))
    if hook is not None or last:
        crumbs = [*facts["crumbs"][:-1], (_("Webhooks"), reverse("settings-webhooks"))]
        if hook is not None:
            crumbs.append((hook.name, reverse("webhook", args=[hook.pk]) if last else None))
        if last:
            crumbs.append((last, None))
        facts["crumbs"] = crumbs
    return {**facts, "hook": hook}


@for_readers
def webhooks_page(request: HttpRequest, access: Access) -> HttpResponse:
    facts = facts_of(access)
    if access.brand is not None:
        if not access.can_manage:
            return only_managers(request, facts, what=_("Webhooks"))
        since = datetime.now(UTC) - COUNTED
        recent = Q(deliveries__created_at__gte=since)
        rows = Webhook.objects.for_brand(access.brand).annotate(
            sent=Count("deliveries", filter=recent & Q(deliveries__state="delivered")),
            lost=Count("deliveries", filter=recent & Q(deliveries__state="given_up")),
            waits=Count("deliveries", filter=Q(deliveries__state="waiting")),
        )
        facts["hooks"] = list(rows.order_by("name", "id"))
        facts["titles"] = kinds.titles()
    return shown(request, "ai_notices/webhooks.html", facts)


@asks_for_proof
@for_managers
def new_webhook(request: HttpRequest, access: Access) -> HttpResponse:
    brand = brand_of(access)
    form = WebhookForm(request.POST or None, initial={"kinds": ["job.failed", "job.timeout"]})
    if request.method == "POST" and form.is_valid():
        wanted = dict(form.cleaned_data)
        try:
            made = webhooks.add(
                brand, user=access.user, address=wanted.pop("url").strip(), **wanted
            )
        except DomainError as error:
            form.refused(error)
        else:
            if not made.secret:
                messages.success(request, _("%(name)s is added. Send it a test.") % wanted)
                return HttpResponseRedirect(reverse("webhook", args=[made.webhook.pk]))
            return _page(request, access, made.webhook, secret=made.secret.reveal())
    facts = {**facts_of(access, last=_("New webhook")), "form": form, "is_new": True}
    facts["back"] = reverse("settings-webhooks")
    status = 400 if form.errors else 200
    return shown(request, "ai_notices/webhook_form.html", facts, status=status)


@for_managers
def edit_webhook(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    hook = hook_of(access, number)
    is_slack = hook.shape == Webhook.Shape.SLACK
    given = {
        "name": hook.name, "url": "" if is_slack else hook.shown_address, "kinds": hook.kinds,
        "language": hook.language,
    }  # fmt: skip
    form = WebhookForm(request.POST or None, hook=hook, initial=given)
    here = reverse("webhook", args=[hook.pk])
    if request.method == "POST" and form.is_valid():
        wanted = dict(form.cleaned_data)
        try:
            webhooks.change(hook, address=wanted.pop("url").strip() or None, **wanted)
        except DomainError as error:
            form.refused(error)
            hook.refresh_from_db()
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": hook.name})
            return HttpResponseRedirect(here)
    facts = {**facts_of(access, hook, _("Change")), "form": form, "is_new": False, "back": here}
    status = 400 if form.errors else 200
    return shown(request, "ai_notices/webhook_form.html", facts, status=status)


@for_managers
def webhook_page(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    return _page(request, access, hook_of(access, number))


def _page(request: HttpRequest, access: Access, hook: Webhook, *, secret: str = "") -> HttpResponse:
    rows = Delivery.objects.for_brand(access.scope).filter(webhook=hook)
    titles = kinds.titles()
    now = datetime.now(UTC)
    facts = {
        **facts_of(access, hook),
        "secret": secret,
        "titles": [titles.get(kind, kind) for kind in hook.kinds],
        "rotates": hook.before_until if hook.before_until and hook.before_until > now else None,
        "deliveries": list(rows.select_related("message").order_by("-id")[:SHOWN]),
        "kind_titles": titles,
    }
    return shown(request, "ai_notices/webhook.html", facts)


@require_POST
@asks_for_proof
@for_managers
def act(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """A button of its page."""
    hook = hook_of(access, number)
    here = HttpResponseRedirect(reverse("webhook", args=[hook.pk]))
    try:
        match request.POST.get("do"):
            case "rotate":
                return _page(request, access, hook, secret=webhooks.rotate(hook).reveal())
            case "test" if hook.is_on:
                sent = outbox.test_message(hook, user=access.user)
                messages.success(request, _("The test is on its way: see what comes of it."))
                return HttpResponseRedirect(reverse("webhook-delivery", args=[hook.pk, sent.pk]))
            case "off":
                webhooks.switch_off(hook)
                messages.success(request, _("%(name)s is told nothing any more.") % vars(hook))
            case "on":
                webhooks.switch_on(hook)
                messages.success(request, _("%(name)s is told again.") % vars(hook))
            case "remove":
                webhooks.remove(hook)
                messages.success(request, _("%(name)s is removed.") % {"name": hook.name})
                return HttpResponseRedirect(reverse("settings-webhooks"))
    except DomainError as error:
        messages.error(request, str(error))
    return here
