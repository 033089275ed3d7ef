"""`zuji grid`: a grid written, traced, explained, published and imported, in both languages, with its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from zuji.electricity.trace.example import example
    from zuji.electricity.trace.readers.write import write_grid

    folder = tmp_path_factory.mktemp("grid") / "day"
    write_grid(example(), folder)
    return folder


def test_example(run: Run, tmp_path: Path) -> None:
    """The example is written once and not over something else."""
    ran = run("grid", "example", tmp_path / "g")
    assert ran.code == 0
    assert (tmp_path / "g" / "grid.yaml").is_file()
    assert run("grid", "example", tmp_path / "g").code == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("rule", ["direct", "all"])
def test_trace(run: Run, grid: Path, lang: str, rule: str) -> None:
    """Every zone with its factor, and the account; one rule or all four."""
    ran = run("grid", "trace", grid, "--rule", rule, "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    assert "CN-GD" in ran.out
    assert "direct.receiver.stock" in ran.out
    assert ("production.receiver.stock" in ran.out) is (rule == "all")


def test_trace_json_and_out(run: Run, grid: Path, tmp_path: Path) -> None:
    """The JSON holds digest, rule and zones; the saved trace can be loaded and says the same."""
    from zuji.electricity.trace import Trace

    ran = run("grid", "trace", grid, "--json", "-z", "CN-GD", "--gas", "CO2e", "--out", tmp_path)
    (document,) = json.loads(ran.out)
    made = Trace.load(next(tmp_path.glob("trace-*.npz")))
    assert document["digest"] == made.digest
    assert document["scope"] == "lifecycle"
    assert [z["zone"] for z in document["zones"]] == ["CN-GD"]
    assert document["zones"][0]["mean"] == pytest.approx(made.mean("CO2e")[made.balance.labels.zone("CN-GD")])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_explain(run: Run, grid: Path, lang: str) -> None:
    """The card names generators, rows, lines, ways and the digest."""
    ran = run("grid", "explain", grid, "CN-GD", "2024-04-10T20:00", "--top", "5", "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    for word in ("CN-GD/coal", "generation.csv:", "CN-HB>CN-GD", "→", "sha256:"):
        assert word in ran.out
    document = json.loads(run("grid", "explain", grid, "CN-GD", "2024-04-10T12:00Z", "--json").out)
    assert document["sources"][0]["row"]["place"]["line"] > 1
    assert document["time"] == "2024-04-10T12Z"


def test_meters(run: Run, grid: Path) -> None:
    """The inputs by what their errors do; assumed errors are marked."""
    ran = run("grid", "meters", grid, "CN-GD")
    assert ran.code == 0
    assert "CN-GD/coal" in ran.out
    assert "*" in ran.out
    ways = [
        json.loads(run("grid", "meters", grid, "CN-GD", "--losses", who, "--json").out)
        for who in ("receiver", "sender")
    ]
    assert [way["rule"] for way in ways] == ["direct.receiver.stock", "direct.sender.stock"]
    assert ways[0]["mean"] > ways[1]["mean"]  # what is lost on the way to Guangdong weighs on it, or does not
    assert run("grid", "meters", grid, "CN-GD", "--net", "--storage", "fifo").code == 0
    assert run("grid", "meters", grid, "CN-GD", "--rule", "aggregated").code == 2


def test_factors_fit_in_80_columns(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every id stands whole on a line, in both languages, with value, scope and year."""
    from zuji.cli import terminal
    from zuji.electricity.factors import registry

    monkeypatch.setattr(terminal, "PIPE_WIDTH", 80)
    for lang in ("zh", "en"):
        shown = run("--lang", lang, "grid", "factors").out.splitlines()
        assert all(any(line.startswith(f"{factor.id} ") for line in shown) for factor in registry().find())


def test_factors(run: Run) -> None:
    """The registry can be narrowed to what a use takes; a wrong word is a usage error."""
    listed = json.loads(run("grid", "factors", "-g", "CN", "--year", "2023", "--for", "footprint", "--json").out)
    assert {factor["scope"] for factor in listed} == {"lifecycle"}
    assert run("grid", "factors", "-g", "CN", "--for", "scope_2").code == 0
    assert run("grid", "factors", "--for", "lunch").code == 2
    assert run("grid", "factors", "-g", "Atlantis").code == 1
    assert "公告2025年第47号" in run("grid", "factors", "--packages").out
    checked = run("grid", "factors", "--check")
    assert checked.code == 0
    assert "12.96 %" in checked.out


