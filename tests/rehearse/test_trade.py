"""Generated trade: exact in number, the same for the same seed, and shaped like the real shop."""

from __future__ import annotations

from datetime import date
from statistics import mean, median

import pytest

from counterfoil.rehearse.traffic.catalogue import catalogue, popularity
from counterfoil.rehearse.traffic.sales import Pace
from counterfoil.rehearse.traffic.shape import SHAPE
from counterfoil.rehearse.traffic.shop import SHIPPING_TITLES
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.twins.world import Sale
from counterfoil.values.errors import Misconfigured

DAY = date(2026, 11, 2)


@pytest.fixture(scope="module")
def sales() -> list[Sale]:
    return list(trade(DAY, orders=2000, seed=11))


@pytest.mark.parametrize("orders", [1, 2, 137])
def test_there_are_exactly_as_many_orders_as_asked_for(orders: int) -> None:
    sales = trade(DAY, orders=orders)
    assert len(list(sales)) == sales.traffic.orders == orders


def test_the_same_seed_gives_the_same_sales() -> None:
    assert list(trade(DAY, orders=40, seed=5)) == list(trade(DAY, orders=40, seed=5))
    assert list(trade(DAY, orders=40, seed=5)) != list(trade(DAY, orders=40, seed=6))


def test_the_traffic_is_what_the_sales_add_up_to() -> None:
    generated = trade(DAY, orders=300, seed=2)
    lines = [line for sale in generated for line in sale.lines]
    paid = [charge for sale in generated for charge in sale.shipping if charge.amount_minor]
    gross = sum(line.quantity * line.unit_minor for line in lines)
    assert generated.traffic.lines == len(lines) + len(paid)
    assert generated.traffic.gross_minor == gross + sum(charge.amount_minor for charge in paid)
    assert generated.traffic.discounts_minor == sum(line.discount_minor for line in lines)
    assert generated.traffic.became["shipping"] == len(paid)


def test_sales_come_in_order_within_the_british_day(sales: list[Sale]) -> None:
    assert [sale.at_s for sale in sales] == sorted(sale.at_s for sale in sales)
    assert {sale.placed[:10] for sale in sales} == {"2026-11-02"}
    assert len({sale.number for sale in sales}) == len(sales)


@pytest.mark.parametrize(
    ("day", "ahead"),
    [
        (date(2026, 3, 28), 0),
        (date(2026, 3, 29), 1),
        (date(2026, 10, 24), 1),
        (date(2026, 10, 25), 0),
    ],
)
def test_the_shop_keeps_british_hours_in_summer_too(day: date, ahead: int) -> None:
    middle = mean(int(sale.placed[11:13]) for sale in trade(day, orders=400))
    measured = sum(hour * orders for hour, orders in SHAPE.hours.items()) / 19_959
    assert middle == pytest.approx(measured - ahead, abs=0.45)


def test_the_rhythm_is_kept_in_whatever_time_there_is() -> None:
    slow = list(trade(DAY, orders=50))
    quick = list(trade(DAY, orders=50, pace=Pace(spread_s=10)))
    assert (quick[0].at_s, quick[-1].at_s) == (0, 10)
    assert quick[25].at_s == pytest.approx(10 * slow[25].at_s / slow[-1].at_s)


def test_baskets_are_as_large_as_measured(sales: list[Sale]) -> None:
    points = dict(SHAPE.lines)
    sizes = sorted(len(sale.lines) for sale in sales)
    assert median(sizes) == pytest.approx(points[500], abs=2)
    assert sizes[1800] == pytest.approx(points[900], rel=0.15)
    assert mean(sizes) == pytest.approx(26.7, rel=0.15)


def test_customers_return_and_guests_come_as_measured(sales: list[Sale]) -> None:
    known = [sale.email for sale in sales if sale.email]
    assert 1 - len(known) / len(sales) == pytest.approx(SHAPE.guests / 1000, abs=0.02)
    new = {email for email in known if int(email[8:-12]) >= 10_001 + 4_338}
    assert len(new) / len(known) == pytest.approx(1 - SHAPE.returning / 1000, abs=0.03)


def test_a_customer_lives_in_one_place(sales: list[Sale]) -> None:
    homes: dict[str, set[object]] = {}
    for sale in sales:
        homes.setdefault(sale.email, set()).add(sale.deliver_to)
    assert max(len(found) for email, found in homes.items() if email) == 1


def test_orders_go_abroad_as_measured(sales: list[Sale]) -> None:
    abroad = sum(sale.deliver_to.country != "GB" for sale in sales) / len(sales)
    assert abroad == pytest.approx(SHAPE.abroad / 1000, abs=0.02)


def test_postage_has_known_titles_and_is_free_for_most(sales: list[Sale]) -> None:
    charges = [charge for sale in sales for charge in sale.shipping]
    assert {charge.title for charge in charges} <= set(SHIPPING_TITLES)
    assert 0.03 < sum(charge.amount_minor > 0 for charge in charges) / len(charges) < 0.2


def test_discounts_are_whole_pence_within_their_line_and_tax_is_after_them(
    sales: list[Sale],
) -> None:
    lines = [line for sale in sales for line in sale.lines]
    discounted = [line for line in lines if line.discount_minor]
    assert 0.02 < len(discounted) / len(lines) < 0.04
    for line in lines:
        net = line.quantity * line.unit_minor - line.discount_minor
        assert net >= 0
        assert abs(6 * line.tax_minor - net) <= 3


def test_gift_cards_are_rare_but_there(sales: list[Sale]) -> None:
    cards = [line for sale in sales for line in sale.lines if line.kind == "gift-card"]
    assert 0 < len(cards) < 20


def test_cheap_things_are_bought_by_the_dozen(sales: list[Sale]) -> None:
    lines = [line for sale in sales for line in sale.lines if line.kind == "product"]
    cheap = mean(line.quantity for line in lines if line.unit_minor <= 65)
    dear = mean(line.quantity for line in lines if line.unit_minor > 500)
    assert cheap > 4 * dear


def test_a_product_has_one_price_and_one_title() -> None:
    assert len({product.sku for product in catalogue()}) == len(catalogue()) == 3900
    assert len({product.title for product in catalogue()}) == 3900
    assert len(popularity()) == 3900


def test_the_figures_are_told_with_their_source() -> None:
    assert "12:00, with 16 % of the day's orders" in SHAPE.told[0]
    assert SHAPE.told[-1] == f"Measured on: {SHAPE.source}."


@pytest.mark.parametrize(("day", "orders"), [(DAY, 0), (date(1990, 1, 1), 5)])
def test_what_cannot_be_asked_for(day: date, orders: int) -> None:
    with pytest.raises(Misconfigured):
        trade(day, orders=orders)
