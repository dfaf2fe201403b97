"""The prepared statements of jobs, and their JSON columns."""

import json
from typing import Any

from brands.prepared import rows

__all__ = ["from_json", "rows"]


def from_json(value: Any) -> Any:
    """Django leaves JSON columns as text on its connections; read them, wherever they come from."""
    return json.loads(value) if isinstance(value, str) else value
