"""Several calls of a bot under way at once, each in a place of its own (`pace`): the line's delay is no limit then.

Only the calls themselves run in other threads; what an answer means is decided, and written, by whoever asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Generic, Self, TypeVar

from leaddrum.channels.botapi import Bot, BotError

AT_ONCE = 8  # enough for thirty a second as long as Telegram answers within a quarter of one
What = TypeVar("What")


class Crew(Generic[What]):
    """Calls, with what each is about. `answered` and `rest` give each back once: that, and its answer or its error."""

    def __init__(self, client: Bot) -> None:
        self._client = client
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="leaddrum-telegram")
        self._under_way: dict[Future[Any], What] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown()

    def call(self, what: What, method: str, chat: str = "", **parameters: Any) -> None:
        """Begin one, when the bot has a place for it."""
        place = self._client.limits.take(chat)
        self._under_way[self._pool.submit(self._one, place, method, parameters)] = what

    def _one(self, place: int, method: str, parameters: dict[str, Any]) -> Any:
        try:
            return self._client.call(method, **parameters)
        finally:
            self._client.limits.give_back(place)

    def answered(self) -> Iterator[tuple[What, Any | BotError]]:
        """Those that are over by now."""
        for future in [future for future in self._under_way if future.done()]:
            yield self._under_way.pop(future), _answer(future)

    def rest(self) -> Iterator[tuple[What, Any | BotError]]:
        """All that are under way, as they are over."""
        while self._under_way:
            wait(self._under_way, return_when=FIRST_COMPLETED)
            yield from self.answered()
        self._client.limits.settle()


def _answer(future: Future[Any]) -> Any | BotError:
    error = future.exception()
    if error is not None and not isinstance(error, BotError):
        raise error
    return error if error is not None else future.result()
