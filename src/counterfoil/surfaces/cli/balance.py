"""`balance`: did everything arrive? What the source lists, and where every one of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from counterfoil.surfaces.cli.opening import asker, staffed
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import balance as asking
from counterfoil.surfaces.desk.balance import Balance, Balances, Proof, Sums
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.desk.exports import PIECES, fresh, lines, write
from counterfoil.surfaces.desk.figures import counted
from counterfoil.surfaces.desk.opening import desk
from counterfoil.surfaces.desk.period import Period, period
from counterfoil.surfaces.desk.routes import check_route
from counterfoil.values.clock import minute_of
from counterfoil.values.money import Money


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
    whole = await _asked(say, route, when, recount=recount)
    if csv is not None:
        write(csv, lines(whole.routes))
    data = lines(whole.routes) if say.flags.jsonl else whole
    say.answer("balance", data, lambda: _show(say, whole))
    if whole.proof is not None and not whole.proof.holds:
        if say.flags.jsonl:
            say.note(_proven(whole.proof))
        return Exit.TAMPERED
    return Exit.DONE if all(route.fine for route in whole.routes) else Exit.DIFFERENCES


async def _asked(say: Say, route: str | None, when: Period, *, recount: bool) -> Balances:
    if when == Period() and not recount:
        async with desk(asker(say)) as opened:
            return await asking.kept(opened, route)
    async with staffed(say) as opened:
        await check_route(opened.database, route)
        if when != Period():
            say.note(f"Asking the source for what was created {when} …")
            return await asking.within(opened, route, when, proof=recount)
        say.note("Asking the source for the whole time, then reading the journal again …")
        return await asking.recounted(opened, route)


def _show(say: Say, whole: Balances) -> None:
    if not whole.routes:
        say.line("No route has moved anything yet.")
    for route in whole.routes:
        _show_route(say, route)
    if whole.proof is not None:
        say.line(_proven(whole.proof))


def _show_route(say: Say, route: Balance) -> None:
    say.heading(_verdict(route))
    if route.period is not None and route.listed is not None:
        say.line(f"Of what was created at the source {route.period}.")
    if route.counted_at is not None:
        say.line(f"Counted whole, as it stood there at {minute_of(route.counted_at)}.")
    elif route.counts == "batches":
        say.line("Counted by batches, each complete in itself or waiting until it is.")
    counts = {"listed at source": route.listed, **route.standings}
    rows = [(word.replace("_", " "), f"{count:,}") for word, count in counts.items() if count]
    if rows:
        say.table(("", "documents"), rows, right=(1,))
    for wait in route.awaited:
        say.line(str(wait))
    for currency, sums in route.money.items():
        say.line(_money(currency, sums))
    for key in route.missing:
        say.line(f"only at the source, or with another total there: {key}")
    for key in route.phantom:
        say.line(f"{'gone from the source' if route.counts == 'state' else 'only here'}: {key}")
    for key in route.ended:
        say.line(f"gone from the source, and none of it is counted here: {key}")
    if route.uncounted:
        say.line(f"{counted(route.uncounted, 'document')} newer than the last count.")


def _verdict(balance: Balance) -> str:
    route = balance.route
    if balance.listed is None and balance.period is not None:
        return f"{route}: no document of this route is so old or so new; nothing was asked."
    if balance.empty:
        return f"{route}: nothing listed and nothing here. That is no proof of anything."
    if balance.listed is None:
        return f"{route}: the source has not been asked yet, so nothing can be claimed."
    if balance.agrees:
        return f"{route}: everything that the source listed is accounted for."
    return f"{route}: the two sides differ."


def _money(currency: str, sums: Sums) -> str:
    if currency == PIECES:
        return (
            f"{counted(sums.listed_minor, 'piece')} listed, {sums.accounted_minor:,} accounted for,"
            f" {sums.difference_minor:,} between them."
        )
    listed, accounted = Money(sums.listed_minor, currency), Money(sums.accounted_minor, currency)
    difference = Money(sums.difference_minor, currency)
    return f"{listed} listed, {accounted} accounted for, {difference} between them."


def _proven(proof: Proof) -> str:
    if proof.holds:
        return (
            f"Proof: {counted(proof.records, 'record')} stand where their last entry left them,"
            f" and the chains of {counted(proof.postings, 'posting')} hold."
        )
    return (
        f"The journal does not fit: {counted(len(proof.misplaced), 'record')} elsewhere"
        f" ({_first(proof.misplaced)}), {counted(len(proof.broken), 'page')} with a broken chain"
        f" ({_first(proof.broken)})."
    )


def _first(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers[:5]) or "none"
