"""`zuji storage`: a storage product in use, its effect on the system, its schedule, and what a study takes from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command, Group
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.electricity.storage.parameters import StorageProduct
    from zuji.electricity.storage.points import Point
    from zuji.electricity.storage.study_use import UseValue
    from zuji.finding import Finding

FINE, FINDINGS, UNREADABLE = 0, 1, 3

StorageArgument = Annotated[
    Path, typer.Argument(metavar="STORAGE", help=tr("storage file (docs/storage.md)"), show_default=False)
]
AtOption = Annotated[
    str,
    typer.Option("--at", metavar="POINT", help=tr("cell, dc_bus, ac_terminal, connection (default: as measured)")),
]
FactorOption = Annotated[
    str, typer.Option("--factor", metavar="ID", help=tr("average factor of the electricity (zuji grid factors)"))
]
TraceOption = Annotated[
    Path | None, typer.Option("--trace", metavar="PATH", help=tr("hourly factors: a saved trace, or a grid folder"))
]
ZoneOption = Annotated[str, typer.Option("--zone", "-z", metavar="ID", help=tr("zone of the trace"))]
GasOption = Annotated[str, typer.Option("--gas", metavar="NAME", help=tr("gas, for example CO2 or CO2e:lifecycle"))]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help=tr("write the hours or years as CSV"))]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]


def register(app: typer.Typer) -> None:
    """Add the group `zuji storage`."""
    group = typer.Typer(
        help=tr("storage in use: losses, effect on the system, dispatch"), no_args_is_help=True, cls=Group
    )
    group.command("use", cls=Command, help=tr("losses and auxiliaries per kWh delivered, stated and metered"))(use)
    group.command("avoided", cls=Command, help=tr("effect on the system with marginal factors, an account of its own"))(
        avoided
    )
    group.command("dispatch", cls=Command, help=tr("least-cost and least-carbon schedule, and what lies between"))(
        dispatch
    )
    group.command("study", cls=Command, help=tr("write the use stage of a study, or check that it agrees"))(study)
    app.add_typer(group, name="storage")


def use(
    file: StorageArgument,
    at: AtOption = "",
    factor: FactorOption = "",
    auxiliary_factor: Annotated[
        str, typer.Option("--auxiliary-factor", metavar="ID", help=tr("factor of the auxiliaries (default: the same)"))
    ] = "",
    traced: TraceOption = None,
    zone: ZoneOption = "",
    gas: GasOption = "",
    out: OutOption = None,
    json_output: JsonOption = False,
) -> int:
    """Print the years of service and, where there is telemetry, its reconciliation and the metered use phase."""
    from zuji.cli import storage_sources as sources
    from zuji.cli import storage_tables
    from zuji.electricity.storage.hourly import AverageHours, from_factor
    from zuji.electricity.storage.metered import metered_carbon, metered_use
    from zuji.electricity.storage.telemetry import read_telemetry, reconcile
    from zuji.electricity.storage.use_phase import use_phase
    from zuji.finding import has_errors

    opened = _opened(file)
    if isinstance(opened, int):
        return opened
    product, found = opened
    phase = use_phase(product, _point(at))
    if isinstance(phase, tuple):
        return _stop((*found, *phase), FINDINGS)
    average, feeding = sources.average(factor), sources.average(auxiliary_factor or factor)
    shown = storage_tables.Shown(phase, None if average is None else phase.per_kwh(average, feeding), average)
    if product.metering is not None:
        telemetry, problems = read_telemetry(file.parent / product.metering.series.file, product.metering, product)
        found = (*found, *problems)
        if telemetry is None:
            return _stop(found, FINDINGS)
        balance = reconcile(telemetry, product, product.metering)
        metered, problems = metered_use(telemetry, product, product.metering.point)
        found = (*found, *balance.findings, *problems)
        hourly = sources.hourly_average(file, product, traced, zone, gas)
        if isinstance(hourly, tuple):
            return _stop((*found, *hourly), FINDINGS)
        if hourly is None and average is not None:
            hourly = from_factor(average, telemetry.hours)
        shown = shown.metered(telemetry, balance, metered)
        if isinstance(hourly, AverageHours):
            carbon, problems = metered_carbon(telemetry, metered, hourly)
            found = (*found, *problems)
            shown = shown.with_carbon(carbon, hourly.synthetic)
    if out is not None:
        out.write_text(storage_tables.use_csv(shown), encoding="utf-8", newline="\n")
    if json_output:
        terminal.write_json(storage_tables.use_document(shown, found))
    else:
        terminal.console().print(storage_tables.use_tables(shown))
        _print(found)
        _wrote(out)
    return FINDINGS if has_errors(found) else FINE


def avoided(
    file: StorageArgument,
    profile: Annotated[
        Path | None, typer.Option("--profile", metavar="FILE", help=tr("hourly profile (default: the telemetry)"))
    ] = None,
    operating: Annotated[
        str, typer.Option("--om", metavar="ID", help=tr("operating margin: id of a marginal factor, or kg/kWh"))
    ] = "",
    build: Annotated[
        str, typer.Option("--bm", metavar="ID", help=tr("build margin: id of a marginal factor, or kg/kWh"))
    ] = "",
    weight: Annotated[
        float | None,
        typer.Option("--weight", metavar="SHARE", min=0.0, max=1.0, help=tr("weight of the operating margin")),
    ] = None,
    out: OutOption = None,
    json_output: JsonOption = False,
) -> int:
    """Print baseline, with-storage case and difference; adverse where the system emits more."""
    from zuji.cli import storage_sources as sources
    from zuji.cli import storage_tables
    from zuji.electricity.storage.avoided import avoided as accounted
    from zuji.electricity.storage.avoided import read_profile
    from zuji.electricity.storage.parameters import number

    opened = _opened(file)
    if isinstance(opened, int):
        return opened
    product, found = opened
    if product.metering is None:
        raise typer.BadParameter(tr("the storage file has no section {section}", section="telemetry"))
    path = profile or file.parent / product.metering.series.file
    read, problems = read_profile(path, product.metering)
    found = (*found, *problems)
    if read is None:
        return _stop(found, FINDINGS)
    factors = sources.marginal_hours(file, product, read.hours, operating, build, weight)
    if isinstance(factors, tuple):
        return _stop((*found, *factors), FINDINGS)
    effect = product.effect
    lifecycle = None if effect.lifecycle is None or effect.lifecycle.missing else number(effect.lifecycle, "kgCO2e")
    account, problems = accounted(
        read, factors, baseline=effect.baseline, lifecycle=lifecycle, meter_sd=effect.meter_sd
    )
    found = (*found, *problems)
    if out is not None:
        out.write_text(storage_tables.avoided_csv(account), encoding="utf-8", newline="\n")
    if json_output:
        terminal.write_json(storage_tables.avoided_document(account, product, found))
    else:
        terminal.console().print(storage_tables.avoided_tables(account, product))
        _print(found)
        _wrote(out)
    return FINE


def dispatch(
    file: StorageArgument,
    points: Annotated[
        int, typer.Option("--points", metavar="N", min=0, max=20, help=tr("points of the trade-off curve between"))
    ] = 3,
    traced: TraceOption = None,
    zone: ZoneOption = "",
    gas: GasOption = "",
    out: OutOption = None,
    json_output: JsonOption = False,
) -> int:
    """Print cost and carbon of both schedules and of the curve between them."""
    from zuji.cli import storage_sources as sources
    from zuji.cli import storage_tables
    from zuji.electricity.storage.dispatch import dispatch as solved
    from zuji.electricity.storage.plan import explained, read_plan, schedules_csv

    opened = _opened(file)
    if isinstance(opened, int):
        return opened
    product, found = opened
    plan = product.plan
    if plan is None:
        raise typer.BadParameter(tr("the storage file has no section {section}", section="dispatch"))
    signal = sources.traced_hours(traced, zone, gas) if traced is not None else None
    if isinstance(signal, tuple):
        return _stop((*found, *signal), FINDINGS)
    signals, problems = read_plan(file.parent / plan.series.file, plan, product, signal)
    found = (*found, *problems)
    if signals is None:
        return _stop(found, FINDINGS)
    result = solved(signals.problem, points)
    if result.cheapest is None or result.cleanest is None:
        return _stop((*found, *explained(result, signals)), FINDINGS)
    schedules = [result.cheapest, *result.curve, result.cleanest]
    if out is not None:
        out.write_text(schedules_csv(signals, schedules), encoding="utf-8", newline="\n")
    if json_output:
        terminal.write_json(storage_tables.dispatch_document(schedules, signals, plan, found))
    else:
        terminal.console().print(storage_tables.dispatch_tables(schedules, signals, plan))
        _print(found)
        _wrote(out)
    return FINE


def study(
    file: StorageArgument,
    folder: Annotated[
        str, typer.Argument(metavar="STUDY", help=tr("study folder, or the name of an example"), show_default=False)
    ],
    at: AtOption = "",
    stated: Annotated[
        bool, typer.Option("--stated", help=tr("from the parameters although there is telemetry"))
    ] = False,
    electricity: Annotated[
        str, typer.Option("--electricity", metavar="ID", help=tr("charging dataset, for a study without a use stage"))
    ] = "",
    check: Annotated[bool, typer.Option("--check", help=tr("write nothing; exit code 1 where they disagree"))] = False,
) -> int:
    """Write round trip and auxiliaries into study.yaml with source and period, or compare them."""
    from zuji.cli import storage_tables
    from zuji.cli.app import _folder
    from zuji.electricity.storage.study_use import differences, with_values
    from zuji.errors import UnreadableError
    from zuji.study.open import open_study

    opened = _opened(file)
    if isinstance(opened, int):
        return opened
    product, found = opened
    path = _folder(folder)
    read = open_study(path)
    if read.study is None:
        return _stop(read.findings, UNREADABLE)
    values, problems = _values(file, product, _point(at), stated)
    found = (*found, *problems)
    if values is None:
        return _stop(found, FINDINGS)
    _print(found)
    if check:
        stale = differences(read.study.use, values)
        if stale:
            return _stop(stale, FINDINGS)
        typer.echo(tr("the study says what the storage file gives"))
        return FINE
    target = path / "study.yaml"
    if not target.is_file():
        raise UnreadableError(tr("{path} has no study.yaml; write the values into its workbook", path=path))
    if read.study.use is None and not electricity:
        raise typer.BadParameter(tr("the study has no use stage; name its dataset"), param_hint="--electricity")
    if not Path(folder).is_dir():
        raise typer.BadParameter(tr("an example is not changed; copy its folder and name the copy"), param_hint="STUDY")
    text = target.read_bytes().decode("utf-8")
    target.write_bytes(with_values(text, values, electricity).encode("utf-8"))
    terminal.console().print(storage_tables.written(values, read.study, target))
    return FINE


def _values(
    file: Path, product: StorageProduct, point: Point | None, stated: bool
) -> tuple[tuple[UseValue, ...] | None, tuple[Finding, ...]]:
    from zuji.electricity.storage.metered import metered_use
    from zuji.electricity.storage.study_use import UseValue, metered_values, source_of, stated_values
    from zuji.electricity.storage.telemetry import read_telemetry, reconcile
    from zuji.electricity.storage.use_phase import use_phase

    if product.metering is None or stated:
        phase = use_phase(product, point)
        if isinstance(phase, tuple):
            return None, phase
        return stated_values(phase, source_of([file])), ()
    path = file.parent / product.metering.series.file
    telemetry, found = read_telemetry(path, product.metering, product)
    if telemetry is None:
        return None, found
    balance = reconcile(telemetry, product, product.metering)
    metered, problems = metered_use(telemetry, product, product.metering.point)
    made = metered_values(metered, product, point or product.metering.point, source_of([file, path]))
    found = (*found, *balance.findings, *problems)
    values = tuple(one for one in made if isinstance(one, UseValue))
    if len(values) < len(made):
        return None, (*found, *(one for one in made if not isinstance(one, UseValue)))
    return values, found


def _opened(file: Path) -> tuple[StorageProduct, tuple[Finding, ...]] | int:
    from zuji.electricity.storage.read_storage import open_storage

    opened = open_storage(file)
    if opened.product is None:
        return _stop(opened.findings, UNREADABLE)
    return opened.product, opened.findings


def _point(text: str) -> Point | None:
    from zuji.electricity.storage.points import Point

    if text and text not in tuple(Point):
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(Point)), param_hint="--at")
    return Point(text) if text else None


def _print(found: tuple[Finding, ...]) -> None:
    from zuji.cli import tables
    from zuji.finding import in_order

    # Notes (data without a kind …) would hide what matters here.
    found = tuple(one for one in found if one.severity != "note")
    if found:
        listed = [(finding, list[str]()) for finding in in_order(found)]
        terminal.console(stderr=True).print(tables.findings(listed, show_notes=False))


def _stop(found: tuple[Finding, ...], code: int) -> int:
    _print(found)
    return code


def _wrote(out: Path | None) -> None:
    if out is not None:
        typer.echo(tr("wrote {file}", file=out))
