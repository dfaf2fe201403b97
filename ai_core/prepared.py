"""The prepared statements of jobs, their JSON columns, and objects made of their rows."""

import json
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models.base import ModelState

from brands.prepared import rows, run

__all__ = ["Columns", "from_json", "insert", "made", "rows", "run"]

Row = TypeVar("Row", bound=models.Model)


def from_json(value: Any) -> Any:
    """Django leaves JSON columns as text on its connections; read them, wherever they come from."""
    return json.loads(value) if isinstance(value, str) else value


def made(model: type[Row], **values: Any) -> Row:
    """Return an object that stands for a row; what is not given is deferred, as with `only()`.

    Django's own way sets each value by itself and sends two signals that nobody hears: for a batch
    of jobs that took longer than everything else about them.
    """
    new = model.__new__(model)
    new.__dict__.update(values)
    new._state = ModelState()
    new._state.db, new._state.adding = "default", False
    return new


def insert(objects: Sequence[models.Model]) -> None:
    """Insert rows whose keys are known or made by the database, without asking what was made.

    One parameter, however many rows: `bulk_create` spends most of its time on pasting values.
    """
    if objects:
        statement, fields = _insertion(type(objects[0]))
        read = [{field.column: getattr(row, field.attname) for field in fields} for row in objects]
        rows(statement, [json.dumps(read, default=str, ensure_ascii=False)])


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[Any]]:
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    columns = ", ".join(field.column for field in fields if field.column)
    table = model._meta.db_table
    statement = (
        f"INSERT INTO {table} ({columns})"  # noqa: S608  (names of our own models)
        f" SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"
    )
    return statement, fields


class Columns(Generic[Row]):
    """Columns of a model behind an alias, and the object that a row of them is.

    What is not `only`-listed is deferred, as with Django's `only()`.
    """

    def __init__(self, model: type[Row], alias: str, *, only: Collection[str] = ()) -> None:
        fields = [
            field
            for field in model._meta.concrete_fields
            if not only or field.attname in only or field.primary_key
        ]
        self._model = model
        self._names = [field.attname for field in fields]
        self._json = [i for i, field in enumerate(fields) if isinstance(field, models.JSONField)]
        self.sql = ", ".join(f"{alias}.{field.column}" for field in fields)
        self.count = len(fields)

    def object(self, values: Sequence[Any]) -> Row:
        read = list(values)
        for place in self._json:
            read[place] = from_json(read[place])
        return made(self._model, **dict(zip(self._names, read, strict=True)))
