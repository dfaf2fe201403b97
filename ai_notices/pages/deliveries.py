"""One delivery: its body, every try with its answer, and the button that sends it again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from ai_notices import bodies, kinds, webhooks
from ai_notices.models import Delivery
from ai_notices.pages.webhooks import facts_of, hook_of
from brands.access import Access
from brands.errors import DomainError, NotFound
from brands.pages.reading import for_managers
from brands.pages.settings import shown


@for_managers
def delivery_page(request: HttpRequest, access: Access, number: int, delivery: int) -> HttpResponse:
    hook = hook_of(access, number)
    rows = Delivery.objects.for_brand(access.scope).select_related("message__brand", "webhook")
    found = rows.filter(webhook=hook, pk=delivery).first()
    if found is None:
        raise NotFound
    if request.method == "POST":
        try:
            webhooks.resend(found)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("It is sent again, with the same id."))
        return HttpResponseRedirect(request.path)
    title = kinds.titles().get(found.message.kind) or found.message.kind
    facts = {
        **facts_of(access, hook, str(title)),
        "delivery": found,
        "title": title,
        "body": bodies.shown(found),
        "tries": list(found.tries.order_by("-number")),
        "job_id": found.message.facts.get("job_id", ""),
    }
    return shown(request, "ai_notices/delivery.html", facts)
