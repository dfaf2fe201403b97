"""Keeps and removes the saved views of the list of jobs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ai_core import saved_views
from ai_core.pages.reading import for_readers
from brands.access import Access
from brands.errors import DomainError


@require_POST
@for_readers
def keep_view(request: HttpRequest, access: Access) -> HttpResponse:
    query = QueryDict(request.POST.get("query", "")[:4_000])
    try:
        view = saved_views.keep(
            access,
            name=request.POST.get("name", ""),
            query=query,
            is_shared="is_shared" in request.POST,
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return _back(query)


@require_POST
@for_readers
def remove_view(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    name = saved_views.remove(access, number)
    messages.success(request, _("The view “%(name)s” is removed.") % {"name": name})
    return _back(QueryDict(request.POST.get("query", "")[:4_000]))


def _back(query: QueryDict) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('jobs')}?{query.urlencode(safe=',')}")
