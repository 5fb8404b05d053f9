"""A workbook whose first sheet is a plain table: what a person built in it is refused by name.

Excel keeps beside a formula the value that it had when the file was saved, and of merged cells only
the first one's. Where money is posted of a file, both are a guess.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final
from zlib import error as DamagedError

import python_calamine as excel

from counterfoil.values.errors import Refuse

_BLOCK: Final = 1 << 20
_OVERLAP: Final = 4096  # bytes; a cell's head and its formula lie closer together
_FORMULA: Final = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]{0,200}>\s{0,9}<f[ >/]')
_SHEET: Final = re.compile(rb'<sheet [^>]*?r:id="([^"]{1,60})"')
_RELATION: Final = re.compile(rb"<Relationship [^>]{1,600}>")
_TARGET: Final = re.compile(rb'Target="/?(?:xl/)?([^"]{1,200})"')
_SPLIT: Final = (
    "Split them (Unmerge Cells), so that each row has all of its own cells, and save it again."
)
_VALUES: Final = (
    "Copy it, paste it as values into a sheet of its own, and save that as .xlsx or CSV."
)


def check_plain(path: Path) -> None:
    """Raise `Refuse` where the first sheet has merged cells or formulas; what is no workbook at
    all is for the reader of tables to say."""
    if merged := _merged(path):
        raise _refusal(path, f"has merged cells ({merged})", _SPLIT, "merged-cells")
    if formula := _formula(path):
        sentence = f"has a formula ({formula}), whose value may be an old one"
        raise _refusal(path, sentence, _VALUES, "has-formulas")


def _refusal(path: Path, fault: str, do: str, code: str) -> Refuse:
    return Refuse(f"The sheet {fault}.", do=do, where=path.name, code=code)


def _merged(path: Path) -> str:
    """The first merged cells, as Excel names them; empty where there are none."""
    try:
        with path.open("rb") as file:
            sheet = excel.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
            ranges = sheet.merged_cell_ranges or []
    except (excel.CalamineError, IndexError):
        return ""
    if not ranges:
        return ""
    (top, left), (bottom, right) = ranges[0]
    return f"{column(left)}{top + 1}:{column(right)}{bottom + 1}"


def column(place: int) -> str:
    """How a workbook calls its column at a place, the first at 0: A to Z, then AA."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters


def _formula(path: Path) -> str:
    """The first cell that has a formula; empty where none has."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_first_sheet(archive)) as sheet:
            before = b""
            while block := sheet.read(_BLOCK):
                if cell := _FORMULA.search(before + block):
                    return cell[1].decode()
                before = block[-_OVERLAP:]
    except (zipfile.BadZipFile, KeyError, DamagedError, RuntimeError, NotImplementedError):
        return ""
    return ""


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """Where the first sheet lies in the archive. Raises `KeyError` where nothing says it."""
    sheet = _SHEET.search(archive.read("xl/workbook.xml"))
    name = sheet[1] if sheet else b""
    for relation in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        target = _TARGET.search(relation)
        if b'Id="' + name + b'"' in relation and target:
            return f"xl/{target[1].decode()}"
    raise KeyError(name)
