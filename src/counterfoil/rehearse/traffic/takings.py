"""Takings: orders, their refunds and the payouts of them, with differences that are known.

What befalls each order is drawn of a seed, and what must come of it is kept apart: the truth is
made of what was drawn, never of what a comparison says.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from counterfoil.model.line import Line, Payment
from counterfoil.model.order import Order
from counterfoil.model.refund import Refund
from counterfoil.model.settlement import Kind, Presented, Row, Settlement
from counterfoil.values.money import rounded

CURRENCIES: Final = (
    "GBP", "EUR", "USD", "SEK", "CHF", "AUD", "JPY", "KRW", "ISK", "KWD", "BHD", "TND",
)  # fmt: skip
"""Of two, none and three decimals."""

_FIRST: Final = datetime(2026, 10, 1, tzinfo=UTC)
_TOGETHER: Final = 40  # orders of one currency that one payout pays
_LATE: Final = 50  # the last so many of a currency are too new for any payout
_GATEWAY: Final = "cards"


class Truth(msgspec.Struct, frozen=True):
    """What was done to one order: by how much more was paid out for each cause, and for none."""

    causes: tuple[tuple[str, int], ...] = ()
    unexplained_minor: int = 0


class Takings(msgspec.Struct, frozen=True):
    """Three books; `truth` by the order's key, `absent` the orders that no payout names and one
    should, `late` those that are too new for one."""

    orders: tuple[Order, ...]
    refunds: tuple[Refund, ...]
    payouts: tuple[Settlement, ...]
    truth: Mapping[str, Truth]
    absent: frozenset[str]
    late: frozenset[str]


def drawn(seed: int, orders: int) -> Takings:
    """So many orders and what befell them; the same for the same seed."""
    book = _Book(random.Random(f"takings {seed}"))
    share = -(-orders // len(CURRENCIES))
    for place in range(orders):
        left = share - place // len(CURRENCIES)
        book.sell(place, late=left <= _LATE, last=left == _LATE + 1)
    return book.closed()


class _Sale:
    """One order while things befall it: charged `charged` minor units, worth `total`."""

    def __init__(self, chance: random.Random, key: str, currency: str, placed: str) -> None:
        self.key, self.currency, self.placed, self.chance = key, currency, placed, chance
        self.charged = chance.randrange(200_000, 2_000_000)
        self.total = self.charged
        self.tax = 0
        self.included = True
        self.lines: tuple[Line, ...] = ()
        self.payments = [Payment(_GATEWAY, self.charged)]
        self.causes: list[tuple[str, int]] = []
        self.unexplained = 0
        self.rows: list[tuple[Kind, int, str]] = []
        self.later: list[tuple[Kind, int, str]] = []
        self.refunds: list[int] = []
        self.presented = Presented()
        self.known = self.paid = True

    def some(self) -> int:
        """An amount of its own: none of two befalls one order alike."""
        return self.chance.randrange(1_000, 90_000) * 2 + 1

    def order(self) -> Order:
        return Order(
            self.key, f"#{self.key}", self.placed, self.placed, self.placed,
            self.presented.currency or self.currency, self.included, self.lines,
            self.presented.amount_minor or self.total, self.tax, payments=tuple(self.payments),
        )  # fmt: skip


class _Book:
    """The books as they grow."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._orders: list[Order] = []
        self._refunds: list[Refund] = []
        self._truth: dict[str, Truth] = {}
        self._absent: set[str] = set()
        self._late: set[str] = set()
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._later: dict[str, list[Row]] = defaultdict(list)
        self._payouts: list[Settlement] = []
        self._sold: dict[str, int] = defaultdict(int)
        self._at = _FIRST

    def sell(self, place: int, *, late: bool, last: bool) -> None:
        """One order more, and what befalls it; a `late` one is charged and not paid out yet, and
        nothing befalls the `last` one before those."""
        currency = CURRENCIES[place % len(CURRENCIES)]
        self._at = _FIRST + timedelta(seconds=60 * place)
        sale = _Sale(self._chance, str(10_000_000 + place), currency, self._at.isoformat())
        if late:
            self._late.add(sale.key)
        else:
            (_nothing if last else self._chance.choices(BEFALLS, WEIGHTS)[0])(sale)
            self._enter(sale)
        if sale.known:
            self._orders.append(sale.order())
        self._sold[currency] += 1
        if self._sold[currency] % _TOGETHER == 0:
            self._pay_out(currency)

    def closed(self) -> Takings:
        """The books, when the last payouts are made."""
        for currency in CURRENCIES:
            for _ in range(2):
                self._at += timedelta(seconds=1)
                self._pay_out(currency)
        self._chance.shuffle(self._orders)
        return Takings(
            tuple(self._orders), tuple(self._refunds), tuple(self._payouts), self._truth,
            frozenset(self._absent), frozenset(self._late),
        )  # fmt: skip

    def _enter(self, sale: _Sale) -> None:
        for number, minor in enumerate(sale.refunds):
            key = f"{sale.key}-R{number}"
            self._refunds.append(
                Refund(key, key, sale.key, f"#{sale.key}", sale.placed, sale.placed, sale.currency,
                       tax_included=True, total_minor=minor, tax_minor=0)
            )  # fmt: skip
        if not sale.paid:
            self._absent.add(sale.key)
            return
        self._truth[sale.key] = Truth(tuple(sorted(sale.causes)), sale.unexplained)
        charge: tuple[Kind, int, str] = ("charge", sale.charged, "")
        for rows, entries in (
            (self._rows, [charge, *sale.rows]),
            (self._later, sale.later),
        ):
            for kind, minor, refund in entries:
                place = sum(map(len, (self._rows[sale.currency], self._later[sale.currency])))
                rows[sale.currency].append(
                    Row(f"{sale.key}-{place}-{kind}", kind, minor, minor, happened=sale.placed,
                        order=sale.key, refund=refund, presented=sale.presented)
                )  # fmt: skip

    def _pay_out(self, currency: str) -> None:
        rows = tuple(self._rows[currency])
        self._rows[currency] = self._later.pop(currency, [])
        if rows:
            key, at = f"{currency}-{len(self._payouts)}", self._at.isoformat()
            net = sum(row.net_minor for row in rows)
            self._payouts.append(Settlement(key, key, "paid", at, at, currency, net, rows))


