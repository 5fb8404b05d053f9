"""Reconcile: what was paid out, held against the orders that it is of, as the journal has both.

A comparison posts nothing: each question reads the journal as it is at this moment.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

import msgspec

from counterfoil.model.order import Order
from counterfoil.model.refund import Refund
from counterfoil.model.settlement import Settlement
from counterfoil.reconcile import settlement as books
from counterfoil.reconcile.settlement import Open, Payout, Reconciled, Tied, Totals
from counterfoil.store import pages, search
from counterfoil.store.search import DocumentRow, Wanted
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.exports import fresh
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import plain
from counterfoil.values.nearest import near

_PAGES = 20  # whose bodies are held at once
_GONE = ("missing", "not-paid-out")

T = TypeVar("T")


class Two(msgspec.Struct, frozen=True):
    """The routes that two books came by: of payouts, and of orders."""

    payouts: str
    orders: str


class Summary(msgspec.Struct, frozen=True):
    """How two books agree: how many orders are `alike`, and of the `others` how many are
    `explained` to the last minor unit. `open` are orders that no payout names yet; `unread`
    documents that could not be read when they came."""

    payouts: int
    orders: int
    alike: int
    others: int
    explained: int
    currencies: dict[str, Totals]
    open: int
    open_minor: dict[str, int]
    unread: int


class Explained(msgspec.Struct, frozen=True):
    """What is known of one payout, and of each order of it; or of one order alone."""

    payout: Payout | None
    tied: tuple[Tied, ...]


class Exported(msgspec.Struct, frozen=True):
    """How many lines were written, and where."""

    path: Path
    lines: int


@asks("reconcile run", money="shown")
async def run(desk: Desk, two: Two) -> Summary:
    """Compare payouts with the orders that they are of: what is alike, what explains the rest.

    Raises `Misconfigured` where a route does not move them.
    """
    answer, unread = await _reconciled(desk, two)
    return Summary(
        payouts=len(answer.payouts),
        orders=len(answer.tied),
        alike=answer.alike,
        others=len(answer.tied) - answer.alike,
        explained=answer.explained,
        currencies=dict(answer.currencies),
        open=answer.open,
        open_minor=dict(answer.open_minor),
        unread=unread,
    )


@asks("reconcile show", money="shown")
async def show(desk: Desk, two: Two) -> tuple[Tied, ...]:
    """List every order that is not alike in both: what is not explained, then what is missing."""
    answer, _ = await _reconciled(desk, two)
    others = [row for row in answer.tied if row.kind != "alike"]
    return tuple(
        sorted(others, key=lambda row: (not row.unexplained_minor, row.kind not in _GONE, row.key))
    )


@asks("reconcile explain", money="shown")
async def explain(desk: Desk, two: Two, key: str) -> Explained:
    """Tell what one payout is made of, and how each of its orders stands; or how one order does.

    Raises `Misconfigured` where neither is called so.
    """
    answer, _ = await _reconciled(desk, two)
    payout = next((row for row in answer.payouts if row.key == key), None)
    bare = key.lstrip("#")
    tied = tuple(
        row
        for row in answer.tied
        if key in row.payouts or bare in (row.key.lstrip("#"), row.number.lstrip("#"))
    )
    if payout is None and not tied:
        names = [row.key for row in answer.payouts]
        raise Misconfigured(f"There is no payout and no order {key!r}.", do=near(key, names))
    return Explained(payout, tied)


@asks("reconcile export", money="shown")
async def export(desk: Desk, two: Two, path: Path) -> Exported:
    """Write a line for each order as a new CSV file; amounts are plain decimal numbers.

    Raises `Misconfigured` where it cannot be written new.
    """
    fresh(path)
    answer, _ = await _reconciled(desk, two)
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("order", "number", "kind", "currency", "payouts", "paid out", "order says",
             "difference", "explained by", "unexplained")
        )  # fmt: skip
        writer.writerows(_line(row) for row in answer.tied)
    return Exported(path, len(answer.tied))


def _line(row: Tied) -> tuple[str, ...]:
    def said(minor: int) -> str:
        return plain(minor, row.currency)

    causes = "; ".join(f"{cause.cause} {said(cause.minor)}" for cause in row.causes)
    difference = row.paid_out_minor - row.order_minor
    return (
        row.key, row.number, row.kind, row.currency, " ".join(row.payouts),
        said(row.paid_out_minor), said(row.order_minor), said(difference), causes,
        said(row.unexplained_minor),
    )  # fmt: skip


async def _reconciled(desk: Desk, two: Two) -> tuple[Reconciled, int]:
    """Both books held against each other, and how many documents could not be read."""
    _check(desk, two.payouts, "settlement")
    _check(desk, two.orders, "order")
    payouts: list[Settlement] = []
    named: list[Order] = []
    still_open: list[Open] = []
    unread = 0
    async with aclosing(_documents(desk, two.payouts, Settlement)) as documents:
        async for payout in documents:
            if payout is None:
                unread += 1
            else:
                payouts.append(payout)
    names = books.wanted(payouts)
    async with aclosing(_documents(desk, two.orders, Order)) as documents_:
        async for order in documents_:
            if order is None:
                unread += 1
            elif names.isdisjoint(books.names(order)):
                still_open.append(books.unnamed(order))
            else:
                named.append(order)
    refunds = await _refunds(desk, two.orders, {order.key for order in named})
    return books.reconcile(payouts, named, refunds, still_open), unread


async def _refunds(desk: Desk, orders: str, keys: set[str]) -> list[Refund]:
    """The refunds of these orders, where a route moves refunds of the same source."""
    source = desk.config.routes[orders].source
    routes = desk.config.routes.items()
    refunds: dict[str, Refund] = {}
    for name, plan in routes:
        if plan.document != "refund" or plan.source != source:
            continue
        async with aclosing(_documents(desk, name, Refund)) as documents:
            async for refund in documents:
                if refund is not None and refund.order in keys:
                    refunds[refund.key] = refund
    return list(refunds.values())


def _check(desk: Desk, name: str, word: str) -> None:
    plan = desk.config.routes.get(name)
    if plan is None:
        raise Misconfigured(f"There is no route named {name!r}.", do=near(name, desk.config.routes))
    if plan.document != word:
        raise Misconfigured(
            f"The route {name!r} moves {plan.title.many}.",
            do="Name the route of the payouts first, then that of the orders.",
        )


async def _documents(desk: Desk, route: str, shape: type[T]) -> AsyncGenerator[T | None]:
    """The newest version of each document of a route; None for one that could not be read."""
    decode = msgspec.msgpack.Decoder(shape).decode
    async with (
        desk.database.transaction() as unit,
        aclosing(search.documents(unit, Wanted(route=route), by_page=True)) as rows,
    ):
        batch: list[DocumentRow] = []
        async for row in rows:
            if len({one.page for one in batch} | {row.page}) > _PAGES:
                for body in await _bodies(desk, batch):
                    yield decode(body) if body else None
                batch = []
            batch.append(row)
        for body in await _bodies(desk, batch):
            yield decode(body) if body else None


async def _bodies(desk: Desk, batch: list[DocumentRow]) -> list[bytes]:
    by_page = await pages.bodies(desk.database, sorted({row.page for row in batch}))
    return [
        by_page[row.page][row.place] if row.place < len(by_page[row.page]) else b"" for row in batch
    ]
