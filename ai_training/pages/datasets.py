"""Datasets: those of the brand, a new one, and what was found in one (LST-10)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ai_training import catalogue, datasets
from ai_training.models import Dataset, TrainingRun
from ai_training.pages.forms import DatasetForm
from brands.access import Access
from brands.errors import DomainError, NotFound
from brands.pages.reading import for_readers

SIZE = 50
FEW_RUNS = 10
MOST_COLUMNS = 8
LONGEST = 300
STATES = {"valid": "completed", "invalid": "failed", "unseen": "pending"}


@for_readers
def datasets_page(request: HttpRequest, access: Access) -> HttpResponse:
    searched = request.GET.get("search", "").replace("\0", "").strip()[:120]
    found = Dataset.objects.for_brand(access.scope).select_related("created_by", "brand")
    if searched:
        found = found.filter(name__icontains=searched)
    found = found.annotate(used=Count("runs")).order_by("-created_at", "-id")
    facts: dict[str, Any] = {
        "crumbs": [(_("Datasets"), None)],
        "access": access,
        "query": request.GET,
        "shelf": Paginator(found, SIZE).get_page(request.GET.get("page")),
        "searched": searched,
        "states": STATES,
    }
    return render(request, "ai_training/datasets.html", facts)


@for_readers
def new_dataset(request: HttpRequest, access: Access) -> HttpResponse:
    brand = access.brand_to_create_in()
    form = DatasetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        file, reference = given.pop("file"), given.pop("reference")
        who = {"brand": brand, "user": access.user}
        try:
            if file:
                made = datasets.store(file, **who, **given)
            else:
                made = datasets.refer(**who, reference=reference, **given)
        except DomainError as error:
            form.refused(error)
        else:
            return HttpResponseRedirect(reverse("dataset", args=[made.pk]))
    facts = {
        "crumbs": [(_("Datasets"), reverse("datasets")), (_("New dataset"), None)],
        "access": access,
        "form": form,
    }
    status = 400 if form.errors else 200
    return render(request, "ai_training/dataset_new.html", facts, status=status)


@for_readers
def dataset_page(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    found = _dataset(access, number)
    columns = found.columns[:MOST_COLUMNS]
    runs = TrainingRun.objects.filter(dataset=found).select_related("job", "job__job_type")
    facts = {
        "crumbs": [(_("Datasets"), reverse("datasets")), (found.name, None)],
        "access": access,
        "row": found,
        "state": STATES[found.state],
        "columns": columns,
        "more_columns": len(found.columns) - len(columns),
        "preview": [[_cell(row.get(name)) for name in columns] for row in found.preview],
        "runs": list(runs.order_by("-job")[:FEW_RUNS]),
        "may_change": access.can_change(found.created_by_id),
    }
    return render(request, "ai_training/dataset.html", facts)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


@require_POST
@for_readers
def remove_dataset(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    found = _dataset(access, number)
    access.must_change(found.created_by_id)
    catalogue.remove(found)
    messages.success(request, _("%(name)s is removed.") % {"name": found.name})
    return HttpResponseRedirect(reverse("datasets"))


def _dataset(access: Access, number: int) -> Dataset:
    rows = Dataset.objects.for_brand(access.scope).select_related("created_by", "brand")
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound
    return found
