"""Waiting: which of what waits for a person an act is meant for, said before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

import msgspec

from counterfoil.ledger.account import State
from counterfoil.store import holds
from counterfoil.store.holds import HoldRow
from counterfoil.store.postgres import Database
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.figures import amount, counted, sums
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.routes import check_route
from counterfoil.surfaces.desk.words import meanings
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import RecordId
from counterfoil.values.money import Money

_MOST = 1_000_000


class Fitness(msgspec.Struct, frozen=True):
    """What an act can be done to, and how a person is asked before it is.

    `able` says it of a state and a cause; `others` what is said of the rest. `question` is put
    before it is done to what was not named, {} the records and their money; empty: nobody need be
    asked. `ways` are the ways to choose besides naming records.
    """

    able: Callable[[State, str], bool]
    others: str
    question: str = ""
    ways: str = "--cause CODE"


class Choice(msgspec.Struct, frozen=True):
    """Which records are meant: named ones, or those of a cause, or all; on a route or on any."""

    records: tuple[RecordId, ...] = ()
    cause: str | None = None
    route: str | None = None
    all: bool = False

    def check(self, fitness: Fitness) -> None:
        """Raise `Misconfigured` unless exactly one way of choosing was used."""
        if bool(self.records) == bool(self.cause or self.all):
            raise Misconfigured(
                "Say which records are meant.", do=f"Name them, or use {fitness.ways}."
            )
        if self.records and self.route is not None:
            raise Misconfigured(
                "Records that are named are on the route that they are on.",
                do="Leave --route out, or use --cause CODE.",
                where="--route",
            )


class Chosen(msgspec.Struct, frozen=True):
    """The records that are meant, and their money by currency (none where they were named).

    `others` is how many wait for the same and are left alone; `nothing` is what is said where
    nothing waits for it.
    """

    records: tuple[RecordId, ...]
    money: tuple[Money, ...] = ()
    others: int = 0
    nothing: str = ""
    named: bool = False

    def __str__(self) -> str:
        """For people: how many, and how much."""
        return f"{counted(len(self.records), 'record')}, {amount(self.money)}"


@asks("hold choose", money="shown")
async def chosen(desk: Desk, choice: Choice, fitness: Fitness) -> Chosen:
    """Say which records an act would be done to, how many they are and how much is in them.

    Raises `Misconfigured` where the choice is none, or names a cause or route that is unknown.
    """
    choice.check(fitness)
    if choice.records:
        return Chosen(choice.records, named=True)
    await check_route(desk.database, choice.route)
    await check_cause(desk.database, choice.cause)
    rows = await holds.open_now(desk.database, choice.route, choice.cause, _MOST)
    fit = [hold for hold in rows if fitness.able(State(hold.state), hold.cause)]
    return Chosen(
        records=tuple(hold.record for hold in fit),
        money=tuple(_money(fit)),
        others=len(rows) - len(fit),
        nothing="" if rows else said_of_none(choice.cause, choice.route),
    )


async def check_cause(database: Database, cause: str | None) -> None:
    """Raise `Misconfigured` where nothing waits for `cause` and it is no code of this house."""
    waiting = {count.cause for count in await holds.counts(database)}
    if cause is None or cause in waiting or cause in meanings():
        return
    (near, *_) = get_close_matches(cause, sorted(waiting | set(meanings())), n=1) or ("",)
    waits = f"What waits: {', '.join(sorted(waiting))}." if waiting else "Nothing waits for you."
    raise Misconfigured(
        f"Nothing waits for a cause {cause[:60]!r}.",
        do=f"Did you mean {near!r}?" if near else waits,
        where="--cause",
    )


def said_of_none(cause: str | None, route: str | None) -> str:
    """What is said where nothing is found: that nothing waits at all only where that is so."""
    if cause is None and route is None:
        return "Nothing waits for you."
    where = f" on route {route}" if route is not None else ""
    return f"Nothing waits for {cause or 'you'}{where}."


def _money(rows: Sequence[HoldRow]) -> list[Money]:
    return sums(Money(hold.minor, hold.currency) for hold in rows if hold.currency)
