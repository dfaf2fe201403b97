"""What trainings are made of, kept by name: added, changed and removed here, and told of."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ai_training.models import ComputeOffer, Dataset, TrainingConfiguration
from brands.audit import trail
from brands.errors import Invalid

Row = TypeVar("Row", Dataset, TrainingConfiguration, ComputeOffer)

# What the audit trail calls each, and what it says of a new one.
_KINDS = {
    Dataset: ("dataset", ("format", "state", "size", "reference")),
    TrainingConfiguration: ("training_configuration", ("preset", "base_model", "hyperparameters")),
    ComputeOffer: ("compute_offer", ("provider", "region", "count", "hourly_rate", "pricing")),
}


@transaction.atomic
def add(row: Row) -> Row:
    _save(row)
    facts = {name: getattr(row, name) for name in _KINDS[type(row)][1]}
    told = {name: value for name, value in facts.items() if value not in (None, "")}
    _tell("created", row, told)
    return row


def keep(row: Row, **wanted: Any) -> Row:
    """Add a new one with what is wanted, or change one that is there."""
    if row.pk is not None:
        return change(row, **wanted)
    for name, value in wanted.items():
        setattr(row, name, value)
    return add(row)


@transaction.atomic
def change(row: Row, **wanted: Any) -> Row:
    """Change what is named."""
    before = {name: getattr(row, name) for name in wanted}
    for name, value in wanted.items():
        setattr(row, name, value)
    _save(row)
    if changes := trail.differences(before, wanted):
        _tell("changed", row, changes)
    return row


@transaction.atomic
def remove(row: Row) -> None:
    """Forget it, and a dataset's file; runs that used it keep what they noted of it."""
    _tell("removed", row, {})
    path = getattr(row, "path", "")
    row.delete()
    if path:
        transaction.on_commit(lambda: default_storage.delete(path), robust=True)


def _save(row: Row) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        sentence = _("There is one with this name already. Choose another name.")
        raise Invalid(f"name: {sentence}", errors={"name": [sentence]}) from None


def _tell(done: str, row: Row, changes: dict[str, Any]) -> None:
    trail.record(f"{_KINDS[type(row)][0]}.{done}", on=row, changes=changes)
