"""Asking somebody at a terminal: what cannot be understood is asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import click
from django.utils.translation import gettext as _

T = TypeVar("T")


def asked(ask: bool, words: str, default: str, read: Callable[[str], T]) -> T:
    """What somebody types, asked again until it can be understood; unasked the usual."""
    if not ask:
        return read(default)
    typed: T = click.prompt(words, default=default, value_proc=read)
    return typed


def answered(given: object, ask: bool, words: str, default: str, read: Callable[[object], T]) -> T:
    """What was said beforehand counts; what is wrong in it ends the command."""
    return read(given) if given else asked(ask, words, default, read)


def one_of(known: Iterable[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise click.UsageError(_("one of: %(known)s") % {"known": ", ".join(known)})
        return text

    known = list(known)
    return read
