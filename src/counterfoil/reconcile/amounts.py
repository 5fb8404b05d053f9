"""Amounts in the cells of an export, read as people write them; exact or not at all.

"1,234.50", "£12.50", "(12.50)" and "12.50-" are amounts; where a column writes its decimals behind
a comma, so is "1.234,50". An amount with more decimals than its currency has is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from counterfoil.values.money import exponent

Mark = Literal[".", ","]
"""What stands before the decimals."""

_COMMA_DECIMALS = re.compile(r",\d{1,2}\)?-?$|\d\.\d{3},")
_POINT_DECIMALS = re.compile(r"\.\d{1,2}\)?-?$|\d,\d{3}\.")
NUMBER = "decimal(18, 6)"
"""How SQL keeps a number: to six decimals, below a million million."""


def mark_of(cells: Iterable[str]) -> Mark:
    """What stands before a column's decimals: a comma only where all cells that tell say so."""
    figures = [cell.strip().strip("£$€ ") for cell in cells]
    commas = any(_COMMA_DECIMALS.search(cell) for cell in figures)
    return "," if commas and not any(_POINT_DECIMALS.search(cell) for cell in figures) else "."


def number(cell: str, mark: Mark) -> str:
    """SQL for the number that the SQL `cell` (a text) writes; NULL where it is none."""
    bare = rf"regexp_replace({cell}, '^[A-Z]{{3}} ?| ?[A-Z]{{3}}$|[£$€\s'']', '', 'g')"
    bare = rf"regexp_replace({bare}, '^\((.*)\)$|^(.*)-$', '-\1\2')"
    if mark == ",":
        return plain(f"replace(replace({bare}, '.', ''), ',', '.')")
    grouped = rf"regexp_full_match({bare}, '-?\d{{1,3}}(,\d{{3}})+(\.\d*)?')"
    ungrouped = f"case when {grouped} then replace({bare}, ',', '') else {bare} end"
    # A case and no coalesce: DuckDB takes apart every cell for the second part of that.
    return f"case when {plain(cell)} is not null then {plain(cell)} else {plain(ungrouped)} end"


def plain(cell: str) -> str:
    """SQL for the number of a `cell` that is written plainly, such as "-1234.50"; else NULL."""
    return f"try_cast({cell} as {NUMBER})"


def minor(value: str, currency: str, currencies: Iterable[str]) -> str:
    """SQL for the number `value` in minor units of the SQL `currency`, of which `currencies` occur;
    NULL where it has more decimals than the currency."""
    places = {code: exponent(code) for code in sorted(currencies)}
    factor = "100"
    if {*places.values()} - {2}:
        cases = " ".join(f"when '{code}' then {10**number}" for code, number in places.items())
        factor = f"case {currency} {cases} else 100 end"
    whole = f"{value} * {factor}"
    return f"case when {whole} = trunc({whole}) then cast({whole} as bigint) end"
