"""A study goes to a workbook, or to a folder, and comes back as the same study."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from zuji import examples
from zuji.datum import DataQuality, Kind, LocalText, Origin, Period
from zuji.quantity import parse_unit
from zuji.study.model import (
    BomLine,
    ComponentGroup,
    CoProduct,
    Datum,
    EndOfLife,
    EndOfLifeMaterial,
    Evidence,
    Exchange,
    Instrument,
    InstrumentType,
    MeterReading,
    Plant,
    Product,
    Provider,
    ProviderKind,
    Role,
    ServiceLife,
    ServiceMode,
    Stage,
    Study,
    Substitute,
    Supply,
    TransportLeg,
    Uncertainty,
    UnitProcess,
    Use,
)
from zuji.study.new import write_skeleton
from zuji.study.open import open_study
from zuji.study.workbook.attached import attachments_in
from zuji.study.workbook.read import imported
from zuji.study.workbook.write import workbook_of
from zuji.study.write import study_files, write_study


def _texts(size: int = 12) -> st.SearchStrategy[str]:
    letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co"))
    return st.text(letters, max_size=size).map(str.strip)


IDS = st.text(st.sampled_from("abcdef-_.:/甲乙丙12"), min_size=1, max_size=8)
LOCAL = st.builds(LocalText, _texts(), _texts())
NUMBERS = st.one_of(
    st.integers(-(10**18), 10**18).map(str),
    st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False).map(lambda d: f"{d:f}"),
    st.floats(1e-20, 1e20).map(repr),
    st.sampled_from(["0", "0.10", "1.0", "1e-7", "4.0e-10", "0.53999999999999902", "12345678901234567"]),
)
DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))
PERIODS = st.tuples(DAYS, st.integers(0, 900)).map(lambda t: Period(t[0], t[0] + timedelta(days=t[1])))
RATING = st.one_of(st.none(), st.floats(1, 5), st.sampled_from([1.0, 2.0]))
QUALITY = st.builds(DataQuality, RATING, RATING, RATING, RATING)
UNCERTAINTY = st.one_of(
    st.none(),
    st.builds(
        lambda loc, scale: Uncertainty("lognormal", (("loc", loc), ("scale", scale))),
        st.floats(-1e9, 1e9),
        st.floats(0, 1e3),
    ),
)
MASSES, ENERGIES, MONEY = ("kg", "g", "t", "吨"), ("kWh", "MJ", "MWh"), ("CNY", "EUR")
ANY = (*MASSES, *ENERGIES, "m3", "tkm", "item")


def _data(units: tuple[str, ...], *, missing: bool = True, uncertain: bool = True) -> st.SearchStrategy[Datum]:
    how = {
        "unit": st.sampled_from(units).map(parse_unit),
        "kind": st.sampled_from(Kind),
        "source": _texts(),
        "evidence": st.lists(IDS, max_size=2).map(tuple),
        "period": st.one_of(st.none(), PERIODS),
        "data_quality": QUALITY,
        "uncertainty": UNCERTAINTY if uncertain else st.none(),
        "note": _texts(),
    }
    known = st.builds(Datum, number=NUMBERS, **how)
    gap = st.builds(Datum, number=st.just(""), missing=_texts().filter(bool), **how)
    return st.one_of(known, gap) if missing else known


SHARE = _data(("1", "%"))


def _maybe(strategy: st.SearchStrategy[Datum]) -> st.SearchStrategy[Datum | None]:
    return st.one_of(st.none(), strategy)


def _provider(*kinds: ProviderKind) -> st.SearchStrategy[Provider]:
    named = st.builds(Provider, st.sampled_from(kinds), IDS)
    return st.one_of(named, st.just(Provider(ProviderKind.NONE)))


def _beside(datum: Datum, number: str, unit: str) -> Datum:
    """A second number of a table's row: it shares how the first was obtained."""
    return Datum(
        number=number, unit=parse_unit(unit), kind=datum.kind, source=datum.source, evidence=datum.evidence,
        period=datum.period, data_quality=datum.data_quality, note=datum.note,
    )  # fmt: skip


