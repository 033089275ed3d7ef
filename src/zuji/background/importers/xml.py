"""XML of strangers: streamed element by element, without entities, document types, network or unbounded memory."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

from zuji.background.importers import codes
from zuji.background.importers.files import Budget, Source
from zuji.errors import UnreadableError
from zuji.finding import Finding, Place

if TYPE_CHECKING:
    from lxml.etree import XMLSyntaxError, _Element

MAX_ELEMENT = 256 * 1024**2
"""Bytes of one dataset [B]; the largest of the field (input-output tables) have about 50 MB."""


class XmlError(Exception):
    """A file that cannot be read further; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def elements(source: Source, name: str, tags: Sequence[str]) -> Iterator[_Element]:
    """The elements of member `name` whose local name is in `tags`, each complete; its memory is freed after use.

    The first element that is yielded is always the root, at its start or (where no tag matches) complete, so that a
    caller can refuse another format early. Raises XmlError.
    """
    try:
        with source.open(name) as stream:
            yield from _stream(stream, name, frozenset(tags))
    except UnreadableError as error:
        raise XmlError(codes.UNREADABLE_FILE(Place(name), problem=str(error))) from error


def _stream(stream: IO[bytes], name: str, tags: frozenset[str]) -> Iterator[_Element]:
    from lxml import etree

    budget = Budget(stream, MAX_ELEMENT, name)
    parser = etree.iterparse(
        budget,
        events=("start", "end"),
        tag=[f"{{*}}{tag}" for tag in sorted(tags)],
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
    )
    root: _Element | None = None
    top: Any = None
    try:
        for event, element in parser:
            if root is None:
                root = _root_of(element, name)
                yield root
            if event == "end":
                yield element
                budget.renew()
                element.clear()
                above = element.getparent()
                if above is not None:
                    while element.getprevious() is not None:
                        del above[0]
        top = parser.root
        if root is None and top is not None:
            root = _root_of(top, name)
            yield root
    except etree.XMLSyntaxError as error:
        raise XmlError(_syntax(name, error)) from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise XmlError(codes.XML_SYNTAX(Place(name), problem=_sentence(str(error)))) from error
    if top is None:
        raise XmlError(codes.XML_SYNTAX(Place(name, 1), problem="empty"))


def _root_of(element: _Element, name: str) -> _Element:
    tree = element.getroottree()
    info: Any = tree.docinfo
    if info.internalDTD is not None:
        raise XmlError(codes.XML_DOCTYPE(Place(name, 1)))
    return tree.getroot()


def document(source: Source, name: str) -> _Element:
    """The root of a small document, complete; raises XmlError."""
    from lxml import etree

    try:
        data = source.read(name, MAX_ELEMENT)
    except UnreadableError as error:
        raise XmlError(codes.UNREADABLE_FILE(Place(name), problem=str(error))) from error
    parser = etree.XMLParser(
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise XmlError(_syntax(name, error)) from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise XmlError(codes.XML_SYNTAX(Place(name), problem=_sentence(str(error)))) from error
    return _root_of(root, name)


def _syntax(name: str, error: XMLSyntaxError) -> Finding:
    # libxml2 stops at the first sign of entities that multiply; that is no mistake of typing.
    message = _sentence(error.msg)
    if re.search(r"(?i)entity (?:reference )?loop|amplification", message):
        return codes.XML_DOCTYPE(Place(name, error.lineno or 0))
    return codes.XML_SYNTAX(Place(name, error.lineno or 0), problem=message)


def _sentence(message: str | None) -> str:
    return (message or "unreadable").splitlines()[0][:200]


def local(element: _Element) -> str:
    """The name of an element without its namespace; '' for what is no element."""
    tag: Any = element.tag  # comments and entities have no name here
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def line_of(element: _Element) -> int:
    """The line of an element in its file; 0 where the parser does not know it."""
    line: Any = element.sourceline
    return line if isinstance(line, int) else 0


def first(element: _Element | None, *names: str) -> _Element | None:
    """The first descendant by local names, one level each; None where a level is missing."""
    for name in names:
        if element is None:
            return None
        element = next((child for child in element if local(child) == name), None)
    return element


def every(element: _Element | None, name: str) -> list[_Element]:
    """The children with this local name."""
    return [] if element is None else [child for child in element if local(child) == name]


def text(element: _Element | None) -> str:
    """The text of an element, blanks trimmed; '' for none."""
    return (element.text or "").strip() if element is not None else ""


_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def localised(parent: _Element | None, name: str) -> tuple[str, str]:
    """The English and the Chinese text of the children `name`; without an English one, the first of any language."""
    english = chinese = other = ""
    for child in every(parent, name):
        language, words = (child.get(_LANG) or "en").lower(), text(child)
        if language.startswith("zh"):
            chinese = chinese or words
        elif language.startswith("en"):
            english = english or words
        else:
            other = other or words
    return english or other, chinese


def number(text: str | None) -> float:
    """The float that `text` states; NaN for nothing, for no number, and for one that is not finite."""
    if not text or "_" in text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
