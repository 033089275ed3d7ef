"""Search finds datasets by words of both languages, and the best first."""

import pytest

from zuji.background.data import rows_of
from zuji.background.model import Category
from zuji.background.search import search
from zuji.background.starter import starter


def ids(words: str, **filters: object) -> list[str]:
    return [hit.dataset.id for hit in search(starter(), words, **filters)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("铝", "flow:aluminium_primary"),
        ("aluminum", "flow:aluminium_primary"),
        ("aluminium primary", "iai-al-2022"),
        ("电 江苏", "cn-co2-2023-JS"),
        ("electricity germany", "ember-DEU"),
        ("德国 电", "ember-DEU"),
        ("海运 集装箱", "desnz2025-cargo-ship-container-ship-average-wtw"),
        ("ship container average", "desnz2025-cargo-ship-container-ship-average-wtw"),
        ("卡车 铰接 平均载重", "desnz2025-hgv-all-diesel-articulated-33t-average-laden-wtw"),
        ("NMC811电芯", "process:nmc811_cell"),
        ("lithium hydroxide", "flow:lithium_hydroxide_anhydrous"),
        ("碳酸锂", "istrate2024-li2co3-brine"),
        ("石墨", "flow:graphite_synthetic"),
        ("钢", "flow:steel"),
        ("MEE 2023 Beijing", "cn-co2-2023-BJ"),
        ("ＡＢＳ", "flow:abs"),
    ],
)
def test_finds_in_both_languages(words: str, wanted: str) -> None:
    """Chinese, English and mixed words lead to the dataset."""
    assert wanted in ids(words)


def test_exact_id_first() -> None:
    """A typed id is the first hit, and its rank says so."""
    first = search(starter(), "cn-cf-2024-national")[0]
    assert (first.dataset.id, first.rank) == ("cn-cf-2024-national", 0)


def test_order_of_ranks() -> None:
    """Names that start with the word come before names that have it inside, and those before mere notes."""
    ranks = [hit.rank for hit in search(starter(), "lithium", limit=200)]
    assert ranks == sorted(ranks)
    assert {1, 2} <= set(ranks)


def test_all_words_must_match() -> None:
    """A word that stands nowhere finds nothing, whatever the others find."""
    assert ids("铜 nosuchword") == []
    assert set(ids("铜 箔", limit=500)) < set(ids("铜", limit=500))


def test_latin_words_match_at_word_starts() -> None:
    """`tin` finds tin, not coating; a Chinese word is found inside a longer one."""
    found = ids("tin", limit=500)
    assert "flow:tin" in found
    assert "process:nmc111_cathode_coating" not in found
    assert "process:lfp_cell" in ids("铁锂电芯")


def test_filters() -> None:
    """Category, place with its provinces, scope and unit narrow the hits; no words ask for all that pass."""
    electricity = search(starter(), "", category=Category.ELECTRICITY, geography="CN", scope="lifecycle", limit=500)
    assert {hit.dataset.id for hit in electricity} >= {"cn-cf-2024-national", "ember-CHN", "flow:electricity"}
    assert all(hit.dataset.scope == "lifecycle" for hit in electricity)
    provinces = search(starter(), "", geography="cn", scope="direct", unit="kWh", limit=500)
    assert "CN-GD" in {hit.dataset.geography for hit in provinces}
    assert {hit.dataset.unit for hit in provinces} == {"kWh"}


def test_limit() -> None:
    """No more hits than asked for."""
    assert len(search(starter(), "electricity", limit=7)) == 7


def test_gaps_come_last_among_equals() -> None:
    """Of two equal hits the one with a figure stands before the gap."""
    found = search(starter(), "nitrogen", limit=50)
    equal = [hit for hit in found if hit.rank == found[0].rank]
    missing = [bool(hit.dataset.missing) for hit in equal]
    assert missing == sorted(missing)


def test_synonyms_are_plain_words() -> None:
    """No word is listed twice, and each has at least one other word."""
    words = [row["word"] for row in rows_of("synonyms.csv")]
    assert len(words) == len(set(words))
    assert all(row["also"] for row in rows_of("synonyms.csv"))
