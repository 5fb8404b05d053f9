"""Spreadsheet: tables as an Excel workbook in which a text stays a text and a total is one.

Texts, identities among them, are never looked at by Excel for a number, a date or a formula; the
only formulas are the totals, each with its value. The same tables make the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

import msgspec

from counterfoil.kit.formats.workbook import column
from counterfoil.reconcile.verify_pack import archive

_FORBIDDEN = re.compile(r"[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EXACT = 15
"""Digits of a number that Excel keeps; a longer one is written as a text."""
_LONGEST = 32_000  # characters of a cell
_TEXT, _HEAD, _FIRST_NUMBER = 1, 2, 3  # styles; a number's is by its decimals

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Figure(msgspec.Struct, frozen=True):
    """A number of `minor` units, `places` of whose digits are decimals."""

    minor: int
    places: int = 0

    @property
    def text(self) -> str:
        """The number as plain decimal text."""
        digits = str(abs(self.minor)).rjust(self.places + 1, "0")
        point = len(digits) - self.places
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{digits[:point]}.{digits[point:]}" if self.places else f"{sign}{digits}"


Cell = str | Figure


class Table(msgspec.Struct, frozen=True):
    """A sheet: its name, heads and rows. Each of the columns `summed` has a total for each text
    that stands in the column `by`, such as a currency: other things are not added."""

    name: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    summed: tuple[str, ...] = ()
    by: str = ""


def workbook(tables: Sequence[Table]) -> bytes:
    """The workbook of these tables, as the bytes of an .xlsx file."""
    numbers = range(1, len(tables) + 1)
    sheets = "".join(
        f'<sheet name="{_written(table.name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, table in zip(numbers, tables, strict=True)
    )
    relations = [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    parts = {
        "[Content_Types].xml": _types(numbers),
        "_rels/.rels": _related([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _related([*relations, ("styles", "styles.xml")]),
        "xl/styles.xml": _styles(),
    }
    for number, table in zip(numbers, tables, strict=True):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(table)
    return archive({name: (_XML + content).encode() for name, content in parts.items()})


def _sheet(table: Table) -> str:
    rows = [
        _row(1, [_text(head, place, 1, _HEAD) for place, head in enumerate(table.heads)]),
        *(
            _row(line, [_cell(cell, place, line) for place, cell in enumerate(cells)])
            for line, cells in enumerate(table.rows, 2)
        ),
        *_totals(table),
    ]
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{frozen}'
        f"</sheetView></sheetViews><sheetData>{''.join(rows)}</sheetData></worksheet>"
    )


def _totals(table: Table) -> Iterable[str]:
    """A row for each text of the column that tells apart, with a sum for each column of figures."""
    if not table.rows or not table.by:
        return
    apart, last = table.heads.index(table.by), len(table.rows) + 1
    kinds = sorted({cell for row in table.rows if isinstance(cell := row[apart], str) and cell})
    for line, kind in enumerate(kinds, last + 2):
        cells = {apart: _text(kind, apart, line, _HEAD)}
        if apart:
            cells[0] = _text("Total", 0, line, _HEAD)
        for head in table.summed:
            place = table.heads.index(head)
            figures = [
                cell for row in table.rows
                if row[apart] == kind and isinstance(cell := row[place], Figure)
            ]  # fmt: skip
            if any(len(str(abs(figure.minor))) > _EXACT for figure in figures):
                whole = Figure(sum(figure.minor for figure in figures), figures[0].places)
                cells[place] = _text(whole.text, place, line, _HEAD)
            elif figures:
                ranges = [f"{column(at)}2:{column(at)}{last}" for at in (apart, place)]
                formula = f"SUMIF({ranges[0]},{column(apart)}{line},{ranges[1]})"
                whole = Figure(sum(figure.minor for figure in figures), figures[0].places)
                cells[place] = _number(whole, place, line, formula)
        yield _row(line, [cells[place] for place in sorted(cells)])


def _cell(cell: Cell, place: int, line: int) -> str:
    if isinstance(cell, Figure):
        exact = len(str(abs(cell.minor))) <= _EXACT
        return _number(cell, place, line) if exact else _text(cell.text, place, line)
    return _text(cell, place, line)


def _number(figure: Figure, place: int, line: int, formula: str = "") -> str:
    reckoned = f"<f>{escape(formula, quote=False)}</f>" if formula else ""
    style = _FIRST_NUMBER + figure.places
    value = f"{reckoned}<v>{figure.text}</v>"
    return f'<c r="{column(place)}{line}" s="{style}">{value}</c>'


def _text(text: str, place: int, line: int, style: int = _TEXT) -> str:
    if not text:
        return ""
    inner = f'<is><t xml:space="preserve">{_written(text[:_LONGEST])}</t></is>'
    return f'<c r="{column(place)}{line}" s="{style}" t="inlineStr">{inner}</c>'


def _row(line: int, cells: Sequence[str]) -> str:
    return f'<row r="{line}">{"".join(cells)}</row>'


def _written(text: str) -> str:
    """A text as XML takes it: what no XML may have becomes the sign of what is unreadable."""
    return escape(_FORBIDDEN.sub("\ufffd", text))


def _types(numbers: Iterable[int]) -> str:
    parts = [("workbook", "sheet.main"), ("styles", "styles")]
    parts += [(f"worksheets/sheet{number}", "worksheet") for number in numbers]
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{_TYPE}.{kind}+xml"/>'
        for part, kind in parts
    )
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
        f' ContentType="{relations}"/><Default Extension="xml" ContentType="application/xml"/>'
        f"{overrides}</Types>"
    )


def _related(parts: Iterable[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(parts, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def _styles() -> str:
    """Plain, text, bold text, and numbers of none to four decimals."""
    codes = ["#,##0", *(f"#,##0.{'0' * places}" for places in range(1, 5))]
    formats = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{code}"/>'
        for number, code in enumerate(codes, 164)
    )
    numbers = "".join(
        f'<xf numFmtId="{164 + places}" fontId="0" fillId="0" borderId="0" xfId="0"'
        ' applyNumberFormat="1"/>'
        for places in range(5)
    )
    plain = '<xf numFmtId="{}" fontId="{}" fillId="0" borderId="0" xfId="0"/>'
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="5">{formats}</numFmts>'
        '<fonts count="2"><font/><font><b/></font></fonts><fills count="1"><fill/></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1">'
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="8">{plain.format(0, 0)}{plain.format(49, 0)}{plain.format(49, 1)}'
        f"{numbers}</cellXfs></styleSheet>"
    )
