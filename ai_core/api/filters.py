"""What a list of jobs can be narrowed by, sorted by and searched for (HUB-05, LST-07)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, ClassVar, NamedTuple, cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import CharField, F, Q, QuerySet
from django.db.models.lookups import PatternLookup
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from rest_framework.request import Request

from ai_core import tally
from ai_core.errors import InvalidStatus, JobTypeNotFound
from ai_core.models import AIJob, AIJobType
from ai_core.models.job_types import Category
from ai_core.sections import cost_column, searches
from ai_core.statuses import FailureClass, JobStatus, Priority
from brands.api.filters import (
    BooleanFilter,
    DecimalFilter,
    IntegerFilter,
    MomentFilter,
    StrictFilterSet,
    refuse_unknown,
)
from brands.errors import Invalid
from brands.models import Brand
from brands.scoping import AllBrands

MOST_VALUES, MOST_IDS = 50, 1_000
FIRST_YEAR, LAST_YEAR = 1900, 9000  # beyond, a time zone would carry a day out of the calendar


@CharField.register_lookup
class InText(PatternLookup):
    """`description__in_text="word"`: ILIKE '%word%', which a trigram index carries."""

    lookup_name = "in_text"
    param_pattern = "%%%s%%"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"ILIKE {rhs}"


class Words(forms.CharField):
    """Comma-separated values, or the parameter several times; each must be one of `choices`."""

    widget = forms.MultipleHiddenInput

    def __init__(
        self,
        *args: Any,
        valid: Iterable[str] | None = None,
        most: int = MOST_VALUES,
        **kwargs: Any,
    ) -> None:
        self.most = most
        self.choices = [(word, word) for word in valid] if valid is not None else None
        super().__init__(*args, **kwargs)

    def clean(self, value: Any) -> list[str]:
        texts = [super(Words, self).clean(one) for one in value or ()]
        words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
        if len(words) > self.most:
            raise forms.ValidationError(_("Give at most %(most)s.") % {"most": self.most})
        for word in words:
            if self.choices is not None and (word, word) not in self.choices:
                allowed = ", ".join(known for known, _label in self.choices)
                raise forms.ValidationError(
                    _("There is no '%(word)s'. Valid: %(allowed)s.")
                    % {"word": word[:80], "allowed": allowed}
                )
        return list(dict.fromkeys(words))


class WordsFilter(filters.Filter):
    field_class = Words


class DayOrMomentFilter(MomentFilter):
    """A moment, or a day as the brand's time zone cuts it; `__lte` takes the whole day."""

    def filter(self, queryset: QuerySet, value: datetime | None) -> QuerySet:
        text = (self.parent.data.get(self.field_name_in_query) or "").strip()
        day = parse_date(text) if len(text) == 10 else None
        if value is None or day is None or not FIRST_YEAR < day.year < LAST_YEAR:
            return super().filter(queryset, value)
        begins = datetime.combine(day, time(), tzinfo=self.parent.zone)
        if self.lookup_expr == "lte":
            return queryset.filter(**{f"{self.field_name}__lt": begins + timedelta(days=1)})
        return super().filter(queryset, begins)

    @property
    def field_name_in_query(self) -> str:
        return f"{self.field_name}__{self.lookup_expr}"


