"""The Online Retail file, replayed and counted again by SQL that shares nothing with ours.

The file: UCI data set 352, CC BY 4.0, Chen, Sain, Guo 2012.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from counterfoil.rehearse.traffic.catalogue import popularity
from counterfoil.rehearse.traffic.history import Period, history
from counterfoil.rehearse.traffic.sales import Sales
from counterfoil.rehearse.traffic.shape import SHAPE
from counterfoil.rehearse.traffic.stockcode import meaning
from counterfoil.twins.world import Sale
from tests.rehearse.salesfiles import REAL, needs_real

pytestmark = needs_real

WHOLE = (date(2010, 12, 1), date(2011, 12, 9))
NOVEMBER = (date(2011, 11, 1), date(2011, 11, 30))
POSTAGE = "stock_code in ('POST', 'DOT', 'C2', '23444')"
MERCHANDISE = (
    "regexp_matches(stock_code, '^([0-9]{5}|DCGS)')"
    " and stock_code not in ('23444', '23574', '22016')"
)


@pytest.fixture(scope="module")
def sql() -> Iterator[duckdb.DuckDBPyConnection]:
    """The file as tables: `sold`, lines of sale invoices, and `kept`, those that count."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"create table sold as select *, floor(unit_price * 100 + 0.5)::bigint as pence "
            f"from '{REAL}' where left(invoice_no, 1) not in ('C', 'A')"
        )
        connection.execute("create table kept as from sold where quantity > 0 and pence > 0")
        yield connection


@pytest.fixture(scope="module", params=[WHOLE, NOVEMBER], ids=["whole", "november"])
def period(request: pytest.FixtureRequest) -> Iterator[tuple[date, date, Sales, list[Sale]]]:
    start, end = request.param
    with history(REAL, period=Period(start, end)) as sales:
        yield start, end, sales, list(sales)


def test_the_traffic_is_what_independent_sql_counts(
    period: tuple[date, date, Sales, list[Sale]], sql: duckdb.DuckDBPyConnection
) -> None:
    start, end, sales, _ = period
    days = "where invoice_ts::date between $start and $end"
    counted = sql.execute(
        f"select (select count(distinct invoice_no) from sold {days}),"
        f" (select count(*) from sold {days}), count(distinct invoice_no), count(*),"
        f" sum(quantity * pence)::bigint, count(*) filter ({POSTAGE}) from kept {days}",
        {"start": start, "end": end},
    ).fetchone()
    traffic = sales.traffic
    assert counted == (
        traffic.sale_invoices,
        traffic.lines + sum(traffic.lines_left_out.values()),
        traffic.orders,
        traffic.lines,
        traffic.gross_minor,
        traffic.became["shipping"],
    )


def test_the_sales_add_up_to_the_traffic(
    period: tuple[date, date, Sales, list[Sale]],
) -> None:
    _, _, sales, read = period
    kinds = Counter(line.kind for sale in read for line in sale.lines)
    kinds["shipping"] = sum(charge.amount_minor > 0 for sale in read for charge in sale.shipping)
    assert len(read) == sales.traffic.orders
    assert sum(sale.total_minor for sale in read) == sales.traffic.gross_minor
    assert kinds == sales.traffic.became
    assert (read[0].placed, read[-1].placed) == (sales.traffic.first, sales.traffic.last)
    assert [sale.at_s for sale in read] == sorted(sale.at_s for sale in read)


def test_every_order_has_exactly_the_lines_and_the_money_of_its_invoice(
    period: tuple[date, date, Sales, list[Sale]], sql: duckdb.DuckDBPyConnection
) -> None:
    start, end, _, read = period
    counted = sql.execute(
        "select invoice_no, count(*), sum(quantity * pence)::bigint from kept"
        " where invoice_ts::date between $start and $end group by invoice_no",
        {"start": start, "end": end},
    ).fetchall()
    ours = {
        (
            sale.number,
            len(sale.lines) + sum(c.amount_minor > 0 for c in sale.shipping),
            sale.total_minor,
        )
        for sale in read
    }
    assert ours == set(counted)


def test_the_whole_file_in_figures(period: tuple[date, date, Sales, list[Sale]]) -> None:
    start, _, sales, _ = period
    traffic = sales.traffic
    if start != WHOLE[0]:
        assert (traffic.sale_invoices, traffic.orders, traffic.lines) == (3021, 2769, 83369)
        assert traffic.gross_minor == 150_949_633
        return
    assert (traffic.sale_invoices, traffic.orders, traffic.lines) == (22061, 19959, 530099)
    assert traffic.gross_minor == 1_065_562_248
    assert traffic.longest_order == 1114
    assert traffic.lines_left_out == {
        "quantity_not_above_zero": 1336,
        "price_not_above_zero": 1179,
        "price_below_half_a_penny": 4,
    }


def test_every_address_is_in_a_known_country(
    period: tuple[date, date, Sales, list[Sale]],
) -> None:
    assert all(sale.deliver_to.country for sale in period[3])


def test_nothing_but_merchandise_becomes_a_product(sql: duckdb.DuckDBPyConnection) -> None:
    codes = sql.execute(f"select distinct stock_code, {MERCHANDISE} from sold").fetchall()
    odd = {
        code for code, merchandise in codes if merchandise != (meaning(code).becomes == "product")
    }
    assert odd == {"PADS"}  # merchandise with a word for a code
    assert not [code for code, _ in codes if meaning(code).title.startswith("Unlisted")]


