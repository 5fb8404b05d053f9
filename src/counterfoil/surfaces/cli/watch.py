"""`watch`: hears what does not happen, in a process of its own, and tells people."""

from __future__ import annotations

from cyclopts import App

from counterfoil.surfaces.cli import logs
from counterfoil.surfaces.cli.opening import asker, project
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import watch as asking
from counterfoil.surfaces.desk.figures import iso
from counterfoil.surfaces.desk.opening import desk
from counterfoil.surfaces.desk.watch import Promise
from counterfoil.watch.keeping import keep

watch = App(name="watch", help="What did not happen: run, list, test.")


@watch.command
async def run(*, say: Spoken) -> None:
    """Keep watch until it is told to stop; `counterfoil up` starts it where a channel is named."""
    config = project(say)
    logs.arrange(say.flags)
    say.note("Watching. Ctrl-C stops it.")
    await keep(asking.keeper(config, say.clock))


@watch.command(name="list")
async def listed(*, say: Spoken) -> None:
    """List what is expected, and by when; what is late comes first."""
    async with desk(asker(say)) as opened:
        promises = await asking.promises(opened)
    say.answer("watch-list", promises, lambda: _show(say, promises))


def _show(say: Say, promises: list[Promise]) -> None:
    rows = [
        (promise.name, iso(promise.by), "late" if promise.is_late else "in time", promise.owner)
        for promise in promises
    ]
    say.table(("what is expected", "by", "stands", "owner"), rows)
    for promise in promises:
        if promise.is_late:
            say.line(promise.said)


@watch.command
async def test(*, say: Spoken) -> None:
    """Send one message by every channel, so that it is known that it arrives."""
    tried = await asking.test(asker(say))
    names = ", ".join(tried.channels)
    say.answer("watch-test", tried, lambda: say.line(f"Sent by {names}."))
