"""What a shop pays back over its days, and what its payment provider pays out after each of them.

A payout is made in the night, of every entry of the balance that is in none yet, and is paid in the
morning; as recorded, a refund gets no fee back, and a card of another currency costs more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from counterfoil.twins.kit.faults import Between, Fault, Faults
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.sale.events import PAID_BACK, befalls
from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.kit.sale.parts import Movement, movements
from counterfoil.twins.kit.sale.trade import Trade
from counterfoil.twins.kit.trade import Agenda, Turn, Work
from counterfoil.twins.kit.twin import Ground
from counterfoil.twins.shopify.profile import Calendar
from counterfoil.twins.shopify.settlement import Happening, Payments
from counterfoil.values.money import rounded

GATEWAY: Final = "shopify_payments"
KEPT: Final[Mapping[str, Fault]] = {
    "payout_cancelled": Fault("A payout was called off: its entries went into another.", 0.0, 0.2),
    "disputed": Fault("A customer had the bank take a payment back.", 0.01, 0.02),
    "dispute_won": Fault("The bank gave a disputed payment back.", 0.0, 0.5),
    "reserved": Fault("The provider kept money back for a day.", 0.0, 0.3),
}
"""What the provider keeps and gives back beside its fees, and how often."""

_FEE, _FEE_ABROAD = 27, 58  # in a thousand (recorded: 2.7 % and 5.8 %)
_DISPUTE_FEE: Final = 1500
_SOON: Final = (0.2, 0.7)  # days from an order to its refund, and from a promise to its money
_MORNING: Final = (0.4, 0.4)  # days from a payout to its money
_AGAIN: Final = (0.1, 0.1)  # days from one that was called off to the next
_RESERVE: Final = 10  # a part in so many
_BATCH: Final = 1000
_TAKEN: Final = ("SALE", "CAPTURE")


class Paying:
    """What is paid back and out by itself, on a day that is "hostile" or a good one: `fate` draws
    it, and `trade` lets it befall orders."""

    def __init__(
        self, ground: Ground, calendar: Calendar, day: str, trade: Trade, payments: Payments
    ) -> None:
        self._ground = ground
        self._calendar = calendar
        self._trade = trade
        self._shop = trade.shop
        self._payments = payments
        weather = "hostile" if day == "hostile" else "normal"
        self.fate = Faults({**PAID_BACK, **KEPT}, weather, ground.chance, ground.memory, "paid:")
        self._back = Agenda("paid back", ground.memory, ground.clock, self._pay_back)
        self._out = Agenda("paid out", ground.memory, ground.clock, self._pay_out)

    @property
    def works(self) -> tuple[Work, ...]:
        """What happens by itself."""
        return (self, self._back, self._out)

    @property
    def pending(self) -> int:
        """How many refunds, nights and mornings are to come."""
        return self._back.pending + self._out.pending

    def advance(self) -> bool:
        """Draw what will be paid back of new orders; False where there was none."""
        memory, days = self._ground.memory, self._calendar
        if not days.days:
            return False
        if not memory.fact("nights planned", 0):
            with memory.transaction():
                opened_s = self._trade.plan.opened_s(self._now_s())
                for night in range(1, days.days + 1):
                    self._out.add(0, "night", opened_s + night * days.day_s)
                memory.learn("nights planned", 1)
        after = int(memory.fact("paid back until", 0))
        orders = self._shop.every(after, _BATCH)
        with memory.transaction():
            for order in orders:
                self._draw(order)
            if orders:
                memory.learn("paid back until", orders[-1].id)
        return bool(orders)

    def next_s(self) -> float | None:
        """New orders are looked for as often as anybody looks."""
        return None

    def _draw(self, order: Order) -> None:
        chance, lines = self._ground.chance, order.sale.lines
        goods = [place for place, line in enumerate(lines) if line.kind == "product"]
        for name in PAID_BACK if goods and not order.sale.test else ():
            if self.fate.drawn(name):
                at = chance.choice(goods)
                units = chance.randint(1, lines[at].quantity)
                self._back.add(order.id, name, self._soon_s(_SOON), at=at, units=units)
        self._enter([order])

    def _pay_back(self, turn: Turn) -> float | None:
        order = self._shop.order(turn.document)
        changes = befalls(turn.name, order, turn.at, turn.units) if order else ()
        if turn.stage >= len(changes) or not self._trade.change(turn.document, changes[turn.stage]):
            return None
        if not turn.stage:
            self.fate.happened(turn.name)
        if order := self._shop.order(turn.document):
            self._enter([order])
        last = turn.stage + 1 >= len(changes)
        return None if last else self._soon_s(_SOON)

    def _pay_out(self, turn: Turn) -> None:
        if turn.name == "night":
            self._close()
        elif self.fate.strikes("payout_cancelled"):
            self._payments.call_off(turn.document)
            self._out.add(0, "night", self._soon_s(_AGAIN))
        else:
            self._payments.befall(turn.document, "PAID")

    def _close(self) -> None:
        """A payout of everything that moved until now."""
        after = 0
        while orders := self._shop.every(after, _BATCH):
            self._enter(orders)
            after = orders[-1].id
        self._reserve()
        if key := self._payments.pay_out_waiting("SCHEDULED"):
            self._out.add(key, "morning", self._soon_s(_MORNING))

    def _enter(self, orders: Sequence[Order]) -> None:
        """What moved of these orders is an entry of the balance."""
        entered = self._payments.transactions()
        for moved in (row for order in orders for row in movements(order)):
            if moved.id not in entered and _of_ours(moved):
                self._payments.add(0, _entry(moved), moved.payment.moved_s)
                if moved.payment.kind in _TAKEN:
                    self._disputed(moved)

    def _disputed(self, moved: Movement) -> None:
        if not self.fate.strikes("disputed"):
            return
        now_s, amount_minor = int(self._now_s()), moved.payment.amount_minor
        self._payments.add(0, _of(moved, "DISPUTE_WITHDRAWAL", -amount_minor, _DISPUTE_FEE), now_s)
        if self.fate.strikes("dispute_won"):
            self._payments.add(0, _of(moved, "DISPUTE_REVERSAL", amount_minor), now_s)

    def _reserve(self) -> None:
        """What was kept back is given back in the next night, or kept back for that."""
        memory, now_s = self._ground.memory, int(self._now_s())
        if kept_minor := int(memory.fact("reserved", 0)):
            self._payments.add(0, Happening("RESERVED_FUNDS_REVERSAL", kept_minor), now_s)
            memory.learn("reserved", 0)
        elif self.fate.strikes("reserved"):
            kept_minor = self._payments.waiting_minor() // _RESERVE
            self._payments.add(0, Happening("RESERVED_FUNDS", -kept_minor), now_s)
            memory.learn("reserved", kept_minor)

    def _soon_s(self, days: Between) -> float:
        """A moment that so many days have passed until."""
        return self._now_s() + self._calendar.day_s * self._ground.chance.uniform(*days)

    def _now_s(self) -> float:
        return unix_s(self._ground.clock.now())


def _of_ours(moved: Movement) -> bool:
    payment, sale = moved.payment, moved.order.sale
    done = payment.kind in (*_TAKEN, "REFUND") and payment.status == "SUCCESS"
    return done and payment.gateway == GATEWAY and bool(payment.amount_minor) and not sale.test


def _entry(moved: Movement) -> Happening:
    amount_minor = moved.payment.amount_minor
    if moved.payment.kind == "REFUND":
        return _of(moved, "REFUND", -amount_minor)
    share = _FEE_ABROAD if moved.order.sale.exchange else _FEE
    return _of(moved, "CHARGE", amount_minor, rounded(amount_minor * share, 1000))


def _of(moved: Movement, kind: str, amount_minor: int, fee_minor: int = 0) -> Happening:
    order = moved.order
    return Happening(kind, amount_minor, fee_minor, order.id, order.name, moved.id)
