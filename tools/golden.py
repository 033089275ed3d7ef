"""Golden results of the reference studies: `python tools/golden.py show` what moved, `update` rewrites them on purpose.

`tests/golden/STUDY.json` holds, for every available rulebook on one fixed day, what a change of code, data or rules may
move: total, figure per functional unit, stages, electricity, number of unverified values, codes of the findings. They
are our own results, not external reference values; a change of them belongs into CHANGELOG.md with its reason.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from zuji import examples
from zuji.errors import ZujiError
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.model import Footprint
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book, registry
from zuji.study.model import Study
from zuji.study.new import write_skeleton
from zuji.study.open import open_study

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden"
DAY = date(2026, 11, 23)
SKELETON = "skeleton"
DIGITS = 10
NEAR = 10.0 ** (1 - DIGITS)
"""Relative difference that counts as none: half a unit in the last of the digits, and what a machine may add to it."""

Result = dict[str, Any]
Results = dict[str, Result]


def studies() -> dict[str, Study]:
    """The reference studies: every example and the skeleton."""
    found = {name: _open(examples.folder(name)) for name in examples.names()}
    with tempfile.TemporaryDirectory() as folder:
        write_skeleton(Path(folder) / SKELETON)
        found[SKELETON] = _open(Path(folder) / SKELETON)
    return found


def _open(folder: Path) -> Study:
    study = open_study(folder).study
    if study is None:
        raise SystemExit(f"{folder.name} cannot be read: zuji check {folder}")
    return study


def results(study: Study) -> Results:
    """What every available rulebook says of `study` on the fixed day; where one refuses, the kind of refusal."""
    background, _ = background_of(study)
    found: Results = {}
    for id in (id for id, entry in registry().items() if entry["available"]):
        try:
            found[id] = result(calculate(study, open_book(id), on=DAY, background=background))
        except ZujiError as error:
            found[id] = {"refused": type(error).__name__}
    return found


def result(footprint: Footprint) -> Result:
    """One footprint as far as it is golden, numbers to ten significant digits."""
    rows = {
        f"{row.plant or '-'}/{row.source}/{row.dataset}": {
            "attribution": row.attribution,
            "kWh": rounded(row.energy),
            "kgCO2e/kWh": rounded(row.factor),
        }
        for row in footprint.electricity
    }
    return {
        "version": footprint.system.version.id,
        "total": rounded(footprint.total),
        "per functional unit": rounded(footprint.per_functional_unit),
        "functional unit": footprint.system.functional_unit.unit,
        "stages": {part.id: rounded(part.value) for part in footprint.stages},
        "electricity": rows,
        "unverified": len(footprint.unverified),
        "findings": dict(sorted(Counter(finding.code for finding in footprint.findings).items())),
    }


def rounded(value: float | None) -> float | None:
    """`value` with ten significant digits."""
    return None if value is None else float(f"{value:.{DIGITS - 1}e}")


def stored(name: str) -> Results:
    """The golden results of one study, none where there are none yet."""
    path = FOLDER / f"{name}.json"
    found: Results = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


def moved(name: str, old: Results, new: Results) -> list[str]:
    """The difference as lines for people: study, rulebook, then old → new and % for each figure; none where equal."""
    lines: list[str] = []
    for book in dict.fromkeys((*new, *old)):
        if book not in old or book not in new:
            total = (new if book in new else old)[book].get("total", "refused")
            lines += [f"  {book}: {'new' if book in new else 'gone'}, total {total}"]
            continue
        scale = max((abs(float(v.get("total") or 0)) for v in (old[book], new[book])), default=0.0)
        found = [f"    {path:<44} {change}" for path, change in _differences(old[book], new[book], "", scale)]
        lines += [f"  {book}", *found] if found else []
    return [name, *lines] if lines else []


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], above: str, scale: float) -> Iterator[tuple[str, str]]:
    for key in dict.fromkeys((*old, *new)):
        path = f"{above} {key}".strip()
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) or isinstance(after, dict):
            yield from _differences(before or {}, after or {}, path, scale if key == "stages" else 0.0)
        elif not _same(before, after, scale):
            yield path, f"{_shown(before)} → {_shown(after)}{_percent(before, after)}"


def _same(before: object, after: object, scale: float) -> bool:
    if isinstance(before, float | int) and isinstance(after, float | int):
        # A stage that cancels to nearly nothing is as exact as the total, not as itself.
        return abs(after - before) <= max(NEAR * max(abs(before), abs(after)), 1e-3 * NEAR * scale)
    return before == after


def _shown(value: object) -> str:
    return "–" if value is None else f"{value:.10g}" if isinstance(value, float | int) else str(value)


def _percent(before: object, after: object) -> str:
    if isinstance(before, float | int) and isinstance(after, float | int) and before:
        return f"  ({(after - before) / abs(before) * 100:+.4g} %)"
    return ""


def difference() -> str:
    """What moved in all reference studies since the golden results were written; '' where nothing did."""
    now = {name: results(study) for name, study in studies().items()}
    gone = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem not in now)
    lines = [line for name in (*now, *gone) for line in moved(name, stored(name), now.get(name, {}))]
    return "\n".join(lines)


def update() -> None:
    """Write the results of today as the golden ones."""
    now = {name: results(study) for name, study in studies().items()}
    for path in FOLDER.glob("*.json"):
        if path.stem not in now:
            path.unlink()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, found in now.items():
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    """Show the difference (exit code 1 where there is one), or show it and write the files."""
    set_language("en")
    if sys.argv[1:] not in (["show"], ["update"]):
        print("usage: python tools/golden.py show|update")
        return 2
    found = difference()
    print(found or "no golden result moved")
    if sys.argv[1] == "update":
        update()
        return 0
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
