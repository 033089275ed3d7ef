"""docs/findings.md is what tools/findings.py writes from the codes of today."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from zuji.finding import CODES

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "findings.md"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("tools_findings", ROOT / "tools" / "findings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tools_findings"] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_is_fresh(tool):
    """Where it is stale: python tools/findings.py."""
    assert PAGE.read_text("utf-8") == tool.page()


def test_every_code_is_on_the_page(tool):
    """Each defined code has one heading, in order."""
    tool.load_every_code()
    headings = re.findall(r"^### (ZJ\d{3}) · ", tool.page(), re.MULTILINE)
    assert headings == sorted(code for code in CODES if code != "ZJ000")


def test_every_module_with_codes_is_loaded(tool):
    """No code is defined in a file that the page does not know of."""
    tool.load_every_code()
    text = "".join(path.read_text("utf-8") for path in (ROOT / "src" / "zuji").rglob("*.py"))
    defined = set(re.findall(r"= define\(\s*\"(ZJ\d{3})\"", text))
    assert {"ZJ201", "ZJ401", "ZJ501"} <= defined <= set(CODES)


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{a} of {b:.3g}", "{a} of {b}"),
        ("{doubt_en}{doubt_zh:.0}", r"{doubt\_en}"),
        ("a literal {{x}}", "a literal {x}"),
        ("a_b", r"a\_b"),
    ],
)
def test_messages_as_a_reader_sees_them(tool, template, shown):
    """Format specifications go, doubled braces become single, markup stays text."""
    assert tool._plain(template) == shown
