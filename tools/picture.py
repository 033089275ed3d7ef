"""Draw docs/demo.svg, the picture of real output that the README shows: `python tools/picture.py`."""

from __future__ import annotations

import re
from datetime import date
from io import StringIO
from pathlib import Path

from rich.console import Console

from zuji import examples
from zuji.cli import tables
from zuji.cli.app import BOOKS
from zuji.cli.demo import EXAMPLE, certificates
from zuji.footprint.calculate import calculate
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

TARGET = Path(__file__).parent.parent / "docs" / "demo.svg"


def main() -> None:
    """Calculate the example and write the picture."""
    set_language("en")
    study = open_study(examples.folder(EXAMPLE)).study
    assert study is not None
    footprints = [calculate(study, open_book(id), on=date.today()) for id in BOOKS]
    console = Console(record=True, width=124, file=StringIO(), force_terminal=True, markup=False, highlight=False)
    console.print("$ zuji demo", style="bold green")
    for part in (tables.heading(footprints), tables.stages(footprints), certificates(footprints)):
        console.print(part)
    svg = console.export_svg(title="Zuji 足迹")
    # The picture must load nothing from elsewhere: fonts come from the reader's machine.
    svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    TARGET.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
