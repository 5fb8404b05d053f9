"""Reports by our own names: what is asked of them, and where a listing of them begins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pytest

from counterfoil.kit.api.reports import Asked, Report, Reporting
from counterfoil.mapping.zoned import Zoned
from counterfoil.values.clock import instant

REPORTS = {"sent": Report({"key": "Despatch number", "moved": "Despatch date"}, "Despatch summary")}
NOON = instant("2026-07-02T12:00:00Z")


def there(column: str) -> str:
    """What the site calls a column."""
    return "Sent on" if column == "Despatch date" else column


class Site:
    """Answers every report with the same rows, and remembers what it was asked."""

    def __init__(self, *dates: str) -> None:
        self.asked: list[Asked] = []
        self.needed: list[str] = []
        self.rows = [
            {"Despatch number": str(number), "Despatch date": date, "Another": "x"}
            for number, date in enumerate(dates)
        ]
        clock = Zoned("Europe/London", ("%d/%m/%Y %H:%M",))
        self.reporting = Reporting(REPORTS, self.read, there, clock)

    async def read(self, asked: Asked, needed: Collection[str]) -> Sequence[Mapping[str, str]]:
        self.asked.append(asked)
        self.needed = [*needed]
        return self.rows


async def test_a_report_is_asked_for_its_columns_by_the_sites_own_names() -> None:
    at = Site("'02/07/2026 13:00'")
    rows = await at.reporting.within("sent", ["moved"], NOON, None)
    assert rows == [{"key": "0", "moved": "'02/07/2026 13:00'"}]
    assert at.asked == [
        Asked(
            "Despatch summary",
            "([Sent on] >= DateTime(2026,07,02,13,00,00))",
            "[Sent on]",
            "[Despatch number],[Sent on]",
        )
    ]
    assert at.needed == ["Despatch number", "Despatch date"]


async def test_what_is_asked_by_nothing_is_not_asked() -> None:
    at = Site()
    assert await at.reporting.under("sent", "key", []) == []
    assert at.asked == []


@pytest.mark.parametrize(
    ("dates", "start", "moment"),
    [
        ((), None, None),
        (("",), None, None),
        (("'02/07/2026 13:00'",), None, "2026-07-02T12:00:00Z"),
        (("soon",), "2026-07-02T12:00:00Z", "2026-07-02T12:00:00Z"),
        (("soon",), None, "2000-01-01T00:00:00Z"),
    ],
)
async def test_where_a_listing_begins(
    dates: tuple[str, ...], start: str | None, moment: str | None
) -> None:
    at = Site(*dates)
    first = await at.reporting.first("sent", "moved", instant(start) if start else None)
    assert (first.format_iso() if first else None) == moment
    assert at.asked[0].most == 1
