"""The notices on the pages. An effect's row is the notice itself, so there is nothing to send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leaddrum.channels.base import Done, Message, Result
from leaddrum.models import Person


class InApp:
    spacing = 0.0

    def address(self, person: Person) -> str:
        return person.key

    @contextmanager
    def open(self) -> Iterator[Callable[[Message], Result]]:
        yield lambda _message: Done()
