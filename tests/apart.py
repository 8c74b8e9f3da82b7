"""Work in a thread of its own. The browser tests leave an event loop running in the main thread of their process, and
what begins one anew, or counts its stack as `ast.parse` of Python 3.11 does, fails there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Value = TypeVar("Value")


def in_a_thread(work: Callable[..., Value], *arguments: Any) -> Value:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work, *arguments).result()


def awaited(work: Coroutine[Any, Any, Value]) -> Value:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