class JobFilters(StrictFilterSet):
    """Every parameter that `GET /ai/jobs/`, its export and its bulk actions understand."""

    ids = WordsFilter(
        method="by_ids", most=MOST_IDS, help_text="Numbers or job ids, comma-separated."
    )
    status = WordsFilter(
        method="by_column", valid=JobStatus.values, help_text="One or several, comma-separated."
    )
    priority = WordsFilter(method="by_priority", valid=Priority.words())
    job_type = WordsFilter(method="by_type", help_text="Names of job types, comma-separated.")
    category = WordsFilter(method="by_category", valid=Category.values)
    created_by = IntegerFilter(help_text="Number of a user.")
    is_async = BooleanFilter()
    release = IntegerFilter(help_text="Number of a release.")
    queue = WordsFilter(method="by_queue", help_text="Names of queues, comma-separated.")
    tags = WordsFilter(method="by_tags", help_text="Jobs that have all of these tags.")
    failure_class = WordsFilter(
        method="by_column", valid=[one for one in FailureClass.values if one]
    )
    progress_percentage = IntegerFilter()
    progress_percentage__gte = IntegerFilter(field_name="progress_percentage", lookup_expr="gte")
    progress_percentage__lte = IntegerFilter(field_name="progress_percentage", lookup_expr="lte")
    created_at__gte = DayOrMomentFilter(field_name="created_at", lookup_expr="gte")
    created_at__lte = DayOrMomentFilter(field_name="created_at", lookup_expr="lte")
    completed_at__gte = DayOrMomentFilter(field_name="completed_at", lookup_expr="gte")
    completed_at__lte = DayOrMomentFilter(field_name="completed_at", lookup_expr="lte")
    cost__gte = DecimalFilter(method="by_cost")
    cost__lte = DecimalFilter(method="by_cost")
    search = filters.CharFilter(
        method="by_search",
        max_length=200,
        help_text="In job id, description, name of the type, and what extensions add (model).",
    )

    refusals: ClassVar = {"status": InvalidStatus}

    class Meta:
        model = AIJob
        fields: ClassVar[list[str]] = []

    base_filters: dict[str, filters.Filter]

    def __init__(self, data: QueryDict, queryset: QuerySet, *, zone: ZoneInfo) -> None:
        # Only what is asked for: copying and checking all of them takes longer than the SQL.
        self.base_filters = {
            name: one for name, one in type(self).base_filters.items() if name in data
        }
        self.zone = zone
        super().__init__(data, queryset)

    def by_ids(self, queryset: QuerySet, name: str, words: list[str]) -> QuerySet:
        numbers = [int(one) for one in words if one.isascii() and one.isdigit() and len(one) < 19]
        return queryset.filter(Q(pk__in=numbers) | Q(job_id__in=words)) if words else queryset

    def by_column(self, queryset: QuerySet, name: str, words: list[str]) -> QuerySet:
        return _one_of(queryset, name, words)

    def by_priority(self, queryset: QuerySet, name: str, words: list[str]) -> QuerySet:
        return _one_of(queryset, name, [Priority.from_word(word).value for word in words])

    def by_type(self, queryset: QuerySet, name: str, words: list[str]) -> QuerySet:
        known = dict(AIJobType.objects.values_list("name", "pk"))
        for word in words:
            if word not in known:
                raise JobTypeNotFound(
                    _("Job type '%(name)s' not found") % {"name": word[:80]},
                    errors={name: [_("There is no such job type.")]},
                    nearest=difflib.get_close_matches(word, known, n=3, cutoff=0.4),
                )
        return _one_of(queryset, "job_type_id", [known[word] for word in words])

    def by_category(self, queryset: QuerySet, name: str, words: list[str]) -> QuerySet:
        kinds = AIJobType.objects.filter(category__in=words).values_list("pk", flat=True)
        return queryset.filter(job_type_id__in=list(kinds)) if words else queryset

    def by_queue(self, queryset: QuerySet, name: str, words: list[str]) -> QuerySet:
        return queryset.filter(queue__name__in=words) if words else queryset

    def by_tags(self, queryset: QuerySet, name: str, words: list[str]) -> QuerySet:
        return queryset.filter(tags__contains=words) if words else queryset

    def by_cost(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        column = cost_column()
        if column is None:
            return queryset.none()
        return queryset.filter(pk__in=column.jobs_where(name.rpartition("__")[2], value))

    def by_search(self, queryset: QuerySet, name: str, text: str) -> QuerySet:
        return queryset.filter(searched(text))


def _one_of(queryset: QuerySet, column: str, values: list[Any]) -> QuerySet:
    if len(values) == 1:  # an equality implies what partial indexes say
        return queryset.filter(**{column: values[0]})
    return queryset.filter(**{f"{column}__in": values}) if values else queryset


def searched(text: str) -> Q:
    """Where a word may stand. Types are few, so they are looked up first: an index each."""
    word = text.strip()
    found = Q(description__in_text=word) | Q(job_id__in_text=word)
    kinds = AIJobType.objects.filter(name__icontains=word).values_list("pk", flat=True)
    if numbers := list(kinds):
        found |= Q(job_type_id__in=numbers)
    for search in searches():
        found |= Q(pk__in=search(word))
    return found


# ---------------------------------------------------------------------- order
ORDERINGS: Mapping[str, Any] = {
    "created_at": "created_at",
    "started_at": "started_at",
    "completed_at": "completed_at",
    "updated_at": "updated_at",
    "priority": "priority",
    "status": "status",
    "progress_percentage": "progress_percentage",
    "execution_time_seconds": "active_seconds",
    "job_type": "job_type__name",
    "category": "job_type__category",
    "created_by": "created_by__username",
    "description": "description",
    "brand": "brand__name",
    "queue": "queue__name",
    "id": "id",
    "cost": None,
}
_ALIASES = {"duration": "execution_time_seconds", "progress": "progress_percentage"}


def ordered(queryset: QuerySet, text: str) -> QuerySet:
    """Sort by `text`, like `-priority,created_at`; equal rows newest first, so pages are stable."""
    terms: list[Any] = []
    for part in [one.strip() for one in (text or "-created_at").split(",") if one.strip()][:5]:
        name = part.removeprefix("-")
        name = _ALIASES.get(name, name)
        if name not in ORDERINGS:
            raise Invalid(
                _("Cannot order by '%(name)s'.") % {"name": part[:80]},
                errors={"ordering": [_("Not possible here.")]},
                valid=sorted([*ORDERINGS, *_ALIASES]),
            )
        column: Any = ORDERINGS[name]
        if column is None:
            source = cost_column()
            if source is None:
                continue
            queryset = queryset.annotate(_cost=source.subquery())
            column = "_cost"
        terms.append(_term(column, backwards=part.startswith("-")))
    return queryset.order_by(*terms, "-id")


_NULLABLE = {"started_at", "completed_at", "_cost", "created_by__username"}


def _term(column: str, *, backwards: bool) -> Any:
    if column in _NULLABLE:  # what has no value comes last, in both directions
        name = F(column)
        return name.desc(nulls_last=True) if backwards else name.asc(nulls_last=True)
    return f"-{column}" if backwards else column


# ---------------------------------------------------------------------- the query as it was meant
_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")
LST_NAMES = ("sortBy", "sortOrder", "skip", "take")


def canonical(query: QueryDict) -> QueryDict:
    """Put LST-07's words into ours: sortBy + sortOrder → ordering, take → page_size."""
    if not any(name in query for name in LST_NAMES):
        return query
    found = query.copy()
    for name in LST_NAMES:
        found.pop(name, None)
    by = query.get("sortBy")
    order = query.get("sortOrder", "desc" if by is None else "asc")
    if order not in ("asc", "desc"):
        raise Invalid(
            _("sortOrder must be asc or desc."), errors={"sortOrder": [_("Enter asc or desc.")]}
        )
    if "sortBy" in query or "sortOrder" in query:
        name = _CAMEL.sub(lambda match: f"_{match[1].lower()}", by or "createdAt")
        found["ordering"] = f"-{name}" if order == "desc" else name
    if "take" in query:
        found["page_size"] = query["take"]
    return found


def narrowed(
    queryset: QuerySet, query: QueryDict, brand: Brand | None, *, extra: Iterable[str] = ()
) -> QuerySet:
    """Apply every filter of `query`; what is not understood is refused and named."""
    refuse_unknown(
        cast(Request, _Asked(query)), {*JobFilters.base_filters, *extra}, several=_SEVERAL
    )
    if not any(name in query for name in JobFilters.base_filters):
        return queryset
    filterset = JobFilters(query, queryset, zone=ZoneInfo(brand.time_zone if brand else "UTC"))
    filterset.refuse_invalid()
    return filterset.qs


_TALLIED = {"status", "priority", "job_type", "category"}


def tallied(query: QueryDict, scope: Brand | AllBrands) -> int | None:
    """Count by the sums what a query that was found good asks for, where they can tell."""
    given = {name for name in query if name in JobFilters.base_filters}
    if given - _TALLIED:
        return None
    words = {name: set(_words(query, name)) for name in given}
    kinds: set[int] | None = None
    if words.get("job_type") or words.get("category"):
        of = AIJobType.objects.all()
        if words.get("job_type"):
            of = of.filter(name__in=words["job_type"])
        if words.get("category"):
            of = of.filter(category__in=words["category"])
        kinds = set(of.values_list("pk", flat=True))
    statuses = words.get("status")
    priorities = {Priority.from_word(word).value for word in words.get("priority", ())}
    return sum(
        pile.jobs
        for pile in tally.piles(scope)
        if (not statuses or pile.status in statuses)
        and (not priorities or pile.priority in priorities)
        and (kinds is None or pile.job_type in kinds)
    )


def _words(query: QueryDict, name: str) -> list[str]:
    return [
        word.strip() for text in query.getlist(name) for word in text.split(",") if word.strip()
    ]


class _Asked(NamedTuple):
    """What `refuse_unknown` looks at: a request's parameters."""

    query_params: QueryDict


_SEVERAL = frozenset(
    name for name, one in JobFilters.base_filters.items() if isinstance(one, WordsFilter)
)
