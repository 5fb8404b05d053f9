"""Workbooks for tests, as small as Excel would open them."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

_OPEN = "http://schemas.openxmlformats.org"
_OFFICE = f"{_OPEN}/officeDocument/2006/relationships"
_MAIN = f"{_OPEN}/spreadsheetml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGE = "application/vnd.openxmlformats-package"
_CONTENT = (
    f'<Types xmlns="{_OPEN}/package/2006/content-types">'
    f'<Default Extension="rels" ContentType="{_PACKAGE}.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    "</Types>"
)
_BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def _relation(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_OPEN}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )


def _cell(name: str, text: str, formula: str) -> str:
    if formula:
        return f'<c r="{name}"><f>{formula}</f><v>1</v></c>'
    return f'<c r="{name}" t="inlineStr"><is><t>{text}</t></is></c>'


def workbook(
    path: Path, rows: Sequence[Sequence[str]], *, formula: str = "", merged: str = ""
) -> None:
    """A workbook of texts; `formula` stands in its last cell, the cells `merged` are merged."""
    written = ""
    for at, row in enumerate(rows, 1):
        cells = [
            _cell(
                f"{chr(ord('A') + column)}{at}",
                cell,
                formula if (at, column) == (len(rows), len(row) - 1) else "",
            )
            for column, cell in enumerate(row)
        ]
        written += f'<row r="{at}">{"".join(cells)}</row>'
    spans = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{written}</sheetData>{spans}</worksheet>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", _CONTENT)
        archive.writestr("_rels/.rels", _relation("officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", _BOOK)
        target = _relation("worksheet", "worksheets/sheet1.xml")
        archive.writestr("xl/_rels/workbook.xml.rels", target)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    os.utime(path, (0, 0))