@st.composite
def _bom_line(draw: st.DrawFn) -> BomLine:
    amount = draw(_data(ANY, uncertain=False))
    return BomLine(
        item=draw(IDS),
        parent=draw(IDS),
        name=draw(LOCAL),
        component_group=draw(st.sampled_from(ComponentGroup)),
        amount=amount,
        provider=draw(_provider(ProviderKind.DATASET, ProviderKind.PROCESS, ProviderKind.SUPPLIER)),
        material=draw(_texts()),
        scrap=_beside(amount, draw(NUMBERS), draw(st.sampled_from(["1", "%"]))) if draw(st.booleans()) else None,
        mass=_beside(amount, draw(NUMBERS), draw(st.sampled_from(["kg", "g"]))) if draw(st.booleans()) else None,
        cut_off=draw(_texts()),
    )


@st.composite
def _reading(draw: st.DrawFn) -> MeterReading:
    period = draw(PERIODS)
    timed = draw(st.booleans())
    start = datetime.combine(period.start, datetime.min.time()) + timedelta(minutes=30 * draw(st.integers(0, 47)))
    end = datetime.combine(period.end, datetime.min.time()) + timedelta(minutes=30 * draw(st.integers(1, 48)))
    return MeterReading(
        meter=draw(IDS),
        point=draw(IDS),
        plant=draw(IDS),
        process=draw(_texts()),
        period=period,
        energy=draw(_data(ENERGIES, uncertain=False)),
        supply=draw(st.sampled_from(Supply)),
        dataset=draw(_texts()),
        certificate_sold=draw(st.booleans()),
        start=start if timed else None,
        end=end if timed else None,
    )


INSTRUMENTS = st.builds(
    Instrument, id=IDS, type=st.sampled_from(InstrumentType), plant=IDS, process=_texts(),
    energy=_data(ENERGIES, uncertain=False), dataset=IDS, country=st.sampled_from(["CN", "NO"]), generated=PERIODS,
    retired_on=st.one_of(st.none(), DAYS), beneficiary=_texts(),
)  # fmt: skip


@st.composite
def _leg(draw: st.DrawFn) -> TransportLeg:
    distance = draw(_data(("km", "m"), uncertain=False))
    return TransportLeg(
        id=draw(IDS),
        name=draw(LOCAL),
        stage=draw(st.sampled_from(Stage)),
        mass=_beside(distance, draw(NUMBERS), draw(st.sampled_from(MASSES))) if draw(st.booleans()) else None,
        distance=distance,
        dataset=draw(IDS),
        start=draw(_texts()),
        end=draw(_texts()),
    )


EXCHANGES = st.builds(
    Exchange,
    id=IDS, name=LOCAL, role=st.sampled_from(Role), amount=_data(MASSES),
    provider=_provider(ProviderKind.DATASET, ProviderKind.PROCESS, ProviderKind.SUPPLIER, ProviderKind.GAS),
    origin=st.sampled_from(Origin), stage=st.one_of(st.none(), st.sampled_from(Stage)),
    component_group=st.one_of(st.none(), st.sampled_from(ComponentGroup)), material=_texts(),
    scrap=_maybe(SHARE), mass=_maybe(_data(MASSES)), cut_off=_texts(), country=st.sampled_from(["", "DE"]),
)  # fmt: skip


def _distinct(strategy, key: str = "id", size: int = 3):
    return st.lists(strategy, max_size=size, unique_by=lambda one: getattr(one, key)).map(tuple)


