"""A day's trade that never happened, with the shape of one that did (`shape.py`).

For demonstrations without a data file. Measured: the rhythm of the day, the size of baskets,
prices, quantities, popularity, countries, guests, returning customers and postage. Ours, because
the data has no trace of it: how many lines carry a discount, and how large it is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise

from counterfoil.rehearse.traffic.catalogue import catalogue, popularity
from counterfoil.rehearse.traffic.customer import customer
from counterfoil.rehearse.traffic.sales import Pace, Sales, Traffic, moment
from counterfoil.rehearse.traffic.shape import SHAPE
from counterfoil.rehearse.traffic.shop import (
    CURRENCY,
    POSTAGE,
    TAX_RATE,
    WEB_POSTAGE,
    free_postage,
    postage,
    tax_inside,
)
from counterfoil.twins.world import Sale, SaleLine, SaleShipping
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import rounded

DISCOUNTED_PER_MILLE = 30
"""Ours, not measured: lines that carry a discount."""
DISCOUNTS_PERCENT = (5, 10, 15, 25)
"""Ours, not measured: the discounts that they carry."""

_KNOWN_CUSTOMERS = 4_338  # customers of the measured year
_FIRST_CUSTOMER = 10_001
_FIRST_NUMBER = 100_001
_GIFT_CARDS_POUNDS = (10, 20, 30, 40, 50)


def trade(
    day: date, *, orders: int, seed: int = 0, pace: Pace | None = None, days: int = 1
) -> Sales:
    """So many British days, from `day` on, with exactly `orders` sales each; the same `seed` gives
    the same sales.

    Raises `Misconfigured` for less than one order or a day outside 1996 to 2099.
    """
    if orders < 1 or not 1996 <= day.year <= 2099:
        raise Misconfigured(
            f"There is no trade of {orders} orders on {day}.",
            do="Ask for 1 order or more, on a day from 1996 to 2099.",
        )
    timing = pace or Pace()

    def read() -> Iterator[Sale]:
        drawing, numbers = _Drawing(random.Random(f"{seed}|{day}|sales")), count(_FIRST_NUMBER)
        for index in range(days):
            today, begins_s = day + timedelta(days=index), timing.begins_s(index)
            moments, midnight = _moments(today, orders, seed), _midnight(today)
            for second in moments:
                at_s = begins_s + timing.at_s(second - moments[0], moments[-1] - moments[0])
                yield drawing.sale(f"{next(numbers)}", moment(midnight + second), at_s)

    last = day + timedelta(days=days - 1)
    named = f"generated trade of {day}" + (f" to {last}" if days > 1 else "")
    return Sales(_count(named, read()), read)


def _moments(day: date, orders: int, seed: int) -> list[int]:
    """The second of the day of each sale."""
    chance = random.Random(f"{seed}|{day}|times")
    return sorted(_second(chance) for _ in range(orders))


def _second(chance: random.Random) -> int:
    """The second of the day of one sale."""
    (hour,) = chance.choices(list(SHAPE.hours), list(SHAPE.hours.values()))
    return hour * 3600 + chance.randrange(3600)


def _midnight(day: date) -> int:
    """When the British day begins, in seconds since 1970.

    Summer time runs from the last Sunday of March to the last Sunday of October (since 1996). The
    hour it moves is hours before the shop wakes, so the days it begins and ends are whole days.
    """
    summer = _last_sunday(day.year, 3) <= day < _last_sunday(day.year, 10)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(midnight.timestamp()) - 3600 * summer


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


class _Drawing:
    """Draws one sale after another, and remembers who has bought."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._today: list[str] = []
        self._newest = _FIRST_CUSTOMER + _KNOWN_CUSTOMERS - 1
        self._countries: dict[str, str] = {}

    def sale(self, number: str, placed: str, at_s: float) -> Sale:
        buyer_number = self._buyer()
        country = self._country(buyer_number)
        buyer = customer(buyer_number, country, number)
        return Sale(
            at_s=at_s,
            number=number,
            placed=placed,
            currency=CURRENCY,
            lines=tuple(self._line() for _ in range(self._size())),
            shipping=(self._postage(buyer.deliver_to.country, bool(buyer_number)),),
            email=buyer.email,
            deliver_to=buyer.deliver_to,
            tax_rate=TAX_RATE,
        )

    def _happens(self, per_mille: int) -> bool:
        return self._chance.randrange(1000) < per_mille

    def _buyer(self) -> str:
        """A customer's number, "" for a guest."""
        if self._happens(SHAPE.guests):
            return ""
        number = self._number()
        self._today.append(number)
        return number

    def _number(self) -> str:
        drawn = self._chance.randrange(1000)
        if self._today and drawn < SHAPE.same_day:
            return self._chance.choice(self._today)
        if drawn < SHAPE.returning:
            return str(_FIRST_CUSTOMER + self._chance.randrange(_KNOWN_CUSTOMERS))
        self._newest += 1
        return str(self._newest)

    def _country(self, number: str) -> str:
        """Where a buyer lives; a customer stays there."""
        country = self._countries.get(number) or self._anywhere()
        if number:
            self._countries[number] = country
        return country

    def _anywhere(self) -> str:
        if not self._happens(SHAPE.abroad):
            return "United Kingdom"
        (country,) = self._chance.choices(list(SHAPE.countries), list(SHAPE.countries.values()))
        return country

    def _size(self) -> int:
        """How many lines an order has: a point on the measured curve."""
        point = self._chance.randrange(1000)
        for (low, fewer), (high, further) in pairwise(SHAPE.lines):
            if point < high:
                return fewer + rounded((further - fewer) * (point - low), high - low)
        return SHAPE.lines[-1][1]

    def _line(self) -> SaleLine:
        if self._chance.randrange(27_000) < SHAPE.gift_cards:  # a mille of orders, 27 lines each
            return self._gift_card()
        (bought,) = self._chance.choices(catalogue(), cum_weights=popularity())
        quantity = self._quantity(bought.unit_minor)
        gross = quantity * bought.unit_minor
        discount = self._discount(gross)
        tax = tax_inside(gross - discount)
        return SaleLine(bought.sku, bought.title, quantity, bought.unit_minor, tax, discount)

    def _quantity(self, unit_minor: int) -> int:
        """Pieces on one line: the cheaper, the more."""
        pieces = next(choices for bound, choices in SHAPE.quantities if unit_minor <= bound)
        return self._chance.choice(pieces)

    def _discount(self, gross_minor: int) -> int:
        if not self._happens(DISCOUNTED_PER_MILLE):
            return 0
        return rounded(gross_minor * self._chance.choice(DISCOUNTS_PERCENT), 100)

    def _gift_card(self) -> SaleLine:
        pounds = self._chance.choice(_GIFT_CARDS_POUNDS)
        unit = pounds * 100
        title = f"Gift card of {pounds} pounds"
        return SaleLine(f"GIFT-{pounds}", title, 1, unit, tax_inside(unit), kind="gift-card")

    def _postage(self, country: str, known: bool) -> SaleShipping:
        home = country == "GB"
        if not self._happens(SHAPE.with_postage_home if home else SHAPE.with_postage_abroad):
            return free_postage(country)
        amounts = SHAPE.postage_home if home else SHAPE.postage_abroad
        return postage(POSTAGE if known else WEB_POSTAGE, self._chance.choice(amounts))


