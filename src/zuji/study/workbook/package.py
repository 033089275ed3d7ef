"""The parts of an .xlsx file: a zip of XML documents, read with bounded memory and changed part by part."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zuji.errors import UnreadableError
from zuji.i18n import N_, tr

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_BYTES = 256 * 1024 * 1024
MAX_PARTS = 10000
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
STRICT = b"http://purl.oclc.org/ooxml/"
NO_WORKBOOK = N_("the file is not an .xlsx workbook, or it is damaged; save it as .xlsx in Excel or LibreOffice")
_DAY = (1980, 1, 1, 0, 0, 0)


def tag(name: str) -> str:
    """The full name of an element of a spreadsheet."""
    return f"{{{MAIN}}}{name}"


def parsed(raw: bytes) -> _Element:
    """The root of an XML part; raises UnreadableError for broken XML, and for a document type (entities)."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError(tr("the workbook is damaged: {problem}", problem=error.msg)) from error
    if b"<!DOCTYPE" in raw[:4096] or str(getattr(root.getroottree().docinfo, "doctype", None) or ""):
        raise UnreadableError(tr("the workbook is damaged: {problem}", problem="DOCTYPE"))
    return root


def serialised(root: _Element) -> bytes:
    """The XML text of a part."""
    from lxml import etree

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One worksheet: its name, its part, and whether it is hidden."""

    name: str
    part: str
    state: str


class Package:
    """The parts of a workbook by name; those that are not touched are written back byte by byte."""

    def __init__(self, raw: bytes) -> None:
        """Raises UnreadableError for a file that is no .xlsx, that is encrypted, or that unpacks beyond bounds."""
        if raw.startswith(b"\xd0\xcf\x11\xe0"):
            raise UnreadableError(
                tr("the file is an old .xls or is protected by a password: save it as .xlsx without one")
            )
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                entries = archive.infolist()
                if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_BYTES:
                    raise UnreadableError(tr("the workbook unpacks to more than {size} MB", size=MAX_BYTES >> 20))
                self.parts: dict[str, bytes] = {entry.filename: archive.read(entry) for entry in entries}
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
            raise UnreadableError(tr(NO_WORKBOOK)) from error
        except Exception as error:  # zlib.error and lzma errors come bare
            if isinstance(error, UnreadableError):
                raise
            raise UnreadableError(tr(NO_WORKBOOK)) from error
        if "[Content_Types].xml" not in self.parts:
            raise UnreadableError(tr(NO_WORKBOOK))

    @property
    def book(self) -> str:
        """The part that lists the sheets."""
        for target in self.relations("").values():
            if target in self.parts and b"<sheets" in self.parts[target].replace(b":sheets", b"<sheets"):
                return target
        raise UnreadableError(tr(NO_WORKBOOK))

    @staticmethod
    def relations_part(part: str) -> str:
        """The part that holds the relations of `part`."""
        folder, name = posixpath.split(part)
        return posixpath.join(folder, "_rels", f"{name}.rels")

    def relations(self, part: str) -> dict[str, str]:
        """Relation id → part that it leads to."""
        raw = self.parts.get(self.relations_part(part))
        if raw is None:
            return {}
        folder = posixpath.dirname(part)
        found = {}
        for one in parsed(raw).iter(f"{{{RELATIONS}}}Relationship"):
            target = one.get("Target", "")
            if one.get("TargetMode") != "External":
                path = target[1:] if target.startswith("/") else posixpath.join(folder, target)
                found[one.get("Id", "")] = posixpath.normpath(path)
        return found

    def sheets(self) -> list[SheetPart]:
        """The sheets in their order; chart sheets and the like have their part as well."""
        relations = self.relations(self.book)
        root = parsed(self.parts[self.book])
        return [
            SheetPart(
                one.get("name", ""), relations.get(one.get(f"{{{OFFICE}}}id", ""), ""), one.get("state", "visible")
            )
            for one in root.iter(tag("sheet"))
        ]

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add a relation from `part` to `target`; returns its id."""
        from lxml import etree

        name = self.relations_part(part)
        raw = self.parts.get(name)
        root = parsed(raw or f'<Relationships xmlns="{RELATIONS}"/>'.encode())
        used = {one.get("Id") for one in root}
        id = next(f"rIdZuji{n}" for n in range(1, len(used) + 2) if f"rIdZuji{n}" not in used)
        relative = posixpath.relpath(target, posixpath.dirname(part) or ".")
        etree.SubElement(root, f"{{{RELATIONS}}}Relationship", Id=id, Type=f"{OFFICE}/{kind}", Target=relative)
        self.parts[name] = serialised(root)
        return id

    def declare(self, part: str, content_type: str) -> None:
        """Say of what type a part is."""
        from lxml import etree

        root = parsed(self.parts["[Content_Types].xml"])
        if all(one.get("PartName") != f"/{part}" for one in root):
            name = f"{{{TYPES}}}Override"
            etree.SubElement(root, name, PartName=f"/{part}", ContentType=content_type)
            self.parts["[Content_Types].xml"] = serialised(root)

    def declare_extension(self, extension: str, content_type: str) -> None:
        """Say of what type the parts with an extension are."""
        from lxml import etree

        root = parsed(self.parts["[Content_Types].xml"])
        if all(one.get("Extension", "").lower() != extension for one in root):
            name = f"{{{TYPES}}}Default"
            root.insert(0, etree.Element(name, Extension=extension, ContentType=content_type))
            self.parts["[Content_Types].xml"] = serialised(root)

    def fresh(self, pattern: str) -> str:
        """The first part name of the pattern (with `{}` for a number) that is not taken."""
        taken = {name.lower() for name in self.parts}
        return next(name for n in range(1, MAX_PARTS) if (name := pattern.format(n)).lower() not in taken)

    def packed(self) -> bytes:
        """The .xlsx file; same parts, same bytes."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, raw in self.parts.items():
                info = zipfile.ZipInfo(name, _DAY)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, raw)
        return stream.getvalue()


@dataclass(frozen=True, slots=True)
class Odd:
    """What a plain reader of values does not tell of a sheet, by address."""

    errors: Mapping[str, str]
    """Cells that show an error, such as #REF!."""
    uncalculated: Mapping[str, str]
    """Formulas without a stored result."""
    percents: frozenset[str]
    """Numbers that are shown as percent."""
    hidden_rows: frozenset[int]
    """Rows (from 1) that are hidden."""


