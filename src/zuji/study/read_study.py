"""study.yaml: the product, its service life and use, the plants, the reporting period and the choices."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from zuji.datum import LocalText, Period
from zuji.study import codes
from zuji.study.amount import CYCLES, DISTANCE, ENERGY, MASS, POWER_USE, SHARE, YEARS, plain_number, shown
from zuji.study.model import Plant, Product, Provider, ProviderKind, ServiceLife, ServiceMode, Use
from zuji.study.node import Node, hint, keep

FORMAT = "1"
BOUNDARIES = ("cradle-to-grave", "cradle-to-gate")
CATEGORIES = ("ev", "industrial", "industrial-storage", "lmt", "portable")
TOLERANCE = 0.05
CHOICES = ("allocation", "allocation_reason", "declared_unit", "defaults", "market", "suppliers")
CHOICES_OF = ("allocation.", "allocation_reason.", "residual_mix.", "average_mix.")
"""Choices that rulebooks ask for: as they stand, and for one process or country."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """What study.yaml says; `product` or `reporting_period` None makes the study unusable."""

    id: str
    name: LocalText
    reporting_period: Period | None
    product: Product | None
    boundary: str = BOUNDARIES[0]
    functional_unit: LocalText = LocalText()
    mass_tolerance: float = TOLERANCE
    service_life: ServiceLife | None = None
    use: Use | None = None
    plants: dict[str, Plant] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    backgrounds: tuple[str, ...] = ()


def read_head(node: Node) -> Head:
    """The head of the study, read as far as it goes."""
    if node.need("zuji") and node.text("zuji") != FORMAT:
        node.log.add(codes.FORMAT_VERSION(node.place("zuji"), found=shown(node.text("zuji")), known=FORMAT))
    head = Head(
        id=node.id(),
        name=node.local("name"),
        reporting_period=node.period("reporting_period") if node.need("reporting_period") else None,
        product=_product(node.child("product")) if node.need("product") else None,
        boundary=node.word("boundary", BOUNDARIES, BOUNDARIES[0]),
        functional_unit=node.local("functional_unit"),
        mass_tolerance=_fraction(node, "mass_tolerance", TOLERANCE),
        service_life=_service_life(node.child("service_life")) if node.has("service_life") else None,
        use=_use(node.child("use")) if node.has("use") else None,
        plants=_plants(node),
        choices=_choices(node.child("choices")),
        backgrounds=tuple(dict.fromkeys(node.words("background"))),
    )
    node.finish()
    return head


def _product(node: Node) -> Product | None:
    product = Product(
        id=node.id(),
        name=node.local("name") if node.need("name") else LocalText(),
        category=node.word("category", CATEGORIES, "") if node.need("category") else "",
        chemistry=node.text("chemistry"),
        model=node.text("model"),
        manufacturer=node.local("manufacturer"),
        mass=node.needed("mass", MASS),
        rated_energy=node.needed("rated_energy", ENERGY),
        usable_energy=node.needed("usable_energy", ENERGY),
        place=node.place(),
    )
    node.finish()
    return product if product.id else None


def _service_life(node: Node) -> ServiceLife:
    life = ServiceLife(
        mode=node.choice("mode", ServiceMode, ServiceMode.REPEATED_CYCLING),
        cycles=node.datum("cycles", CYCLES),
        years=node.datum("years", YEARS),
        mean_capacity_factor=node.datum("mean_capacity_factor", SHARE),
        vehicle_category=node.text("vehicle_category"),
        warranty_years=node.datum("warranty_years", YEARS),
        warranty_distance=node.datum("warranty_distance", DISTANCE),
        place=node.place(),
    )
    node.need("mode")
    node.finish()
    return life


def _use(node: Node) -> Use:
    use = Use(
        round_trip_efficiency=node.needed("round_trip_efficiency", SHARE),
        auxiliary_energy=node.datum("auxiliary_energy", POWER_USE),
        electricity=Provider(ProviderKind.DATASET, node.text("electricity") if node.need("electricity") else ""),
        place=node.place(),
    )
    node.finish()
    return use


def _plants(node: Node) -> dict[str, Plant]:
    plants: dict[str, Plant] = {}
    for child in node.children("plants"):
        plant = Plant(
            id=child.id(),
            name=child.local("name"),
            country=child.text("country"),
            region=child.text("region"),
            address=child.text("address"),
            place=child.place(),
        )
        check_country(child, "country", plant.country)
        child.finish()
        keep(plants, plant.id, plant, child)
    return plants


def check_country(node: Node, key: str, code: str) -> None:
    """A finding unless `code` looks like an ISO 3166-1 alpha-2 code."""
    if node.need(key) and not re.fullmatch(r"[A-Z]{2}", code):
        node.log.add(codes.COUNTRY(node.place(key), value=shown(code)))


def _fraction(node: Node, key: str, default: float) -> float:
    text = node.text(key)
    if not text:
        return default
    percent = text.endswith(("%", "％"))
    value = plain_number(text.rstrip("%％ "))
    if value is None:
        node.log.add(codes.NUMBER(node.place(key), value=shown(text)))
        return default
    value = value / 100 if percent else value
    if not 0 <= value <= 1:
        node.log.add(codes.FRACTION(node.place(key), key=key, value=shown(text), low=0, high=1))
        return default
    return value


def _choices(node: Node) -> dict[str, str]:
    for key in map(str, node.data):
        if key not in CHOICES and not any(key.startswith(start) and key != start for start in CHOICES_OF):
            place = node.place(key)
            node.log.add(codes.UNKNOWN_KEY(place, key=shown(key), hint=hint(key, (*CHOICES, *CHOICES_OF))))
    return {shown(key): node.text(key) for key in node.data}
