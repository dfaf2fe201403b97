"""Job types with their queues, read by name: once for every job that is made, so kept at hand.

What is kept may be old. So each type carries the versions of its row and its queue's, and the
statement that makes jobs (`births`) makes none when one of them is no longer the newest.
"""

import copy
from collections.abc import Collection

from ai_core import prepared
from ai_core.models import AIJobType, Queue

_TYPE = prepared.Columns(AIJobType, "t")
_QUEUE = prepared.Columns(Queue, "q")

# A row's place and the transaction that wrote it: no update leaves both as they were.
VERSION = "({alias}.ctid::text || {alias}.xmin::text)"
_READ = f"""
SELECT {_TYPE.sql}, {_QUEUE.sql}, {VERSION.format(alias="t")}, {VERSION.format(alias="q")}
FROM ai_core_aijobtype t JOIN ai_core_queue q ON q.id = t.queue_id
WHERE t.is_active AND t.name = ANY (%s::text[])
"""  # noqa: S608

_kept: dict[str, AIJobType] = {}


def active_types(names: Collection[str], *, anew: bool = False) -> dict[str, AIJobType]:
    """The types of these names, as they were when last read; `anew` reads them now."""
    unknown = [name for name in names if anew or name not in _kept]
    if unknown:
        for name in unknown:
            _kept.pop(name, None)
        _kept.update(_read(unknown))
    return {name: copy.copy(_kept[name]) for name in names if name in _kept}


def _read(names: Collection[str]) -> dict[str, AIJobType]:
    kinds = {}
    for row in prepared.rows(_READ, [list(names)]):
        kind = _TYPE.object(row[: _TYPE.count])
        kind.queue = _QUEUE.object(row[_TYPE.count : -2])
        kind.versions = (row[-2], row[-1])
        kinds[kind.name] = kind
    return kinds
