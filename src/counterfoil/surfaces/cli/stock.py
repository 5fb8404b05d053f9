"""`stock`: what stands where, what each channel shows of it, how old that is, and what nobody can
buy."""

from __future__ import annotations

from cyclopts import App

from counterfoil.surfaces.cli.flags import Limit
from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import stock as asking
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.desk.figures import counted, iso
from counterfoil.surfaces.desk.opening import desk
from counterfoil.surfaces.desk.period import moment
from counterfoil.surfaces.desk.stock import BufferAsked, Pool, Shown, Stale, StrandedStock
from counterfoil.values.errors import Misconfigured

stock = App(name="stock", help="Stock: show, stale, stranded, buffer, curve.")


@stock.command
async def show(sku: str, /, *, say: Spoken) -> None:
    """Show one SKU: where it stands, what each pool may show, and what each channel was told.

    Args:
        sku: The SKU, as the system that counts it calls it.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.show(opened, sku)
    say.answer("stock", answer, lambda: _show(say, answer))


@stock.command
async def stale(*, older: float = 60.0, limit: Limit = 50, say: Spoken) -> int:
    """List how old the truth is: when each system was last asked, and what channels show otherwise.

    Args:
        older: Only what has been behind for longer than so many seconds.
        limit: At most so many.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.stale(opened, older, limit)
    say.answer("stock-stale", answer, lambda: _show_stale(say, answer, older))
    return Exit.DIFFERENCES if answer.behind else Exit.DONE


@stock.command
async def stranded(*, limit: Limit = 50, say: Spoken) -> int:
    """List what can be sold and nobody can buy: at no pool's place, or unknown to its channel.

    Args:
        limit: At most so many.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.stranded(opened, limit)
    say.answer("stock-stranded", answer, lambda: _show_stranded(say, answer))
    return Exit.DIFFERENCES if answer.skus else Exit.DONE


@stock.command
async def buffer(sku: str, pool: str, pieces: int, /, *, until: str, why: str, say: Spoken) -> None:
    """Keep pieces of a SKU back from a pool, until a moment: then they are shown again.

    Args:
        sku: The SKU.
        pool: The pool.
        pieces: How many; 0 ends it.
        until: When it ends by itself, such as 2026-12-24 or 2026-12-24T18:00:00Z.
        why: For what they are kept.
    """
    if pieces < 0:
        raise Misconfigured("A buffer keeps pieces back.", do="Give a number from 0.")
    asked_for = BufferAsked(sku, pool, pieces, moment(until, "--until", last=True), why)
    async with desk(asker(say)) as opened:
        answer = await asking.keep_back(opened, asked_for)
    say.answer("stock-buffer", answer, lambda: say.line(
        f"{counted(answer.pieces, 'piece')} of {sku} {'is' if answer.pieces == 1 else 'are'} kept"
        f" back from {pool} until {iso(answer.until)}."
    ))  # fmt: skip


stock.command(
    "counterfoil.surfaces.cli.tradeoff:curve",
    name="curve",
    help="Draw what is sold that is not there, against the calls that are spent.",
)


def _show(say: Say, answer: Shown) -> None:
    say.heading(f"{answer.sku} stands")
    heads = ("system", "place", "on hand", "promised", "free", "asked")
    rows = [
        (level.system, _place(level.place, level.spot), f"{level.on_hand:f}",
         "" if level.allocated is None else f"{level.allocated:f}", f"{level.available:f}",
         _age(level.age_s))
        for level in answer.levels
    ]  # fmt: skip
    say.table(heads, rows, right=(2, 3, 4))
    for pool in answer.pools:
        _show_pool(say, pool)
    if not answer.pools:
        say.line("No pool has it: nobody can buy it.")


def _show_pool(say: Say, pool: Pool) -> None:
    say.line()
    say.heading(f"{pool.pool} may show {pool.pieces:,}")
    say.line(f"  {pool.available:f} free, less {pool.in_our_pipe:,} in our own pipe")
    if pool.kept_back is not None:
        back = pool.kept_back
        say.line(
            f"  less {back.pieces:,} kept back until {iso(back.until)}: {back.why} ({back.by})"
        )
    if pool.blocked:
        say.line(f"  Nothing is told: nobody has said to which place {pool.blocked} belongs.")
    say.line(f"  The truth is {_age(pool.age_s)}.")
    for channel in pool.channels:
        pieces = "nothing yet" if channel.pieces is None else f"{channel.pieces:,}"
        when = f" at {iso(channel.told_at)}" if channel.told_at else ""
        why = f", {channel.cause}" if channel.cause else ""
        late = f"; it is behind by {channel.behind_s:,.0f} s" if channel.behind_s else ""
        state = f" ({channel.state}{why})" if channel.behind_s else ""
        say.line(f"  {channel.channel} was told {pieces}{when}{late}{state}.")


def _show_stale(say: Say, answer: Stale, older: float) -> None:
    for feed in answer.feeds:
        say.line(f"{feed.system} was last asked for its levels {_age(feed.age_s)} ({feed.route}).")
    if not answer.behind:
        say.line(f"No channel has shown otherwise than it may for longer than {older:g} s.")
        return
    heads = ("SKU", "pool", "channel", "may show", "was told", "behind", "why")
    rows = [
        (row.sku, row.pool, row.channel, f"{row.pieces:,}",
         "" if row.last_pieces is None else f"{row.last_pieces:,}",
         f"{row.behind_s:,.0f} s", row.why)
        for row in answer.behind
    ]  # fmt: skip
    say.table(heads, rows, right=(3, 4, 5))


def _show_stranded(say: Say, answer: StrandedStock) -> None:
    if not answer.skus:
        say.line("Everything that can be sold is shown somewhere.")
        return
    say.line(f"{counted(answer.pieces, 'piece')} can be sold, and nobody can buy them.")
    rows = [(row.sku, f"{row.pieces:,}", row.where, row.why, row.owner) for row in answer.skus]
    say.table(("SKU", "pieces", "where", "why", "owner"), rows, right=(1,))


def _place(place: str | None, spot: str) -> str:
    if place is None:
        return f"{spot} (nobody has said which)"
    return f"{place} ({spot})" if place else f"{spot} (counts nowhere)"


def _age(age_s: float | None) -> str:
    return "never" if age_s is None else f"{age_s:,.0f} s ago"
