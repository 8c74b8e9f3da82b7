"""The tables of docs/feeds.md, from the columns: `python -m leaddrum.facts.document` writes them into both pages."""

from __future__ import annotations

import re
from pathlib import Path

from leaddrum.facts.columns import ENTITIES
from leaddrum.facts.shape import Entity

BEGIN, END = "<!-- columns -->", "<!-- end of columns -->"
KINDS = {
    "en": {"id": "number", "int": "number", "text": "text", "bool": "yes/no", "instant": "instant", "date": "day"},
    "ru": {"id": "число", "int": "число", "text": "текст", "bool": "да/нет", "instant": "момент", "date": "день"},
}
HEADS = {"en": "| column | kind | meaning |", "ru": "| столбец | вид | смысл |"}
LEADS = {"en": "`$expand`", "ru": "`$expand`"}


def tables(language: str) -> str:
    return "\n".join(_table(entity, language) for entity in ENTITIES.values())


def _table(entity: Entity, language: str) -> str:
    lines = [
        f"### `{entity.name}`",
        "",
        entity.ru if language == "ru" else entity.en,
        "",
        HEADS[language],
        "|---|---|---|",
    ]
    for column in entity.columns:
        kind = KINDS[language][column.kind] + (" ?" if column.null else "")
        key = " 🔑" if column.name == entity.key else ""
        lines.append(f"| `{column.name}`{key} | {kind} | {column.ru if language == 'ru' else column.en} |")
    if entity.links:
        links = ", ".join(f"`{link.name}` → `{link.target}`" for link in entity.links)
        lines += ["", f"{LEADS[language]}: {links}."]
    return "\n".join([*lines, ""])


def written(text: str, language: str) -> str:
    """A page with its tables as they are now."""
    return re.sub(f"{BEGIN}.*{END}", f"{BEGIN}\n{tables(language)}\n{END}", text, flags=re.DOTALL)


def main() -> None:
    for name, language in (("feeds.md", "en"), ("feeds.ru.md", "ru")):
        page = Path(__file__).parents[3] / "docs" / name
        page.write_text(written(page.read_text(encoding="utf-8"), language), encoding="utf-8")


if __name__ == "__main__":
    main()