class _Tally:
    """What sales come to, added up one by one."""

    def __init__(self) -> None:
        self.became: Counter[str] = Counter()
        self.buyers: Counter[str] = Counter()
        self.gross_minor = self.discounts_minor = self.longest = 0
        self.moments: list[str] = []

    def add(self, sale: Sale) -> None:
        kinds = Counter(line.kind for line in sale.lines)
        kinds["shipping"] = sum(charge.amount_minor > 0 for charge in sale.shipping)
        discount = sum(line.discount_minor for line in sale.lines)
        self.became += kinds
        self.buyers[sale.email] += 1
        self.gross_minor += sale.total_minor + discount
        self.discounts_minor += discount
        self.longest = max(self.longest, kinds.total())
        self.moments.append(sale.placed)


def _count(source: str, sales: Iterator[Sale]) -> Traffic:
    tally = _Tally()
    for sale in sales:
        tally.add(sale)
    return Traffic(
        source=source,
        currency=CURRENCY,
        sale_invoices=len(tally.moments),
        orders=len(tally.moments),
        lines=tally.became.total(),
        gross_minor=tally.gross_minor,
        discounts_minor=tally.discounts_minor,
        became=dict(tally.became),
        customers=len(tally.buyers.keys() - {""}),
        guest_orders=tally.buyers[""],
        longest_order=tally.longest,
        first=tally.moments[0],
        last=tally.moments[-1],
    )
