"""What a cell of a file says, read as its people write: exactly, or with a sentence that helps."""

from __future__ import annotations

import re
from typing import Final

from counterfoil.connectors.files.profile import Settings
from counterfoil.mapping.convert import text
from counterfoil.mapping.zoned import Zoned
from counterfoil.values.clock import instant
from counterfoil.values.errors import Hold
from counterfoil.values.money import minor

_DAYS: Final = {
    "iso": ("%Y-%m-%d",),
    "day-first": ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"),
    "month-first": ("%m/%d/%Y", "%m-%d-%Y"),
}
_TIMES: Final = ("", " %H:%M:%S", "T%H:%M:%S", " %H:%M")
_OFFSET: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(?:(Z|UTC)|([+-]\d\d):?(\d\d))"
)
_SERIAL: Final = re.compile(r"[1-9]\d{4}(?:\.\d+)?")
_SIGNS: Final = {".": ",", ",": "."}
"""What stands between thousands, by what stands before decimals."""


class Cells:
    """The converters of one connection's cells."""

    def __init__(self, settings: Settings) -> None:
        days = _DAYS[settings.dates]
        self._dates, self._mark = settings.dates, settings.decimals
        self._local = Zoned(settings.zone, tuple(day + time for day in days for time in _TIMES))
        mark, between = re.escape(self._mark), re.escape(_SIGNS[self._mark])
        # Thousands are believed only beside decimals: "1,234" alone may be either.
        self._amount = re.compile(
            rf"-?(?:\d+|\d{{1,3}}(?:{between}\d{{3}})+(?={mark}))(?:{mark}\d+)?"
        )

    def money(self, value: object, currency: str) -> int:
        """An amount, in minor units of `currency`."""
        cell = text(value, currency).replace("\u2212", "-")
        if not self._amount.fullmatch(cell):
            raise Hold(
                f"{cell[:40]!r} is not an amount with {self._mark!r} before its decimals.",
                do="Correct the cell, or set decimals of this connection.",
                code="bad-cell",
            )
        return minor(cell.replace(_SIGNS[self._mark], "").replace(self._mark, "."), currency)

    def moment(self, value: object, currency: str) -> str:
        """A moment, or the beginning of a day, as ISO 8601 in UTC."""
        cell = text(value, currency)
        if match := _OFFSET.fullmatch(cell):
            day, time, utc, hours, minutes = match.groups()
            return instant(f"{day}T{time}{'Z' if utc else f'{hours}:{minutes}'}").format_iso()
        if _SERIAL.fullmatch(cell):
            raise Hold(
                f"{cell!r} is a number where a date should be.",
                do="Give the column the format of a date in Excel, and save the file again.",
                code="bad-cell",
            )
        try:
            return self._local.convert(cell, currency)
        except Hold:
            raise Hold(
                f"{cell[:40]!r} is not a date that is written {self._dates}.",
                do="Correct the cell, or set dates of this connection.",
                code="bad-cell",
            ) from None

    def sql(self, cell: str) -> str:
        """SQL for the number in a cell that `money` takes; NULL in another."""
        between, mark = _SIGNS[self._mark], self._mark
        return (
            f"try_cast(replace(replace({cell}, '{between}', ''), '{mark}', '.') as decimal(18, 4))"
        )
