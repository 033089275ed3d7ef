"""Loading rulebooks: the three of the package, folders elsewhere, and every way in which a folder can be wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from zuji.errors import RulebookError
from zuji.i18n import set_language
from zuji.rulebooks.book import FOLDER, STRATEGIES, folder_name, load_book, open_book, registry
from zuji.rulebooks.book_parts import EXCLUDED
from zuji.study.model import Role, Stage

from .building import BOOKS, DAY, BookFolder, decision, extending

ROOT = Path(__file__).parents[2]


AVAILABLE = tuple(id for id, entry in registry().items() if entry["available"])


class TestRegistry:
    def test_the_twelve_profiles(self):
        """The registry names twelve profiles with titles in both languages; what is called available loads."""
        assert len(registry()) == 12
        assert set(BOOKS) <= set(AVAILABLE)
        for id, entry in registry().items():
            assert entry["title"]["zh"], id
            assert entry["title"]["en"], id

    def test_every_folder_is_registered(self):
        """A rulebook folder of the package is in the registry under its own id."""
        folders = {path.parent.name for path in FOLDER.glob("*/book.yaml")}
        assert folders == {folder_name(id) for id in AVAILABLE}
        assert all(load_book(FOLDER / name).id == name.replace("_", "-") for name in folders)

    def test_a_profile_that_is_not_there_says_so(self, monkeypatch):
        """A registered profile without folder is answered as such, not as unknown."""
        from zuji.rulebooks import book

        entries = {**registry(), "iso-14068": {"title": {}, "available": False}}
        monkeypatch.setattr(book, "registry", lambda: entries)
        with pytest.raises(RulebookError, match=r"iso-14068.*registry.*not available"):
            open_book("iso-14068")

    @pytest.mark.parametrize(
        ("typed", "near"), [("iso14067", "iso-14067"), ("gb-24067", "gbt-24067"), ("eu-cfb", "eu-cfb-ind")]
    )
    def test_unknown_ids_name_the_nearest(self, typed, near):
        """A mistyped id is answered with available ones that look like it."""
        with pytest.raises(RulebookError, match=f"no rulebook {typed}; nearest: .*{near}"):
            open_book(typed)


@pytest.mark.parametrize("id", AVAILABLE)
class TestEveryBook:
    def test_it_is_complete(self, id):
        """It has a title in both languages, an issuer, the seven strategies and a first version of known status."""
        book = open_book(id)
        assert book.id == id
        assert book.title.zh
        assert book.title.en
        assert book.issuer
        assert set(STRATEGIES) <= set(book.strategies)
        assert book.version(max(version.valid_from for version in book.versions)).status != "withdrawn"

    def test_every_stage_and_role_has_a_place(self, id):
        """Each stage of a study in each role falls into a stage of the book, or is excluded with a clause."""
        book = open_book(id)
        names = {stage.id for stage in book.stages} | {EXCLUDED}
        for stage in Stage:
            for role in Role:
                assert book.stage_of(stage.value, role.value) in names
        for exclusion in book.exclusions:
            assert exclusion.clause
            assert exclusion.reason.zh
            assert exclusion.reason.en
        for stage in book.stages:
            assert stage.name.zh
            assert stage.name.en

    def test_every_claim_of_coverage_has_its_test(self, id):
        """What coverage.yaml calls done or partly done is shown by a test file that is there."""
        entries = open_book(id).coverage
        assert entries
        for entry in entries:
            assert entry["status"] in ("done", "partial", "not done"), entry
            assert entry["topic"]["zh"]
            assert entry["topic"]["en"]
            if entry["status"] != "done":
                assert entry["note"], entry
            if entry["status"] != "not done":
                assert entry["test"], entry
            if entry.get("test"):
                assert (ROOT / entry["test"]).is_file(), entry["test"]

    def test_its_digest_stands_for_what_it_says(self, id):
        """Reading the folder again gives the same digest, and no two books have one digest."""
        assert load_book(FOLDER / folder_name(id)).digest == open_book(id).digest
        assert len({open_book(other).digest for other in AVAILABLE}) == len(AVAILABLE)


class TestVersions:
    def test_no_version_before_the_first_day(self):
        """A rulebook cannot be used before it existed, and says since when it does."""
        with pytest.raises(RulebookError, match=r"eu-cfb-ind .*2025-03-31 \(jrc-2025-04\D+2025-04-01"):
            open_book("eu-cfb-ind").version(date(2025, 3, 31))
        assert open_book("eu-cfb-ind").version(date(2025, 4, 1)).id == "jrc-2025-04"

    def test_the_newest_valid_version_is_used(self, tmp_path):
        """Versions end on their last day; of two that are valid the newer one is used."""
        folder = BookFolder(tmp_path / "book")
        old = {"id": "old", "valid_from": "2020-01-01", "valid_to": "2025-12-31", "status": "in force"}
        new = {"id": "new", "valid_from": "2025-06-01", "valid_to": None, "status": "draft"}
        folder.main["versions"] = [new, old]
        book = folder.open()
        days = [date(2025, 5, 31), date(2025, 6, 1), date(2026, 1, 1)]
        assert [book.version(day).id for day in days] == ["old", "new", "new"]


class TestDatedRules:
    def test_a_rule_changes_on_its_day(self, tmp_path):
        """A rule may have versions; each holds from its day until that of the next, and none before the first."""
        folder = BookFolder(tmp_path / "book")
        rule = folder.rules["allocation"]
        later = {**rule, "base": decision("economic")}
        folder.rules["allocation"] = {"versions": {"2026-01-01": later, "2024-01-01": rule}}
        book = folder.open()
        days = [date(2024, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
        assert [book.rule("allocation", day).base.value for day in days] == ["mass", "mass", "economic"]
        with pytest.raises(RulebookError, match="book has no rule allocation on 2023-12-31"):
            book.rule("allocation", date(2023, 12, 31))
        with pytest.raises(RulebookError, match="book has no rule nothing on"):
            book.rule("nothing", DAY)

    def test_every_version_of_a_rule_is_checked(self, tmp_path):
        """A version that will hold only later must be followable today."""
        folder = BookFolder(tmp_path / "book")
        rule = folder.rules["allocation"]
        folder.rules["allocation"] = {
            "versions": {"2024-01-01": rule, "2030-01-01": {**rule, "base": decision("magic")}}
        }
        with pytest.raises(RulebookError, match="rule allocation says magic"):
            load_book(folder.write())


class TestExtends:
    def test_gb_is_iso_with_its_own_words(self):
        """GB/T 24067 takes the strategies of ISO 14067 and replaces versions, stages, one rule and one parameter."""
        gb, iso = open_book("gbt-24067"), open_book("iso-14067")
        assert gb.strategies == iso.strategies
        assert gb.assign == iso.assign
        assert gb.rules["allocation"] == iso.rules["allocation"]
        assert gb.rules["electricity"] != iso.rules["electricity"]
        assert (
            gb.parameters.on("characterisation.gwp_set", DAY).clause
            != iso.parameters.on("characterisation.gwp_set", DAY).clause
        )
        assert gb.stages[1].name.zh == "生产（制造）"
        assert gb.digest != iso.digest

    def test_a_folder_extends_a_book_of_the_package(self, tmp_path):
        """A strategy, a parameter and a rule are replaced by their id; everything else is inherited."""
        folder = extending(tmp_path / "mine", "eu-cfb-ind")
        folder.parameters["cff.A.minimum"] = BookFolder.parameter(0.1)
        folder.rules["allocation"] = {"facts": {"price_ratio": ["low", "high"]}, "base": decision("economic")}
        book, eu = folder.open(), open_book("eu-cfb-ind")
        assert (book.id, book.stages, book.strategies) == ("mine", eu.stages, eu.strategies)
        assert book.parameters.on("cff.A.minimum", DAY).text == "0.1"
        assert book.parameters.on("cff.A.maximum", DAY).text == "0.8"
        assert book.rule("allocation", DAY).base.value == "economic"
        assert book.rules["electricity"] == eu.rules["electricity"]

    def test_a_folder_of_the_same_name_keeps_what_it_inherits(self, tmp_path):
        """Files of the same name in both folders replace single parameters, not whole files."""
        folder = extending(tmp_path / "iso_14067", "iso-14067")
        folder.write()
        (folder.path / "parameters" / "method.yaml").write_text(
            "functional_unit.items:\n  description: d\n  unit: item\n  values:\n"
            "    2020-01-01: {value: 2, clause: c, source: s, verified: true}\n"
        )
        book = load_book(folder.path)
        assert book.parameters.on("functional_unit.items", DAY).number == 2
        assert book.parameters.on("characterisation.gwp_set", DAY).text == "AR6"

    def test_without_the_base(self, tmp_path):
        """`base: none` leaves out the shared parameters, such as country codes and average mixes."""
        assert "country.DE" in BookFolder(tmp_path / "with").open().parameters
        assert "country.DE" not in BookFolder(tmp_path / "without", base="none").open().parameters

    def test_the_digest_changes_with_every_word_that_counts(self, tmp_path):
        """A parameter, a rule or a strategy that changes gives another digest; the place of the folder does not."""

        def book(name: str) -> BookFolder:
            return BookFolder(tmp_path / name / "book")

        first = book("1").open().digest
        changed = book("3")
        changed.parameters["functional_unit.items"] = BookFolder.parameter(2, "item")
        ruled = book("4")
        ruled.except_when("electricity", "source_class == 'on_site'", "own_factor")
        assert book("2").open().digest == first
        assert len({first, changed.open().digest, ruled.open().digest}) == 3
        assert "cff" in open_book("eu-cfb-ind").document["formulas"]


def broken(tmp_path: Path) -> BookFolder:
    return BookFolder(tmp_path / "book")


MAIN: list[tuple[str, dict[str, Any], str]] = [
    ("no versions", {"versions": []}, "book: a rulebook needs versions and stages"),
    ("no stages", {"stages": []}, "book: a rulebook needs versions and stages"),
    ("unknown stage", {"assign": {"use": "moon"}}, "book: use is assigned to the unknown stage moon"),
    ("stage not assigned", {"assign": {"use": "use"}}, "book: the stage raw_material is not assigned"),
    (
        "excluded without clause",
        {"assign": {**dict.fromkeys([stage.value for stage in Stage], "use"), "use": EXCLUDED}},
        "book: use is excluded without an exclusion that cites a clause",
    ),
    ("status", {"versions": [{"id": "1", "valid_from": "2020-01-01", "status": "maybe"}]},
     "book/book.yaml: unknown status 'maybe'"),
    ("date", {"versions": [{"id": "1", "valid_from": "soon", "status": "draft"}]},
     "book: Invalid isoformat string: 'soon'"),
    ("version without id", {"versions": [{"valid_from": "2020-01-01", "status": "draft"}]},
     "book: the key 'id' is missing"),
    ("stage without name", {"stages": [{"id": "use"}]}, "book: the key 'name' is missing"),
    ("strategies of another kind", {"strategies": {"boundary": "stages"}}, "book"),
    ("unknown parent", {"extends": "iso-1"}, "iso_1/book.yaml: the file cannot be opened"),
]  # fmt: skip


class TestBrokenFolders:
    @pytest.mark.parametrize(("change", "message"), [one[1:] for one in MAIN], ids=[one[0] for one in MAIN])
    def test_book_yaml(self, tmp_path, change, message):
        """Whatever is wrong in book.yaml is a RulebookError that names the folder and the cause."""
        folder = broken(tmp_path)
        folder.main.update(change)
        with pytest.raises(RulebookError) as refused:
            load_book(folder.write())
        assert str(refused.value).startswith(message)

    @pytest.mark.parametrize("strategy", STRATEGIES)
    def test_every_strategy_is_needed_and_known(self, tmp_path, strategy):
        """A strategy that is missing, or made in a way that nobody wrote, is refused with the ways that there are."""
        folder = broken(tmp_path)
        del folder.main["strategies"][strategy]
        ways = ", ".join(STRATEGIES[strategy])
        with pytest.raises(RulebookError, match=f"book/book.yaml: {strategy} must be one of {ways}, not None"):
            load_book(folder.write())
        folder.main["strategies"][strategy] = {"strategy": "guess"}
        with pytest.raises(RulebookError, match=f"{strategy} must be one of {ways}, not guess"):
            load_book(folder.write())

    def test_cut_off_by_mass_needs_its_limit(self, tmp_path):
        """A cut-off by mass without a limit would cut off everything."""
        folder = broken(tmp_path)
        folder.main["strategies"]["cut_off"] = {"strategy": "mass_share"}
        with pytest.raises(RulebookError, match=r"the cut-off by mass needs the parameter cut_off\.mass_share"):
            load_book(folder.write())

    def test_two_exceptions_that_hold_at_once(self, tmp_path):
        """A contradiction in a rule stops the whole book, naming both exceptions and the facts."""
        folder = broken(tmp_path).except_when("electricity", "certificate_sold", "residual_mix")
        folder.except_when("electricity", "source_class == 'on_site'", "own_factor")
        with pytest.raises(RulebookError) as refused:
            load_book(folder.write())
        for part in (
            "'certificate_sold'",
            "'source_class == 'on_site''",
            "source_class = on_site",
            "certificate_sold = True",
        ):
            assert part in str(refused.value)

    @pytest.mark.parametrize(
        ("rule", "knows"),
        [("functional_unit", "piece"), ("electricity", "national_average"), ("end_of_life", "cff"),
        ("allocation", "mass")],
    )  # fmt: skip
    def test_a_decision_that_nobody_can_follow(self, tmp_path, rule, knows):
        """A rule may only say what its strategy knows; what it knows is named."""
        folder = broken(tmp_path)
        folder.rules[rule]["base"]["value"] = "magic"
        with pytest.raises(RulebookError, match=rf"book: rule {rule} says magic, {rule} knows .*{knows}"):
            load_book(folder.write())
        del folder.rules[rule]
        with pytest.raises(RulebookError, match=f"book: the strategy {rule} names no rule that is there: {rule}"):
            load_book(folder.write())

    def test_the_rule_of_a_strategy_may_have_any_name(self, tmp_path):
        """The strategy names its rule; the name itself means nothing."""
        folder = broken(tmp_path)
        for strategy in ("functional_unit", "electricity", "end_of_life", "allocation"):
            folder.rules[f"my-{strategy}"] = folder.rules.pop(strategy)
            folder.main["strategies"][strategy]["rule"] = f"my-{strategy}"
        assert set(load_book(folder.write()).rules) == {
            "my-functional_unit", "my-electricity", "my-end_of_life", "my-allocation",
        }  # fmt: skip

    def test_a_condition_outside_the_language(self, tmp_path):
        """A condition is a formula; nothing in a rulebook runs as a program."""
        folder = broken(tmp_path).except_when("electricity", "open('x')", "own_factor")
        with pytest.raises(RulebookError, match=r"book: .*outside the formula language"):
            load_book(folder.write())

    def test_a_rule_twice(self, tmp_path):
        """One rule in two files is refused."""
        folder = broken(tmp_path)
        folder.write()
        (folder.path / "rules" / "more.yaml").write_text((folder.path / "rules" / "all.yaml").read_text())
        with pytest.raises(RulebookError, match=r"book/more\.yaml: rule functional_unit is defined twice"):
            load_book(folder.path)

    def test_a_parameter_that_is_no_mapping(self, tmp_path):
        """A bare number has neither clause nor source."""
        folder = broken(tmp_path)
        folder.parameters["functional_unit.items"]["values"] = {"2020-01-01": 1}
        with pytest.raises(RulebookError, match=r"^book"):
            load_book(folder.write())

    @pytest.mark.parametrize("file", ["book.yaml", "parameters/all.yaml", "rules/all.yaml"])
    def test_yaml_that_cannot_be_read(self, tmp_path, file):
        """A syntax error names the file and the line."""
        folder = broken(tmp_path)
        (folder.write() / file).write_text("a: 1\nb: [\n")
        with pytest.raises(RulebookError, match=rf"{file.rpartition('/')[2]}:\d+: YAML syntax error"):
            load_book(folder.path)

    def test_a_key_twice(self, tmp_path):
        """A key that stands twice would lose one of its values silently."""
        folder = broken(tmp_path)
        file = folder.write() / "book.yaml"
        file.write_text(file.read_text() + "issuer: another\n")
        with pytest.raises(RulebookError, match="the key 'issuer' stands twice"):
            load_book(folder.path)

    def test_no_folder(self, tmp_path):
        """A folder without book.yaml is no rulebook."""
        with pytest.raises(RulebookError, match=r"book\.yaml: the file cannot be opened"):
            load_book(tmp_path)
        with pytest.raises(RulebookError, match="no rulebook"):
            open_book(str(tmp_path))


@pytest.fixture(autouse=True)
def english():
    set_language("en")
    yield
    set_language(None)
