"""Database: its state, its schema, and copies of it."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from counterfoil.config.shape import STATE
from counterfoil.govern import erasure
from counterfoil.store import estate, instance, programs, restored, routes
from counterfoil.store import schema as store_schema
from counterfoil.store.postgres import PROGRAM, Database
from counterfoil.store.server import Server
from counterfoil.surfaces.desk.acts import asks, changes
from counterfoil.surfaces.desk.figures import counted
from counterfoil.surfaces.desk.opening import Cellar
from counterfoil.values.errors import Misconfigured, Refuse

_EMPTY = "drop schema if exists public cascade; create schema public"


class DatabaseState(msgspec.Struct, frozen=True):
    """The database: where it is, how large, which schema it has and which this version knows."""

    server: str
    version: str
    bytes: int
    schema: int
    newest_schema: int = msgspec.field(name="known")


class Upgraded(msgspec.Struct, frozen=True):
    """The migrations that were applied."""

    applied: list[str]


class Copied(msgspec.Struct, frozen=True):
    """The file of a copy, and how large it is."""

    file: str
    bytes: int


class Restored(msgspec.Struct, frozen=True):
    """The file that was put back, and the routes that are in shadow for it."""

    file: str
    shadowed: list[str]


class Renamed(msgspec.Struct, frozen=True):
    """The name that the estate had, and the one that it has."""

    old: str
    name: str


class Stopped(msgspec.Struct, frozen=True):
    """The process of the private server that was stopped; None where none ran."""

    stopped: int | None


@asks("db status")
async def status(cellar: Cellar) -> DatabaseState:
    """Say which database this is, how large it is, and whether its schema is up to date."""
    size = await instance.size(cellar.database)
    return DatabaseState(
        cellar.server.describe(),
        size.version,
        size.bytes,
        await store_schema.version(cellar.database),
        store_schema.migrations()[-1][0],
    )


@changes("db upgrade", reversible=False, undo="`db restore` of a backup that was made before.")
async def upgrade(cellar: Cellar) -> Upgraded:
    """Bring the schema up to date; make a backup first."""
    return Upgraded(await store_schema.upgrade(cellar.database, cellar.clock))


@asks("db backup")
async def backup(cellar: Cellar, file: Path) -> Copied:
    """Write a whole copy of the database to a file that only this account can read.

    Raises `Misconfigured` where the file is there already, or cannot be written.
    """
    must(file, there=False)
    with _begun(file) as part:
        # A token that rotates is dead once it was used, and nobody else's business until then; and
        # who is signed in here is signed in nowhere else.
        apart = [f"--exclude-table-data={table}" for table in ("token", "session")]
        words = ["--format=custom", *apart, f"--file={part}"]
        await programs.run("pg_dump", words, await _version(cellar.database), cellar.server.dsn)
    return Copied(str(file), _size(file))


@changes(
    "db restore",
    reversible=False,
    money="shown",
    undo="`db restore` of a backup that was made before. Afterwards no route is on.",
)
async def restore(cellar: Cellar, file: Path) -> Restored:
    """Put a copy into the database; all of it, or nothing. Afterwards no route is on.

    Raises `Misconfigured` where there is no such file, and `Refuse` while others are at work.
    """
    must(file, there=True)
    await _nobody_at_work(cellar.database, "restore")
    doubt = restored.script(cellar.clock.now(), cellar.person)
    await _keep_beside(cellar)
    await _restore(file, doubt, cellar.server.dsn, await _version(cellar.database))
    await _erase_again(cellar)
    rows = await routes.every(cellar.database)
    return Restored(str(file), [row.name for row in rows if row.why == restored.WHY])


@changes("db rename", reversible=True, undo="`db rename` with the names the other way round.")
async def rename(cellar: Cellar, old: str) -> Renamed:
    """Hand the database of the estate `old` over to this project, whose estate has a new name.

    Raises `Misconfigured` where the estate is not named so, and `Refuse` while others are at work.
    """
    await _nobody_at_work(cellar.database, "rename")
    name = cellar.config.file.estate.name
    await estate.rename(cellar.database, old, name, cellar.clock)
    return Renamed(old, name)


@changes("db stop", reversible=True, undo="The next command starts it again.")
async def stop(folder: Path, *, whoever_works: bool) -> Stopped:
    """Stop a project's private PostgreSQL, where a killed command left it running.

    Raises `Refuse` where others are at work on it, unless `whoever_works`.
    """
    server = Server.private(folder / STATE) if (folder / STATE).is_dir() else None
    pid = server.pid if server else None
    if server is None or pid is None:
        return Stopped(None)
    if not (whoever_works or server.idle()):
        raise Refuse(
            "Others are at work on the private PostgreSQL of this project.",
            do="Stop `counterfoil up` and every `counterfoil worker`: the last one ends it."
            " --yes stops it under them.",
            code="at-work",
        )
    await server.stop()
    return Stopped(pid)


@asks("db restore replaces")
async def filled(cellar: Cellar) -> bool:
    """Say whether a copy would replace something. Raises `Refuse` while others are at work."""
    await _nobody_at_work(cellar.database, "restore")
    return bool(await instance.tables(cellar.database))


@asks("db rename asks")
async def owned_by(cellar: Cellar, name: str) -> bool:
    """Say whether the database is that estate's. Raises `Refuse` while others are at work."""
    await _nobody_at_work(cellar.database, "rename")
    return await estate.owner(cellar.database) == name


