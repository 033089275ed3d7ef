"""What was found comes back in the user's own workbook: cells coloured, comments, one sheet that lists everything.

The package is changed part by part: formulas with their stored results, pictures, charts, macros, hidden sheets and
every other part stay byte by byte. Marks of an earlier run are taken off first.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from zuji.errors import UnreadableError
from zuji.finding import Finding, Severity
from zuji.i18n import N_, tr, tr_in
from zuji.study.workbook.cells import address, cell_parts, column_letters, indexes, sheet_cell
from zuji.study.workbook.layout import MARK_SHEET
from zuji.study.workbook.package import MAIN, OFFICE, STRICT, Package, SheetPart, parsed, serialised, tag

if TYPE_CHECKING:
    from lxml.etree import _Element

AUTHOR = "Zuji 足迹 check"
SIGN = "【Zuji】"
"""Every text that `mark` adds to a comment starts so."""
FILLS = {Severity.ERROR: "FFF4A6A0", Severity.WARNING: "FFFFE08A"}
"""Notes are listed and leave their cell as it is."""
_SEVERITIES = {Severity.ERROR: N_("error"), Severity.WARNING: N_("warning"), Severity.NOTE: N_("note")}
_HEADS = (N_("Severity"), N_("Place"), N_("Code"), N_("Finding"), N_("Why"), N_("How to mend"))
_WIDTHS = (10, 28, 9, 60, 44, 54)
_AFTER_LEGACY = ("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
                 "extLst")  # fmt: skip
_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"


def demanded(root: _Element, name: str) -> _Element:
    """The child `name` that every workbook has; raises UnreadableError for a damaged one that lacks it."""
    found = root.find(tag(name))
    if found is None:
        raise UnreadableError(tr("the workbook is damaged: {problem}", problem=name))
    return found


@dataclass(frozen=True, slots=True)
class Before:
    """A cell that is coloured, with the format that it had."""

    sheet: str
    cell: str
    style: str


def cell_of(finding: Finding) -> tuple[str, str] | None:
    """Sheet and cell of a finding in a workbook, None where it stands elsewhere."""
    sheet, cell = cell_parts(finding.place.path)
    return (sheet, cell) if cell else None


def marked(raw: bytes, findings: Sequence[Finding], lang: str) -> bytes:
    """The workbook with its findings marked; raises UnreadableError for one whose parts cannot be changed safely."""
    package = Package(raw)
    if STRICT in package.parts[package.book]:
        raise UnreadableError(
            tr("the workbook is saved as 'Strict Open XML': save it as an ordinary .xlsx, then it can be marked")
        )
    sheets = {one.name: one for one in package.sheets() if one.part in package.parts}
    unmark(package, sheets)
    by_sheet: dict[str, dict[str, list[Finding]]] = {}
    for finding in findings:
        found = cell_of(finding)
        if found and found[0] in sheets and found[0] != MARK_SHEET:
            by_sheet.setdefault(found[0], {}).setdefault(found[1], []).append(finding)
    styles = Styles(package)
    before: list[Before] = []
    for name, cells in by_sheet.items():
        loud = {
            cell: [one for one in found if one.severity in FILLS]
            for cell, found in cells.items()
            if any(one.severity in FILLS for one in found)
        }
        before += _mark_sheet(package, sheets[name], loud, styles, lang)
    styles.save()
    _list(package, sheets.get(MARK_SHEET), findings, before, lang)
    return package.packed()


class Styles:
    """The cell formats of the workbook, with coloured copies of those that are marked."""

    def __init__(self, package: Package) -> None:
        relations = package.relations(package.book)
        self.package = package
        self.part = next((part for part in relations.values() if part.endswith("styles.xml")), "")
        if self.part not in package.parts:
            raise UnreadableError(tr("the workbook is damaged: {problem}", problem="styles.xml"))
        self.root = parsed(package.parts[self.part])
        self._fills: dict[Severity, int] = {}
        self._copies: dict[tuple[int, Severity], int] = {}

    def coloured(self, style: int, severity: Severity) -> int:
        """The index of a format that is `style` in the colour of `severity`."""
        key = (style, severity)
        if key not in self._copies:
            formats = demanded(self.root, "cellXfs")
            copied = copy.deepcopy(formats[style] if style < len(formats) else formats[0])
            copied.tail = None
            copied.set("fillId", str(self._fill(severity)))
            copied.set("applyFill", "1")
            self._copies[key] = _position(formats, copied)
        return self._copies[key]

    def _fill(self, severity: Severity) -> int:
        from lxml import etree

        if severity not in self._fills:
            fills = demanded(self.root, "fills")
            fill = etree.Element(tag("fill"))
            pattern = etree.SubElement(fill, tag("patternFill"), patternType="solid")
            etree.SubElement(pattern, tag("fgColor"), rgb=FILLS[severity])
            etree.SubElement(pattern, tag("bgColor"), indexed="64")
            self._fills[severity] = _position(fills, fill)
        return self._fills[severity]

    def save(self) -> None:
        """Write the formats back, where some were added."""
        if self._copies:
            self.package.parts[self.part] = serialised(self.root)


def _position(members: _Element, wish: _Element) -> int:
    """Where an equal member stands in a list of formats; added at its end where there is none."""
    from lxml import etree

    text = etree.tostring(wish, method="c14n", exclusive=True).strip()
    for index, one in enumerate(members):
        if etree.tostring(one, method="c14n", exclusive=True, with_tail=False).strip() == text:
            return index
    members.append(wish)
    members.set("count", str(len(members)))
    return len(members) - 1


def _mark_sheet(
    package: Package, sheet: SheetPart, cells: Mapping[str, Sequence[Finding]], styles: Styles, lang: str
) -> list[Before]:
    if not cells:
        return []
    root = parsed(package.parts[sheet.part])
    before = []
    for cell, found in sorted(cells.items(), key=lambda item: indexes(item[0])):
        element = _cell(root, cell)
        worst = Severity.ERROR if any(one.severity is Severity.ERROR for one in found) else Severity.WARNING
        before.append(Before(sheet.name, cell, element.get("s", "")))
        element.set("s", str(styles.coloured(int(element.get("s", "0") or 0), worst)))
    texts = {cell: "\n\n".join(_comment(one, lang) for one in found) for cell, found in cells.items()}
    _comments(package, sheet, root, texts)
    package.parts[sheet.part] = serialised(root)
    return before


def _comment(finding: Finding, lang: str) -> str:
    word = tr_in(lang, _SEVERITIES[finding.severity])
    what, why, mend = finding.what(lang), finding.why(lang), finding.mend(lang)
    return f"{SIGN}{finding.code} {word}: {what}\n{tr_in(lang, N_('Why'))}: {why}\n→ {mend}"


def _cell(root: _Element, cell: str) -> _Element:
    """The element of a cell; made in its place, in the format of its row or column, where there is none."""
    from lxml import etree

    row_index, column = indexes(cell)
    data = demanded(root, "sheetData")
    row = next((one for one in data if int(one.get("r", "0")) == row_index + 1), None)
    if row is None:
        after = [one for one in data if int(one.get("r", "0")) <= row_index]
        row = etree.Element(tag("row"), r=str(row_index + 1))
        data.insert(len(after), row)
    columns = [indexes(one.get("r", "A1"))[1] for one in row]
    if column in columns:
        return row[columns.index(column)]
    position = sum(1 for one in columns if one < column)
    made = etree.Element(tag("c"), r=cell)
    style = row.get("s", "") if row.get("customFormat") else ""
    for one in root.iter(tag("col")):
        if not style and int(one.get("min", "0")) <= column + 1 <= int(one.get("max", "0")):
            style = one.get("style", "")
    if style:
        made.set("s", style)
    row.insert(position, made)
    return made


def _related(package: Package, part: str, kind: str) -> str:
    from zuji.study.workbook.package import RELATIONS

    raw = package.parts.get(package.relations_part(part))
    paths = package.relations(part)
    for one in parsed(raw) if raw else ():
        if one.tag == f"{{{RELATIONS}}}Relationship" and one.get("Type", "").endswith(f"/{kind}"):
            return paths.get(one.get("Id", ""), "")
    return ""


def _comments(package: Package, sheet: SheetPart, root: _Element, texts: Mapping[str, str]) -> None:
    from lxml import etree

    part = _related(package, sheet.part, "comments")
    if part in package.parts:
        comments = parsed(package.parts[part])
    else:
        part = package.fresh("xl/comments{}.xml")
        package.relate(sheet.part, "comments", part)
        package.declare(part, _COMMENTS)
        comments = parsed(f'<comments xmlns="{MAIN}"/>'.encode())
        etree.SubElement(comments, tag("authors"))
        etree.SubElement(comments, tag("commentList"))
    authors, listed = comments.find(tag("authors")), comments.find(tag("commentList"))
    if authors is None or listed is None:
        raise UnreadableError(tr("the workbook is damaged: {problem}", problem=part))
    author = next((i for i, one in enumerate(authors) if one.text == AUTHOR), len(authors))
    if author == len(authors):
        etree.SubElement(authors, tag("author")).text = AUTHOR
    there = {one.get("ref", ""): one for one in listed}
    fresh = []
    for cell, text in texts.items():
        comment = there.get(cell)
        if comment is None:
            comment = etree.SubElement(listed, tag("comment"), ref=cell, authorId=str(author))
            etree.SubElement(comment, tag("text"))
            fresh.append(cell)
        holder = comment.find(tag("text"))
        if holder is not None:
            _run(holder, text, apart=len(holder) > 0)
    listed[:] = sorted(listed, key=lambda one: indexes(one.get("ref", "A1")))
    package.parts[part] = serialised(comments)
    if fresh:
        _shapes(package, sheet, root, fresh)


def _run(holder: _Element, text: str, *, apart: bool) -> None:
    from lxml import etree

    run = etree.SubElement(holder, tag("r"))
    font = etree.SubElement(run, tag("rPr"))
    etree.SubElement(font, tag("sz"), val="9")
    line = etree.SubElement(run, tag("t"))
    line.text = ("\n" if apart else "") + "".join(one for one in text if one >= " " or one == "\n")
    line.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


_SHAPE_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)


def _shapes(package: Package, sheet: SheetPart, root: _Element, cells: Sequence[str]) -> None:
    """The boxes that comments are shown in; without them Excel shows no comment."""
    part = _related(package, sheet.part, "vmlDrawing") if root.find(tag("legacyDrawing")) is not None else ""
    text = package.parts[part].decode("utf-8", errors="surrogateescape") if part in package.parts else ""
    if not text:
        part = package.fresh("xl/drawings/vmlDrawing{}.vml")
        id = package.relate(sheet.part, "vmlDrawing", part)
        package.declare_extension("vml", _VML)
        _legacy(root, id)
        text = (
            '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
            'xmlns:x="urn:schemas-microsoft-com:office:excel"></xml>'
        )
    kind = "" if 'id="_x0000_t202"' in text else _SHAPE_TYPE
    shapes = "".join(_shape(sheet.name, cell) for cell in cells)
    end = text.rindex("</")
    package.parts[part] = (text[:end] + kind + shapes + text[end:]).encode("utf-8", errors="surrogateescape")


def _shape(sheet: str, cell: str) -> str:
    row, column = indexes(cell)
    anchor = f"{column + 1}, 15, {max(0, row - 1)}, 10, {column + 5}, 15, {row + 7}, 4"
    return (
        f'<v:shape id="zuji_{cell}" type="#_x0000_t202" '
        'style="position:absolute;margin-left:80pt;margin-top:2pt;width:260pt;height:110pt;visibility:hidden" '
        'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div>'
        f'</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
        f"<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )


def _legacy(root: _Element, id: str) -> None:
    from lxml import etree

    element = etree.Element(tag("legacyDrawing"), {f"{{{OFFICE}}}id": id}, nsmap={"r": OFFICE})
    later = {tag(name) for name in _AFTER_LEGACY}
    position = next((i for i, one in enumerate(root) if one.tag in later), len(root))
    root.insert(position, element)


def unmark(package: Package, sheets: Mapping[str, SheetPart]) -> None:
    """Take the marks of an earlier run off: colours by the formats that the list remembers, comments by their sign."""
    old = sheets.get(MARK_SHEET)
    if old is not None:
        _restore(package, sheets, _remembered(package, old))
    for sheet in sheets.values():
        part = _related(package, sheet.part, "comments")
        if part not in package.parts or SIGN.encode() not in package.parts[part]:
            continue
        comments = parsed(package.parts[part])
        gone = []
        for comment in list(comments.iter(tag("comment"))):
            holder = comment.find(tag("text"))
            for run in list(holder.findall(tag("r")) if holder is not None else ()):
                if (run.findtext(tag("t")) or "").lstrip("\n").startswith(SIGN) and holder is not None:
                    holder.remove(run)
            if holder is not None and len(holder) == 0:
                gone.append(comment.get("ref", ""))
                parent = comment.getparent()
                assert parent is not None
                parent.remove(comment)
        package.parts[part] = serialised(comments)
        _drop_shapes(package, sheet, gone)


def _drop_shapes(package: Package, sheet: SheetPart, cells: Sequence[str]) -> None:
    part = _related(package, sheet.part, "vmlDrawing")
    if part in package.parts:
        text = package.parts[part].decode("utf-8", errors="surrogateescape")
        for cell in cells:
            row, column = indexes(cell)
            rest = rf"<x:Row>{row}</x:Row>\s*<x:Column>{column}</x:Column>"
            text = re.sub(rf"<v:shape (?:(?!</v:shape>).)*?{rest}.*?</v:shape>", "", text, flags=re.DOTALL)
        package.parts[part] = text.encode("utf-8", errors="surrogateescape")


def _remembered(package: Package, old: SheetPart) -> list[Before]:
    rows = []
    for row in parsed(package.parts[old.part]).iter(tag("row")):
        texts = {re.sub(r"\d", "", one.get("r", "")): "".join(map(str, one.itertext())) for one in row}
        if texts.get("H"):
            rows.append(Before(texts["H"], texts.get("I", ""), texts.get("J", "")))
    return rows


def _restore(package: Package, sheets: Mapping[str, SheetPart], cells: Sequence[Before]) -> None:
    for name in {one.sheet for one in cells} & sheets.keys():
        root = parsed(package.parts[sheets[name].part])
        by_cell = {one.get("r"): one for one in root.iter(tag("c"))}
        for one in cells:
            element = by_cell.get(one.cell) if one.sheet == name else None
            if element is not None and one.style:
                element.set("s", one.style)
            elif element is not None and "s" in element.attrib:
                del element.attrib["s"]
        package.parts[sheets[name].part] = serialised(root)


def _list(
    package: Package, old: SheetPart | None, findings: Sequence[Finding], before: Sequence[Before], lang: str
) -> None:
    """The sheet of all findings; its hidden columns remember the formats of the coloured cells."""
    from lxml import etree

    part = old.part if old else package.fresh("xl/worksheets/zuji{}.xml")
    package.parts[part] = _list_xml(findings, before, lang).encode("utf-8")
    if old is not None:
        return
    package.declare(part, _SHEET)
    book = package.book
    id = package.relate(book, "worksheet", part)
    root = parsed(package.parts[book])
    listed = demanded(root, "sheets")
    number = max((int(one.get("sheetId", "0")) for one in listed), default=0) + 1
    etree.SubElement(
        listed, tag("sheet"), {"name": MARK_SHEET, "sheetId": str(number), f"{{{OFFICE}}}id": id}, nsmap={"r": OFFICE}
    )
    package.parts[book] = serialised(root)


def _list_xml(findings: Sequence[Finding], before: Sequence[Before], lang: str) -> str:
    rows = [_row(0, [tr_in(lang, head) for head in _HEADS], ("", "", ""))]
    links = []
    for y in range(max(len(findings), len(before))):
        texts: list[str] = []
        if y < len(findings):
            one = findings[y]
            found = cell_of(one)
            shown = sheet_cell(*found) if found else str(one.place)
            word = tr_in(lang, _SEVERITIES[one.severity])
            texts = [word, shown, one.code, one.what(lang), one.why(lang), one.mend(lang)]
            if found:
                links.append(f'<hyperlink ref="B{y + 2}" location={quoteattr(shown)} display={quoteattr(shown)}/>')
        kept = (before[y].sheet, before[y].cell, before[y].style) if y < len(before) else ("", "", "")
        rows.append(_row(y + 1, texts, kept))
    widths = "".join(f'<col min="{i}" max="{i}" width="{w}" customWidth="1"/>' for i, w in enumerate(_WIDTHS, 1))
    hidden = '<col min="8" max="10" width="9" hidden="1" customWidth="1"/>'
    joined = f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        '<sheetPr><tabColor rgb="FFC0392B"/></sheetPr><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}{hidden}</cols><sheetData>{''.join(rows)}</sheetData>"
        f'<autoFilter ref="A1:{column_letters(len(_HEADS) - 1)}{max(2, len(findings) + 1)}"/>{joined}</worksheet>'
    )


def _row(y: int, texts: Sequence[str], kept: tuple[str, str, str]) -> str:
    cells = [(x, text) for x, text in enumerate(texts) if text] + [(7 + x, text) for x, text in enumerate(kept) if text]
    inner = "".join(
        f'<c r="{address(y, x)}" t="inlineStr"><is><t xml:space="preserve">{escape(_printable(text))}</t></is></c>'
        for x, text in cells
    )
    return f'<row r="{y + 1}">{inner}</row>'


def _printable(text: str) -> str:
    return "".join(one for one in text if one >= " " or one in "\n\t")
