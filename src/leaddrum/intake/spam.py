"""Whether a form's words look like advertising: points for what machines write and clients hardly ever do.

No service of anybody else is asked. Whoever is in doubt presses once more (`form.AgainError`): no client is lost by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

DOUBTFUL = 3  # points
_LINK = re.compile(r"https?://|www\.|\[url|<a\s", re.IGNORECASE)
_MARKUP = re.compile(r"<a\s|\[url|\[link|</?\w+>", re.IGNORECASE)
_PHRASES = re.compile(
    r"\b(seo|backlinks?|casino|viagra|crypto|forex|escort|porn|loan offer|bitcoin|guest post|rank(ing)? on google|"
    r"казино|ставки на спорт|рассылк[аи] по|раскрутк[аи] сайта|продвижени[ея] сайта|вывод в топ|заработок в интернете|"
    r"криптовалют|быстрый займ)",
    re.IGNORECASE,
)
_LONGEST = 5000  # characters that are looked at


def points(said: Mapping[str, str], language: str) -> int:
    """0: as a client writes. From `DOUBTFUL` on, more like a machine.

    Args:
        said: name, phone, email and text as they came.
        language: the company's.
    """
    text, name = said.get("text", "")[:_LONGEST], said.get("name", "")[:_LONGEST]
    links = len(_LINK.findall(text))
    found = min(links, 2) + 3 * bool(_LINK.search(name)) + 2 * bool(_MARKUP.search(text))
    found += 2 * min(len(set(map(str.lower, _first_groups(text)))), 2)
    if language == "ru" and links and text and not re.search("[а-яё]", text, re.IGNORECASE):
        found += 1
    if name and name.strip() == text.strip():
        found += 1
    return found


def _first_groups(text: str) -> list[str]:
    return [match.group(1) for match in _PHRASES.finditer(text)]
