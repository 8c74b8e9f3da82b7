"""Columns of our own make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from django.db.models.fields.json import KeyTransform


class OwnJSONField(models.JSONField):
    """JSON that the engine wrote, read by orjson: a drum of 200 people has 200 lines in every choice, and reading them
    was most of what keeping the books took. For what others wrote, `models.JSONField`: orjson makes floats of very
    large integers. The tables and their migrations know no difference.
    """

    def from_db_value(self, value: Any, expression: Expression, connection: BaseDatabaseWrapper) -> Any:
        if isinstance(value, str) and not isinstance(expression, KeyTransform):
            try:
                return orjson.loads(value)
            except orjson.JSONDecodeError:
                pass  # half of a surrogate pair, which json reads
        return super().from_db_value(value, expression, connection)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, arguments, options = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, options
