"""The door through which extensions add to a job: a section of its JSON, its cost, its search.

An app registers its section in its `ai_extension.py`; the core never learns whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from brands.scoping import ALL_BRANDS

if TYPE_CHECKING:
    from brands.models import Brand
    from brands.scoping import AllBrands

    Scope = Brand | AllBrands | None

# job number → what the section says about that job; a job that it has nothing for is left out.
Load = Callable[[Sequence[int]], Mapping[int, Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One extra key in a job's JSON. `load` answers for all the jobs of a page in one query."""

    name: str
    load: Load
    in_lists: bool = False
    categories: frozenset[str] | None = None
    """Only jobs of types of these categories have one: the others are not asked about."""
    when_created: Load | None = None
    """What the answer to the creating call says: a secret that is shown this once."""
    schema: Mapping[str, Any] | None = None
    """JSON Schema of the section, for the OpenAPI document."""
    cost: CostColumn | None = None
    """At most one section names what a job has cost."""
    search: Callable[[str], QuerySet] | None = None
    """Return the numbers of the jobs that a searched word means, as a one-column queryset."""

    def concerns(self, category: str) -> bool:
        return self.categories is None or category in self.categories


class Money(NamedTuple):
    """A sum, and how many jobs have no known price: those are in no sum."""

    total: Decimal
    unpriced: int


@dataclass(frozen=True, kw_only=True)
class CostColumn:
    """Where the cost of jobs stands: a table with one row a job. Override to use roll-ups.

    A NULL amount means that the price is not known; it counts as unpriced, never as zero.
    """

    model: str  # "app_label.Model"
    job: str = "job"
    amount: str = "total_cost"

    def rows(self) -> QuerySet:
        return apps.get_model(self.model)._default_manager.all()

    def joined_to(self, job: str) -> str:
        """The join that puts the rows beside a job, named `costs`: for statements of our own."""
        meta = apps.get_model(self.model)._meta
        return f"LEFT JOIN {meta.db_table} costs ON costs.{self._column(self.job)} = {job}"

    def as_text(self) -> str:
        """The amount of such a row, written as `money` does."""
        return f"round(costs.{self._column(self.amount)}::numeric, 6)::text"

    def _column(self, field: str) -> str:
        return str(apps.get_model(self.model)._meta.get_field(field).column)

    def of_jobs(self, job_ids: Sequence[int]) -> dict[int, Decimal | None]:
        found = self.rows().filter(**{f"{self.job}__in": list(job_ids)})
        return dict(found.values_list(f"{self.job}_id", self.amount))

    def subquery(self) -> Subquery:
        """Return the cost of the job of the outer query, to filter and to order by."""
        return Subquery(self.rows().filter(**{self.job: OuterRef("pk")}).values(self.amount)[:1])

    def jobs_where(self, lookup: str, value: Decimal) -> QuerySet:
        """Return the numbers of the jobs whose cost compares so: `gte` or `lte`."""
        return self.rows().filter(**{f"{self.amount}__{lookup}": value}).values(f"{self.job}_id")

    def total(self, scope: Scope) -> Money:
        found = self._of(scope).aggregate(total=Sum(self.amount), unpriced=self._unpriced())
        return Money(found["total"] or Decimal(0), found["unpriced"])

    def by_day(self, scope: Scope, *, since: datetime, zone: tzinfo) -> dict[date, Money]:
        """Sum by the day on which a job was created, as the time zone cuts days."""
        created = f"{self.job}__created_at"
        day = TruncDate(created, tzinfo=zone)
        return self._grouped(self._of(scope).filter(**{f"{created}__gte": since}), by=day)

    def by_brand(self, scope: Scope) -> dict[int, Money]:
        return self._grouped(self._of(scope), by=F(f"{self.job}__brand_id"))

    def _of(self, scope: Scope) -> QuerySet:
        """Rows of jobs that the scope may see."""
        found = self.rows().filter(**{f"{self.job}__deleted_at__isnull": True})
        if scope is ALL_BRANDS:
            return found
        return found.filter(**{f"{self.job}__brand": scope}) if scope else found.none()

    def _grouped(self, found: QuerySet, *, by: Any) -> dict[Any, Money]:
        summed = (
            found.annotate(_by=by)
            .order_by()
            .values("_by")
            .annotate(total=Sum(self.amount), unpriced=self._unpriced())
        )
        return {row["_by"]: Money(row["total"] or Decimal(0), row["unpriced"]) for row in summed}

    def _unpriced(self) -> Count:
        return Count("pk", filter=Q(**{f"{self.amount}__isnull": True}))


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    if section.name in _sections:
        raise ValueError(f"There are two sections named {section.name!r}")
    if section.cost is not None and cost_column() is not None:
        raise ValueError(f"{section.name!r} names a cost, but another section already does")
    _sections[section.name] = section


def sections() -> list[Section]:
    return list(_sections.values())


def cost_column() -> CostColumn | None:
    return next((one.cost for one in _sections.values() if one.cost is not None), None)


def searches() -> list[Callable[[str], QuerySet]]:
    return [one.search for one in _sections.values() if one.search is not None]


def money(amount: Decimal | None) -> str | None:
    """Write an amount as the API does: six places; unknown stays unknown."""
    return None if amount is None else f"{amount:.6f}"
