"""Fields of the set-up's forms: each with its label, an example in its hint, and what stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from leaddrum.web.setup.values import Values, one

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. `kind` is text, email, time (a duration), number, flag, select, radio, checks or area."""

    name: str
    label: Text
    kind: str = "text"
    hint: Text = ""
    choices: Sequence[tuple[str, Text, Text]] = ()  # value, label, what it means
    unit: Text = ""
    longest: int = 200
    example: Text = ""  # stands in an empty area, line by line


@dataclass(frozen=True, slots=True)
class Shown:
    """A field on its page."""

    field: Field
    value: str
    values: Sequence[str] = ()
    wrong: str = ""
    choices: Sequence[tuple[str, Text, Text]] = ()

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def on(self) -> bool:
        return bool(self.value)


def shown(
    fields: Iterable[Field],
    values: Values,
    wrong: Mapping[str, str],
    choices: Mapping[str, Sequence[tuple[str, Text, Text]]] | None = None,
) -> dict[str, Shown]:
    """The fields of a page by their names."""
    found = {}
    for one_field in fields:
        name = one_field.name
        offered = (choices or {}).get(name, one_field.choices)
        found[name] = Shown(one_field, one(values, name), values.get(name, []), wrong.get(name, ""), offered)
    return found
