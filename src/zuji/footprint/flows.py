"""Contribution tree and Sankey diagram of a supply chain as plain data, for the terminal, charts, JSON and CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from zuji.canonical import plain
from zuji.datum import LocalText, localised
from zuji.engine.contributions import Tree, tree
from zuji.engine.sankey import REST, Sankey, sankey
from zuji.footprint.chain import Chain
from zuji.i18n import N_

UNIT = "kgCO2e"
REST_NAME = N_("everything else")
TREE_COLUMNS = (
    "node", "parent", "depth", "activity", "name_zh", "name_en", "amount", "amount_unit", "value", "share", "direct",
    "rest", "loop",
)  # fmt: skip
EDGE_COLUMNS = (
    "source", "source_name_zh", "source_name_en", "target", "target_name_zh", "target_name_en", "value", "share",
    "loop",
)  # fmt: skip


def tree_of(chain: Chain, *, cut_off: float = 0.01, depth: int = 50, activity: int | None = None) -> Tree:
    """The contribution tree of the chain's root, or of one unit of another of its activities."""
    return tree(chain.supply, chain.root if activity is None else activity, cut_off=cut_off, depth=depth)


def sankey_of(chain: Chain, *, cut_off: float = 0.01, limit: int = 500) -> Sankey:
    """The Sankey diagram of one unit of the chain's root."""
    return sankey(chain.supply, chain.inventory, chain.demand, cut_off=cut_off, limit=limit)


def name_of(chain: Chain, activity: int) -> LocalText:
    """The name of an activity, its id where it has none, or that of the rest."""
    if activity == REST:
        return localised(REST_NAME)
    name = chain.names[activity]
    return name if name else LocalText(chain.ids[activity], chain.ids[activity])


def id_of(chain: Chain, activity: int) -> str:
    """The id of an activity; `*rest*` for the rest node."""
    return "*rest*" if activity == REST else chain.ids[activity]


def tree_document(chain: Chain, found: Tree, cut_off: float) -> dict[str, Any]:
    """The tree as a canonical document: value = direct + rest + Σ value of the children, for every node."""
    return {
        "format": "zuji-tree/1",
        **_head(chain, cut_off),
        "total": found.total,
        "coverage": found.coverage,
        "rest": float(found.rest.sum()),
        "nodes": [dict(zip(_TREE_KEYS, row, strict=True)) for row in _tree_rows(chain, found)],
    }


def sankey_document(chain: Chain, found: Sankey) -> dict[str, Any]:
    """The diagram as a canonical document; direct + Σ edges in = value = Σ edges out + demanded, for every node."""
    return {
        "format": "zuji-sankey/1",
        **_head(chain, found.cut_off),
        "total": found.total,
        "coverage": found.coverage,
        "left_out": found.left_out,
        "nodes": [
            {
                "id": id_of(chain, node.activity),
                "name": plain(name_of(chain, node.activity)),
                "amount": node.amount,
                "unit": "" if node.activity == REST else chain.units[node.activity],
                "value": node.value,
                "direct": node.direct,
                "demanded": node.demanded,
                "loop": node.loop,
            }
            for node in found.nodes
        ],
        "edges": [
            {
                "source": id_of(chain, edge.source),
                "target": id_of(chain, edge.target),
                "value": edge.value,
                "share": _share(edge.value, found.total),
                "loop": edge.loop,
            }
            for edge in found.edges
        ],
    }


def tree_csv(chain: Chain, found: Tree) -> str:
    """One row per node, parents first; UTF-8 with a newline after each row."""
    rows = []
    for row in _tree_rows(chain, found):
        node, parent, depth, id, name, *rest = row
        rows.append([node, "" if parent is None else parent, depth, id, name["zh"], name["en"], *rest])
    return _csv(TREE_COLUMNS, rows)


def sankey_csv(chain: Chain, found: Sankey) -> str:
    """One row per edge, largest first."""
    rows = []
    for edge in found.edges:
        ends = [x for a in (edge.source, edge.target) for x in (id_of(chain, a), *_both(name_of(chain, a)))]
        rows.append([*ends, edge.value, _share(edge.value, found.total), edge.loop])
    return _csv(EDGE_COLUMNS, rows)


_TREE_KEYS = (
    "node", "parent", "depth", "activity", "name", "amount", "unit", "value", "share", "direct", "rest", "loop",
)  # fmt: skip


def _tree_rows(chain: Chain, found: Tree) -> list[list[Any]]:
    rows = []
    for i, activity in enumerate(found.activity.tolist()):
        zh, en = _both(name_of(chain, activity))
        parent = int(found.parent[i])
        value = float(found.value[i])
        rows.append(
            [
                i,
                None if parent < 0 else parent,
                int(found.depth[i]),
                chain.ids[activity],
                {"zh": zh, "en": en},
                float(found.amount[i]),
                chain.units[activity],
                value,
                _share(value, found.total),
                float(found.direct[i]),
                float(found.rest[i]),
                bool(found.loop[i]),
            ]
        )
    return rows


def _head(chain: Chain, cut_off: float) -> dict[str, Any]:
    return {
        "name": plain(chain.title),
        "rulebook": chain.rulebook,
        "unit": UNIT,
        "cut_off": cut_off,
        "uncharacterised_flows": chain.gaps,
    }


def _both(name: LocalText) -> tuple[str, str]:
    return name.pick("zh"), name.pick("en")


def _share(value: float, total: float) -> float | None:
    return value / total if total else None


def _csv(columns: tuple[str, ...], rows: list[list[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if v is None else str(v).lower() if isinstance(v, bool) else v for v in row] for row in rows])
    return stream.getvalue()
