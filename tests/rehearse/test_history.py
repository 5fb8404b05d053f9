"""What a sales history becomes, rule by rule."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.rehearse.traffic.history import Period, history
from counterfoil.rehearse.traffic.sales import Pace, Traffic
from counterfoil.rehearse.traffic.shop import SHIPPING_TITLES
from counterfoil.twins.world import Sale, SaleLine, SaleShipping
from tests.rehearse.salesfiles import csv_file, parquet_file, row


def replay(folder: Path, *rows: str, **asked: object) -> tuple[Traffic, list[Sale]]:
    with history(csv_file(folder, rows), **asked) as sales:  # pyright: ignore[reportArgumentType]
        return sales.traffic, list(sales)


def line_of(folder: Path, **cells: str) -> SaleLine:
    _, [sale] = replay(folder, row(**cells))
    return sale.lines[0]


def test_an_invoice_is_one_order_with_its_lines_in_the_files_order(tmp_path: Path) -> None:
    _, sales = replay(
        tmp_path,
        row("500001", "22222", line="3"),
        row("500002", "33333", line="2", at="2011-11-01 09:00:00"),
        row("500001", "11111", line="1"),
        row("500001", "22222", line="4"),
    )
    assert [sale.number for sale in sales] == ["500001", "500002"]
    assert [line.sku for line in sales[0].lines] == ["11111", "22222", "22222"]


def test_cancellations_and_adjustments_are_no_sales_but_are_counted(tmp_path: Path) -> None:
    traffic, sales = replay(
        tmp_path, row("C500009"), row("c500010"), row("A500011"), row("a500012"), row("500001")
    )
    assert [sale.number for sale in sales] == ["500001"]
    assert (traffic.sale_invoices, traffic.other_invoices, traffic.other_lines) == (1, 4, 4)


def test_each_line_left_out_has_its_first_reason(tmp_path: Path) -> None:
    traffic, [sale] = replay(
        tmp_path,
        row(quantity="0"),
        row(quantity="-3", price="-1"),
        row(price="0.000"),
        row(price="-2.50"),
        row(price="0.0049"),
        row(price="0.005"),
    )
    assert traffic.lines_left_out == {
        "quantity_not_above_zero": 2,
        "price_not_above_zero": 2,
        "price_below_half_a_penny": 1,
    }
    assert [line.unit_minor for line in sale.lines] == [1]


def test_an_invoice_without_a_line_left_is_no_order(tmp_path: Path) -> None:
    traffic, sales = replay(tmp_path, row("500001", quantity="0"), row("500002"))
    assert [sale.number for sale in sales] == ["500002"]
    assert (traffic.sale_invoices, traffic.orders, traffic.invoices_without_lines) == (2, 1, 1)


@pytest.mark.parametrize(
    ("price", "pence"),
    [("2.675", 268), ("1.005", 101), ("1.004999999999999999", 100), ("99999999.994", 9999999999)],
)
def test_prices_round_half_up_and_exactly(tmp_path: Path, price: str, pence: int) -> None:
    assert line_of(tmp_path, price=price).unit_minor == pence


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=30))
def test_no_price_ever_differs_from_exact_decimal_rounding(
    tmp_path_factory: pytest.TempPathFactory, billionths: list[int]
) -> None:
    prices = [Decimal(number).scaleb(-9) for number in billionths]
    exact = [int((price * 100).quantize(Decimal(1), ROUND_HALF_UP)) for price in prices]
    rows = [row(price=f"{price:f}") for price in prices] + [row(price="1")]
    _, [sale] = replay(tmp_path_factory.mktemp("prices"), *rows)
    assert [line.unit_minor for line in sale.lines] == [*filter(None, exact), 100]


def test_a_float_column_is_read_as_the_digits_that_it_shows(tmp_path: Path) -> None:
    path = parquet_file(
        tmp_path,
        "select '500001' invoice_no, '85123A' stock_code, 6.0::double quantity, "
        "timestamp '2011-11-01 08:26:00' invoice_ts, 2.675::double unit_price",
    )
    with history(path) as sales:
        [sale] = sales
    assert (sale.lines[0].quantity, sale.lines[0].unit_minor) == (6, 268)


def test_a_sixth_of_each_line_is_vat(tmp_path: Path) -> None:
    assert line_of(tmp_path, quantity="5", price="0.15").tax_minor == 13  # 12.5, half up


def test_postage_becomes_shipping_with_its_own_vat(tmp_path: Path) -> None:
    traffic, [sale] = replay(
        tmp_path, row(), row(code="POST", quantity="3", price="18.00"), row(code="C2", price="50")
    )
    assert sale.shipping == (
        SaleShipping("Postage", 5400, 900),
        SaleShipping("Carriage", 5000, 833),
    )
    assert [line.sku for line in sale.lines] == ["85123A"]
    assert (traffic.lines, traffic.gross_minor) == (3, 255 + 5400 + 5000)
    assert traffic.became == {"product": 1, "shipping": 2}


def test_an_order_of_postage_alone_is_still_an_order(tmp_path: Path) -> None:
    _, [sale] = replay(tmp_path, row(code="DOT", price="4505.17"))
    assert (sale.lines, sale.total_minor) == ((), 450517)


@pytest.mark.parametrize(
    ("country", "title"),
    [("United Kingdom", "Royal Mail Tracked 48"), ("EIRE", "International Standard")],
)
def test_postage_that_is_free_still_has_a_method(tmp_path: Path, country: str, title: str) -> None:
    _, [sale] = replay(tmp_path, row(country=country))
    assert sale.shipping == (SaleShipping(title, 0, 0),)
    assert title in SHIPPING_TITLES


def test_a_bank_fee_becomes_a_custom_line_and_never_a_product(tmp_path: Path) -> None:
    line = line_of(tmp_path, code="BANK CHARGES", price="15", description="Bank Charges")
    assert (line.sku, line.kind, line.title) == ("", "custom", "Bank charges")


def test_a_voucher_becomes_a_gift_card(tmp_path: Path) -> None:
    line = line_of(tmp_path, code="gift_0001_20", description="Gift Voucher")
    assert (line.sku, line.kind, line.title) == ("gift_0001_20", "gift-card", "Gift Voucher")


def test_a_line_without_a_description_is_called_by_its_code(tmp_path: Path) -> None:
    assert line_of(tmp_path, description="").title == "85123A"


@pytest.mark.parametrize(
    ("written", "placed"),
    [
        ("2011-11-01 08:26:00", "2011-11-01T08:26:00Z"),
        ("2011-07-01 08:26", "2011-07-01T07:26:00Z"),
        ("2011-07-01", "2011-06-30T23:00:00Z"),
        ("2011-07-01T08:26:00Z", "2011-07-01T08:26:00Z"),
        ("2011-07-01T08:26:00.75+02:00", "2011-07-01T06:26:00Z"),
    ],
)
def test_times_are_british_wall_clock_unless_they_say_otherwise(
    tmp_path: Path, written: str, placed: str
) -> None:
    _, [sale] = replay(tmp_path, row(at=written))
    assert sale.placed == placed


def test_a_period_takes_whole_british_days(tmp_path: Path) -> None:
    _, sales = replay(
        tmp_path,
        row("500001", at="2011-06-30 23:59:59"),
        row("500002", at="2011-07-01 00:00:00"),
        row("500003", at="2011-07-02 23:59:59"),
        row("500004", at="2011-07-03 00:00:00"),
        period=Period(date(2011, 7, 1), date(2011, 7, 2)),
    )
    assert [sale.number for sale in sales] == ["500002", "500003"]


def test_an_invoice_written_across_a_minute_is_one_order_at_its_first(tmp_path: Path) -> None:
    _, [sale] = replay(tmp_path, row(at="2011-11-01 08:27:00"), row(at="2011-11-01 08:26:00"))
    assert (sale.placed, len(sale.lines)) == ("2011-11-01T08:26:00Z", 2)


def many(orders: int) -> list[str]:
    return [row(str(500001 + at), at=f"2011-11-01 08:{at % 60:02}:00") for at in range(orders)]


def test_a_sample_is_exact_in_order_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    traffic, sales = replay(tmp_path, *many(50), row("500099", price="0"), orders=7, seed=3)
    _, again = replay(tmp_path, *many(50), row("500099", price="0"), orders=7, seed=3)
    _, other = replay(tmp_path, *many(50), row("500099", price="0"), orders=7, seed=4)
    assert sales == again != other
    assert [sale.placed for sale in sales] == sorted(sale.placed for sale in sales)
    assert (traffic.sale_invoices, traffic.orders, traffic.orders_not_drawn) == (51, 7, 43)
    assert traffic.lines_left_out == {"order_not_drawn": 43, "price_not_above_zero": 1}
    assert traffic.gross_minor == 7 * 255


def test_a_sample_larger_than_the_file_is_the_file(tmp_path: Path) -> None:
    traffic, sales = replay(tmp_path, *many(5), orders=100)
    assert traffic.orders == len(sales) == 5


def test_sales_happen_at_the_shops_own_rhythm_only_faster(tmp_path: Path) -> None:
    rows = [row("1", at="2011-11-01 08:00"), row("2", at="2011-11-01 08:30")]
    _, sales = replay(tmp_path, *rows, row("3", at="2011-11-01 10:00"), pace=Pace(speed=60))
    assert [sale.at_s for sale in sales] == [0, 30, 120]


def test_sales_can_be_spread_over_the_seconds_that_there_are(tmp_path: Path) -> None:
    rows = [row("1", at="2011-11-01 08:00"), row("2", at="2011-11-01 08:30")]
    _, sales = replay(tmp_path, *rows, row("3", at="2011-11-01 10:00"), pace=Pace(spread_s=8))
    assert [sale.at_s for sale in sales] == [0, 2, 8]


def test_the_same_sales_can_be_read_twice_and_at_once(tmp_path: Path) -> None:
    with history(csv_file(tmp_path, many(20))) as sales:
        assert [(one, two) for one, two in zip(sales, sales, strict=True) if one != two] == []


def test_a_file_with_other_column_names_is_read_through_a_map(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path, ["500001;85123A;2;2011-11-01 08:26;1.50"], "Bill;Code;Pieces;When;Each"
    )
    names = {
        "invoice_no": "Bill",
        "stock_code": "Code",
        "quantity": "Pieces",
        "invoice_ts": "when",
        "unit_price": "Each",
    }
    with history(path, columns=names) as sales:
        [sale] = sales
    assert sale.total_minor == 300
    assert (sale.email, sale.deliver_to.name, sale.deliver_to.country) == (
        "",
        "Guest of invoice 500001",
        "GB",
    )


def test_quoted_cells_may_hold_commas_quotes_and_new_lines(tmp_path: Path) -> None:
    _, [sale] = replay(tmp_path, row(description='"CUP, ""BLUE""\nSMALL"'))
    assert sale.lines[0].title == 'CUP, "BLUE"\nSMALL'


def test_a_path_with_wildcards_is_one_file(tmp_path: Path) -> None:
    csv_file(tmp_path, [row()]).rename(tmp_path / "sales [1]*?'s.csv")
    with history(tmp_path / "sales [1]*?'s.csv") as sales:
        assert sales.traffic.orders == 1


@pytest.mark.parametrize("code", ["TEE-RED-M", "mug", "AB-1", "5012345678900"])
def test_a_shops_own_stock_codes_are_products_whatever_they_look_like(
    tmp_path: Path, code: str
) -> None:
    line = line_of(tmp_path, code=code)
    assert (line.kind, line.sku) == ("product", code)
