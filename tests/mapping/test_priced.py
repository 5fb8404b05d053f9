"""Price pairs, tax rows, returns, tenders, addresses: what a shop's order is made of."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest

from counterfoil.mapping.addresses import address_table, only_address
from counterfoil.mapping.convert import named
from counterfoil.mapping.field import Field, Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.pair import Pair, agreed_side, pair
from counterfoil.mapping.priced import Priced, Settled, settle
from counterfoil.mapping.returned import less, sent
from counterfoil.mapping.shape import table
from counterfoil.mapping.tax_rows import TaxRow, placed
from counterfoil.mapping.tenders import with_gateway
from counterfoil.model.address import Address
from counterfoil.model.line import Line, Payment, Tax
from counterfoil.model.order import Order, check
from counterfoil.values.errors import Hold


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    cost: Annotated[Pair, pair(("inc",), inc="with_tax", ex="without", tax="tax")]


FEES = Mapper(table("fee", Fee))


def test_a_pair_is_read_of_the_objects_own_members() -> None:
    row = {"with_tax": "12.0000", "without": "10.0000", "more": 1}
    assert FEES.run(row, "GBP").cost == Pair(inc=120_000, ex=100_000, tax=0)
    assert [loss.field for loss in FEES.losses(row)] == ["more"]
    assert (FEES.run(row, "GBP").cost.side(True), FEES.run(row, "GBP").cost.side(False)) == (
        120_000, 100_000,
    )  # fmt: skip


@pytest.mark.parametrize(("row", "where"), [({}, "with_tax"), ({"with_tax": "x"}, "with_tax")])
def test_what_a_pair_needs_is_named_at_its_own_place(row: dict[str, str], where: str) -> None:
    with pytest.raises(Hold) as error:
        FEES.run(row, "GBP")
    assert error.value.where == where


def test_base_prices_tell_the_side_that_was_agreed() -> None:
    price = Pair(inc=12, ex=10)
    assert agreed_side([(12, price), (0, Pair())], "7", "here") is True
    assert agreed_side([(10, price)], "7", "here") is False
    for prices in ([(11, price)], [(10, price), (12, price)], []):
        with pytest.raises(Hold) as error:
            agreed_side(prices, "7", "here")
        assert (error.value.code, error.value.where) == ("tax-side", "here")


ROWS = [
    TaxRow(("item", "1"), "State", "0.05", 12_350),
    TaxRow(("item", "1"), "City", "0.02", 4_950),
    TaxRow(("post", ""), "State", "0.05", 5_000),
]


def test_tax_rows_stand_where_they_belong_where_they_are_the_tax() -> None:
    places = [(("item", "1"), 0), (("post", ""), 0), (("item", "2"), 0)]
    first, post, none = placed(ROWS, places, 223, "GBP")
    assert [(tax.title, tax.amount_minor) for tax in first] == [("State", 124), ("City", 49)]
    rates = [Settled(1_000, taxes).rate for taxes in (first, post, none)]
    assert rates == ["0.07", "0.05", "0"]


@pytest.mark.parametrize(("tax_minor", "place"), [(300, "post"), (223, "moon")])
def test_else_each_place_has_its_own_tax_and_no_rate(tax_minor: int, place: str) -> None:
    places = [(("item", "1"), 10_000 * (tax_minor // 100)), ((place, ""), (tax_minor % 100) * 100)]
    taxes = placed(ROWS, places, tax_minor, "GBP")
    assert [tax.amount_minor for rows in taxes for tax in rows if not tax.title] == [
        minor for minor in (tax_minor // 100 * 100, tax_minor % 100) if minor
    ]
    assert Settled(1_000, taxes[0]).rate == ""


def test_parts_settle_together_in_the_first_way_that_comes_to_the_total() -> None:
    parts = [
        Priced(("item", "1"), (10_000, 10_050), 0),
        Priced(("post", ""), (20_049, 20_049), 0),
    ]
    assert [part.amount_minor for part in settle(parts, [], 301, 0, "GBP")] == [100, 201]
    line = Line("1", "A", "A", 3, 0)
    (money, charge) = settle(parts, [], 302, 0, "GBP")
    priced = money.line(line, 3_334, "GBP")
    assert (priced.unit_minor, priced.discount_minor, priced.total_minor) == (34, 1, 101)
    assert (charge.charge("Post").amount_minor, charge.charge("Post").tax_rate) == (201, "0")


def order(**more: object) -> Order:
    lines = (
        Line("1", "A", "A", 3, 400, 30, taxes=(Tax("VAT", 195, "0.2"),), tax_minor=195),
        Line("2", "B", "B", 1, 100, tax_minor=20),
    )
    told: dict[str, object] = {"total_minor": 1270, "tax_minor": 215, "tax_included": True} | more
    return Order(key="7", number="7", placed="", created="", updated="", currency="GBP",
                 lines=lines, **told)  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(("included", "total_minor"), [(True, 1270), (False, 1485)])
def test_what_came_back_leaves_at_its_own_price(included: bool, total_minor: int) -> None:
    bought = order(tax_included=included, total_minor=total_minor)
    check(bought)
    remaining = less(bought, {"1": 1, "2": 1})
    check(remaining)
    assert [(line.key, line.quantity, line.total_minor) for line in remaining.lines] == [
        ("1", 2, 780)
    ]
    assert sent(remaining).lines[0].fulfilled
    assert less(bought, {}) == bought


def test_tenders_are_what_other_means_took_and_the_gateway_the_remaining() -> None:
    card, gift = Payment("card", 0, reference="r"), Payment("gift", 500, "gift-card", "received")
    none = Payment("credit", 0, "store-credit", "received")
    assert with_gateway([gift, none], card, 1200, "paid") == (
        gift, Payment("card", 700, "", "received", "r"),
    )  # fmt: skip
    assert with_gateway([], card, 1200, "authorised")[0].state == "authorised"
    assert (
        with_gateway([gift], card, 1200, "pending")
        == with_gateway([gift], card, 500, "paid")
        == (gift,)
    )


def test_an_address_has_its_names_together_and_an_order_goes_to_one() -> None:
    places = Mapper(address_table(first="first", last="last", country="land", town="city"))
    place = places.run({"first": "Jo", "last": None, "land": "GB", "city": "Leeds"}, "")
    assert (place.name, place.country, place.town, place.postcode) == ("Jo", "GB", "Leeds", "")
    assert only_address([place], "7", "there") is place
    assert only_address([], "7", "there") == Address()
    with pytest.raises(Hold, match="Order 7 goes to 2 addresses") as error:
        only_address([place, place], "7", "there")
    assert (error.value.code, error.value.where) == ("several-addresses", "there")


def test_a_form_is_pairs_and_only_some_of_them_where_that_is_asked() -> None:
    rows = [{"n": "A", "v": "1", "k": "x"}, {"n": "B", "v": None, "k": "y"}]
    form = Table("form", [Field("rows", "rows", named("n", "v"))])
    assert Mapper(form).run({"rows": rows}, "") == {"rows": (("A", "1"), ("B", ""))}
    assert named("n", "v", lambda row: row["k"] == "y")(rows, "") == (("B", ""),)