def odd_cells(package: Package, part: str, percent_styles: frozenset[int]) -> Odd:
    """Errors, formulas without a result, percent formats and hidden rows of one sheet."""
    errors: dict[str, str] = {}
    uncalculated: dict[str, str] = {}
    percents: set[str] = set()
    hidden: set[int] = set()
    for row in _rows(package.parts.get(part, b"")):
        if row.get("hidden") in ("1", "true"):
            hidden.add(int(row.get("r", "0")))
        for cell in row.iter(tag("c")):
            where, value, formula = cell.get("r", ""), cell.findtext(tag("v")), cell.find(tag("f"))
            if cell.get("t") == "e":
                errors[where] = value or "#ERROR!"
            elif formula is not None and not value and cell.get("t") != "str":
                uncalculated[where] = f"={formula.text or ''}"
            elif int(cell.get("s", "0") or 0) in percent_styles and value:
                percents.add(where)
    return Odd(errors, uncalculated, frozenset(percents), frozenset(hidden))


def _rows(raw: bytes) -> Iterator[Any]:
    from lxml import etree

    if not raw:
        return
    try:
        for _, row in etree.iterparse(io.BytesIO(raw), tag=tag("row"), resolve_entities=False, no_network=True):
            yield row
            row.clear()
    except etree.XMLSyntaxError as error:
        raise UnreadableError(tr("the workbook is damaged: {problem}", problem=error.msg)) from error


def percent_styles(package: Package) -> frozenset[int]:
    """The cell formats that show a number as percent."""
    part = next((name for name in package.parts if name.lower().endswith("xl/styles.xml")), "")
    if not part:
        return frozenset()
    root = parsed(package.parts[part])
    codes = {one.get("numFmtId"): one.get("formatCode", "") for one in root.iter(tag("numFmt"))}
    codes |= {"9": "0%", "10": "0.00%"}
    formats = root.find(tag("cellXfs"))
    found = (index for index, one in enumerate(formats if formats is not None else ()))
    return frozenset(
        index for index in found if formats is not None and "%" in codes.get(formats[index].get("numFmtId"), "")
    )
