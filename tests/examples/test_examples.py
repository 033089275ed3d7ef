"""The examples: they open, both engines agree on them, and they say what their sources say."""

from __future__ import annotations

import csv
import math
import re
from datetime import date
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from zuji import examples
from zuji.background.starter import starter
from zuji.datum import Kind
from zuji.errors import UnreadableError
from zuji.finding import Severity
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate, check_with_plain_engine
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import open_book
from zuji.study.data_of import data_of
from zuji.study.model import Study
from zuji.study.new import NotEmptyError
from zuji.study.open import open_study

CASES = Path(__file__).resolve().parent.parent / "cases"
LFP, NMC = "lfp-storage-488kwh", "nmc111-ev-pack"
BOOKS = {LFP: ("iso-14067", "gbt-24067", "eu-cfb-ind"), NMC: ("iso-14067", "gbt-24067")}
EVERY = [(name, book) for name, books in BOOKS.items() for book in books]
DAY = date(2026, 1, 1)


@lru_cache
def study_of(name: str) -> Study:
    opened = open_study(examples.folder(name))
    assert opened.study is not None, [str(f.place) for f in opened.findings]
    return opened.study


@lru_cache
def footprint_of(name: str, book: str) -> Footprint:
    return calculate(study_of(name), open_book(book), on=DAY)


