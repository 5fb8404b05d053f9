"""`db`: the database's state, its schema, and copies of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App

from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import database
from counterfoil.surfaces.desk.opening import cellar

db = App(name="db", help="The database: status, upgrade, backup, restore, rename, stop.")


@db.command
async def status(*, say: Spoken) -> None:
    """Say which database this is, how large it is, and whether its schema is up to date."""
    async with cellar(asker(say)) as opened:
        state = await database.status(opened)

    def show() -> None:
        say.line(state.server)
        say.line(f"PostgreSQL {state.version}, {state.bytes / 2**20:,.1f} MiB.")
        newest = state.newest_schema
        fresh = "up to date" if state.schema == newest else f"this version knows {newest}"
        say.line(f"Schema {state.schema}: {fresh}.")

    say.answer("db-status", state, show)


@db.command
async def upgrade(*, say: Spoken) -> None:
    """Bring the schema up to date; make a backup first."""
    async with cellar(asker(say)) as opened:
        upgraded = await database.upgrade(opened)
    names = ", ".join(upgraded.applied)
    sentence = f"Applied {names}." if names else "The schema is up to date."
    say.answer("db-upgrade", upgraded, lambda: say.line(sentence))


@db.command
async def backup(file: Path, /, *, say: Spoken) -> None:
    """Write a whole copy of the database to a file that only this account can read.

    Args:
        file: Where, in PostgreSQL's own format; nothing is overwritten.
    """
    database.must(file, there=False)
    async with cellar(asker(say)) as opened:
        copied = await database.backup(opened, file)
    sentence = f"Wrote {file}, {copied.bytes / 2**20:,.1f} MiB."
    say.answer("db-backup", copied, lambda: say.line(sentence))


@db.command
async def restore(file: Path, /, *, yes: bool = False, say: Spoken) -> None:
    """Put a copy into the database; all of it, or nothing. Afterwards no route is on.

    Args:
        file: A file that `db backup` wrote.
        yes: Replace what the database holds now.
    """
    database.must(file, there=True)
    async with cellar(asker(say)) as opened:
        if await database.filled(opened):
            say.sure("The database is not empty. Replace all that it holds?", "--yes", given=yes)
        restored = await database.restore(opened, file)
    say.answer("db-restore", restored, lambda: _next(say, file, restored.shadowed))


@db.command
async def rename(old: str, /, *, yes: bool = False, say: Spoken) -> None:
    """Hand the database of the estate OLD over to this project, whose estate has a new name.

    Args:
        old: The name that the estate had.
        yes: Do not ask.
    """
    operator = asker(say)
    name = operator.config.file.estate.name
    async with cellar(operator, whosoever=True) as opened:
        if await database.owned_by(opened, old):
            say.sure(f"Is {name!r} the new name of the estate {old!r}?", "--yes", given=yes)
        renamed = await database.rename(opened, old)
    sentence = f"The database of {old} is that of {name} now."
    say.answer("db-rename", renamed, lambda: say.line(sentence))


@db.command
async def stop(*, yes: bool = False, say: Spoken) -> None:
    """Stop this project's private PostgreSQL, where a killed command left it running.

    Args:
        yes: Also while others are at work; they start it again.
    """
    folder = say.flags.project.resolve()
    answer = await database.stop(folder, whoever_works=yes)
    pid = answer.stopped
    sentence = f"Stopped the private PostgreSQL of {folder} (process {pid}); its files stay."
    if pid is None:
        sentence = f"No private PostgreSQL runs for {folder}."
        if os.environ.get("DATABASE_URL"):
            sentence += " DATABASE_URL names a server that is not ours to stop."
    say.answer("db-stop", answer, lambda: say.line(sentence))


def _next(say: Say, file: Path, shadowed: Sequence[str]) -> None:
    """Say what was done, and what a person does now."""
    say.line(f"Restored {file}. What was sent since that copy is not in it.")
    if not shadowed:
        return
    say.line(f"Nothing leaves now: {', '.join(shadowed)} in shadow. To go on:")
    say.line("  1. counterfoil up                   it lists, counts, and looks up what was sent")
    say.line("  2. counterfoil balance --recount    until everything is accounted for")
    say.line("  3. counterfoil hold list            what it cannot know is shown there")
    for name in shadowed:
        say.line(f"  4. counterfoil route on {name} --reason 'counted after the restore'")
