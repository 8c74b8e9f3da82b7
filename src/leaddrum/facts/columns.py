"""The star schema: what the views, the OData feed, the exports and docs/feeds.md are made from.

Names are a promise: a column is added, never renamed or given another meaning.
"""

from __future__ import annotations

from collections.abc import Mapping

from leaddrum.facts.dimensions import DIM_DATE, DIM_DEPARTMENT, DIM_DRUM, DIM_PERSON, DIM_SOURCE, DIM_STAGE
from leaddrum.facts.fact_tables import FACT_INCIDENT, FACT_LEAD, FACT_TURN
from leaddrum.facts.shape import Entity

ENTITIES: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        *(FACT_LEAD, FACT_TURN, FACT_INCIDENT),
        *(DIM_PERSON, DIM_DEPARTMENT, DIM_DRUM, DIM_DATE, DIM_SOURCE, DIM_STAGE),
    )
}
