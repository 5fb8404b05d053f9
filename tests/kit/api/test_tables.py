"""Tables page by page: whole, or told in one sentence why they are not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from counterfoil.kit.api.tables import Page, Row, Tables
from counterfoil.values.errors import CounterfoilError, Misconfigured, Retry

COLUMNS = ("Sku", "Count")


class Vendor:
    """Gives pages of two rows, as they are told to be at each asking."""

    def __init__(self, *rows: str, renamed: dict[str, str] | None = None) -> None:
        self.rows = list(rows)
        self.asked: list[int] = []
        self.header = "Sku,Count"
        self.tables = Tables("Acme", renamed or {}, "depot")

    async def page(self, number: int) -> Page:
        self.asked.append(number)
        part = self.rows[2 * (number - 1) : 2 * number]
        return Page(str(len(self.rows)), "\n".join([self.header, *part]))

    async def read(self, most: int = 0) -> Sequence[Row]:
        return await self.tables.rows("stock", COLUMNS, self.page, most)


async def said(vendor: Vendor, kind: type[CounterfoilError] = Misconfigured) -> str:
    with pytest.raises(kind) as error:
        await vendor.read()
    assert error.value.where == "depot"
    assert error.value.do
    return error.value.said


async def test_every_row_of_every_page_once() -> None:
    vendor = Vendor("a,1", "b,2", "c,3", "d,4", "e,5")
    assert [row["Sku"] for row in await vendor.read()] == ["a", "b", "c", "d", "e"]
    assert vendor.asked == [1, 2, 3]


async def test_nothing_is_nothing_and_asked_once() -> None:
    vendor = Vendor()
    assert await vendor.read() == []
    assert vendor.asked == [1]


async def test_no_more_pages_are_asked_than_are_wanted() -> None:
    vendor = Vendor("a,1", "b,2", "c,3")
    assert (await vendor.read(most=1))[0]["Sku"] == "a"
    assert vendor.asked == [1]


async def test_columns_are_read_by_the_vendors_own_names() -> None:
    vendor = Vendor("a,1", renamed={"Count": "Stueck"})
    vendor.header = "Sku,Stueck,Another,Another"
    vendor.rows = ["a,1,x,y"]
    assert (await vendor.read())[0]["Count"] == "1"


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("Sku,Number", "The table 'stock' of Acme has no column 'Count'."),
        ("Sku,Count,Count", "The table 'stock' of Acme has the column 'Count' twice."),
        ("Sku", "The table 'stock' of Acme has no column 'Count'."),
    ],
)
async def test_a_header_that_does_not_fit_is_told(header: str, sentence: str) -> None:
    vendor = Vendor("a,1")
    vendor.header = header
    assert await said(vendor) == sentence


async def test_a_row_of_another_width_is_told_with_its_number() -> None:
    assert "3 cells in row 3" in await said(Vendor("a,1", "b,2,3"))


async def test_a_total_that_is_no_number_is_told() -> None:
    vendor = Vendor("a,1")

    async def page(number: int) -> Page:
        return Page("many", "Sku,Count\na,1")

    vendor.page = page  # type: ignore[method-assign]
    assert "does not say how many rows" in await said(vendor)


async def test_an_empty_page_before_the_end_is_told_and_is_not_the_end() -> None:
    vendor = Vendor("a,1", "b,2", "c,3")

    async def page(number: int) -> Page:
        return Page("3", "Sku,Count\na,1\nb,2" if number == 1 else "")

    vendor.page = page  # type: ignore[method-assign]
    assert "3 rows of 'stock' and gave 2" in await said(vendor)


async def test_the_same_page_twice_is_told_and_its_rows_are_not_counted_again() -> None:
    vendor = Vendor("a,1", "b,2", "c,3", "d,4")

    async def page(number: int) -> Page:
        return Page("4", "Sku,Count\na,1\nb,2")

    vendor.page = page  # type: ignore[method-assign]
    assert "gave 2" in await said(vendor)


async def test_a_table_that_grows_while_it_is_read_is_read_again_from_its_beginning() -> None:
    vendor = Vendor("b,2", "c,3", "d,4")
    true = vendor.page

    async def page(number: int) -> Page:
        if vendor.asked == [1]:
            vendor.rows.insert(0, "a,1")
        return await true(number)

    vendor.page = page  # type: ignore[method-assign]
    assert [row["Sku"] for row in await vendor.read()] == ["a", "b", "c", "d"]


async def test_a_table_that_never_rests_is_tried_later() -> None:
    vendor = Vendor("a,1", "b,2", "c,3")
    true = vendor.page

    async def page(number: int) -> Page:
        vendor.rows.append(f"x{len(vendor.rows)},1")
        return await true(number)

    vendor.page = page  # type: ignore[method-assign]
    assert "changed each time" in await said(vendor, Retry)
    assert len(vendor.asked) < 20


def test_a_column_that_a_template_lacks_is_named_as_the_site_calls_it() -> None:
    with pytest.raises(Misconfigured, match="no column e_mail"):
        Tables("Acme", {"Email": "e_mail"}, "depot").check("people", ["name"], ["Email"])
