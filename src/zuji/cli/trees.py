"""An explanation as a tree in the terminal."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from zuji.cli.numbers import at_most
from zuji.footprint.explain import Node


def tree(node: Node) -> Tree:
    """The node with its value and unit, its notes below it, its children as branches."""
    built = Tree(_label(node), guide_style="dim")
    for child in node.children:
        built.add(tree(child))
    return built


def _label(node: Node) -> Text:
    text = Text()
    if node.value is not None:
        text.append(f"{at_most(node.value, 6)} {node.unit}".rstrip(), style="bold")
        text.append("  ")
    text.append(node.label)
    for note in node.notes:
        text.append(f"\n{note}", style="dim")
    return text
