"""`db`: the database's state, its schema, and copies of it."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
from cyclopts import App

from counterfoil.config.shape import STATE
from counterfoil.surfaces.cli.opening import project
from counterfoil.surfaces.cli.person import counted, who
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.errors import Misconfigured, Refuse

if TYPE_CHECKING:
    from counterfoil.store.postgres import Database
    from counterfoil.store.server import Server

db = App(name="db", help="The database: status, upgrade, backup, restore, rename, stop.")


class State(msgspec.Struct, frozen=True):
    """The database: where it is, how large, which schema it has and which this version knows."""

    server: str
    version: str
    bytes: int
    schema: int
    known: int


_EMPTY = "drop schema if exists public cascade; create schema public"


@db.command
async def status(*, say: Spoken) -> None:
    """Say which database this is, how large it is, and whether its schema is up to date."""
    from counterfoil.store import instance, schema

    async with _database(say) as (database, server):
        size = await instance.size(database)
        found = State(
            server.describe(),
            size.version,
            size.bytes,
            await schema.version(database),
            schema.migrations()[-1][0],
        )

    def show() -> None:
        say.line(found.server)
        say.line(f"PostgreSQL {found.version}, {found.bytes / 2**20:,.1f} MiB.")
        fresh = "up to date" if found.schema == found.known else f"this version knows {found.known}"
        say.line(f"Schema {found.schema}: {fresh}.")

    say.answer("db-status", found, show)


@db.command
async def upgrade(*, say: Spoken) -> None:
    """Bring the schema up to date; make a backup first."""
    from counterfoil.store import schema

    async with _database(say) as (database, _):
        applied = await schema.upgrade(database, say.clock)
    said = f"Applied {', '.join(applied)}." if applied else "The schema is up to date."
    say.answer("db-upgrade", {"applied": applied}, lambda: say.line(said))


@db.command
async def backup(file: Path, /, *, say: Spoken) -> None:
    """Write a whole copy of the database to a file that only this account can read.

    Args:
        file: Where, in PostgreSQL's own format; nothing is overwritten.
    """
    from counterfoil.store import programs

    _must(file, there=False)
    async with _database(say) as (database, server):
        with _begun(file) as part:
            # A token that rotates is dead once it was used, and nobody else's business until then.
            words = ["--format=custom", "--exclude-table-data=token", f"--file={part}"]
            await programs.run("pg_dump", words, await _version(database), server.dsn)
        size = _size(file)
    said = f"Wrote {file}, {size / 2**20:,.1f} MiB."
    say.answer("db-backup", {"file": str(file), "bytes": size}, lambda: say.line(said))


@db.command
async def restore(file: Path, /, *, yes: bool = False, say: Spoken) -> None:
    """Put a copy into the database; all of it, or nothing. Afterwards no route is on.

    Args:
        file: A file that `db backup` wrote.
        yes: Replace what the database holds now.
    """
    from counterfoil.store import instance, restored, routes

    _must(file, there=True)
    async with _database(say) as (database, server):
        await _nobody_at_work(database, "restore")
        if await instance.tables(database):
            say.sure("The database is not empty. Replace all that it holds?", "--yes", given=yes)
        at = say.clock.now()
        doubt = restored.script(at, who())
        await _restore(file, doubt, server.dsn, await _version(database))
        rows = await routes.every(database)
        shadowed = [route.name for route in rows if route.why == restored.WHY]
    data = {"file": str(file), "shadowed": shadowed}
    say.answer("db-restore", data, lambda: _next(say, file, shadowed))


@db.command
async def rename(old: str, /, *, yes: bool = False, say: Spoken) -> None:
    """Hand the database of the estate OLD over to this project, whose estate has a new name.

    Args:
        old: The name that the estate had.
        yes: Do not ask.
    """
    from counterfoil.store import estate

    name = project(say).file.estate.name
    async with _database(say, whosoever=True) as (database, _):
        await _nobody_at_work(database, "rename")
        if await estate.owner(database) == old:
            say.sure(f"Is {name!r} the new name of the estate {old!r}?", "--yes", given=yes)
        await estate.rename(database, old, name, say.clock)
    said = f"The database of {old} is that of {name} now."
    say.answer("db-rename", {"old": old, "name": name}, lambda: say.line(said))


@db.command
async def stop(*, yes: bool = False, say: Spoken) -> None:
    """Stop this project's private PostgreSQL, where a killed command left it running.

    Args:
        yes: Also while others are at work; they start it again.
    """
    from counterfoil.store.server import Server

    folder = say.flags.project.resolve()
    server = Server.private(folder / STATE) if (folder / STATE).is_dir() else None
    pid = server.pid if server else None
    if server is None or pid is None:
        said = f"No private PostgreSQL runs for {folder}."
        if os.environ.get("DATABASE_URL"):
            said += " DATABASE_URL names a server that is not ours to stop."
    elif not (yes or server.idle()):
        raise Refuse(
            "Others are at work on the private PostgreSQL of this project.",
            do="Stop `counterfoil up` and every `counterfoil worker`: the last one ends it."
            " --yes stops it under them.",
            code="at-work",
        )
    else:
        await server.stop()
        said = f"Stopped the private PostgreSQL of {folder} (process {pid}); its files stay."
    say.answer("db-stop", {"stopped": pid}, lambda: say.line(said))


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


async def _nobody_at_work(database: Database, then: str) -> None:
    """Raise `Refuse` while other programs of this house use the database."""
    from counterfoil.store import instance
    from counterfoil.store.postgres import PROGRAM

    others = await instance.others(database, PROGRAM)
    if others:
        raise Refuse(
            f"Counterfoil is at work on this database ({counted(others, 'connection')}).",
            do=f"Stop `counterfoil up` and every `counterfoil worker`, then {then}.",
            code="at-work",
        )


def _must(file: Path, *, there: bool) -> None:
    """Raise `Misconfigured` where a file is missing that must be there, or the reverse."""
    if there and not file.is_file():
        raise Misconfigured(f"There is no file {file}.", do="Name a backup.", where=str(file))
    if not there and file.exists():
        raise Misconfigured(f"{file} is there already.", do="Name another file.", where=str(file))


def _size(file: Path) -> int:
    return file.stat().st_size


@contextmanager
def _begun(file: Path) -> Generator[Path]:
    """A new file beside `file`, closed to everybody else, that takes its name when it is whole."""
    part = file.with_name(file.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise Misconfigured(
            f"{part} cannot be written: {error.strerror}.", do="Name another file."
        ) from None
    try:
        yield part
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _database(
    say: Say, *, whosoever: bool = False
) -> AbstractAsyncContextManager[tuple[Database, Server]]:
    """The database as it is, whatever its schema."""
    from counterfoil import app

    return app.store(project(say), whosoever=whosoever)


async def _restore(file: Path, doubt: str, dsn: str, server_major: int) -> None:
    """Replace what the database holds, in one transaction: a copy that breaks off changes nothing.

    `doubt` is kept with it or not at all: a copy that does not know that it is one sends again.
    PostgreSQL's own --clean cannot drop partitioned tables, so the schema goes as a whole.
    """
    from counterfoil.store import programs

    with TemporaryDirectory(prefix="counterfoil-restore-") as folder:
        script, after = Path(folder) / "restore.sql", Path(folder) / "doubt.sql"
        after.write_text(doubt, "utf-8")
        words = ["--no-owner", "--no-acl", f"--file={script}", str(file)]
        await programs.run("pg_restore", words, server_major)
        words = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        words += [f"--command={_EMPTY}", f"--file={script}", f"--file={after}"]
        await programs.run("psql", words, server_major, dsn)


async def _version(database: Database) -> int:
    from counterfoil.store import instance

    size = await instance.size(database)
    return int(size.version.partition(".")[0])
