"""Balance: did everything arrive? What the source lists, and where every one of them stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from counterfoil.flows import balance as flows_balance
from counterfoil.flows.balance import Account, Proof
from counterfoil.flows.route import Route
from counterfoil.ledger.account import IN_FLIGHT, State
from counterfoil.model.document import Counts
from counterfoil.store import routes
from counterfoil.surfaces.desk.acts import asks, changes
from counterfoil.surfaces.desk.awaited import Awaited, awaited
from counterfoil.surfaces.desk.opening import Desk, StaffedDesk
from counterfoil.surfaces.desk.period import Period
from counterfoil.surfaces.desk.routes import check_route
from counterfoil.values.clock import Instant

WAITING = ("held", "in_doubt", "drifted")
"""The states in which a person is waited for."""

STATES = (*(state.word for state in State if state not in IN_FLIGHT), "in_flight")
"""Where a document can stand, as a balance names it."""


class Sums(msgspec.Struct, frozen=True):
    """One currency on both sides, in minor units; or the pieces on both."""

    listed_minor: int
    accounted_minor: int
    difference_minor: int

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.listed_minor + other.listed_minor,
            self.accounted_minor + other.accounted_minor,
            self.difference_minor + other.difference_minor,
        )


NOTHING = Sums(0, 0, 0)


class Balance(msgspec.Struct, frozen=True):
    """A route's balance, or that of all together (`route` empty). `listed` is null while the
    source has not been asked; `uncounted` are documents that no count covers yet; `agrees` says
    that both sides were asked and are equal. `created_from` and `created_before` bound the time of
    creation at the source; null where the account is of the whole time. `awaited` says for which
    other documents some wait. `counts` says by what the source was counted: events and batches by
    when they were created there, a state as it stood at `counted_at`; null where it was not, or for
    all routes together."""

    route: str
    listed: int | None
    confirmed: int
    delivered: int
    held: int
    in_doubt: int
    drifted: int
    refused: int
    excluded: int
    merged: int
    superseded: int
    in_flight: int
    unaccounted: int
    uncounted: int
    agrees: bool
    money: dict[str, Sums]
    missing: tuple[str, ...]
    phantom: tuple[str, ...]
    ended: tuple[str, ...]
    waiting: int = 0
    awaited: tuple[Awaited, ...] = ()
    created_from: Instant | None = None
    created_before: Instant | None = None
    counts: Counts | None = None
    counted_at: Instant | None = None

    def count(self, words: Iterable[str]) -> int:
        """How many documents stand in these states."""
        return sum(getattr(self, word) for word in words)

    @property
    def standings(self) -> dict[str, int]:
        """How many documents stand in each state."""
        return {word: self.count((word,)) for word in STATES}

    @property
    def fine(self) -> bool:
        """Whether nothing differs and nothing waits for a person."""
        return not self.count(WAITING) and (self.agrees or self.listed is None)

    @property
    def empty(self) -> bool:
        """Whether nothing stands on either side: no difference, and no proof either."""
        return not self.listed and not self.count(STATES) and not self.uncounted

    @property
    def period(self) -> Period | None:
        """When what is counted was created at the source; None: at any time."""
        if self.created_from is None:
            return None
        return Period(self.created_from, self.created_before)


class Balances(Balance, frozen=True):
    """All routes together, each of them, and with a recount what the journal's proof showed."""

    routes: tuple[Balance, ...] = ()
    proof: Proof | None = None


@asks("balance", money="shown")
async def kept(desk: Desk, name: str | None) -> Balances:
    """Show where everything stands by the counts that the timers have kept; nobody is called.

    Raises `Misconfigured` where there is no such route.
    """
    await check_route(desk.database, name)
    rows = [row for row in await routes.every(desk.database) if name in (None, row.name)]
    accounts = [await flows_balance.kept(desk.database, row.id, row.name) for row in rows]
    return _together(accounts, await awaited(desk))


@changes(
    "balance recount",
    reversible=False,
    money="shown",
    undo="The count is noted: after a restore, routes can be switched on from then.",
)
async def recounted(desk: StaffedDesk, name: str | None) -> Balances:
    """Ask the sources now for the whole time, and read the whole journal again.

    Raises `Misconfigured` where there is no such route.
    """
    accounts = [
        await flows_balance.recounted(desk.engine, route) for route in await _routes(desk, name)
    ]
    waits = await awaited(desk)
    return _together(accounts, waits, await flows_balance.proven(desk.database))


@asks("balance within", money="shown")
async def within(
    desk: StaffedDesk, name: str | None, when: Period, *, proof: bool = False
) -> Balances:
    """Ask the sources now for what was created in a period; with `proof`, read the journal again.

    Raises `Misconfigured` where there is no such route.
    """
    accounts = [
        await flows_balance.within(desk.engine, route, when.start, when.until)
        for route in await _routes(desk, name)
    ]
    waits = await awaited(desk, when.start, when.until)
    proof_ = await flows_balance.proven(desk.database) if proof else None
    return _together(accounts, waits, proof_)


async def _routes(desk: StaffedDesk, name: str | None) -> list[Route]:
    """The route of this name, or all. Raises `Misconfigured` where there is no such route."""
    await check_route(desk.database, name)
    return [route for route in desk.engine.routes.values() if name in (None, route.name)]


def _together(
    accounts: Sequence[Account], waits: Sequence[Awaited], proof: Proof | None = None
) -> Balances:
    balances = [_balance(account, waits) for account in accounts]
    listed = [balance.listed for balance in balances if balance.listed is not None]
    money: dict[str, Sums] = {}
    for balance in balances:
        for currency, sums in balance.money.items():
            money[currency] = money.get(currency, NOTHING) + sums
    counts: dict[str, Any] = {
        field.name: sum(getattr(balance, field.name) for balance in balances)
        for field in msgspec.structs.fields(Balance)
        if field.type is int
    }
    return Balances(
        route="",
        listed=sum(listed) if listed else None,
        agrees=bool(balances) and all(balance.agrees for balance in balances),
        money=money,
        missing=tuple(key for balance in balances for key in balance.missing),
        phantom=tuple(key for balance in balances for key in balance.phantom),
        ended=tuple(key for balance in balances for key in balance.ended),
        awaited=tuple(wait for balance in balances for wait in balance.awaited),
        routes=tuple(balances),
        proof=proof,
        **counts,
    )


def _balance(account: Account, waits: Sequence[Awaited]) -> Balance:
    window = account.window
    return Balance(
        route=account.route,
        listed=account.listed,
        **account.accounts,
        unaccounted=account.unaccounted,
        uncounted=account.uncounted,
        agrees=account.agrees,
        money={
            currency: Sums(sum_.listed_minor, sum_.accounted_minor, sum_.difference_minor)
            for currency, sum_ in account.money.items()
        },
        missing=account.missing,
        phantom=account.phantom,
        ended=account.ended,
        awaited=tuple(wait for wait in waits if wait.route == account.route),
        created_from=window.start if window else None,
        created_before=window.until if window else None,
        counts=account.counts,
        counted_at=account.counted_at,
    )
