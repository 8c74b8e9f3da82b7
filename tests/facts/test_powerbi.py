"""The Power BI project is what the columns say, and its files are of their formats."""

from __future__ import annotations

import json
import re

from leaddrum.facts import powerbi
from leaddrum.facts.columns import ENTITIES


def test_the_files_are_as_they_would_be_written() -> None:
    for name, text in powerbi.files():
        assert (powerbi.FOLDER / name).read_text(encoding="utf-8") == text, name


def test_measures_name_columns_that_are_there() -> None:
    for name, _table, dax, _shape in powerbi.MEASURES:
        for table, column in re.findall(r"(\w+)\[(\w+)\]", dax):
            assert ENTITIES[table].column(column) is not None, name
        for other in re.findall(r"(?<!\w)\[([^\]]+)\]", dax):
            assert other in {measure for measure, *_rest in powerbi.MEASURES}, name


def test_json_is_json_and_one_way_leads_to_each_dimension() -> None:
    for name, text in powerbi.files():
        if not name.endswith(".tmdl"):
            assert json.loads(text)["$schema"].startswith("https://developer.microsoft.com/")
    active: set[tuple[str, str]] = set()
    text = dict(powerbi.files())["LeadDrum.SemanticModel/definition/relationships.tmdl"]
    for block in text.split("relationship ")[1:]:
        ends = re.findall(r"Column: (\w+)\.\w+", block)
        if "isActive: false" not in block:
            assert tuple(ends) not in active
            active.add((ends[0], ends[1]))
