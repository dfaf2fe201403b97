"""A new training: what it learns, how, on which machines, and how much it may cost.

The estimate stands beside the form while it is filled in; a draft is made, and the review that
every job has starts it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ai_core.execution import reach
from ai_core.models import AIJob, AIJobData, AIJobType
from ai_core.pages import words
from ai_core.pages.job import find
from ai_core.services import JobService
from ai_training.job_types import EXTERNAL
from ai_training.models import ComputeOffer, Dataset, GuardRail, TrainingConfiguration
from ai_training.pages import configurations
from ai_training.pages.job_part import rail_rows
from ai_training.presets import PRESETS
from brands.access import Access
from brands.errors import BrandRequired, DomainError, NotAllowed
from brands.pages.reading import for_readers

MOST = 300
ACTIONS = GuardRail.Action.choices


class TrainingForm(forms.Form):
    """`how` is a preset, or the number of a configuration."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    type = forms.ChoiceField(label=gettext_lazy("Computed by"))
    dataset = forms.ChoiceField(label=gettext_lazy("Dataset"), required=False)
    how = forms.ChoiceField(label=gettext_lazy("Configuration"), required=False)
    base_model = forms.CharField(label=gettext_lazy("Base model"), max_length=200, required=False)
    offer = forms.ChoiceField(label=gettext_lazy("Machines"), required=False)
    image = forms.CharField(label=gettext_lazy("Docker image"), max_length=300, required=False)
    command = forms.CharField(
        label=gettext_lazy("Command"),
        required=False,
        max_length=20_000,
        help_text=gettext_lazy(
            "One argument a line. Empty: whoever starts the training reports here by itself."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "class": "is-code", "spellcheck": "false"}),
    )
    total_steps = forms.IntegerField(
        label=gettext_lazy("Steps"),
        min_value=1,
        max_value=2**62,
        required=False,
        help_text=gettext_lazy("Empty: reckoned from the rows, the batch and the epochs."),
    )
    budget = forms.DecimalField(
        label=gettext_lazy("Budget, in dollars"),
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=6,
        required=False,
        help_text=gettext_lazy("At this sum the run is cancelled. Empty: no limit."),
    )

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.types = _types()
        found = {one.name: reach.why_not(one) for one in self.types}
        self.missing = {name: why for name, why in found.items() if why}
        own = _own(access)
        self.own = own
        choose = {
            "type": [(one.name, self._title(one)) for one in self.types],
            "dataset": [("", _("None")), *((str(o.pk), o.name) for o in own["datasets"])],
            "how": [
                ("", _("None")),
                *((one["name"], one["label"]) for one in configurations.presets()),
                *((str(o.pk), o.name) for o in own["configurations"]),
            ],
            "offer": [("", _("None")), *((str(o.pk), o.name) for o in own["offers"])],
        }
        for name, choices in choose.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        lacking = [f"{words.type_title(name)}: {why}" for name, why in self.missing.items()]
        self.fields["type"].help_text = escape(" ".join(lacking))
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"

    def _title(self, kind: AIJobType) -> str:
        title = words.type_title(kind.name)
        return (
            _("%(type)s (not available)") % {"type": title} if kind.name in self.missing else title
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if why := self.missing.get(given.get("type", "")):
            self.add_error("type", why)
        kind = next((one for one in self.types if one.name == given.get("type")), None)
        needs = kind is not None and "image" in kind.input_schema.get("required", ())
        if needs and not given.get("image"):
            self.add_error("image", _("Name the image that is to run."))
        return given


def _types() -> list[AIJobType]:
    found = AIJobType.objects.filter(category="training", is_active=True).order_by("name")
    return sorted(found, key=lambda one: one.name != EXTERNAL)


def _own(access: Access) -> dict[str, list[Any]]:
    datasets = Dataset.objects.filter(brand=access.brand, is_active=True)
    datasets = datasets.exclude(state=Dataset.State.INVALID)
    kept = TrainingConfiguration.objects.filter(brand=access.brand, is_active=True)
    offers = ComputeOffer.objects.filter(brand=access.brand, is_active=True)
    return {
        "datasets": list(datasets[:MOST]),
        "configurations": list(kept[:MOST]),
        "offers": list(offers[:MOST]),
    }


@for_readers
def new_training(request: HttpRequest, access: Access) -> HttpResponse:
    if access.brand is None:
        raise BrandRequired(_("A training belongs to one brand."))
    if not access.can_create:
        raise NotAllowed(_("You may look at the trainings of this brand, but not create any."))
    before = find(access, request.GET["from"]) if request.GET.get("from") else None
    form = TrainingForm(request.POST or None, initial=_initial(request, before), access=access)
    rails = _rails(request)
    if request.method == "POST" and form.is_valid():
        try:
            draft = _draft(form, request, access, before)
        except DomainError as error:
            _refused(form, error)
        else:
            return HttpResponseRedirect(reverse("review-job", args=[draft.job_id]))
    facts = {
        "crumbs": [(_("Trainings"), reverse("trainings")), (_("New training"), None)],
        "access": access,
        "form": form,
        "presets": configurations.presets(),
        "chosen": form["how"].value() or "",
        "rails": rails,
        "rail_actions": ACTIONS,
        "before": before,
    }
    return render(request, "ai_training/new.html", facts, status=400 if form.errors else 200)


def _rails(request: HttpRequest) -> list[dict[str, Any]]:
    """Without the cost: that is the budget."""
    found = [one for one in rail_rows([]) if one["kind"] != GuardRail.Kind.MAX_COST]
    for one in found:
        kind = one["kind"]
        one["rail"] = request.POST.get(f"rail-{kind}") == "on"
        one["limit"] = request.POST.get(f"limit-{kind}", one["limit"])
        one["action"] = request.POST.get(f"action-{kind}", one["action"])
    return found


def _initial(request: HttpRequest, before: AIJob | None) -> dict[str, Any]:
    """What links and an older run fill in."""
    asked = {name: request.GET[name] for name in ("dataset", "offer") if name in request.GET}
    asked["how"] = request.GET.get("configuration") or request.GET.get("preset") or "balanced"
    if before is None:
        return asked
    given = AIJobData.objects.values_list("input_data", flat=True).get(pk=before.pk)
    known = {name: given[name] for name in TrainingForm.base_fields if given.get(name)}
    known["command"] = "\n".join(str(one) for one in given.get("command") or ())
    known["how"] = str(given.get("configuration") or given.get("preset") or "")
    return {**known, "type": before.job_type.name}


def input_of(form: TrainingForm, request: HttpRequest) -> dict[str, Any]:
    """The input of the job, as the API takes it."""
    given = form.cleaned_data
    found: dict[str, Any] = {"name": given["name"]}
    for name in ("dataset", "offer"):
        if given[name]:
            found[name] = int(given[name])
    if given["how"] in PRESETS:
        found["preset"] = given["how"]
    elif given["how"]:
        found["configuration"] = int(given["how"])
    for name in ("base_model", "image", "total_steps"):
        if given[name]:
            found[name] = given[name]
    if given["budget"]:
        found["budget"] = f"{given['budget']:f}"
    if lines := [line.strip() for line in given["command"].splitlines() if line.strip()]:
        found["command"] = lines
    if rails := _chosen_rails(request):
        found["guard_rails"] = rails
    kind = next(one for one in form.types if one.name == given["type"])
    known = kind.input_schema.get("properties", {})
    return {name: value for name, value in found.items() if name in known}


def _chosen_rails(request: HttpRequest) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in _rails(request):
        if not one["rail"]:
            continue
        facts: dict[str, Any] = {"action": one["action"]}
        if one["limit_name"]:
            facts[one["limit_name"]] = _number(one["limit"])
        found[one["kind"]] = facts
    return found


def _number(text: str) -> int | float | str:
    """What is no number is refused by the schema, in its words."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _draft(form: TrainingForm, request: HttpRequest, access: Access, before: AIJob | None) -> AIJob:
    return JobService.create_job(
        form.cleaned_data["type"],
        input_of(form, request),
        access.user,
        access.brand_to_create_in(),
        draft=True,
        description=form.cleaned_data["name"],
        origin=before,
        origin_kind="restart" if before else "",
    )


def _refused(form: TrainingForm, error: DomainError) -> None:
    for path, problems in error.errors.items():
        name = path.removeprefix("input_data.").partition(".")[0]
        form.add_error(name if name in form.fields else None, problems)
    if not error.errors:
        form.add_error(None, str(error))