PRICES = st.one_of(
    st.tuples(_maybe(_data(MONEY)), st.just(())),
    st.tuples(st.none(), st.lists(_data(MONEY), min_size=1, max_size=2).map(tuple)),
)
SUBSTITUTES = st.one_of(
    st.none(), st.builds(Substitute, dataset=IDS, share=_maybe(SHARE), amount=_maybe(_data(ANY)), reason=_texts())
)
CO_PRODUCTS = st.builds(
    lambda price, **rest: CoProduct(price=price[0], prices=price[1], **rest),
    price=PRICES, id=IDS, name=LOCAL, amount=_data(ANY), mass=_maybe(_data(MASSES)), physical=_maybe(_data(ANY)),
    substitutes=SUBSTITUTES,
)  # fmt: skip
PROCESSES = st.builds(
    lambda price, **rest: UnitProcess(price=price[0], prices=price[1], **rest),
    price=PRICES, id=IDS.filter(lambda id: id != "life-cycle"), name=LOCAL, produces=IDS, reference_flow=_data(ANY),
    mass=_maybe(_data(MASSES)), physical=_maybe(_data(ANY)), plant=_texts(), stage=st.sampled_from(Stage),
    component_group=st.sampled_from(ComponentGroup), period=st.one_of(st.none(), PERIODS), technology=_texts(),
    exchanges=_distinct(EXCHANGES), co_products=_distinct(CO_PRODUCTS, size=2),
)  # fmt: skip
MATERIALS = st.builds(
    EndOfLifeMaterial, id=IDS, name=LOCAL, category=_texts(), recycled_content=_maybe(SHARE),
    recycled_dataset=_texts(), recycling_rate=_maybe(SHARE), quality_out=_maybe(SHARE),
    price_primary=_maybe(_data(MONEY)), heating_value=_maybe(_data(("MJ/kg",))), disposal_dataset=_texts(),
    treated_by=_texts(), allocation_factor=_maybe(SHARE),
)  # fmt: skip
ENDS = st.builds(
    EndOfLife, approach=st.sampled_from(["", "cut_off", "substitution"]), justification=_texts(),
    activities=_distinct(EXCHANGES), materials=_distinct(MATERIALS).map(lambda all: {one.id: one for one in all}),
)  # fmt: skip
LIVES = st.builds(
    ServiceLife, mode=st.sampled_from(ServiceMode), cycles=_maybe(_data(("cycle",))), years=_maybe(_data(("a", "d"))),
    mean_capacity_factor=_maybe(SHARE), vehicle_category=_texts(), warranty_distance=_maybe(_data(("km",))),
)  # fmt: skip
USES = st.builds(
    Use, round_trip_efficiency=SHARE, auxiliary_energy=_maybe(_data(("kWh/a",))),
    electricity=st.builds(Provider, st.just(ProviderKind.DATASET), IDS),
)  # fmt: skip
STUDIES = st.builds(
    Study,
    id=IDS, name=LOCAL, reporting_period=PERIODS,
    product=st.builds(
        Product, id=IDS, name=LOCAL.filter(bool), category=st.sampled_from(["ev", "industrial-storage"]),
        chemistry=_texts(), model=_texts(), manufacturer=LOCAL, mass=_data(MASSES), rated_energy=_data(ENERGIES),
        usable_energy=_data(ENERGIES),
    ),
    service_life=st.one_of(st.none(), LIVES), boundary=st.sampled_from(["cradle-to-grave", "cradle-to-gate"]),
    functional_unit=LOCAL, mass_tolerance=st.floats(0, 1),
    plants=_distinct(
        st.builds(Plant, id=IDS, name=LOCAL, country=st.sampled_from(["CN", "NO"]), region=_texts(), address=_texts())
    ).map(lambda all: {one.id: one for one in all}),
    bom=st.lists(_bom_line(), max_size=3).map(tuple),
    processes=_distinct(PROCESSES).map(lambda all: {one.id: one for one in all}),
    meters=st.lists(_reading(), max_size=2).map(tuple), instruments=st.lists(INSTRUMENTS, max_size=2).map(tuple),
    transport=st.lists(_leg(), max_size=2).map(tuple), use=st.one_of(st.none(), USES),
    end_of_life=st.one_of(st.none(), ENDS),
    evidence=_distinct(
        st.builds(
            Evidence, id=IDS, file=st.sampled_from(["evidence/a.pdf", "evidence/账单 1.xlsx"]),
            sha256=st.just("ab" * 32), title=LOCAL,
        )
    ).map(lambda all: {one.id: one for one in all}),
    backgrounds=st.lists(IDS, max_size=2, unique=True).map(tuple),
    choices=st.dictionaries(st.sampled_from(["allocation", "market", "suppliers"]), _texts().filter(bool), max_size=2),
)  # fmt: skip