async def _keep_beside(cellar: Cellar) -> None:
    """Write down outside the database who was erased: the copy does not know it."""
    if await _current(cellar.database):
        await erasure.keep_beside(cellar.database, cellar.config.key_file)


async def _erase_again(cellar: Cellar) -> None:
    """Erase from the copy whoever was erased since it was made. One of an older schema is brought
    up to date first by whoever opens it, and erased from then (`app.build`)."""
    if await _current(cellar.database):
        await erasure.gone_on(cellar.database, cellar.config.key_file, cellar.clock)


async def _current(database: Database) -> bool:
    return await store_schema.version(database) == store_schema.migrations()[-1][0]


def must(file: Path, *, there: bool) -> None:
    """Raise `Misconfigured` where a file is missing that must be there, or the reverse."""
    if there and not file.is_file():
        raise Misconfigured(f"There is no file {file}.", do="Name a backup.", where=str(file))
    if not there and file.exists():
        raise Misconfigured(f"{file} is there already.", do="Name another file.", where=str(file))


async def _nobody_at_work(database: Database, then: str) -> None:
    """Raise `Refuse` while other programs of this house use the database."""
    others = await instance.others(database, PROGRAM)
    if others:
        raise Refuse(
            f"Counterfoil is at work on this database ({counted(others, 'connection')}).",
            do=f"Stop `counterfoil up` and every `counterfoil worker`, then {then}.",
            code="at-work",
        )


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


async def _restore(file: Path, doubt: str, dsn: str, server_major: int) -> None:
    """Replace what the database holds, in one transaction: a copy that breaks off changes nothing.

    `doubt` is kept with it or not at all: a copy that does not know that it is one sends again.
    PostgreSQL's own --clean cannot drop partitioned tables, so the schema goes as a whole.
    """
    with TemporaryDirectory(prefix="counterfoil-restore-") as folder:
        script, after = Path(folder) / "restore.sql", Path(folder) / "doubt.sql"
        after.write_text(doubt, "utf-8")
        words = ["--no-owner", "--no-acl", f"--file={script}", str(file)]
        await programs.run("pg_restore", words, server_major)
        words = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        words += [f"--command={_EMPTY}", f"--file={script}", f"--file={after}"]
        await programs.run("psql", words, server_major, dsn)


async def _version(database: Database) -> int:
    size = await instance.size(database)
    return int(size.version.partition(".")[0])
