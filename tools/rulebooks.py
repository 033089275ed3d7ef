"""Write what the rulebooks cover into README.md and docs/rulebooks.md: `python tools/rulebooks.py [--check]`.

Both are made from the folders of the rulebooks (`book.yaml`, `coverage.yaml`, parameters, rules), so no page claims
what no row says.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from zuji.rulebooks.book import Book, open_book, registry

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- rulebooks: begin (written by tools/rulebooks.py) -->", "<!-- rulebooks: end -->"
STATUSES = ("done", "partial", "not done")


def books() -> list[Book]:
    """Every available rulebook in the order of the registry."""
    return [open_book(id) for id, entry in registry().items() if entry["available"]]


def unverified(book: Book) -> tuple[int, int]:
    """How many dated parameters and decisions of a book are not verified, and how many there are."""
    dated_values = [values for id, values in book.parameters.history.items() if not id.startswith("country.")]
    marks = [p.verified for values in dated_values for _, p in values if p is not None]
    for dated in book.rules.values():
        for _, rule in dated:
            marks += [rule.base.verified, *(decision.verified for _, decision in rule.exceptions)]
    return marks.count(False), len(marks)


def table() -> str:
    """The README's table: one row per rulebook."""
    rows = [
        "| rulebook | title | versions (status) | clauses done / partial / not done | unverified |",
        "|---|---|---|---|---|",
    ]
    for book in books():
        counts = Counter(str(row["status"]) for row in book.coverage)
        versions = ", ".join(f"{v.id} ({v.status})" for v in book.versions)
        open_ones, all_ones = unverified(book)
        shown = " / ".join(str(counts[name]) for name in STATUSES)
        rows.append(f"| `{book.id}` | {book.title.en} | {versions} | {shown} | {open_ones} of {all_ones} |")
    return "\n".join(rows)


def page() -> str:
    """docs/rulebooks.md: versions and coverage of every rulebook, and what would settle what is unverified."""
    parts = [
        "# Rulebooks",
        "",
        "Written by `tools/rulebooks.py` from the folders in `src/zuji/rulebooks`.",
        "",
        table(),
        "",
    ]
    for book in books():
        parts += [f"## {book.id}", "", f"{book.title.en} / {book.title.zh}", ""]
        for version in book.versions:
            end = version.valid_to.isoformat() if version.valid_to else "…"
            note = f": {version.note.en}" if version.note else ""
            parts.append(f"- {version.id}, {version.valid_from.isoformat()} to {end}, {version.status}{note}")
        parts += ["", "| clause | topic | coverage | note |", "|---|---|---|---|"]
        for row in book.coverage:
            note = str(row.get("note", "")).replace("|", "/")
            parts.append(
                f"| {row['clause']} | {row['topic']['en']} / {row['topic']['zh']} | {row['status']} | {note} |"
            )
        settled = Counter(
            p.verify_with.en
            for values in book.parameters.history.values()
            for _, p in values
            if p is not None and not p.verified
        )
        for dated in book.rules.values():
            for _, rule in dated:
                decisions = (rule.base, *(decision for _, decision in rule.exceptions))
                settled.update(d.verify_with.en for d in decisions if not d.verified)
        parts += ["", "What would settle the unverified values:", ""]
        parts += [
            f"- {text} ({count})" for text, count in sorted(settled.items(), key=lambda pair: (-pair[1], pair[0]))
        ]
        parts.append("")
    return "\n".join(parts)


def written() -> dict[Path, str]:
    """The files as they should be."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, rest = readme.split(BEGIN)
    after = rest.split(END)[1]
    return {
        ROOT / "README.md": f"{before}{BEGIN}\n{table()}\n{END}{after}",
        ROOT / "docs" / "rulebooks.md": page(),
    }


def main() -> int:
    """Write the files, or with --check say which are stale."""
    stale = [path for path, text in written().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"stale: {path.relative_to(ROOT)} (run: python tools/rulebooks.py)")
        return 1 if stale else 0
    for path, text in written().items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
