"""`balance`: did everything arrive? What the source lists, and where every one of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter

from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.export import Line, fresh, write
from counterfoil.surfaces.cli.opening import house, known_route, store
from counterfoil.surfaces.cli.period import Period, period
from counterfoil.surfaces.cli.person import counted
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.money import Money

if TYPE_CHECKING:
    from counterfoil.flows.balance import Account, Proof

_WAITING = ("held", "in_doubt", "drifted")
_ACCOUNTS = (
    *_WAITING, "confirmed", "delivered", "refused", "excluded", "merged", "superseded", "waiting",
    "in_flight",
)  # fmt: skip


class Summed(msgspec.Struct, frozen=True):
    """One currency on both sides, in minor units."""

    listed_minor: int
    accounted_minor: int
    difference_minor: int


class Balanced(msgspec.Struct, frozen=True):
    """A route's balance, or that of all together (`route` empty). `listed` is null while the
    source has not been asked; `uncounted` are documents that no count covers yet; `agrees` says
    that both sides were asked and are equal. `created_from` and `created_before` bound the time of
    creation at the source; null where the account is of the whole time."""

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
    waiting: int = 0
    created_from: str | None = None
    created_before: str | None = None


class Whole(Balanced, frozen=True):
    """All routes together, each of them, and with --recount what the journal's proof showed."""

    routes: tuple[Balanced, ...] = ()
    proof: Proof | None = None


async def balance(
    *,
    route: str | None = None,
    start: Annotated[str | None, Parameter(name="--from")] = None,
    end: Annotated[str | None, Parameter(name="--to")] = None,
    recount: bool = False,
    csv: Path | None = None,
    say: Spoken,
) -> int:
    """Show where everything that the source listed stands; with --jsonl a line a currency.

    Ends with 3 where the two sides differ or something waits for a person, and with 7 where the
    journal does not fit, which no work of this house ever leaves behind.

    Args:
        route: Only this route.
        start: Ask the source now for what was created there on this day of UTC or later.
        end: The same, up to and with this day; up to it, where it is a moment.
        recount: Ask the source now for the whole time, and read the whole journal again.
        csv: Write a line for each route and currency into this new file too.
    """
    when = period(start, end)
    if csv is not None:
        fresh(csv)  # before the source is asked for long
    accounts, proof = await _asked(say, route, when, recount=recount)
    found = [_balanced(one) for one in accounts]
    whole = _whole(found, proof)
    if csv is not None:
        write(csv, _lines(found))
    data = _lines(found) if say.flags.jsonl else whole
    say.answer("balance", data, lambda: _show(say, accounts, found, proof))
    if proof is not None and not proof.holds:
        if say.flags.jsonl:
            say.note(_proven(proof))
        return Exit.TAMPERED
    return Exit.DONE if all(_fine(one) for one in found) else Exit.DIFFERENCES


async def _asked(
    say: Say, route: str | None, when: Period, *, recount: bool
) -> tuple[list[Account], Proof | None]:
    if when != Period():
        return await _within(say, route, when, proof=recount)
    return await (_recounted(say, route) if recount else _kept(say, route))


async def _kept(say: Say, name: str | None) -> tuple[list[Account], None]:
    from counterfoil.flows.balance import kept
    from counterfoil.store import routes

    async with store(say) as (_, database):
        await known_route(database, name)
        rows = await routes.every(database)
        chosen = [route for route in rows if name in (None, route.name)]
        return [await kept(database, route.id, route.name) for route in chosen], None


async def _recounted(say: Say, name: str | None) -> tuple[list[Account], Proof]:
    from counterfoil.flows.balance import proven, recounted

    async with house(say) as opened:
        await known_route(opened.engine.database, name)
        routes = [one for one in opened.engine.routes.values() if name in (None, one.name)]
        say.note("Asking the source for the whole time, then reading the journal again …")
        accounts = [await recounted(opened.engine, one) for one in routes]
        return accounts, await proven(opened.engine.database)


async def _within(
    say: Say, name: str | None, when: Period, *, proof: bool
) -> tuple[list[Account], Proof | None]:
    from counterfoil.flows.balance import proven, within

    async with house(say) as opened:
        await known_route(opened.engine.database, name)
        routes = [one for one in opened.engine.routes.values() if name in (None, one.name)]
        say.note(f"Asking the source for what was created {when} …")
        accounts = [await within(opened.engine, one, when.start, when.until) for one in routes]
        return accounts, await proven(opened.engine.database) if proof else None


def _lines(found: Sequence[Balanced]) -> list[Line]:
    """A line for each route and currency; one for a route without any money too."""
    return [
        Line(
            one.route, one.created_from, one.created_before, currency,
            sum_.listed_minor, sum_.accounted_minor, sum_.difference_minor,
            one.listed, _sum(one, _ACCOUNTS), _sum(one, _WAITING), one.unaccounted, one.agrees,
        )
        for one in found
        for currency, sum_ in (one.money or {"": Summed(0, 0, 0)}).items()
    ]  # fmt: skip


def _sum(one: Balanced, words: Sequence[str]) -> int:
    return sum(getattr(one, word) for word in words)


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
        created_from=one.window.start.format_iso() if one.window else None,
        created_before=one.window.until.format_iso() if one.window else None,
    )


def _whole(found: Sequence[Balanced], proof: Proof | None) -> Whole:
    asked = [one.listed for one in found if one.listed is not None]
    money: dict[str, Summed] = {}
    for one in found:
        for currency, sum_ in one.money.items():
            money[currency] = _added(money.get(currency, Summed(0, 0, 0)), sum_)
    counts: dict[str, Any] = {
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
        if account.window is not None and one.listed is not None:
            when = Period(account.window.start, account.window.until)
            say.line(f"Of what was created at the source {when}.")
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
    if one.listed is None and one.window is not None:
        return f"{one.route}: no document of this route is so old or so new; nothing was asked."
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
