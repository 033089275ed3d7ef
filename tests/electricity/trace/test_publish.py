"""Saved traces and published data sets: same bytes, checked digests, figures that agree with the trace."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zuji.electricity.trace import Coupling, Rule, Trace, trace
from zuji.electricity.trace.example import example
from zuji.electricity.trace.publish import publish, verify
from zuji.errors import UnreadableError

from .grids import random_grid


@pytest.mark.parametrize("coupling", list(Coupling))
def test_a_trace_is_saved_and_loaded(tmp_path: Path, coupling: Coupling) -> None:
    """What is loaded is what was saved, under a name that holds the digest; twice saved is the same bytes."""
    made = trace(random_grid(5, 5, 4, stores=2), Rule(coupling))
    path = made.save(tmp_path)
    again = Trace.load(path)
    assert path.name == f"trace-{made.digest[7:23]}.npz"
    assert again.values.tobytes() == made.values.tobytes()
    assert again.balance.labels == made.balance.labels
    assert again.rule == made.rule
    assert again.save(tmp_path / "b").read_bytes() == path.read_bytes()
    assert trace(again.balance, again.rule).values.tobytes() == made.values.tobytes()
    assert again.origin().tobytes() == made.origin().tobytes()


def test_origins_beyond_the_limit_are_streamed(tmp_path: Path) -> None:
    """Above the limit nothing is allocated; the streamed file holds the bytes of the array."""
    made = trace(random_grid(8, 6, 9, stores=1), chunk=2)
    with pytest.raises(ValueError, match="stream_origin"):
        made.origin(limit=100)
    streamed = np.load(made.stream_origin(tmp_path / "origin.npy"), mmap_mode="r")
    assert streamed.tobytes() == made.origin().tobytes()


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    """One altered byte of a figure, or a file that is none, cannot be loaded."""
    path = trace(random_grid(5, 5, 4)).save(tmp_path)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"\x93NUMPY") + 200
    data[at] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(UnreadableError):
        Trace.load(path)
    path.write_bytes(b"not a zip")
    with pytest.raises(UnreadableError):
        Trace.load(path)


def test_the_digest_follows_every_input() -> None:
    """Another value, factor, rule or time zone is another digest; the same inputs are the same."""
    one, same, other = (trace(random_grid(seed, 4, 3)) for seed in (1, 1, 2))
    assert one.digest == same.digest
    assert one.digest != other.digest
    assert one.digest != trace(one.balance, Rule(netted=True)).digest


def test_the_data_set(tmp_path: Path) -> None:
    """Pages, JSON, CSV and manifest agree with the trace; twice published is the same; a changed file is noticed."""
    made = trace(example())
    one, two = publish(made, tmp_path / "a", "CO2"), publish(made, tmp_path / "b", "CO2")
    assert one.digest == two.digest
    assert all((one.folder / n).read_bytes() == (two.folder / n).read_bytes() for n in one.files)
    assert verify(one.folder) == ()
    document = json.loads((one.folder / "data" / "CN-GD.json").read_bytes())
    z = made.balance.labels.zone("CN-GD")
    assert document["value"] == pytest.approx(made.values[:, z, 0].tolist(), abs=1e-6)
    half = 1.96 * made.uncertainty()[:, z]
    assert document["upper"] == pytest.approx((made.values[:, z, 0] + half).tolist(), abs=1e-5)
    origin = dict(document["origin"][0])
    assert origin["CN-GD"] == pytest.approx(made.origin()[0, z, z], abs=1e-6)
    manifest = json.loads((one.folder / "manifest.json").read_bytes())
    assert set(manifest["files"]) == set(one.files) - {"manifest.json"}
    assert manifest["trace"]["digest"] == made.digest
    (one.folder / "data" / "CN-GD.json").write_text("{}", encoding="utf-8")
    assert verify(one.folder) == ("data/CN-GD.json",)


def test_the_pages_need_nothing_from_elsewhere(tmp_path: Path) -> None:
    """No script, no address of another host; every link leads to a file or an anchor that is there; both languages."""
    import re

    made = publish(trace(example()), tmp_path, "CO2")
    for name in made.files:
        if not name.endswith(".html"):
            continue
        text = (tmp_path / name).read_text("utf-8")
        assert "<script" not in text
        assert "http" not in text
        assert 'lang="zh"' in text
        assert 'lang="en"' in text
        for link in re.findall(r'href="([^"#]+)', text):
            assert ((tmp_path / name).parent / link).resolve().is_file(), (name, link)
        for anchor in re.findall(r'href="#([^"]+)', text):
            assert f'id="{anchor}"' in text
    month = (tmp_path / "zones" / "CN-GD" / "2024-04.html").read_text("utf-8")
    assert 'id="2024-04-10T20:00+08:00"' in month


def test_missing_figures_are_published_with_their_reason(tmp_path: Path) -> None:
    """A zone without a figure is null with a reason in JSON and a dash in the page."""
    grid = example()
    generation = grid.generation.copy()
    generation[3, grid.labels.generator_zone == grid.labels.zone("CN-BJ")] = np.nan
    from dataclasses import replace

    publish(trace(replace(grid, generation=generation)), tmp_path)
    document = json.loads((tmp_path / "data" / "CN-BJ.json").read_bytes())
    assert document["value"][3] is None
    assert document["reason"][3] == "missing"


def test_assumed_errors_are_marked_wherever_an_interval_stands(tmp_path: Path) -> None:
    """Without any stated error all of the variance is assumed: card, page, JSON and CSV say so; stated ones do not."""
    grid = random_grid(3, 4, 3, gases=1)
    made = trace(grid)
    zone = next(z.id for i, z in enumerate(grid.labels.zones) if not made.reasons[0, i])
    card = made.explain(zone, int(grid.hours[0]))
    assert (card.assumed, card.as_dict()["assumed"]) == (1, 1)
    publish(made, tmp_path / "a")
    shown = json.loads((tmp_path / "a" / "data" / f"{zone}.json").read_text(encoding="utf-8"))
    assert shown["assumed_error_share"][0] == 1
    header, *rows = (tmp_path / "a" / "data" / "factors.csv").read_text(encoding="utf-8").splitlines()
    column = header.split(",").index("assumed_error_share")
    assert next(row for row in rows if f",{zone}," in row).split(",")[column] == "1.0"
    pages = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "a" / "zones" / zone).iterdir())
    assert "*</td>" in pages
    assert "assumed_error_share" in pages
    labels = replace(
        grid.labels,
        generators=tuple(replace(g, sd=0.02) for g in grid.labels.generators),
        links=tuple(replace(x, sd=0.02) for x in grid.labels.links),
    )
    stated = trace(replace(grid, labels=labels, factor_sd=np.full(grid.factors.shape, 0.01)))
    assert stated.explain(zone, int(grid.hours[0])).assumed == 0
    publish(stated, tmp_path / "b")
    pages = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "b" / "zones" / zone).iterdir())
    assert "*</td>" not in pages
    assert "assumed_error_share" not in pages
    half = trace(replace(grid, labels=labels)).explain(zone, int(grid.hours[0])).assumed
    assert half is not None
    assert 0 < half < 1
