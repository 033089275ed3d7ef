"""JSON of unknown origin as bounded Python values: a document or a finding, never a traceback."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from zuji.background.importers import format_codes
from zuji.background.importers.files import Source
from zuji.errors import UnreadableError, ZujiError
from zuji.finding import Finding, Place

MAX_BYTES = 96 * 1024**2
"""Largest document [B]: Python values of JSON take ten to twenty times its size."""
DIGITS = 30
"""Longer whole numbers are read as floats; converting them exactly takes quadratic time."""


class JsonError(ZujiError):
    """A document that cannot be read; `finding` says where and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def document(source: Source, name: str) -> Any:
    """The JSON value in a member; raises JsonError."""
    try:
        data = source.read(name, MAX_BYTES)
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return json.loads(data.decode(encoding), parse_int=_whole)
    except json.JSONDecodeError as error:
        problem = f"{error.msg}, column {error.colno}"
        raise JsonError(format_codes.JSON_SYNTAX(Place(name, error.lineno), problem=problem)) from error
    except UnicodeDecodeError as error:
        raise JsonError(format_codes.JSON_SYNTAX(Place(name), problem=f"byte {error.start} is not UTF-8")) from error
    except RecursionError as error:
        raise JsonError(format_codes.JSON_SYNTAX(Place(name), problem="it is nested too deeply")) from error
    except UnreadableError as error:
        raise JsonError(format_codes.JSON_SYNTAX(Place(name), problem=str(error))) from error


def _whole(text: str) -> float:
    return int(text) if len(text) <= DIGITS else float(text)


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; whatever else stands in it is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """Text and numbers as text, all else as ''; characters that no file can hold are replaced."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip()


def number(value: Any) -> float:
    """A number, or one written as text; NaN for all else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return math.nan
    try:
        return math.nan if isinstance(value, str) and "_" in value else float(value)
    except (ValueError, OverflowError):
        return math.nan


def first(value: Mapping[str, Any], *names: str) -> Any:
    """The first of several spellings of a field that is there."""
    return next((value[name] for name in names if value.get(name) is not None), None)
