"""`db`: the database's state, its schema, and copies of it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
from cyclopts import App

from counterfoil.surfaces.cli.opening import project
from counterfoil.surfaces.cli.person import counted, who
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.errors import Misconfigured, Refuse

if TYPE_CHECKING:
    from counterfoil.store.postgres import Database
    from counterfoil.store.server import Server

db = App(name="db", help="The database: status, upgrade, backup, restore.")


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
    from counterfoil.store import schema

    async with _database(say) as (database, server):
        (size,) = await database.rows("database_size")
        found = State(
            server.describe(),
            size["version"],
            size["bytes"],
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
            words = ["--format=custom", f"--file={part}"]
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
    from counterfoil.store import restored

    _must(file, there=True)
    async with _database(say) as (database, server):
        await _nobody_at_work(database)
        (row,) = await database.rows("tables")
        if row["tables"]:
            say.sure("The database is not empty. Replace all that it holds?", "--yes", given=yes)
        at = say.clock.now()
        doubt = restored.script(at, who())
        await _restore(file, doubt, server.dsn, await _version(database))
        rows = await database.rows("routes")
        shadowed = [row["name"] for row in rows if row["why"] == restored.WHY]
    data = {"file": str(file), "shadowed": shadowed}
    say.answer("db-restore", data, lambda: _next(say, file, shadowed))


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


async def _nobody_at_work(database: Database) -> None:
    """Raise `Refuse` while other programs of this house use the database."""
    from counterfoil.store.postgres import PROGRAM

    (row,) = await database.rows("others_at_work", PROGRAM)
    if row["others"]:
        raise Refuse(
            f"Counterfoil is at work on this database ({counted(row['others'], 'connection')}).",
            do="Stop `counterfoil up` and every `counterfoil worker`, then restore.",
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


@asynccontextmanager
async def _database(say: Say) -> AsyncGenerator[tuple[Database, Server]]:
    """The database as it is, whatever its schema."""
    from counterfoil import app

    database, server, started = await app.connect(project(say))
    try:
        yield database, server
    finally:
        await database.close()
        if started:
            await server.stop()


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
    (row,) = await database.rows("database_size")
    return int(row["version"].partition(".")[0])
