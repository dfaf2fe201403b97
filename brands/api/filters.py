"""Filters of a list that refuse what they do not understand, and say what they would."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import filterset as plain
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

from brands.errors import DomainError, Invalid, UnknownFilter

_LARGEST = 2**63 - 1
_PAGE_WORDS = {"page", "page_size", "cursor", "ordering", "format"}
_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off"}


class StrictBooleanField(forms.Field):
    """true/false, 1/0, yes/no, on/off in any case; anything else is an error, not "no filter"."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        word = str(value).strip().lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        raise forms.ValidationError(gettext_lazy("Enter true or false."), code="invalid")


class StrictMomentField(IsoDateTimeField):
    """ISO 8601; a plus sign that arrived as a space is what the caller meant."""

    default_error_messages: ClassVar = {
        "invalid": gettext_lazy("Enter a date and time like 2026-01-31T14:30:00Z.")
    }

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            head, space, tail = value.rpartition(" ")
            if space and "T" in head and tail[:2].isdigit():
                value = f"{head}+{tail}"
        return super().to_python(value)


class BooleanFilter(filters.Filter):
    field_class = StrictBooleanField


class MomentFilter(filters.IsoDateTimeFilter):
    field_class = StrictMomentField


class IntegerFilter(filters.Filter):
    """Whole numbers within 64 bits; relations too, so that no other brand's row is asked about."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=-_LARGEST, max_value=_LARGEST, **kwargs)


class DecimalFilter(filters.NumberFilter):
    """Numbers with a sane size, below as above."""

    @property
    def field(self) -> forms.Field:
        field = super().field
        if not any(isinstance(rule, MinValueValidator) for rule in field.validators):
            field.validators += [MinValueValidator(-1e18), MaxValueValidator(1e18)]
        return field


class ChoiceInFilter(filters.BaseInFilter, filters.ChoiceFilter):
    """`?status__in=failed,timeout`: each of them must exist."""


_INTEGERS = (
    models.AutoField,
    models.SmallIntegerField,
    models.IntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.BigIntegerField,
    models.PositiveBigIntegerField,
    models.BigAutoField,
)


class StrictFilterSet(filters.FilterSet):
    """The base of every app's filters. `refusals` gives a field's error a code of its own."""

    FILTER_DEFAULTS: ClassVar = {
        **plain.FILTER_FOR_DBFIELD_DEFAULTS,
        **{kind: {"filter_class": IntegerFilter} for kind in _INTEGERS},
        models.ForeignKey: {"filter_class": IntegerFilter},
        models.OneToOneField: {"filter_class": IntegerFilter},
        models.DecimalField: {"filter_class": DecimalFilter},
        models.FloatField: {"filter_class": DecimalFilter},
        models.BooleanField: {"filter_class": BooleanFilter},
        models.DateTimeField: {"filter_class": MomentFilter},
    }
    refusals: ClassVar[dict[str, type[DomainError]]] = {}

    @classmethod
    def filter_for_lookup(cls, field: models.Field, lookup_type: str) -> tuple[Any, dict]:
        if lookup_type == "in" and getattr(field, "choices", None):
            return ChoiceInFilter, {"choices": field.choices}
        return super().filter_for_lookup(field, lookup_type)

    @classmethod
    def names(cls) -> set[str]:
        """Every parameter that means something here, with what widgets append to a name."""
        found = set(cls.base_filters)
        for name, each in cls.base_filters.items():
            suffixes = getattr(each.field.widget, "suffixes", None) or []
            found |= {f"{name}_{suffix}" for suffix in suffixes if suffix}
        return found

    def refuse_invalid(self) -> None:
        if self.is_valid():
            return
        errors = {name: [str(one) for one in each] for name, each in self.errors.items()}
        name = next(iter(errors))
        facts: dict[str, Any] = {}
        choices = getattr(self.form.fields[name], "choices", None) if name in errors else None
        if choices is not None:
            facts["valid"] = [str(value) for value, _label in choices if value not in ("", None)]
        kind = self.refusals.get(name, Invalid)
        raise kind(f"{name}: {errors[name][0]}", errors=errors, **facts)


class StrictFilterBackend(filters.DjangoFilterBackend):
    """Also guards lists that have no filters: a misspelt one never returns everything."""

    filterset_base = StrictFilterSet

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        filterset = self.get_filterset(request, queryset, view)
        if getattr(view, "detail", False) or request.method not in ("GET", "HEAD"):
            return queryset
        own = filterset.names() if isinstance(filterset, StrictFilterSet) else set()
        extra = set(getattr(view, "extra_parameters", ()))
        refuse_unknown(request, {*own, *extra}, several=_several(filterset))
        if filterset is None:
            return queryset
        filterset.refuse_invalid()
        return filterset.qs


def _several(filterset: Any) -> set[str]:
    """Names that may be given more than once."""
    fields = filterset.form.fields if filterset is not None else {}
    return {
        name
        for name, field in fields.items()
        if isinstance(field.widget, forms.SelectMultiple | forms.MultipleHiddenInput)
    }


def refuse_unknown(request: Request, valid: Iterable[str], *, several: Iterable[str] = ()) -> None:
    """Raise UNKNOWN_FILTER for a parameter outside `valid` and the words of paging."""
    allowed = {*valid, *_PAGE_WORDS}
    for name, values in request.query_params.lists():
        if name not in allowed:
            _refuse(name[:80], allowed)
        if len(values) > 1 and name not in several:
            raise Invalid(
                _("%(name)s is given twice: separate values with commas in %(name)s__in.")
                % {"name": name},
                errors={name: [_("Given more than once.")]},
            )


def _refuse(name: str, allowed: set[str]) -> None:
    nearest = next(iter(difflib.get_close_matches(name, sorted(allowed), n=1)), None)
    sentence = _("There is no filter '%(name)s'.") % {"name": name}
    if nearest:
        sentence += " " + _("Did you mean '%(nearest)s'?") % {"nearest": nearest}
    raise UnknownFilter(sentence, unknown=name, nearest=nearest, valid=sorted(allowed))


class StrictOrdering(OrderingFilter):
    """`?ordering=-created_at`: only what the view lists in `ordering_fields`."""

    def get_default_valid_fields(self, *args: Any, **kwargs: Any) -> list:
        return []

    def remove_invalid_fields(
        self, queryset: QuerySet, fields: Iterable[str], view: Any, request: Request
    ) -> list[str]:
        context = {"request": request}
        valid = [name for name, _label in self.get_valid_fields(queryset, view, context)]
        for name in fields:
            if name.removeprefix("-") not in valid:
                raise Invalid(
                    _("Cannot order by '%(name)s'.") % {"name": name[:80]},
                    errors={"ordering": [_("Not possible here.")]},
                    valid=valid,
                )
        return list(fields)
