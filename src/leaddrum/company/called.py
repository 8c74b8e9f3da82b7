"""A person as he is called where he is chosen or told of: by name, and by his address where two have the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _

from leaddrum.company.shape import Person

NAMED = 5  # people who are named when more than one is meant


class Called:
    """The people of a company, for fields where a list of everybody beside each would be too long."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._people = tuple(people)
        often = Counter(text for one in self._people for text in (_plain(one.name), _plain(one.email)))
        self._names = {one.key: one.name for one in self._people}
        for one in self._people:
            if often[_plain(one.name)] > 1:
                self._names[one.key] += f", {one.email if one.email and often[_plain(one.email)] == 1 else one.key}"
        self._keys = {_plain(name): key for key, name in self._names.items()}

    def name(self, key: str) -> str:
        """What stands in the field; somebody who is not there goes by his id."""
        return self._names.get(key, key)

    def offered(self) -> list[str]:
        """Whom one can choose: those who work here, by name."""
        return sorted(self._names[one.key] for one in self._people if one.active)

    def meant(self, text: str) -> list[str]:
        """The ids of those who may be meant: by the whole name, address or id, else by parts of them."""
        plain = _plain(text)
        if plain in self._keys:
            return [self._keys[plain]]
        whole = [one for one in self._people if plain in map(_plain, (one.key, one.email, one.name))]
        found = [one for one in whole if one.active] or whole or [one for one in self._people if _has(one, plain)]
        return [one.key for one in found]

    def unclear(self, text: str, keys: list[str]) -> str:
        """Why the text names nobody: a sentence that follows a colon."""
        if not keys:
            return _("nobody is called “%(text)s”.") % {"text": text}
        names = "; ".join(sorted(map(self.name, keys))[:NAMED]) + ("; …" if len(keys) > NAMED else "")
        return _("“%(text)s” may be several people (%(names)s): write more of the name.") % {
            "text": text,
            "names": names,
        }


def _has(one: Person, plain: str) -> bool:
    said = _plain(f"{one.name} {one.email} {one.key}")
    return one.active and all(part in said for part in plain.split())


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