# Shrinking studies of this size takes minutes and rarely makes them smaller.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
SLOW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)


@SLOW
@given(STUDIES)
def test_any_study_to_a_workbook_and_back_is_the_same(study):
    """Every field of every record survives, numbers as they were typed."""
    again = imported(workbook_of(study, {}), "x.xlsx").opened
    assert again.study is not None, [(one.code, one.what("en")) for one in again.findings]
    assert again.study.document == study.document


@SLOW
@given(STUDIES)
def test_any_study_to_a_folder_and_back_is_the_same(study):
    """What `zuji import` writes is what it has read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        write_study(folder, study_files(study))
        again = open_study(folder)
    assert again.study is not None, [(one.code, one.what("en")) for one in again.findings]
    assert again.study.document == study.document


@pytest.fixture(params=[*examples.names(), "skeleton"])
def folder(request, tmp_path):
    if request.param != "skeleton":
        return examples.folder(request.param)
    write_skeleton(tmp_path / "skeleton")
    return tmp_path / "skeleton"


def test_every_example_goes_to_excel_and_back(folder, tmp_path):
    """Digest, findings and the files that travel byte by byte stay the same."""
    before = open_study(folder)
    attached, left = attachments_in(folder)
    found = imported(workbook_of(before.study, attached), "study.xlsx")
    assert found.opened.study.digest == before.study.digest
    assert sorted(one.code for one in found.opened.findings) == sorted(one.code for one in before.findings)
    assert left == ()
    own = "background.csv"
    assert {k: v for k, v in found.attachments.items() if k != own} == {k: v for k, v in attached.items() if k != own}
    write_study(tmp_path / "again", study_files(found.opened.study, found.attachments))
    assert open_study(tmp_path / "again").study.digest == before.study.digest


def test_a_workbook_is_calculated_like_its_folder(tmp_path):
    """`open_study` opens the workbook itself, with the study's own datasets."""
    from zuji.footprint.calculate import calculate
    from zuji.rulebooks.book import open_book

    folder = examples.folder("lfp-storage-488kwh")
    study = open_study(folder).study
    path = tmp_path / "study.xlsx"
    path.write_bytes(workbook_of(study, attachments_in(folder)[0]))
    opened = open_study(path)
    book, day = open_book("iso-14067"), date(2026, 1, 1)
    assert calculate(opened.study, book, on=day).total == calculate(study, book, on=day).total
    places = {line.amount.place.path.partition("!")[0] for line in opened.study.bom}
    assert places == {"'物料清单 BOM'"}


def test_same_study_same_bytes(folder):
    """A workbook names no time of writing."""
    study = open_study(folder).study
    assert workbook_of(study, {}) == workbook_of(study, {})


def test_a_supplier_file_travels_byte_by_byte(folder):
    """Also one whose bytes no text editor would write, and one longer than a cell."""
    study = open_study(folder).study
    raw = bytes(range(256)) * 400
    found = imported(workbook_of(study, {"suppliers/x.bin": raw}), "study.xlsx")
    assert found.attachments["suppliers/x.bin"] == raw


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_saves_it_without_loss(tmp_path):
    """The office suite opens the workbook, saves it under its own hand, and the study is the same."""
    study = open_study(examples.folder("lfp-storage-488kwh")).study
    (tmp_path / "in.xlsx").write_bytes(workbook_of(study, {}))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"),
               str(tmp_path / "in.xlsx")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    again = imported((tmp_path / "out" / "in.xlsx").read_bytes(), "in.xlsx").opened
    assert again.study.document == study.document