def _nothing(sale: _Sale) -> None:
    """Charged what it is worth; a third of them state taxes by line."""
    if sale.chance.randrange(3) == 0:
        _taxed(sale)


def _fee(sale: _Sale) -> None:
    minor = sale.some()
    sale.rows.append(("fee", -minor, ""))
    sale.causes.append(("fee", -minor))


def _refunded(sale: _Sale) -> None:
    """The order says already what is left: both books agree."""
    minor = sale.some()
    sale.refunds.append(minor)
    sale.rows.append(("refund", -minor, f"{sale.key}-R0"))
    sale.total -= minor


def _goodwill(sale: _Sale) -> None:
    minor = sale.some()
    sale.refunds.append(minor)
    sale.rows.append(("refund", -minor, f"{sale.key}-R0"))
    sale.causes.append(("refund", -minor))


def _refunded_later(sale: _Sale) -> None:
    minor = sale.some()
    sale.refunds.append(minor)
    sale.later.append(("refund", -minor, f"{sale.key}-R0"))
    sale.causes.append(("refund-later", -minor))


def _refund_to_come(sale: _Sale) -> None:
    minor = sale.some()
    sale.refunds.append(minor)
    sale.total -= minor
    sale.causes.append(("refund-later", minor))


def _gift_card(sale: _Sale) -> None:
    minor = sale.some()
    sale.payments.append(Payment("gift_card", minor, "gift-card"))
    sale.total += minor
    sale.causes.append(("gift-card", -minor))


