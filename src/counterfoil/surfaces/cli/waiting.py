"""Waiting: what waits for a person, by cause and record by record, and which of it is meant."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING

import msgspec

from counterfoil.surfaces.cli.explain import meanings
from counterfoil.surfaces.cli.opening import known_route, record
from counterfoil.surfaces.cli.person import amount, counted, iso
from counterfoil.surfaces.cli.say import Say
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import RecordId
from counterfoil.values.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counterfoil.ledger.account import State
    from counterfoil.store.holds import HoldCount, HoldRow
    from counterfoil.store.postgres import Database

_MOST = 1_000_000


class Cause(msgspec.Struct, frozen=True):
    """How many records wait for one cause in one state, and their money."""

    cause: str
    state: str
    count: int
    money: Money | None


class Held(msgspec.Struct, frozen=True):
    """One record that waits: why, since when, for whom, and the money that it blocks.

    `since` is when it was first held for this cause, `last_held` when that happened last: the two
    differ where it was sent again and held again.
    """

    record: int
    number: str
    key: str
    route: str
    state: str
    cause: str
    said: str
    do: str
    where: str
    owner: str
    money: Money | None
    since: str | None
    last_held: str | None


def cause_of(count: HoldCount) -> Cause:
    """One count of what waits."""
    from counterfoil.ledger.account import State

    money = Money(count.minor, count.currency) if count.currency else None
    return Cause(count.cause, State(count.state).word, count.held, money)


def held(hold: HoldRow) -> Held:
    """One hold."""
    from counterfoil.ledger.account import State

    return Held(
        record=hold.record,
        number=hold.number,
        key=hold.key,
        route=hold.route,
        state=State(hold.state).word,
        cause=hold.cause,
        said=hold.said,
        do=hold.advice,
        where=hold.place,
        owner=hold.owner,
        money=Money(hold.minor, hold.currency) if hold.currency else None,
        since=iso(hold.since),
        last_held=iso(hold.opened_at),
    )


async def known_cause(database: Database, cause: str | None) -> None:
    """Raise `Misconfigured` where nothing waits for `cause` and it is no code of this house."""
    from counterfoil.store import holds

    waiting = {count.cause for count in await holds.counts(database)}
    if cause is None or cause in waiting or cause in meanings():
        return
    (near, *_) = get_close_matches(cause, sorted(waiting | set(meanings())), n=1) or ("",)
    some = f"What waits: {', '.join(sorted(waiting))}." if waiting else "Nothing waits for you."
    raise Misconfigured(
        f"Nothing waits for a cause {cause[:60]!r}.",
        do=f"Did you mean {near!r}?" if near else some,
        where="--cause",
    )


def said_of_none(cause: str | None, route: str | None) -> str:
    """What is said where nothing is found: that nothing waits at all only where that is so."""
    if cause is None and route is None:
        return "Nothing waits for you."
    where = f" on route {route}" if route is not None else ""
    return f"Nothing waits for {cause or 'you'}{where}."


class Choice(msgspec.Struct, frozen=True):
    """Which of what waits an act is meant for: named records, or a cause, or all; on a route.

    `able` says of a state and a cause whether the act can be done to it; `left` what is said of
    the others. `ask` is the question before it is done to what was not named, {} the records and
    their money; empty: nobody need be asked.
    """

    records: tuple[str, ...]
    cause: str | None
    route: str | None
    all: bool
    able: Callable[[State, str], bool]
    left: str
    ask: str = ""
    ways: str = "--cause CODE"

    async def made(self, say: Say, database: Database, *, yes: bool) -> list[RecordId]:
        """The records that are meant, after the question how many and how much."""
        from counterfoil.store import holds

        if self.records:
            return [record(one) for one in self.records]
        await known_route(database, self.route)
        await known_cause(database, self.cause)
        rows = await holds.open_now(database, self.route, self.cause, _MOST)
        able = [hold for hold in rows if self._able(hold)]
        if len(able) < len(rows):
            say.note(f"{counted(len(rows) - len(able), 'record')} left alone: {self.left}.")
        if not rows:
            say.note(said_of_none(self.cause, self.route))
        if able and self.ask:
            say.sure(self.ask.format(_sum(able)), "--yes", given=yes)
        return [hold.record for hold in able]

    def check(self) -> None:
        """Raise `Misconfigured` unless exactly one way of choosing was used."""
        if bool(self.records) == bool(self.cause or self.all):
            raise Misconfigured(
                "Say which records are meant.", do=f"Name them, or use {self.ways}."
            )
        if self.records and self.route is not None:
            raise Misconfigured(
                "Records that are named are on the route that they are on.",
                do="Leave --route out, or use --cause CODE.",
                where="--route",
            )

    def _able(self, hold: HoldRow) -> bool:
        from counterfoil.ledger.account import State

        return self.able(State(hold.state), hold.cause)


def _sum(rows: Sequence[HoldRow]) -> str:
    blocked = amount(Money(hold.minor, hold.currency) for hold in rows if hold.currency)
    return f"{counted(len(rows), 'record')}, {blocked}"
