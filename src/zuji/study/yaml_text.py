"""Mappings as YAML text that people read and git diffs well, and that `zuji.reading` reads back unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN = re.compile(r"[A-Za-z\u3400-\u9fff][\w\u3400-\u9fff./()+-]*(?: [\w\u3400-\u9fff./()+-]+)*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "n", "y"}
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
WIDTH = 110
"""Mappings without inner mappings stand in one line up to this length [characters]."""


def yaml_text(form: Mapping[str, Any], comment: str = "") -> str:
    """The mapping as a YAML document with the keys in their order; `comment` becomes its first lines."""
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + "".join(f"{line}\n" for line in _mapping(form, 0))


def _mapping(form: Mapping[str, Any], indent: int) -> Iterator[str]:
    pad = " " * indent
    for key, value in form.items():
        name = f"{pad}{scalar(key)}:"
        if not isinstance(value, (Mapping, list)):
            yield f"{name} {scalar(value)}"
        elif not value:
            yield f"{name} {'{}' if isinstance(value, Mapping) else '[]'}"
        elif (short := _flow(value)) is not None and len(name) + len(short) < WIDTH:
            yield f"{name} {short}"
        elif isinstance(value, Mapping):
            yield name
            yield from _mapping(value, indent + 2)
        else:
            yield name
            for member in value:
                yield from _member(member, indent + 2)


def _member(member: Any, indent: int) -> Iterator[str]:
    pad = " " * indent
    if not isinstance(member, Mapping):
        yield f"{pad}- {scalar(member)}"
        return
    first, *rest = _mapping(member, indent + 2)
    yield f"{pad}- {first.strip()}"
    yield from rest


def _flow(value: Any) -> str | None:
    """The value in one line, None where it is nested too deep to be read so."""
    if isinstance(value, list):
        return None if any(isinstance(one, (Mapping, list)) for one in value) else f"[{', '.join(map(scalar, value))}]"
    parts = []
    for key, inner in value.items():
        if isinstance(inner, Mapping) and any(isinstance(one, (Mapping, list)) for one in inner.values()):
            return None
        shown = _flow(inner) if isinstance(inner, (Mapping, list)) else scalar(inner)
        if shown is None:
            return None
        parts.append(f"{scalar(key)}: {shown}")
    return f"{{{', '.join(parts)}}}"


def scalar(value: Any) -> str:
    """A text as a YAML scalar: plain where no reader can take it for something else, else in double quotes."""
    text = str(value)
    if _NUMBER.fullmatch(text) and str(float(text) if "." in text else int(text)) == text:
        return text
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