def _tip(sale: _Sale) -> None:
    """A tip that the order has and the card was not charged."""
    minor = sale.some()
    sale.lines = (Line("1", "", "Tip", 1, minor, kind="tip"),)
    sale.total += minor
    sale.causes.append(("tip", -minor))


def _chargeback(sale: _Sale) -> None:
    sale.rows.append(("dispute", -sale.charged, ""))
    sale.causes.append(("chargeback", -sale.charged))


def _chargeback_won(sale: _Sale) -> None:
    sale.rows.append(("dispute", -sale.charged, ""))
    sale.rows.append(("dispute-reversal", sale.charged, ""))


def _twice(sale: _Sale) -> None:
    sale.rows.append(("charge", sale.charged, ""))
    sale.causes.append(("duplicate", sale.charged))


def _exchanged(sale: _Sale) -> None:
    own = "USD" if sale.currency != "USD" else "GBP"
    rate = sale.chance.randrange(5_000, 20_000)
    sale.presented = Presented(own, rounded(sale.charged * rate, 10_000), f"0.{rate:05d}")
    sale.payments = [Payment(_GATEWAY, sale.presented.amount_minor)]
    sale.causes.append(("fx", sale.charged))


def _unknown(sale: _Sale) -> None:
    sale.known = False
    sale.causes.append(("missing", sale.charged))


def _never_paid(sale: _Sale) -> None:
    sale.paid = False


def _rounding(sale: _Sale) -> None:
    """The order's tax is rounded by line, and the card was charged by the whole; or the reverse."""
    by_line, whole = _taxed(sale, differ=True)
    if sale.chance.randrange(2):
        sale.charged += whole - by_line
    else:
        sale.total += whole - by_line
        sale.tax = whole
    sale.payments = [Payment(_GATEWAY, sale.charged)]
    sale.causes.append(("rounding", sale.charged - sale.total))


def _taxed(sale: _Sale, *, differ: bool = False) -> tuple[int, int]:
    """Give an order lines with tax on top, rounded by line; its tax by line, and as a whole."""
    while True:
        rate = sale.chance.choice((5, 7, 19, 20, 25))
        amounts = [sale.chance.randrange(5_000, 300_000) for _ in range(3)]
        taxes = [rounded(amount * rate, 100) for amount in amounts]
        whole = rounded(sum(amounts) * rate, 100)
        if not differ or sum(taxes) != whole:
            break
    sale.lines = tuple(
        Line(str(place), f"S{place}", "Tee", 1, amount, tax_minor=tax, tax_rate=f"0.{rate:02d}")
        for place, (amount, tax) in enumerate(zip(amounts, taxes, strict=True))
    )
    sale.included, sale.tax = False, sum(taxes)
    sale.charged = sale.total = sum(amounts) + sum(taxes)
    sale.payments = [Payment(_GATEWAY, sale.charged)]
    return sum(taxes), whole


def _secret(sale: _Sale) -> None:
    """Nobody states it, though other amounts are stated that come near."""
    if sale.chance.randrange(2):
        _taxed(sale)
    minor = sale.chance.choice((-1, 1)) * sale.chance.randrange(3, 900)
    sale.payments.append(Payment("gift_card", abs(minor) + 1, "gift-card"))
    sale.total += minor
    sale.unexplained -= minor


def _two(sale: _Sale) -> None:
    _gift_card(sale)
    _refunded_later(sale)


_DRAWN: Final[Mapping[Callable[[_Sale], None], int]] = {
    _nothing: 600, _refunded: 60, _chargeback_won: 10, _fee: 30, _goodwill: 30, _secret: 30,
    _refunded_later: 30, _refund_to_come: 30, _gift_card: 30, _tip: 20, _chargeback: 20,
    _twice: 20, _exchanged: 20, _unknown: 20, _never_paid: 20, _rounding: 20, _two: 10,
}  # fmt: skip
BEFALLS: Final = tuple(_DRAWN)
WEIGHTS: Final = tuple(_DRAWN.values())
