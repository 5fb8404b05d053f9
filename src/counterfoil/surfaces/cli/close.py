"""`close`: a period's figures are tied out, signed and packed; each step says what comes next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from counterfoil.surfaces.cli.opening import asker, staffed
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import close as closing
from counterfoil.surfaces.desk import close_pack
from counterfoil.surfaces.desk.close import Checked, Close, Signed, Step
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.desk.figures import amount, counted, iso
from counterfoil.surfaces.desk.opening import desk
from counterfoil.values.money import Money

close = App(name="close", help="Close a period: open, check, sign, pack, show, list.")


@close.command(name="open")
async def begin(
    period: str,
    /,
    *,
    start: Annotated[str | None, Parameter(name="--from")] = None,
    end: Annotated[str | None, Parameter(name="--to")] = None,
    say: Spoken,
) -> None:
    """Open the close of a period that has ended.

    Args:
        period: A month such as 2026-11 (by UTC), or a name of yours with --from and --to.
        start: The first day of UTC, or a moment.
        end: The last day of UTC; before it, where it is a moment.
    """
    async with desk(asker(say)) as opened:
        answer = await closing.begin(opened, period, start, end)
    say.answer("close", answer, _shower(say, answer))


@close.command
async def check(period: str, /, *, say: Spoken) -> int:
    """Ask the sources for the period again, read the journal again, and list what is open.

    Args:
        period: The period's name.
    """
    async with staffed(say) as opened:
        say.note(f"Asking the sources for {period}, then reading the journal again …")
        answer = await closing.check(opened, period)
    say.answer("close", answer, _shower(say, answer))
    checked = answer.check.content if answer.check is not None else None
    return Exit.DONE if isinstance(checked, Checked) and checked.ties else Exit.DIFFERENCES


@close.command
async def sign(period: str, /, *, why: str = "", say: Spoken) -> None:
    """Sign the last check of a period, under your own name.

    Args:
        period: The period's name.
        why: Where items are open: why the period is closed all the same.
    """
    async with desk(asker(say)) as opened:
        answer = await closing.sign(opened, period, why)
    say.answer("close", answer, _shower(say, answer))


@close.command
async def pack(period: str, file: Path, /, *, say: Spoken) -> None:
    """Write the signed check as a pack that an auditor can verify alone.

    Args:
        period: The period's name.
        file: A new file, such as november.zip.
    """
    async with desk(asker(say)) as opened:
        answer = await close_pack.pack(opened, period, file)

    def show() -> None:
        say.line(f"Wrote {answer.file}, {answer.bytes:,} bytes.")
        say.line(f"Its head is {answer.head}: hand that on by another way than the pack.")

    say.answer("close-pack", answer, show)


@close.command(name="show")
async def shown(period: str, /, *, say: Spoken) -> None:
    """Show what was done to close a period, and what its last check found.

    Args:
        period: The period's name.
    """
    async with desk(asker(say)) as opened:
        answer = await closing.show(opened, period)
    say.answer("close", answer, _shower(say, answer))


@close.command(name="list")
async def listed(*, say: Spoken) -> None:
    """List every period for which a close was begun."""
    async with desk(asker(say)) as opened:
        answer = await closing.listing(opened)

    def show() -> None:
        rows = [
            (close.period, iso(close.when.start), iso(close.when.until), close.stands,
             close.steps[-1].by)
            for close in answer
        ]  # fmt: skip
        say.table(("period", "from", "before", "stands", "by"), rows)

    say.answer("close-list", answer, show)


def _shower(say: Say, answer: Close) -> Callable[[], None]:
    return lambda: _show(say, answer)


def _show(say: Say, answer: Close) -> None:
    say.heading(f"{answer.period}: {answer.stands}")
    say.line(
        f"Of what was created from {iso(answer.when.start)} to before {iso(answer.when.until)}."
    )
    if answer.check is not None and isinstance(answer.check.content, Checked):
        _show_check(say, answer.check.content)
    rows = [
        (str(step.number), step.act, iso(step.at), step.by, _why(step)) for step in answer.steps
    ]
    say.table(("", "act", "at", "by", "why"), rows)
    say.note(_next(answer))


def _show_check(say: Say, checked: Checked) -> None:
    for route in checked.routes:
        verdict = "ties" if route.agrees else "does not tie"
        money = amount(
            Money(sums.accounted_minor, currency)
            for currency, sums in route.money.items()
            if len(currency) == 3
        )
        say.line(f"{route.route} {verdict}: {counted(route.listed or 0, 'document')}, {money}.")
    blocked = amount(item.money for item in checked.open_items if item.money is not None)
    say.line(f"{counted(len(checked.open_items), 'item is', 'items are')} open: {blocked}.")


def _why(step: Step) -> str:
    return step.content.why if isinstance(step.content, Signed) else ""


def _next(answer: Close) -> str:
    name = answer.period
    if answer.check is None:
        return f"Next: `counterfoil close check {name}`."
    if answer.signature is not None:
        return f"Next: `counterfoil close pack {name} FILE.zip`."
    if isinstance(answer.check.content, Checked) and answer.check.content.ties:
        return f"Next: `counterfoil close sign {name}`."
    return f"Next: put right what does not tie, then `counterfoil close check {name}`."
