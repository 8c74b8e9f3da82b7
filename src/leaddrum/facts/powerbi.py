"""The Power BI project in integrations/powerbi: its model from the columns, its measures, one page of a report.

`python -m leaddrum.facts.powerbi` writes it anew. Text files in Microsoft's own formats (PBIP: TMDL and PBIR).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

from leaddrum.facts.columns import ENTITIES
from leaddrum.facts.shape import Entity

FOLDER = Path(__file__).parents[3] / "integrations" / "powerbi"
SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric"
KINDS = {"id": "int64", "int": "int64", "text": "string", "bool": "boolean", "instant": "dateTime", "date": "dateTime"}
# Measures: name, table, DAX, format.
MEASURES = (
    ("Leads", "fact_lead", "COUNTROWS(fact_lead)", "#,0"),
    ("Taken", "fact_lead", "CALCULATE(COUNTROWS(fact_lead), fact_lead[is_taken])", "#,0"),
    ("Taken in time", "fact_lead", "CALCULATE(COUNTROWS(fact_lead), fact_lead[is_taken_in_time])", "#,0"),
    ("Share in time", "fact_lead", "DIVIDE([Taken in time], [Taken])", "0%"),
    ("Hand-overs", "fact_lead", "SUM(fact_lead[hand_overs])", "#,0"),
    ("Reached the head", "fact_lead", "CALCULATE(COUNTROWS(fact_lead), fact_lead[escalations] > 0)", "#,0"),
    (
        "Client wait, median min",
        "fact_lead",
        "CALCULATE(MEDIAN(fact_lead[wait_seconds]), fact_lead[passage] = 1) / 60",
        "#,0",
    ),
    (
        "Client wait, 90% min",
        "fact_lead",
        "CALCULATE(PERCENTILE.INC(fact_lead[wait_seconds], 0.9), fact_lead[passage] = 1) / 60",
        "#,0",
    ),
    ("Turns", "fact_turn", 'CALCULATE(COUNTROWS(fact_turn), fact_turn[verdict] <> "void")', "#,0"),
    ("Missed", "fact_turn", "CALCULATE(COUNTROWS(fact_turn), fact_turn[is_missed], NOT fact_turn[is_annulled])", "#,0"),
    ("Missed, to answer for", "fact_turn", "CALCULATE(COUNTROWS(fact_turn), fact_turn[is_answerable])", "#,0"),
    ("Take time, median min", "fact_turn", "MEDIAN(fact_turn[take_seconds]) / 60", "0.0"),
    ("Take time, 90% min", "fact_turn", "PERCENTILE.INC(fact_turn[take_seconds], 0.9) / 60", "0.0"),
)


def files() -> Iterator[tuple[str, str]]:
    """(path in the folder, text) of every file of the project."""
    yield (
        "LeadDrum.pbip",
        _json(
            "pbip/pbipProperties/1.0.0",
            version="1.0",
            artifacts=[{"report": {"path": "LeadDrum.Report"}}],
            settings={"enableAutoRecovery": True},
        ),
    )
    yield from _model()
    yield from _report()


def _json(schema: str, **values: object) -> str:
    return json.dumps({"$schema": f"{SCHEMAS}/{schema}/schema.json", **values}, indent=2, ensure_ascii=False) + "\n"


def _tag(name: str) -> str:
    """The same number for the same name, whenever the project is written."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"leaddrum/{name}"))


def _model() -> Iterator[tuple[str, str]]:
    top = "LeadDrum.SemanticModel"
    yield f"{top}/definition.pbism", _json("item/semanticModel/definitionProperties/1.0.0", version="4.2", settings={})
    refs = "".join(f"ref table {name}\n" for name in ENTITIES)
    yield f"{top}/definition/database.tmdl", "database\n\tcompatibilityLevel: 1567\n"
    yield (
        f"{top}/definition/model.tmdl",
        (
            "model Model\n\tculture: en-US\n\tdefaultPowerBIDataSourceVersion: powerBI_V3\n"
            f"\tdiscourageImplicitMeasures\n\n{refs}"
        ),
    )
    yield (
        f"{top}/definition/expressions.tmdl",
        (
            'expression Address = "https://leads.example.com/odata/v1/" meta'
            ' [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]\n'
            f"\tlineageTag: {_tag('Address')}\n"
        ),
    )
    for entity in ENTITIES.values():
        yield f"{top}/definition/tables/{entity.name}.tmdl", _table(entity)
    yield f"{top}/definition/relationships.tmdl", _relationships()


