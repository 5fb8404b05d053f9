"""`balance`: did everything arrive? What the source lists, and where every one of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.opening import house, known_route, store
from counterfoil.surfaces.cli.person import counted
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.money import Money

if TYPE_CHECKING:
    from counterfoil.flows.balance import Account, Proof

_WAITING = ("held", "in_doubt", "drifted")


class Summed(msgspec.Struct, frozen=True):
    """One currency on both sides, in minor units."""

    listed_minor: int
    accounted_minor: int
    difference_minor: int


class Balanced(msgspec.Struct, frozen=True):
    """A route's balance, or that of all together (`route` empty). `listed` is null while the
    source has not been asked; `uncounted` are documents that no count covers yet; `agrees` says
    that both sides were asked and are equal."""

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
    money: dict[str, Summed]
    missing: tuple[str, ...]
    phantom: tuple[str, ...]


class Whole(Balanced, frozen=True):
    """All routes together, each of them, and with --recount what the journal's proof showed."""

    routes: tuple[Balanced, ...] = ()
    proof: Proof | None = None


async def balance(*, route: str | None = None, recount: bool = False, say: Spoken) -> int:
    """Show where everything that the source listed stands.

    Args:
        route: Only this route.
        recount: Ask the source now for the whole time, and read the whole journal again.
    """
    accounts, proof = await (_recounted(say, route) if recount else _kept(say, route))
    found = [_balanced(one) for one in accounts]
    whole = _whole(found, proof)
    say.answer("balance", whole, lambda: _show(say, accounts, found, proof))
    fine = all(_fine(one) for one in found) and (proof is None or proof.holds)
    return Exit.DONE if fine else Exit.DIFFERENCES


async def _kept(say: Say, name: str | None) -> tuple[list[Account], None]:
    from counterfoil.flows.balance import kept

    async with store(say) as (_, database):
        await known_route(database, name)
        rows = await database.rows("routes")
        chosen = [row for row in rows if name in (None, row["name"])]
        return [await kept(database, row["id"], row["name"]) for row in chosen], None


async def _recounted(say: Say, name: str | None) -> tuple[list[Account], Proof]:
    from counterfoil.flows.balance import proven, recounted

    async with house(say) as opened:
        await known_route(opened.engine.database, name)
        routes = [one for one in opened.engine.routes.values() if name in (None, one.name)]
        say.note("Asking the source for the whole time, then reading the journal again …")
        accounts = [await recounted(opened.engine, one) for one in routes]
        return accounts, await proven(opened.engine.database)


def _balanced(one: Account) -> Balanced:
    return Balanced(
        route=one.route,
        listed=one.listed,
        **one.accounts,
        unaccounted=one.unaccounted,
        uncounted=one.uncounted,
        agrees=one.agrees,
        money={
            currency: Summed(sum_.listed_minor, sum_.accounted_minor, sum_.difference_minor)
            for currency, sum_ in one.money.items()
        },
        missing=one.missing,
        phantom=one.phantom,
    )


def _whole(found: Sequence[Balanced], proof: Proof | None) -> Whole:
    asked = [one.listed for one in found if one.listed is not None]
    money: dict[str, Summed] = {}
    for one in found:
        for currency, sum_ in one.money.items():
            money[currency] = _added(money.get(currency, Summed(0, 0, 0)), sum_)
    counts = {
        field.name: sum(getattr(one, field.name) for one in found)
        for field in msgspec.structs.fields(Balanced)
        if field.type is int
    }
    return Whole(
        route="",
        listed=sum(asked) if asked else None,
        agrees=bool(found) and all(one.agrees for one in found),
        money=money,
        missing=tuple(key for one in found for key in one.missing),
        phantom=tuple(key for one in found for key in one.phantom),
        routes=tuple(found),
        proof=proof,
        **counts,
    )


def _added(one: Summed, other: Summed) -> Summed:
    return Summed(
        one.listed_minor + other.listed_minor,
        one.accounted_minor + other.accounted_minor,
        one.difference_minor + other.difference_minor,
    )


def _fine(one: Balanced) -> bool:
    """Whether nothing differs and nothing waits for a person."""
    waiting = any(getattr(one, word) for word in _WAITING)
    return not waiting and (one.agrees or one.listed is None)


def _show(
    say: Say, accounts: Sequence[Account], found: Sequence[Balanced], proof: Proof | None
) -> None:
    if not found:
        say.line("No route has moved anything yet.")
    for account, one in zip(accounts, found, strict=True):
        say.heading(_verdict(account))
        words = {"listed at source": one.listed, **account.accounts}
        rows = [(word.replace("_", " "), f"{count:,}") for word, count in words.items() if count]
        if rows:
            say.table(("", "documents"), rows, right=(1,))
        for currency, sum_ in one.money.items():
            say.line(_money(currency, sum_))
        for key in one.missing:
            say.line(f"only at the source, or with another total there: {key}")
        for key in one.phantom:
            say.line(f"only here: {key}")
        if one.uncounted:
            say.line(f"{counted(one.uncounted, 'document')} newer than the last count.")
    if proof is not None:
        say.line(_proven(proof))


def _verdict(one: Account) -> str:
    if one.empty:
        return f"{one.route}: nothing listed and nothing here. That is no proof of anything."
    if one.listed is None:
        return f"{one.route}: the source has not been asked yet, so nothing can be claimed."
    if one.agrees:
        return f"{one.route}: everything that the source listed is accounted for."
    return f"{one.route}: the two sides differ."


def _money(currency: str, sum_: Summed) -> str:
    listed, here = Money(sum_.listed_minor, currency), Money(sum_.accounted_minor, currency)
    difference = Money(sum_.difference_minor, currency)
    return f"{listed} listed, {here} accounted for, {difference} between them."


def _proven(proof: Proof) -> str:
    if proof.holds:
        return (
            f"Proof: {counted(proof.records, 'record')} stand where their last entry left them,"
            f" and the chains of {counted(proof.postings, 'posting')} hold."
        )
    return (
        f"The journal does not fit: {counted(len(proof.misplaced), 'record')} elsewhere"
        f" ({_few(proof.misplaced)}), {counted(len(proof.broken), 'page')} with a broken chain"
        f" ({_few(proof.broken)})."
    )


def _few(numbers: Sequence[Any]) -> str:
    return ", ".join(str(one) for one in numbers[:5]) or "none"
