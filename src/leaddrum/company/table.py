"""A TOML table read key by key: wrong types, missing and unknown keys are all reported, none stops the reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from leaddrum.company.lines import Path
from leaddrum.company.problems import Problems

T = TypeVar("T")


class Table:
    """One table. Every `reader` marks its key as known; `done()` reports the keys nobody asked for."""

    def __init__(self, values: object, path: Path, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self._asked: dict[str | int, None] = {}
        self._values: Mapping[str | int, Any] = {}
        if isinstance(values, Mapping):
            self._values = values
        else:
            self.wrong("", _("must be a table, not %(what)s") % {"what": kind(values)})

    def __contains__(self, key: str | int) -> bool:
        return key in self._values

    def names(self) -> tuple[str, ...]:
        """Its keys, for tables whose keys are names; such a table has no unknown keys."""
        self._asked.update(dict.fromkeys(self._values))
        return tuple(map(str, self._values))

    def wrong(self, key: str | int, what: str, *more: str | int) -> None:
        self.problems.add((*self.path, key, *more) if key != "" else self.path, what)

    def raw(self, key: str | int) -> Any:
        self._asked[key] = None
        return self._values.get(key)

    def text(self, key: str, read: Callable[[str], T], *, required: bool = False) -> T | None:
        """A string as `read` understands it; None when it is missing or wrong, which is then reported."""
        value = self.raw(key)
        if value is None:
            if required:
                self.missing(key)
            return None
        if not isinstance(value, str):
            self.wrong(key, _("must be a string in quotes, not %(what)s") % {"what": kind(value)})
            return None
        return self._read(key, value, read)

    def one_of(self, key: str, choices: Iterable[str], default: str = "", *, required: bool = False) -> str:
        def read(text: str) -> str:
            if text not in choices:
                raise ValueError(
                    _("“%(text)s” is not one of: %(choices)s") % {"text": text, "choices": ", ".join(choices)}
                )
            return text

        return self.text(key, read, required=required) or default

    def flag(self, key: str, default: bool) -> bool:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(key, _("must be true or false, not %(what)s") % {"what": kind(value)})
            return default
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number within `least` … `most`."""
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(key, _("must be a whole number, not %(what)s") % {"what": kind(value)})
        elif not least <= value <= most:
            self.wrong(key, _("must be from %(least)d to %(most)d") % {"least": least, "most": most})
        else:
            return value
        return default

    def moment(self, key: str) -> datetime | date | None:
        """A required date, or date and time."""
        value = self.raw(key)
        if value is None:
            self.missing(key)
        elif not isinstance(value, date):
            self.wrong(key, _("must be a date or a date and time without quotes, not %(what)s") % {"what": kind(value)})
        elif not 2000 <= value.year <= 2100:
            self.wrong(key, _("must lie in the years 2000 to 2100"))
        else:
            return value
        return None

    def texts(self, key: str | int, read: Callable[[str], T], *, required: bool = False) -> tuple[T, ...] | None:
        """A list of strings as `read` understands them, each once; None when it is missing."""
        value = self.raw(key)
        if value is None:
            if required:
                self.missing(key)
            return None
        if not isinstance(value, list):
            self.wrong(key, _("must be a list in square brackets, not %(what)s") % {"what": kind(value)})
            return None
        found: dict[T, None] = {}
        for position, item in enumerate(value):
            if not isinstance(item, str):
                self.wrong(key, _("must be a string in quotes, not %(what)s") % {"what": kind(item)}, position)
                continue
            made = self._read(key, item, read, position)
            if made is None:
                continue
            if made in found:
                self.wrong(key, _("“%(text)s” stands here twice") % {"text": item}, position)
            found[made] = None
        return tuple(found)

    def table(self, key: str) -> Table | None:
        """A table inside this one; None when it is missing."""
        value = self.raw(key)
        return None if value is None else Table(value, (*self.path, key), self.problems)

    def tables(self, key: str) -> Iterator[Table]:
        """An array of tables: `[[key]]`."""
        value = self.raw(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.wrong(key, _("must be a list of tables: write [[%(key)s]]") % {"key": key})
            return
        for position, item in enumerate(value):
            yield Table(item, (*self.path, key, position), self.problems)

    def keyed(self, read: Callable[[str], object]) -> Iterator[tuple[str, Table]]:
        """The tables inside this one with their names, of which `read` says whether they will do."""
        for key in self.names():
            self._read(key, key, read)
            inner = self.table(key)
            if inner is not None:
                yield key, inner

    def missing(self, key: str | int) -> None:
        self.wrong("", _("“%(key)s” is missing") % {"key": key})

    def done(self) -> None:
        """Report the keys that nothing asked for."""
        for key in self._values:
            if key not in self._asked:
                near = get_close_matches(str(key), map(str, self._asked), 1)
                hint = _(", did you mean “%(key)s”?") % {"key": near[0]} if near else ""
                self.wrong(key, _("unknown key%(hint)s") % {"hint": hint})

    def _read(self, key: str | int, value: str, read: Callable[[str], T], *more: int) -> T | None:
        try:
            return read(value)
        except ValueError as error:
            self.wrong(key, str(error), *more)
            return None


def kind(value: object) -> str:
    """What a TOML value is, in words."""
    for types, name in (
        (bool, _("a yes or no")),
        (str, _("a string")),
        (int, _("a number")),
        (float, _("a number")),
        (date, _("a date")),
        (list, _("a list")),
        (dict, _("a table")),
    ):
        if isinstance(value, types):
            return name
    return _("a time of day")