def test_the_shape_is_what_the_file_shows(sql: duckdb.DuckDBPyConnection) -> None:
    hours = sql.execute(
        "select hour(first), count(*) from (select min(invoice_ts) as first from kept"
        " group by invoice_no) group by all order by all"
    ).fetchall()
    assert dict(hours) == SHAPE.hours
    sizes = sql.execute(
        "select quantile_disc(n, $points) from (select count(*) as n from kept"
        f" where {MERCHANDISE} group by invoice_no)",
        {"points": [at / 1000 for at, _ in SHAPE.lines]},
    ).fetchall()[0][0]
    assert sizes == [lines for _, lines in SHAPE.lines]
    prices = sql.execute(
        "select quantile_disc(pence, $points) from (select stock_code, pence from kept"
        f" where {MERCHANDISE} group by stock_code, pence qualify row_number() over"
        " (partition by stock_code order by count(*) desc, pence) = 1)",
        {"points": [(0.5 + at) / 40 for at in range(40)]},
    ).fetchall()[0][0]
    assert tuple(prices) == SHAPE.prices


def test_cheap_things_are_bought_in_the_measured_numbers(sql: duckdb.DuckDBPyConnection) -> None:
    above = 0
    for bound, pieces in SHAPE.quantities:
        measured = sql.execute(
            f"select quantile_disc(quantity, $points) from kept where {MERCHANDISE}"
            " and pence > $above and (pence <= $bound or $bound = 9999)",
            {"points": [(0.5 + at) / 20 for at in range(20)], "above": above, "bound": bound},
        ).fetchall()[0][0]
        assert tuple(measured) == pieces
        above = bound


def test_the_measured_shares_are_what_the_file_shows(sql: duckdb.DuckDBPyConnection) -> None:
    orders = (
        "(select invoice_no, any_value(country) as country, any_value(customer_id) as who,"
        f" bool_or({POSTAGE}) as postage from kept group by invoice_no)"
    )
    home, abroad, guests, away = sql.execute(
        "select 1000 * avg(postage::int) filter (country = 'United Kingdom'),"
        " 1000 * avg(postage::int) filter (country <> 'United Kingdom'),"
        " 1000 * avg((who is null)::int), 1000 * avg((country <> 'United Kingdom')::int)"
        f" from {orders}"
    ).fetchall()[0]
    assert round(home) == SHAPE.with_postage_home
    assert round(abroad) == SHAPE.with_postage_abroad
    assert int(guests) == SHAPE.guests
    assert round(away) == SHAPE.abroad
    returning, same_day = sql.execute(
        "with placed as (select who, first, row_number() over (partition by who order by first,"
        " invoice_no) as nth, row_number() over (partition by who, first::date order by first,"
        " invoice_no) as today from (select invoice_no, any_value(customer_id) as who,"
        " min(invoice_ts) as first from kept where customer_id is not null group by invoice_no))"
        " select 1000 * avg((nth > 1)::int), 1000 * avg((today > 1)::int) from placed"
        " where first >= '2011-11-01' and first < '2011-12-01'"
    ).fetchall()[0]
    assert round(returning) == SHAPE.returning
    assert round(same_day) == SHAPE.same_day
    countries = sql.execute(
        f"select country, count(*) from {orders} where country <> 'United Kingdom'"
        " group by country order by 2 desc limit 9"
    ).fetchall()
    assert dict(countries) == SHAPE.countries


def test_what_postage_costs_is_what_the_file_shows(sql: duckdb.DuckDBPyConnection) -> None:
    for home, amounts in ((True, SHAPE.postage_home), (False, SHAPE.postage_abroad)):
        measured = sql.execute(
            "select quantile_disc(paid, [0.1, 0.3, 0.5, 0.7, 0.9]) from"
            f" (select sum(quantity * pence) as paid from kept where {POSTAGE}"
            " and (country = 'United Kingdom') = $home group by invoice_no)",
            {"home": home},
        ).fetchall()[0][0]
        assert tuple(measured) == amounts


def test_gift_cards_are_as_rare_as_in_the_file(sql: duckdb.DuckDBPyConnection) -> None:
    sold, orders = sql.execute(
        "select count(*) filter (stock_code = '22016' or starts_with(stock_code, 'gift')),"
        " count(distinct invoice_no) from kept"
    ).fetchall()[0]
    assert round(1000 * sold / orders) == SHAPE.gift_cards


def test_the_popularity_of_products_is_what_the_file_shows(
    sql: duckdb.DuckDBPyConnection,
) -> None:
    found = sql.execute(
        f"select count(*) as lines from kept where {MERCHANDISE} group by stock_code"
        " order by lines desc"
    ).fetchall()
    assert [found[rank - 1][0] for rank, _ in SHAPE.popularity] == [
        lines for _, lines in SHAPE.popularity
    ]
    assert popularity()[-1] == pytest.approx(sum(lines for (lines,) in found), rel=0.05)


def test_a_sample_of_the_real_file_is_exact() -> None:
    with history(REAL, orders=500, seed=1) as sales:
        assert sales.traffic.orders == sum(1 for _ in sales) == 500