def test_import_yearbook(run: Run, tmp_path: Path) -> None:
    """Template, filled tables, folder, trace."""
    assert run("grid", "import", "yearbook", "--template", tmp_path / "t").code == 0
    (tmp_path / "g.csv").write_text("year,zone,unit,thermal,hydro\n2023,Guangdong,GWh,400,20\n", encoding="utf-8")
    (tmp_path / "x.csv").write_text("year,from,to,unit,sent\n", encoding="utf-8")
    factors = "zone,technology,gas,value,unit,scope\n*,thermal,CO2,0.85,kg/kWh,direct\n*,hydro,CO2,0,kg/kWh,direct\n"
    (tmp_path / "f.csv").write_text(factors, encoding="utf-8")
    files = ("grid", "import", "yearbook", tmp_path / "g.csv", tmp_path / "x.csv")
    assert run(*files, "--out", tmp_path / "out", "--factors", tmp_path / "f.csv").code == 0
    (document,) = json.loads(run("grid", "trace", tmp_path / "out", "--json").out)
    assert document["zones"][0]["mean"] == pytest.approx(400 * 850 / 420)
    assert run("grid", "import", "oracle", tmp_path / "g.csv", tmp_path / "x.csv").code == 2
    (tmp_path / "g.csv").write_text("year,zone,unit,thermal\n2023,Guangdong,GWh,four\n", encoding="utf-8")
    bad = run(*files, "--out", tmp_path / "bad")
    assert bad.code == 3
    assert "g.csv:2" in bad.said


def test_publish(run: Run, grid: Path, tmp_path: Path) -> None:
    """The data set is written with its manifest; licences that nobody stated are warned of."""
    ran = run("grid", "publish", grid, "--out", tmp_path)
    assert ran.code == 0
    assert (tmp_path / "manifest.json").is_file()
    assert "ZJ631" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("trace", "{grid}", "--rule", "magic"), 2),
        (("trace", "{grid}", "-z", "CN-XX"), 2),
        (("trace", "{grid}", "--gas", "SF6"), 2),
        (("trace", "{grid}", "--reconcile"), 2),
        (("trace", "{grid}", "--storage", "static"), 2),
        (("trace", "no-such-folder"), 3),
        (("explain", "{grid}", "CN-GD", "2030-01-01T00:00"), 2),
        (("explain", "{grid}", "CN-GD", "noon"), 2),
        (("explain", "{grid}", "CN-GD", "--rule", "all"), 2),
    ],
)
def test_wrong_use(run: Run, grid: Path, arguments: tuple[str, ...], code: int) -> None:
    """Wrong words, zones, gases and times end with one sentence and the exit code of their kind."""
    ran = run("grid", *(str(grid) if word == "{grid}" else word for word in arguments))
    assert ran.code == code
    assert ran.err


def test_a_broken_grid_is_explained(run: Run, grid: Path, tmp_path: Path) -> None:
    """Negative generation stops the trace with file, line, cause and mend."""
    import shutil

    shutil.copytree(grid, tmp_path / "g")
    path = tmp_path / "g" / "generation.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[1] = ",".join([*lines[1].split(",")[:-1], "-5"])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = run("grid", "trace", tmp_path / "g")
    assert ran.code == 1
    assert "ZJ600" in ran.err
    assert "generation.csv:2" in ran.err


def test_a_published_trace_is_signed_and_any_change_is_found(
    run: Run, grid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signature covers the manifest, the manifest every file; a changed file, manifest or signature is told."""
    monkeypatch.setattr("zuji.dossier.keys.COST", 2**10)
    monkeypatch.setenv("ZUJI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ZUJI_PASSPHRASE", "long enough for a test")
    assert run("key", "new", "grid-desk", "--person", "Grid Desk", "--role", "company").code == 0
    site = tmp_path / "site"
    assert run("grid", "publish", grid, "--out", site, "--key", "grid-desk", "--lang", "en").code == 0
    held = run("grid", "verify", site, "--lang", "en")
    assert (held.code, "signed by Grid Desk" in held.out) == (0, True)
    table = site / "data" / "factors.csv"
    table.write_bytes(table.read_bytes() + b"\n")
    changed = run("grid", "verify", site, "--lang", "en")
    assert (changed.code, "data/factors.csv is missing or not as published" in changed.out) == (1, True)
    manifest = site / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"kg/MWh", b"kg/kWh"))
    assert "another manifest" in run("grid", "verify", site, "--lang", "en").out
    (site / "manifest.jws").write_text("a.b.c")
    assert run("grid", "verify", site).code == 1


def test_a_key_that_is_not_there_publishes_nothing(run: Run, grid: Path, tmp_path: Path) -> None:
    """The key opens before anything is written; wrong times and folders are told with the right form."""
    out = tmp_path / "site"
    assert run("grid", "publish", grid, "--out", out, "--key", "nobody").code == 1
    assert not out.exists()
    assert "zuji grid publish" in run("grid", "verify", tmp_path).err
    assert "write 2024-04-10T20:00" in run("grid", "explain", grid, "CN-GD", "yesterday").err
    beyond = run("grid", "explain", grid, "CN-GD", "2030-01-01T00:00").err
    assert "it goes from 2024-04-10T00Z to 2024-04-10T23Z" in beyond
    assert "nothing-there" in run("grid", "trace", tmp_path / "nothing-there").said
