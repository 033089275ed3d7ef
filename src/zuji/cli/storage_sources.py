"""Where `zuji storage` takes its factors from: the registry, hourly files, traces, and margins that a user states."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from zuji.i18n import N_, tr

if TYPE_CHECKING:
    from zuji.electricity.factors import DirectFactor, GridFactor, LifecycleFactor, MarginalFactor
    from zuji.electricity.storage.hourly import AverageHours, Hours, MarginalHours
    from zuji.electricity.storage.parameters import StorageProduct
    from zuji.finding import Finding


def _factor(id: str, option: str) -> GridFactor:
    import difflib

    from zuji.electricity.factors import registry

    known = registry()
    if id in known:
        return known[id]
    near = ", ".join(difflib.get_close_matches(id, [f.id for f in known.factors], n=3))
    said = N_("no factor '{id}'; nearest: {near}") if near else N_("no factor '{id}'; 'zuji grid factors' lists them")
    raise typer.BadParameter(tr(said, id=id, near=near), param_hint=option)


def average(id: str) -> DirectFactor | LifecycleFactor | None:
    """The average factor of this id, None for ''; a marginal one is a usage error."""
    from zuji.electricity.factors import DirectFactor, LifecycleFactor

    if not id:
        return None
    factor = _factor(id, "--factor")
    if isinstance(factor, (DirectFactor, LifecycleFactor)):
        return factor
    problem = tr("'{id}' is a marginal factor; a use phase takes an average one", id=id)
    raise typer.BadParameter(problem, param_hint="--factor")


def hourly_average(
    file: Path, product: StorageProduct, traced: Path | None, zone: str, gas: str
) -> AverageHours | tuple[Finding, ...] | None:
    """Hourly average factors from a trace or from the file that the storage file names; None where there is neither."""
    from zuji.electricity.storage import codes
    from zuji.electricity.storage.hourly import AverageHours, read_factors
    from zuji.finding import Place

    if traced is not None:
        return traced_hours(traced, zone, gas)
    if product.factors is None:
        return None
    path = file.parent / product.factors.file
    factors, found = read_factors(path, product.factors)
    if isinstance(factors, AverageHours):
        return factors
    wrong = codes.WRONG_FACTORS(Place(path.name), source=path.name, found="marginal", wanted="average")
    return (*found, *(() if factors is None else (wrong,)))


def traced_hours(path: Path, zone: str, gas: str) -> AverageHours | tuple[Finding, ...]:
    """The hourly factors of a zone of a saved trace or of a grid folder; findings where it cannot be traced."""
    from zuji.electricity.storage.hourly import from_trace
    from zuji.electricity.trace import BalanceError, Trace
    from zuji.electricity.trace import trace as made
    from zuji.electricity.trace.readers.folder import read_grid

    if path.is_dir():
        grid = read_grid(path)
        if grid.balance is None:
            return grid.findings
        try:
            one = made(grid.balance)
        except BalanceError as error:
            return error.findings
    else:
        one = Trace.load(path)
    zones = ", ".join(z.id for z in one.balance.labels.zones)
    try:
        one.balance.labels.zone(zone)
    except KeyError as error:
        raise typer.BadParameter(tr("one of: {choices}", choices=zones), param_hint="--zone") from error
    try:
        known = [g.id for g in one.balance.labels.gases if g.name in ("CO2", "CO2e")]
        if one.balance.labels.gases[one.balance.labels.gas(gas) if gas else 0].id not in known:
            # The tables speak of CO2e: another gas has no place in them without a factor that weighs it.
            raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(known)), param_hint="--gas")
        return from_trace(one, zone, gas or 0)
    except KeyError as error:
        gases = ", ".join(g.id for g in one.balance.labels.gases)
        raise typer.BadParameter(tr("one of: {choices}", choices=gases), param_hint="--gas") from error
    except ValueError as error:
        raise typer.BadParameter(tr("its periods are not hours"), param_hint="--trace") from error


def marginal_hours(
    file: Path, product: StorageProduct, hours: Hours, operating: str, build: str, weight: float | None
) -> MarginalHours | tuple[Finding, ...]:
    """Marginal factors from the file that the storage file names, or from the margins that the user names."""
    from zuji.electricity.storage import codes
    from zuji.electricity.storage.hourly import MarginalHours, combined_margin, read_factors
    from zuji.electricity.storage.parameters import Margins
    from zuji.finding import Place

    margins = product.margins or Margins()
    if margins.series is not None and not operating:
        path = file.parent / margins.series.file
        factors, found = read_factors(path, margins.series)
        if isinstance(factors, MarginalHours):
            return factors
        wrong = codes.WRONG_FACTORS(Place(path.name), source=path.name, found="average", wanted="marginal")
        return (*found, *(() if factors is None else (wrong,)))
    operating, build = operating or margins.operating, build or ("" if operating else margins.build)
    if not operating:
        raise typer.BadParameter(tr("name the operating margin, or an hourly file under marginal"), param_hint="--om")
    share = weight if weight is not None else margins.weight if product.margins and build == margins.build else 0.5
    second = _margin(build, "--bm") if build else None
    if weight is not None and second is None:
        raise typer.BadParameter(tr("a weight needs a build margin beside the operating one"), param_hint="--weight")
    return combined_margin(_margin(operating, "--om"), second, share if second is not None else 1.0, hours)


def _margin(text: str, option: str) -> MarginalFactor:
    from zuji.background.model import Source
    from zuji.datum import LocalText
    from zuji.electricity.factors import Basis, MarginalFactor

    try:
        value = float(text)
    except ValueError:
        factor = _factor(text, option)
        if not isinstance(factor, MarginalFactor):
            problem = tr("'{id}' is an average factor; avoided emissions take a marginal one", id=text)
            raise typer.BadParameter(problem, param_hint=option) from None
        return factor
    if not 0 <= value < 10:
        raise typer.BadParameter(tr("a factor in kg/kWh lies between 0 and 10"), param_hint=option)
    name = LocalText(f"{text} kg/kWh（用户给出）", f"{text} kg/kWh (stated by the user)")
    return MarginalFactor(
        id=f"{text} kg/kWh",
        name=name,
        value=value,
        basis=Basis.MARGINAL,
        geography="",
        period="",
        source=Source(name.en, kind="assumed"),
    )
