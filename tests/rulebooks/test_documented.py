"""What the README and docs/rulebooks.md say of the rulebooks is what their folders say."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def tool():
    """tools/rulebooks.py as a module."""
    spec = importlib.util.spec_from_file_location("rulebooks_tool", ROOT / "tools" / "rulebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_in_step() -> None:
    """README.md and docs/rulebooks.md are exactly what tools/rulebooks.py writes."""
    for path, text in tool().written().items():
        assert path.read_text(encoding="utf-8") == text, f"stale: {path.name}; run python tools/rulebooks.py"


def test_every_book_has_a_row() -> None:
    """The table names every available rulebook."""
    table = tool().table()
    assert [book.id for book in tool().books() if f"`{book.id}`" not in table] == []
