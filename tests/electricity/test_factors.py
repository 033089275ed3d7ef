"""The typed registry: who may use which factor, the official packages, and whether they agree (T10, T11)."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest

from zuji.background.model import DirectDataset, LifecycleDataset
from zuji.electricity.factor_checks import check_factors, traded_share
from zuji.electricity.factors import (
    Basis,
    DirectFactor,
    LifecycleFactor,
    MarginalFactor,
    Registry,
    Use,
    avoided_per_kwh,
    footprint_dataset,
    one_rule,
    package_digest,
    refusal,
    registry,
    scope_2_dataset,
)
from zuji.electricity.trace import Coupling, Rule, trace
from zuji.electricity.trace.example import example

NATIONAL, FOOTPRINT, MARGINAL = "cn-co2-2023-national", "cn-cf-2023-national", "cn-om-2023-N"


def test_a_footprint_takes_life_cycle_factors_only() -> None:
    """The dataset of a life-cycle factor is a LifecycleDataset; direct and marginal factors have no way there."""
    known = registry()
    life = known[FOOTPRINT]
    assert isinstance(life, LifecycleFactor)
    made = footprint_dataset(life)
    assert isinstance(made, LifecycleDataset)
    assert made.interventions[0].amount == 0.6205
    for id in (NATIONAL, MARGINAL):
        with pytest.raises(TypeError, match="life-cycle"):
            footprint_dataset(known[id])  # type: ignore[arg-type]


def test_scope_2_takes_direct_averages_only() -> None:
    """A Scope 2 inventory takes a direct factor; life-cycle and marginal factors are refused."""
    known = registry()
    direct = known[NATIONAL]
    assert isinstance(direct, DirectFactor)
    assert isinstance(scope_2_dataset(direct), DirectDataset)
    for id in (FOOTPRINT, MARGINAL):
        with pytest.raises(TypeError, match="Scope 2"):
            scope_2_dataset(known[id])  # type: ignore[arg-type]


def test_marginal_factors_serve_avoided_emissions_only() -> None:
    """A marginal factor is a type of its own: no average factor can have its basis, nor it theirs."""
    known = registry()
    marginal = known[MARGINAL]
    assert isinstance(marginal, MarginalFactor)
    assert avoided_per_kwh(marginal) == 0.935
    with pytest.raises(TypeError, match="marginal"):
        avoided_per_kwh(known[NATIONAL])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="MarginalFactor"):
        replace(known[NATIONAL], basis=Basis.MARGINAL)
    with pytest.raises(ValueError, match="basis marginal"):
        replace(marginal, basis=Basis.CONSUMPTION)


@pytest.mark.parametrize(
    ("id", "use", "code"),
    [
        (NATIONAL, Use.FOOTPRINT, "ZJ645"),
        (MARGINAL, Use.FOOTPRINT, "ZJ646"),
        (MARGINAL, Use.SCOPE_2, "ZJ646"),
        (FOOTPRINT, Use.SCOPE_2, "ZJ647"),
    ],
)
def test_data_of_users_is_refused_with_a_mend(id: str, use: Use, code: str) -> None:
    """The finding names the factor and one that may be used instead."""
    found = refusal(registry()[id], use)
    assert found is not None
    assert found.code == code
    assert id in found.what("en")


def test_what_may_be_used() -> None:
    """The right uses are not refused, and the way out that a refusal names is one."""
    known = registry()
    for id, use in ((FOOTPRINT, Use.FOOTPRINT), (NATIONAL, Use.SCOPE_2), (MARGINAL, Use.AVOIDED)):
        assert refusal(known[id], use) is None
    found = refusal(known[NATIONAL], Use.FOOTPRINT)
    assert found is not None
    assert found.shown("en")["instead"] == "cn-cf-2024-national"


def test_t10_traded_non_fossil_electricity() -> None:
    """1 − average / average without traded non-fossil: 8.37 % in 2022, 12.96 % in 2023."""
    assert traded_share(registry(), "CN", "2022") == pytest.approx(0.0837, abs=5e-5)
    assert traded_share(registry(), "CN", "2023") == pytest.approx(0.1296, abs=5e-5)


def test_t11_use_phase_per_kwh() -> None:
    """(1/η − 1) × factor with η = 0.88: 72.35, 78.78 and 7.43 g/kWh; with 2 % auxiliaries 82.97, 90.33, 8.52."""
    known = registry()
    values = [known[id].value * 1000 for id in (NATIONAL, "cn-cf-2024-national", "cn-cf-2023-pv")]
    assert [(1 / 0.88 - 1) * v for v in values] == pytest.approx([72.35, 78.78, 7.43], abs=6e-3)
    assert [(1 / 0.88 - 1 + 0.02) * v for v in values] == pytest.approx([82.97, 90.33, 8.52], abs=6e-3)


def test_the_official_factors_agree() -> None:
    """No error and no warning among the shipped figures; the notes are about changes from year to year."""
    assert {finding.code for finding in check_factors(registry())} == {"ZJ643"}


def test_packages_hold_their_digest() -> None:
    """Every package has a notice or a date, a digest that its values still have, and forty or nine figures."""
    known = registry()
    assert len(known.packages) == 5
    for package in known.packages:
        members = known.of_package(package.id)
        assert package_digest(members) == package.digest
        assert len(members) in (40, 9)
        assert package.published
        assert all(member.source.citation for member in members)


def tampered(id: str, **change: object) -> Registry:
    known = registry()
    factors = tuple(replace(f, **change) if f.id == id else f for f in known.factors)  # type: ignore[arg-type]
    return Registry(factors, known.packages)


@pytest.mark.parametrize(
    ("id", "value", "code"),
    [
        (NATIONAL, 0.7, "ZJ640"),
        ("cn-co2-2023-exmarket", 0.9, "ZJ640"),
        ("cn-co2-2023-region-SW", 0.7, "ZJ641"),
        (FOOTPRINT, 0.5, "ZJ642"),
        (NATIONAL, 0.5307, "ZJ644"),
    ],
)
def test_a_wrong_figure_is_found(id: str, value: float, code: str) -> None:
    """Order, region, scope and digest each catch their mistake."""
    assert code in {finding.code for finding in check_factors(tampered(id, value=value))}


def test_every_factor_is_typed() -> None:
    """Each factor has scope, basis, place, period, source and licence; adders for lines are not among them."""
    for factor in registry().factors:
        assert factor.geography
        assert factor.period
        assert factor.source.citation
        assert factor.source.licence
        assert factor.scope in ("direct", "lifecycle")
        assert isinstance(factor, MarginalFactor) is (factor.basis is Basis.MARGINAL)
    assert not any("td" in factor.id.split("-") for factor in registry().factors)


def test_a_traced_factor_is_typed_like_the_others() -> None:
    """Scope follows the emission factors, basis the rule; rules are not mixed in one account."""
    grid = example()
    made = trace(grid)
    direct, life = made.factor("CN-GD", "CO2"), made.factor("CN-GD", "CO2e")
    assert isinstance(direct, DirectFactor)
    assert isinstance(life, LifecycleFactor)
    assert life.value > direct.value
    assert direct.basis is Basis.CONSUMPTION
    own = trace(grid, Rule(Coupling.PRODUCTION)).factor("CN-GD", "CO2")
    assert own.basis is Basis.PRODUCTION
    assert one_rule((direct, life)) is None
    mixed = one_rule((direct, own))
    assert mixed is not None
    assert mixed.code == "ZJ648"
    # kg/kWh from kg/MWh
    assert direct.value == pytest.approx(made.mean("CO2")[grid.labels.zone("CN-GD")] / 1000)
    assert dataclasses.replace(direct, id="x").scope == "direct"
