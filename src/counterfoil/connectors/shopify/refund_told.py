"""From one refund as Shopify tells it to a `Reading`: the money decides what went back.

Lines that are not restocked say 0.00 whatever was paid for them (live), a pending refund stands in
its own body with a difference of the whole, and an exchange says by nothing where a part went.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, TypeVar, cast

import msgspec
from msgspec.structs import replace

from counterfoil.connectors.shopify.left import line as ordered
from counterfoil.connectors.shopify.refund_fields import (
    WORDS,
    ToldBack,
    ToldCharge,
    ToldMove,
    ToldRefund,
)
from counterfoil.kit.api.reading import DocumentReader, Head, Row, reading_of
from counterfoil.kit.connector import Reading
from counterfoil.mapping.convert import currency_code, identity, money, spelt, wrong
from counterfoil.mapping.field import Field
from counterfoil.mapping.interpret import guarded
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.repaid import (
    Evidence,
    Named,
    at_stake,
    credit,
    difference,
    fitting,
    kind_of,
)
from counterfoil.mapping.shape import table
from counterfoil.model.line import Charge
from counterfoil.model.order import Company, Presentment
from counterfoil.model.refund import Adjustment, AdjustmentKind, Back, Credit, Refund, Repayment

T = TypeVar("T")

_HOISTED: Final = ("currencyCode", "test")
_NAMELESS: Final = "The answer does not say which refund it is about."


def flat(node: Row) -> Row:
    """The node with its order's currency and test, and a number, beside its own members."""
    order = node.get("order")
    head = cast("Row", order) if isinstance(order, dict) else {}
    number = f"{head.get('name')}-R{node.get('legacyResourceId')}"
    return {**node, "number": number, **{name: head.get(name) for name in _HOISTED}}


class ReadRefund(DocumentReader[Refund, Refund]):
    """Reads refunds, and the rows of their census."""

    def __init__(self) -> None:
        self._mapper = Mapper(table("GraphQL refund", ToldRefund))
        head = Head(
            key=Field("key", "legacyResourceId", identity),
            number="number",
            version="updatedAt",
            created="createdAt",
            currency="currencyCode",
            total=_money_of,
            cancelled=lambda row: False,
            test="test",
        )
        super().__init__(head, self._refund, _whole, nameless=_NAMELESS)

    def _refund(self, row: Row) -> Refund:
        told = self._mapper.run(row, currency_code(row.get("currencyCode"), ""))
        return guarded(lambda: _refund(told))


def _whole(refund: Refund, row: Row, source: bytes) -> Reading[Refund]:
    return reading_of(refund, source, test=refund.test)


def _money_of(row: Row, currency: str) -> int | None:
    """The money at stake, where a census tells the movements alone."""
    return at_stake(_repayments(_MOVES.run(row, currency).moves, ""))


def _refund(told: ToldRefund) -> Refund:
    repayments = _repayments(told.moves, told.seen_currency)
    total_minor = at_stake(repayments)
    named = fitting(_readings(told), total_minor)
    back = any(row.restock == "RETURN" for row in told.lines)
    reasons: list[AdjustmentKind] = [
        WORDS.reasons[row.reason] for row in told.reasons if row.reason in WORDS.reasons
    ]
    between = difference(named, total_minor, Evidence(reasons, back, _by_rate(told, repayments)))
    adjustments = (*named.duties, *between)
    return Refund(
        told.key, told.number, told.order, told.order_number, told.created,
        max([told.updated, *(move.processed or move.begun for move in told.moves)]), told.currency,
        told.tax_included, total_minor, named.tax_minor, named.lines, named.shipping, adjustments,
        repayments, tuple(_goods(row) for row in told.lines if row.quantity),
        kind_of(named, adjustments, cancelled=told.cancelled, returned=back),
        company=Company(told.company, told.branch) if told.company else Company(),
        reason=told.note, test=told.test,
    )  # fmt: skip


def _readings(told: ToldRefund) -> Iterator[Named]:
    """What is named, as it may be meant: as it stands; with postage that is told without its tax,
    as a message tells it; and with what lines are worth that say nothing."""
    lines = tuple(_credit(row) for row in told.lines if row.amount_minor or row.tax_minor)
    postage = tuple(_postage(row, 0) for row in told.shipping)
    taxed = tuple(_postage(row, row.tax_minor) for row in told.shipping)
    duties = tuple(Adjustment("duty", row.amount_minor) for row in told.duties)
    silent = tuple(
        credit(ordered(row.line), row.quantity) for row in told.lines if not row.amount_minor
    )
    for credits in (lines, (*lines, *silent)):
        for charges in (postage, taxed) if told.tax_included else (postage,):
            yield Named(credits, charges, duties, told.tax_included)


def _credit(row: ToldBack) -> Credit:
    line = ordered(row.line)
    taxes = (replace(line.taxes[0], amount_minor=row.tax_minor),) if len(line.taxes) == 1 else ()
    return replace(
        credit(line, row.quantity),
        amount_minor=row.amount_minor,
        tax_minor=row.tax_minor,
        tax_rate=line.tax_rate if row.tax_minor else "0",
        taxes=taxes,
    )


def _postage(row: ToldCharge, untold_minor: int) -> Charge:
    rate = row.taxes[0].rate if row.taxes and row.tax_minor else "0"
    return Charge(row.title, row.amount_minor + untold_minor, row.tax_minor, rate, row.code)


def _goods(row: ToldBack) -> Back:
    restock = _word(WORDS.restocks, row.restock, "what becomes of goods")
    back = restock if row.restocked else "none"
    return Back(row.line.key, row.line.sku, row.quantity, back, row.place)


def _repayments(moves: Sequence[ToldMove], seen_currency: str) -> tuple[Repayment, ...]:
    return tuple(
        Repayment(
            move.key, move.gateway, move.amount_minor,
            _word(WORDS.repayments, move.status, "the state of a transaction"),
            WORDS.kinds.get(spelt(move.gateway), ""), move.reference, move.parent,
            move.processed or move.begun, move.failure, _seen(move, seen_currency),
        )
        for move in moves
        if move.kind == "REFUND"
    )  # fmt: skip


def _seen(move: ToldMove, currency: str) -> Presentment:
    if not currency or move.seen_currency != currency or move.amount_seen is None:
        return Presentment()
    return Presentment(currency, money(move.amount_seen, currency))


def _by_rate(told: ToldRefund, repayments: Sequence[Repayment]) -> bool:
    """Whether the customer's own money is exactly what is named, so that only the rate moved."""
    if told.seen_currency in ("", told.currency) or told.duties:
        return False
    rows = (*told.lines, *told.shipping)
    stated = [row.amount_seen for row in rows]
    stated += [] if told.tax_included else [row.tax_seen for row in rows]
    worth = sum(money(amount, told.seen_currency) for amount in stated if amount is not None)
    return worth == sum(
        paid.presentment.total_minor for paid in repayments if paid.state != "failed"
    )


def _word(words: Mapping[str, T], word: str, what: str) -> T:
    if word not in words:
        raise wrong(word, what)
    return words[word]


class _Money(msgspec.Struct, frozen=True, gc=False):
    """The movements of a refund alone."""

    moves: Annotated[tuple[ToldMove, ...], "transactions.nodes"]


_MOVES: Final = Mapper(table("GraphQL money of a refund", _Money))