@lru_cache
def ma2024() -> dict[str, Any]:
    text = (CASES / "ma2024-lfp-ess-488kwh.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


class TestFolders:
    def test_names(self) -> None:
        """Both examples are listed, and their folders hold a study."""
        assert examples.names() == (LFP, NMC)
        assert all((examples.folder(name) / "study.yaml").is_file() for name in examples.names())

    def test_unknown_name(self) -> None:
        """An unknown name is refused with the names that there are, also one that would leave the folder."""
        for name in ("lfp", "../study/skeleton", ""):
            with pytest.raises(UnreadableError, match=LFP):
                examples.folder(name)

    @pytest.mark.parametrize("name", [LFP, NMC])
    def test_a_copy_is_the_same_study(self, name: str, tmp_path: Path) -> None:
        """A copy has the files of the example, and the same digest when opened."""
        written = examples.copy(name, tmp_path / "new" / "mine")
        assert (tmp_path / "new" / "mine" / "README.md") in written
        copied = open_study(tmp_path / "new" / "mine").study
        assert copied is not None
        assert copied.digest == study_of(name).digest

    def test_a_copy_overwrites_nothing(self, tmp_path: Path) -> None:
        """A folder that holds something, or a file, is refused and stays as it was."""
        (tmp_path / "bom.csv").write_text("mine", encoding="utf-8")
        with pytest.raises(NotEmptyError):
            examples.copy(LFP, tmp_path)
        with pytest.raises(NotEmptyError):
            examples.copy(LFP, tmp_path / "bom.csv")
        assert [path.name for path in tmp_path.iterdir()] == ["bom.csv"]
        assert (tmp_path / "bom.csv").read_text(encoding="utf-8") == "mine"


class TestBoth:
    def test_what_is_found_on_opening(self) -> None:
        """The storage battery opens without a word; the pack with the one note on a mass that is not published."""
        assert open_study(examples.folder(LFP)).findings == ()
        found = [(f.code, f.place.file) for f in open_study(examples.folder(NMC)).findings]
        assert found == [("ZJ250", "processes/nmc111-hydroxide.yaml")]

    @pytest.mark.parametrize("name", [LFP, NMC])
    def test_own_datasets_have_no_problem(self, name: str) -> None:
        """The background of the example is read without findings, and only cited values may not be passed on."""
        background, findings = background_of(study_of(name))
        assert findings == ()
        own = [d for d in background.datasets.values() if d.collection == "study" and not d.missing]
        assert own
        assert {(d.source.redistribute, d.geography) for d in own} == {("no", "CN")}

    @pytest.mark.parametrize(("name", "book"), EVERY)
    def test_no_errors_under_the_rulebooks(self, name: str, book: str) -> None:
        """No rulebook that the example is for finds an error in it."""
        found = [f.what("en") for f in footprint_of(name, book).findings if f.severity is Severity.ERROR]
        assert found == []

    @pytest.mark.parametrize(("name", "book"), EVERY)
    def test_both_engines_agree(self, name: str, book: str) -> None:
        """The plain engine gets the same total and the same lines."""
        assert check_with_plain_engine(footprint_of(name, book)) < 1e-12

    @pytest.mark.parametrize(("name", "book"), EVERY)
    def test_stages_add_up(self, name: str, book: str) -> None:
        """The stages, the component groups and the lines each add up to the total."""
        footprint = footprint_of(name, book)
        for parts in (footprint.stages, footprint.groups, footprint.lines):
            assert math.fsum(part.value for part in parts) == pytest.approx(footprint.total, rel=1e-12)

    @pytest.mark.parametrize("name", [LFP, NMC])
    def test_every_assumption_has_a_note(self, name: str) -> None:
        """Every assumed datum says in a note what is assumed; none claims to be measured; all have a source."""
        data = list(data_of(study_of(name)))
        assert any(datum.kind is Kind.ASSUMED for _, datum in data)
        assert [name for name, datum in data if datum.kind is Kind.ASSUMED and not datum.note] == []
        assert [name for name, datum in data if datum.kind in (Kind.MEASURED, Kind.SUPPLIER) or not datum.source] == []

    @pytest.mark.parametrize(("name", "book"), EVERY)
    def test_the_readme_says_what_is_calculated(self, name: str, book: str) -> None:
        """The table of results in README.md is what zuji calculates today."""
        text = (examples.folder(name) / "README.md").read_text(encoding="utf-8")
        row = re.search(rf"^\| {book} \| ([\d,]+) \| ([\d.]+) \|", text, re.MULTILINE)
        assert row is not None
        footprint = footprint_of(name, book)
        assert row.groups() == (f"{footprint.total:,.0f}", f"{footprint.per_capacity:.2f}")


class TestStorageBattery:
    @pytest.mark.parametrize("book", BOOKS[LFP])
    def test_complete(self, book: str) -> None:
        """Every line has a factor."""
        footprint = footprint_of(LFP, book)
        assert footprint.complete
        assert {f.code for f in footprint.findings} & {"ZJ405", "ZJ406", "ZJ419", "ZJ420"} == set()

    def test_amounts_are_those_of_the_source(self) -> None:
        """bom.csv holds every line with a mass that the source prints, in its order and with its digits."""
        printed = [line["amount"] for line in ma2024()["lines"] if line["unit"] == "kg" and float(line["amount"])]
        ours = [line.amount.number for line in study_of(LFP).bom if line.amount.unit.symbol == "kg"]
        assert ours == printed

    def test_cited_factors_are_those_of_the_source(self) -> None:
        """The values in background.csv are factors that the source prints, digit by digit."""
        lines = (examples.folder(LFP) / "background.csv").read_text(encoding="utf-8").splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        printed = {line["factor"] for line in ma2024()["lines"]}
        assert len(rows) == 10
        assert {row["value"] for row in rows} <= printed
        assert all("10.1038/s41467-024-52030-0" in row["source"] and row["locator"] and row["licence"] for row in rows)

    def test_energy_of_the_cells(self) -> None:
        """Electricity and gas of 1,800 cells are 20.10 and 21.38 kWh per kWh times 487.89068 kWh, exactly."""
        energy = Fraction("487.89068")
        amounts = {e.id: e.amount.exact for e in study_of(LFP).processes["cell-production"].exchanges}
        assert amounts["electricity"] == (Fraction("41.48") - Fraction("21.38")) * energy
        assert amounts["natural-gas"] == Fraction("21.38") * energy

    def test_pouch_slip_is_the_whole_mass_gap_of_the_cells(self) -> None:
        """With PET and PP a thousand times larger, the published materials weigh what the published cells weigh."""
        cell = {line.item: line.amount.exact for line in study_of(LFP).bom if line.parent == "cell"}
        kept = {item: mass for item, mass in cell.items() if not item.startswith("nmp")}
        kept |= {item: 1000 * kept[item] for item in ("pouch-pet", "pouch-pp")}
        assert float(sum(kept.values())) == pytest.approx(1800 * 1.7119999, rel=1e-7)

    def test_certificates_count_by_rulebook(self) -> None:
        """The wind certificates count under ISO 14067 and GB/T 24067 and not under the EU rules; the difference is
        9806.602668 kWh × 50 % × (0.5777 - 0.0324) kg CO2e/kWh."""
        values = {}
        for book in BOOKS[LFP]:
            rows = [row for row in footprint_of(LFP, book).electricity if row.plant == "cell-plant"]
            values[book] = math.fsum(row.value for row in rows)
            (claimed,) = [row for row in rows if row.source == "GEC-2024-WIND"]
            counted = (claimed.attribution, claimed.dataset) == ("instrument_factor", "cn-cf-2024-wind")
            assert counted == (book != "eu-cfb-ind")
            assert claimed.energy == pytest.approx(20.10 * 487.89068 * 0.5, rel=1e-12)
        assert values["iso-14067"] == values["gbt-24067"]
        by_hand = 9806.602668 * 0.5 * (0.5777 - 0.0324)
        assert values["eu-cfb-ind"] - values["iso-14067"] == pytest.approx(by_hand, rel=1e-9)

    def test_the_other_plant_has_no_certificates(self) -> None:
        """The pack plant takes the national average under every rulebook."""
        for book in BOOKS[LFP]:
            rows = [row for row in footprint_of(LFP, book).electricity if row.plant == "pack-plant"]
            assert [row.dataset for row in rows] == ["cn-cf-2024-national"]

    def test_meters_are_ten_gigawatt_hours_of_cells(self) -> None:
        """The cell plant's meters add up to 10 GWh × 20.10 kWh/kWh, a tenth of it from the roof."""
        meters = [m for m in study_of(LFP).meters if m.plant == "cell-plant"]
        total = sum(m.energy.exact for m in meters)
        assert total == 10_000_000 * Fraction("20.10")
        assert sum(m.energy.exact for m in meters if m.supply == "on_site") == total / 10

    def test_cell_treatment_is_counted_once(self) -> None:
        """All cells go to the treatment, and no material inside them has a disposal of its own."""
        footprint = footprint_of(LFP, "eu-cfb-ind")
        assert footprint.scaling["pyrometallurgy"] == pytest.approx(1800 * 1.7119999, rel=1e-12)
        inside = {line.item for line in study_of(LFP).bom if line.material == "cell-materials"}
        after = [line for line in footprint.lines if line.line.partition("#")[0] in inside and "#" in line.line]
        assert after == []
        carbon = next(line for line in footprint.lines if line.line == "direct-co2")
        assert carbon.value == pytest.approx(1.19448 * 1800 * 1.7119999, rel=1e-12)

    def test_aluminium_credit_by_hand(self) -> None:
        """Under the EU rules aluminium gets (1 - 0.2) × 0.9 × (0.6697 - 15.1) kg CO2e/kg, under cut-off nothing."""
        mass = 75.907139 + 97.543106
        sums = {}
        for book in BOOKS[LFP]:
            rows = [x for x in footprint_of(LFP, book).lines if x.line.endswith(("#recycling", "#avoided"))]
            sums[book] = math.fsum(x.value for x in rows if x.line.startswith(("module-wall", "cooling-plate")))
        assert sums["eu-cfb-ind"] == pytest.approx(mass * 0.8 * 0.9 * (0.6697 - 15.1), rel=1e-9)
        assert sums["iso-14067"] == sums["gbt-24067"] == 0


class TestVehiclePack:
    def test_gaps_are_named(self) -> None:
        """What has no factor is a gap in the result, and README.md names each of them."""
        text = (examples.folder(NMC) / "README.md").read_text(encoding="utf-8")
        footprint = footprint_of(NMC, "iso-14067")
        assert not footprint.complete
        flows = {flow.removeprefix("missing:") for _, _, flow in footprint.gaps}
        assert flows
        assert [flow for flow in flows if f"`{flow}`" not in text] == []

    def test_no_factor_lies_unused(self) -> None:
        """No gap of the example has a dataset with a figure in the starter set."""
        flows = {flow.removeprefix("missing:") for _, _, flow in footprint_of(NMC, "iso-14067").gaps}
        known = starter().datasets
        assert [flow for flow in flows if flow in known and not known[flow].missing] == []

    @pytest.mark.parametrize("book", BOOKS[NMC])
    def test_no_functional_unit_is_invented(self, book: str) -> None:
        """Nobody declared the energy that the pack delivers over its life: the result is per pack."""
        footprint = footprint_of(NMC, book)
        assert footprint.system.functional_unit.unit == "item"
        assert footprint.per_functional_unit == footprint.total

    def test_the_pack_is_cells_and_the_rest(self) -> None:
        """The pack is 73 % cells and 27 % structure, thermal management and BMS."""
        masses = {line.item: line.amount.exact for line in study_of(NMC).bom}
        assert masses == {"cell": 165 * Fraction("0.73"), "balance-of-pack": 165 * Fraction("0.27")}

    def test_cell_inputs(self) -> None:
        """The product masses that go into one kilogram of cells are the published ones and add up to 0.992 kg."""
        exchanges = study_of(NMC).processes["cell-production"].exchanges
        inside = [e for e in exchanges if e.role in ("product", "material")]
        assert sum(e.amount.exact for e in inside) == pytest.approx(0.992, abs=5e-4)


@pytest.fixture(scope="module")
def footprint(tmp_path_factory: pytest.TempPathFactory) -> Footprint:
    """The inventory of Ma et al. 2024 with its own factors, from files to result."""
    folder = tmp_path_factory.mktemp("ma2024")
    write_published(folder)
    opened = open_study(folder)
    assert [f.what("en") for f in opened.findings if f.severity is Severity.ERROR] == []
    assert opened.study is not None
    return calculate(opened.study, open_book("iso-14067"), on=DAY)


class TestPublishedSum:
    def test_total(self, footprint: Footprint) -> None:
        """All lines with the paper's own factors give 33,569.33 kg CO2e, 68.805 per kWh, under ISO 14067."""
        expected = ma2024()["expected"]
        tolerance = float(expected["relative_tolerance"])
        assert footprint.complete
        assert footprint.total == pytest.approx(expected["total_kg_co2e"], rel=tolerance)
        assert footprint.per_capacity == pytest.approx(expected["kg_co2e_per_kwh"], rel=tolerance)

    def test_groups(self, footprint: Footprint) -> None:
        """Each group of the source adds up to its printed sum."""
        expected = ma2024()["expected"]
        for group, printed in expected["by_group_kg_co2e"].items():
            ours = math.fsum(line.value for line in footprint.lines if line.activity == key(group))
            assert ours == pytest.approx(printed, rel=float(expected["relative_tolerance"])), group

    def test_every_line_is_there(self, footprint: Footprint) -> None:
        """No line of the source is lost on the way, not even those of amount zero."""
        assert len(footprint.lines) == len(ma2024()["lines"])

    def test_both_engines_agree(self, footprint: Footprint) -> None:
        """The plain engine gets the same."""
        assert check_with_plain_engine(footprint) < 1e-12


def key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def write_published(folder: Path) -> None:
    """A study folder with one process for each group, a dataset for each factor, and nothing from the starter set."""
    case, source = ma2024(), "Ma et al. 2024"
    bom = ["item,parent,component_group,amount,unit,dataset,process,kind,source"]
    energy: dict[str, list[dict[str, Any]]] = {}
    factors: dict[str, str] = {}
    for number, line in enumerate(case["lines"]):
        dataset = f"f{line['factor']}-{line['unit']}"
        category = {"kg": "material", "kWh": "electricity", "MJ": "heat"}[line["unit"]]
        factors[dataset] = f"{dataset},{category},{line['factor']},kgCO2e/{line['unit']},lifecycle,{source}"
        if line["unit"] == "kg":
            id = f"{key(line['item'])}-{number}"
            bom.append(f"{id},{key(line['group'])},pack,{line['amount']},kg,{dataset},,secondary,{source}")
        else:
            amount = {"value": line["amount"], "unit": line["unit"], "kind": "secondary", "source": source}
            exchange = {"id": f"energy-{number}", "role": "energy", "dataset": dataset, "amount": amount}
            energy.setdefault(key(line["group"]), []).append(exchange)
    groups = [key(group) for group in case["expected"]["by_group_kg_co2e"]]
    bom += [f"{group},product,pack,1,item,,{group},secondary,{source}" for group in groups]
    (folder / "processes").mkdir()
    for group in groups:
        one = {"value": 1, "unit": "item", "kind": "secondary", "source": source}
        process = {"id": group, "produces": group, "reference_flow": one, "exchanges": energy.get(group, [])}
        write_yaml(folder / "processes" / f"{group}.yaml", process)
    product = case["product"]
    energy_of_one = {"value": product["rated_energy_kwh"], "unit": "kWh", "kind": "secondary", "source": source}
    write_yaml(
        folder / "study.yaml",
        {
            "zuji": 1,
            "id": case["id"],
            "reporting_period": {"start": "2020-01-01", "end": "2020-12-31"},
            "boundary": "cradle-to-gate",
            "product": {
                "id": "product",
                "name": "LFP storage battery",
                "category": "industrial-storage",
                "mass": {"value": product["mass_kg"], "unit": "kg", "kind": "secondary", "source": source},
                "rated_energy": dict(energy_of_one),
                "usable_energy": dict(energy_of_one),
            },
        },
    )
    (folder / "bom.csv").write_text("\n".join(bom) + "\n", encoding="utf-8")
    head = "id,category,value,unit,scope,source,name_en"
    rows = [f"{row},{id}" for id, row in factors.items()]
    (folder / "background.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def write_yaml(path: Path, data: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
