"""Choosing the brand that the following pages are about."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from brands.asking import EVERY_BRAND, SESSION_BRAND
from megahub.pages.shell import brands_of


@require_POST
@login_required
def choose_brand(request: HttpRequest) -> HttpResponse:
    """Keep the choice in the session, if it is one of this person's brands."""
    wanted = request.POST.get("brand", "")
    found = next((brand for brand in brands_of(request.user) if str(brand.pk) == wanted), None)
    if found:
        request.session[SESSION_BRAND] = found.pk
    elif wanted == EVERY_BRAND and request.user.is_superuser:
        request.session[SESSION_BRAND] = EVERY_BRAND
    else:
        messages.error(request, _("That brand is not one of yours; choose one from the list."))
    return HttpResponseRedirect(_way_back(request))


def _way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/"
