"""`$metadata`: the star in OData's schema language (CSDL XML, OASIS OData 4.0 part 3)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import cache

from leaddrum.facts.columns import ENTITIES
from leaddrum.facts.shape import Column, Entity

EDMX, EDM, NAMESPACE = "http://docs.oasis-open.org/odata/ns/edmx", "http://docs.oasis-open.org/odata/ns/edm", "LeadDrum"
DESCRIPTION = "Org.OData.Core.V1.Description"
CORE = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml"
TYPES = {
    "id": "Edm.Int64",
    "int": "Edm.Int64",
    "text": "Edm.String",
    "bool": "Edm.Boolean",
    "instant": "Edm.DateTimeOffset",
    "date": "Edm.Date",
}


@cache
def document(language: str) -> bytes:
    """The document, with the meaning of each column in that language."""
    ET.register_namespace("edmx", EDMX)
    root = ET.Element(f"{{{EDMX}}}Edmx", Version="4.0")
    reference = ET.SubElement(root, f"{{{EDMX}}}Reference", Uri=CORE)
    ET.SubElement(reference, f"{{{EDMX}}}Include", Namespace="Org.OData.Core.V1", Alias="Core")
    services = ET.SubElement(root, f"{{{EDMX}}}DataServices")
    schema = ET.SubElement(services, "Schema", xmlns=EDM, Namespace=NAMESPACE)
    for entity in ENTITIES.values():
        _type(schema, entity, language)
    container = ET.SubElement(schema, "EntityContainer", Name="Star")
    for entity in ENTITIES.values():
        _set(container, entity)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _type(schema: ET.Element, entity: Entity, language: str) -> None:
    element = ET.SubElement(schema, "EntityType", Name=entity.name)
    ET.SubElement(ET.SubElement(element, "Key"), "PropertyRef", Name=entity.key)
    for column in entity.columns:
        _property(element, column, language)
    for link in entity.links:
        nullable = next(column.null for column in entity.columns if column.name == link.column)
        way = ET.SubElement(
            element,
            "NavigationProperty",
            Name=link.name,
            Type=f"{NAMESPACE}.{link.target}",
            Nullable=str(nullable).lower(),
        )
        key = ENTITIES[link.target].key
        ET.SubElement(way, "ReferentialConstraint", Property=link.column, ReferencedProperty=key)
    _say(element, entity.ru if language == "ru" else entity.en)


def _property(parent: ET.Element, column: Column, language: str) -> None:
    values = {"Name": column.name, "Type": TYPES[column.kind], "Nullable": str(column.null).lower()}
    if column.kind == "instant":
        values["Precision"] = "0"
    element = ET.SubElement(parent, "Property", values)
    _say(element, column.ru if language == "ru" else column.en)


def _set(container: ET.Element, entity: Entity) -> None:
    element = ET.SubElement(container, "EntitySet", Name=entity.name, EntityType=f"{NAMESPACE}.{entity.name}")
    for link in entity.links:
        ET.SubElement(element, "NavigationPropertyBinding", Path=link.name, Target=link.target)


def _say(element: ET.Element, text: str) -> None:
    ET.SubElement(element, "Annotation", Term=DESCRIPTION, String=text)
