"""end_of_life.yaml: the approach, the activities counted in any case, and the fate of each material."""

from __future__ import annotations

from zuji.study.amount import HEATING_VALUE, MONEY, SHARE
from zuji.study.model import EndOfLife, EndOfLifeMaterial
from zuji.study.node import Node, keep
from zuji.study.read_process import Meters, read_exchanges

APPROACHES = ("cut_off", "substitution")


def read_end_of_life(node: Node, meters: Meters) -> EndOfLife:
    """The end of life as the document says it."""
    end = EndOfLife(
        approach=node.word("approach", APPROACHES, ""),
        justification=node.text("justification"),
        activities=read_exchanges(node, "activities", meters),
        materials=_materials(node.child("materials")),
        place=node.place(),
    )
    node.finish()
    return end


def _materials(node: Node) -> dict[str, EndOfLifeMaterial]:
    found: dict[str, EndOfLifeMaterial] = {}
    for id in node.data:
        material = _material(id, node.child(id))
        keep(found, id, material, node)
    return found


def _material(id: str, node: Node) -> EndOfLifeMaterial:
    material = EndOfLifeMaterial(
        id=id,
        name=node.local("name"),
        category=node.text("category"),
        recycled_content=node.datum("recycled_content", SHARE),
        recycled_dataset=node.text("recycled_dataset"),
        recycling_rate=node.datum("recycling_rate", SHARE),
        recycling_dataset=node.text("recycling_dataset"),
        avoided_dataset=node.text("avoided_dataset"),
        quality_in=node.datum("quality_in", SHARE),
        quality_out=node.datum("quality_out", SHARE),
        price_primary=node.datum("price_primary", MONEY),
        price_secondary_in=node.datum("price_secondary_in", MONEY),
        price_secondary_out=node.datum("price_secondary_out", MONEY),
        energy_recovery_rate=node.datum("energy_recovery_rate", SHARE),
        heating_value=node.datum("heating_value", HEATING_VALUE),
        heat_efficiency=node.datum("heat_efficiency", SHARE),
        electricity_efficiency=node.datum("electricity_efficiency", SHARE),
        energy_recovery_dataset=node.text("energy_recovery_dataset"),
        substituted_heat_dataset=node.text("substituted_heat_dataset"),
        substituted_electricity_dataset=node.text("substituted_electricity_dataset"),
        disposal_dataset=node.text("disposal_dataset"),
        treated_by=node.text("treated_by"),
        allocation_factor=node.datum("allocation_factor", SHARE),
        place=node.place(),
    )
    node.finish()
    return material
