"""`reconcile`: what was paid out, held against the orders that it is of; nothing is posted."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from counterfoil.reconcile.settlement import Payout, Tied
from counterfoil.surfaces.cli.flags import Limit
from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import reconcile as asking
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.desk.figures import counted
from counterfoil.surfaces.desk.opening import desk
from counterfoil.surfaces.desk.reconcile import Explained, Summary, Two
from counterfoil.values.money import plain

reconcile = App(name="reconcile", help="Reconcile payouts: run, show, explain, export.")

_KINDS = {
    "alike": "alike",
    "different": "different",
    "missing": "no such order",
    "other-currency": "in another currency",
    "not-paid-out": "never paid out",
}


@reconcile.command
async def run(payouts: str, orders: str, /, *, say: Spoken) -> int:
    """Compare payouts with the orders that they are of: what is alike, what explains the rest.

    Args:
        payouts: The route that moves the payouts.
        orders: The route that moves the orders.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.run(opened, Two(payouts, orders))
    say.answer("reconcile", answer, lambda: _summed(say, answer))
    return Exit.DONE if answer.others == 0 else Exit.DIFFERENCES


@reconcile.command
async def show(payouts: str, orders: str, /, *, limit: Limit = 50, say: Spoken) -> int:
    """List every order that is not alike in both, what is not explained first.

    Args:
        payouts: The route that moves the payouts.
        orders: The route that moves the orders.
        limit: At most so many; --json has all.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.show(opened, Two(payouts, orders))
    say.answer("reconcile-show", answer, lambda: _table(say, answer[:limit]))
    if len(answer) > limit and not say.flags.machine:
        say.note(f"{len(answer) - limit:,} more: raise --limit.")
    return Exit.DIFFERENCES if answer else Exit.DONE


@reconcile.command
async def explain(payouts: str, orders: str, key: str, /, *, say: Spoken) -> None:
    """Tell what one payout is made of, and how each of its orders stands; or how one order does.

    Args:
        payouts: The route that moves the payouts.
        orders: The route that moves the orders.
        key: The number of a payout, or of an order.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.explain(opened, Two(payouts, orders), key)
    say.answer("reconcile-explain", answer, lambda: _explained(say, answer))


@reconcile.command
async def export(payouts: str, orders: str, path: Path, /, *, say: Spoken) -> None:
    """Write a line for each order as a new CSV file.

    Args:
        payouts: The route that moves the payouts.
        orders: The route that moves the orders.
        path: The new file.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.export(opened, Two(payouts, orders), path)
    lines = counted(answer.lines, "line")
    say.answer("reconcile-export", answer, lambda: say.line(f"{answer.path} has {lines}."))


def _summed(say: Say, answer: Summary) -> None:
    say.line(
        f"{counted(answer.payouts, 'payout')} of {counted(answer.orders, 'order')}:"
        f" {answer.alike:,} alike ({_rate(answer.alike, answer.orders)}), {answer.others:,} not;"
        f" of these {answer.explained:,} explained ({_rate(answer.explained, answer.others)})."
    )
    rows = [
        (currency, *(plain(minor, currency) for minor in (
            sums.paid_out_minor, sums.order_minor, sums.paid_out_minor - sums.order_minor,
            sums.explained_minor, sums.unexplained_minor)))
        for currency, sums in answer.currencies.items()
    ]  # fmt: skip
    heads = ("currency", "paid out", "orders say", "difference", "explained", "unexplained")
    say.table(heads, rows, right=(1, 2, 3, 4, 5))
    for currency, minor in answer.open_minor.items():
        say.line(f"Named by no payout yet: {plain(minor, currency)} {currency}.")
    if answer.unread:
        say.line(f"{counted(answer.unread, 'document')} could not be read: `hold list` has them.")


def _rate(part: int, whole: int) -> str:
    """A share in per cent, cut and never rounded up: 100 % is all of them."""
    tenths = 1000 * part // whole if whole else 1000
    return f"{tenths // 10}.{tenths % 10} %"


def _table(say: Say, rows: tuple[Tied, ...]) -> None:
    if not rows:
        say.line("Every order is alike in both.")
        return
    heads = ("order", "what", "paid out", "order says", "because", "unexplained")
    say.table(
        heads,
        [
            (
                row.number or row.key,
                _KINDS[row.kind],
                f"{plain(row.paid_out_minor, row.currency)} {row.currency}",
                plain(row.order_minor, row.currency),
                "; ".join(
                    f"{cause.cause} {plain(cause.minor, row.currency)} ({cause.place})"
                    for cause in row.causes
                ),
                plain(row.unexplained_minor, row.currency),
            )
            for row in rows
        ],
        right=(2, 3, 5),
    )


def _explained(say: Say, answer: Explained) -> None:
    if answer.payout is not None:
        _payout(say, answer.payout)
        say.line()
    _table(say, answer.tied)


def _payout(say: Say, payout: Payout) -> None:
    currency = payout.currency
    say.heading(f"Payout {payout.key}, {payout.status}")
    rows = [("paid and given back", plain(payout.trade_minor, currency))]
    rows += [(f"less {kind}", plain(minor, currency)) for kind, minor in payout.kept_minor.items()]
    rows += [("to the bank", f"{plain(payout.net_minor, currency)} {currency}")]
    if payout.left_minor:
        rows += [("not told by any entry", plain(payout.left_minor, currency))]
    say.table(("what", "amount"), rows, right=(1,))
    if payout.unnamed:
        say.line(f"{counted(payout.unnamed, 'entry', 'entries')} of payments name no order.")