def _table(entity: Entity) -> str:
    lines = [f"/// {entity.en}", f"table {entity.name}", f"\tlineageTag: {_tag(entity.name)}", ""]
    for name, table, dax, shape in MEASURES:
        if table == entity.name:
            lines += [f"\tmeasure '{name}' = {dax}", f"\t\tformatString: {shape}", f"\t\tlineageTag: {_tag(name)}", ""]
    for column in entity.columns:
        lines += [f"\t/// {column.en}", f"\tcolumn {column.name}", f"\t\tdataType: {KINDS[column.kind]}"]
        lines += ["\t\tisKey"] if column.name == entity.key else []
        lines += [f"\t\tlineageTag: {_tag(f'{entity.name}.{column.name}')}", "\t\tsummarizeBy: none"]
        lines += [f"\t\tsourceColumn: {column.name}", ""]
    names = ", ".join(f'"{column.name}"' for column in entity.columns)
    lines += [
        f"\tpartition {entity.name} = m",
        "\t\tmode: import",
        "\t\tsource =",
        "\t\t\t\tlet",
        '\t\t\t\t\tSource = OData.Feed(Address, null, [Implementation="2.0"]),',
        f'\t\t\t\t\tRows = Source{{[Name="{entity.name}", Signature="table"]}}[Data],',
        f"\t\t\t\t\tColumns = Table.SelectColumns(Rows, {{{names}}})",
        "\t\t\t\tin",
        "\t\t\t\t\tColumns",
        "",
    ]
    return "\n".join(lines)


def _relationships() -> str:
    """One active way from each fact to each dimension; a second way to the same dimension stands by, inactive."""
    lines: list[str] = []
    for entity in ENTITIES.values():
        reached: set[str] = set()
        for link in entity.links:
            if not entity.is_fact or not link.target.startswith("dim_"):
                continue
            lines += [f"relationship {_tag(f'{entity.name}.{link.name}')}"]
            lines += ["\tisActive: false"] if link.target in reached or link.name == "arrived_date" else []
            lines += [f"\tfromColumn: {entity.name}.{link.column}"]
            lines += [f"\ttoColumn: {link.target}.{ENTITIES[link.target].key}", ""]
            if link.name != "arrived_date":
                reached.add(link.target)
    return "\n".join(lines)


def _report() -> Iterator[tuple[str, str]]:
    top, definition = "LeadDrum.Report", "item/report/definition"
    yield (
        f"{top}/definition.pbir",
        _json(
            "item/report/definitionProperties/1.0.0",
            version="4.0",
            datasetReference={"byPath": {"path": "../LeadDrum.SemanticModel"}},
        ),
    )
    yield f"{top}/definition/version.json", _json(f"{definition}/versionMetadata/1.0.0", version="2.0.0")
    theme = {"name": "CY24SU10", "reportVersionAtImport": "5.61", "type": "SharedResources"}
    yield (
        f"{top}/definition/report.json",
        _json(f"{definition}/report/1.0.0", themeCollection={"baseTheme": theme}, layoutOptimization="None"),
    )
    pages = f"{top}/definition/pages"
    yield (
        f"{pages}/pages.json",
        _json(f"{definition}/pagesMetadata/1.0.0", pageOrder=["overview"], activePageName="overview"),
    )
    yield (
        f"{pages}/overview/page.json",
        _json(
            f"{definition}/page/1.0.0",
            name="overview",
            displayName="Overview",
            displayOption="FitToPage",
            height=720,
            width=1280,
        ),
    )
    cards = ("Leads", "Share in time", "Missed", "Client wait, median min")
    for place, name in enumerate(cards):
        box = {"x": 20 + place * 312, "y": 20, "width": 300, "height": 140}
        yield _visual(pages, f"card{place}", "card", box, {"Values": [_measure(name)]})
    by_day = {"Category": [_column("dim_date", "date")], "Y": [_measure("Leads"), _measure("Missed")]}
    yield _visual(pages, "days", "clusteredColumnChart", {"x": 20, "y": 180, "width": 1236, "height": 240}, by_day)
    names = ("Turns", "Missed, to answer for", "Take time, median min", "Take time, 90% min")
    values = [_column("dim_person", "person_name"), *(_measure(name) for name in names)]
    yield _visual(pages, "people", "tableEx", {"x": 20, "y": 440, "width": 1236, "height": 260}, {"Values": values})


def _visual(pages: str, name: str, kind: str, box: dict[str, int], roles: dict[str, list[object]]) -> tuple[str, str]:
    state = {role: {"projections": projections} for role, projections in roles.items()}
    text = _json(
        "item/report/definition/visualContainer/1.0.0",
        name=name,
        position={**box, "z": 0},
        visual={"visualType": kind, "query": {"queryState": state}},
    )
    return f"{pages}/overview/visuals/{name}/visual.json", text


def _measure(name: str) -> object:
    table = next(table for measure, table, _dax, _shape in MEASURES if measure == name)
    field = {"Measure": {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}}
    return {"field": field, "queryRef": f"{table}.{name}", "nativeQueryRef": name}


def _column(table: str, name: str) -> object:
    field = {"Column": {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}}
    return {"field": field, "queryRef": f"{table}.{name}", "nativeQueryRef": name}


def main() -> None:
    for name, text in files():
        file = FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
