"""An explanation as a tree in the terminal, or as a nested list in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.text import Text
from rich.tree import Tree

from zuji.footprint.explain import Node
from zuji.numbers import at_most

DIGITS = 6


def tree(node: Node) -> Tree:
    """The node with its value and unit, its formula and notes below it, its children as branches."""
    built = Tree(_label(node), guide_style="dim")
    for child in node.children:
        built.add(tree(child))
    return built


def _label(node: Node) -> Text:
    text = Text()
    if node.value is not None:
        text.append(_figure(node.value, node.unit), style="bold")
        text.append("  ")
    text.append(node.label)
    if node.formula:
        text.append(f"\n= {node.formula}")
    for note in node.notes:
        text.append(f"\n{note}", style="dim")
    return text


def _figure(value: float, unit: str) -> str:
    return f"{at_most(value, DIGITS)} {unit if unit != '1' else ''}".rstrip()


def markdown(node: Node) -> str:
    """A nested list, one line for each node: **number and unit**, what it is = how it is computed (its sources)."""
    return "\n".join(_items(node, 0)) + "\n"


def _items(node: Node, level: int) -> Iterator[str]:
    figure = f"**{_figure(node.value, node.unit)}** " if node.value is not None else ""
    formula = f" = {_escaped(node.formula)}" if node.formula else ""
    sources = f" ({'; '.join(_escaped(note) for note in node.notes)})" if node.notes else ""
    yield f"{'  ' * level}- {figure}{_escaped(node.label)}{formula}{sources}"
    for child in node.children:
        yield from _items(child, level + 1)


def _escaped(text: str) -> str:
    """One line of text in which no sign is taken for Markdown; a star between spaces never is."""
    line = " ".join(text.split())
    line = re.sub(r"[\\`<]|(?<!\s)\*|\*(?!\s)|(?<!\w)_|_(?!\w)|(?<=\])(?=\()", lambda sign: "\\" + sign[0], line)
    return line
