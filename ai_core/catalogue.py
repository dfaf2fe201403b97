"""Job types with their queues, read by name: once for every job that is made, so read cheaply."""

from collections.abc import Collection

from ai_core import prepared
from ai_core.models import AIJobType, Queue

_TYPE_FIELDS = [field.attname for field in AIJobType._meta.concrete_fields]
_QUEUE_FIELDS = [field.attname for field in Queue._meta.concrete_fields]
_JSON_PLACES = [_TYPE_FIELDS.index(name) for name in ("stages", "input_schema")]

_READ = """
SELECT {columns} FROM ai_core_aijobtype t JOIN ai_core_queue q ON q.id = t.queue_id
WHERE t.is_active AND t.name = ANY (%s::text[])
""".format(
    columns=", ".join(
        [f"t.{name}" for name in _TYPE_FIELDS] + [f"q.{name}" for name in _QUEUE_FIELDS]
    )
)


def active_types(names: Collection[str]) -> dict[str, AIJobType]:
    kinds = {}
    for row in prepared.rows(_READ, [list(names)]):
        values = list(row[: len(_TYPE_FIELDS)])
        for place in _JSON_PLACES:
            values[place] = prepared.from_json(values[place])
        kind = AIJobType.from_db("default", _TYPE_FIELDS, values)
        kind.queue = Queue.from_db("default", _QUEUE_FIELDS, row[len(_TYPE_FIELDS) :])
        kinds[kind.name] = kind
    return kinds
