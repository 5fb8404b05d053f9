"""A backup tells nobody the database's password, and nobody else can read what it wrote."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import asyncpg
import pytest
from filled import fill
from journeys_environment import SECRETS, environment

from counterfoil.store.server import Server
from counterfoil.surfaces.desk.database import _begun

PASSWORD = "correct-horse-battery"


@pytest.fixture
async def guarded(quick_place: Path) -> AsyncIterator[str]:
    """The address of a database whose account must sign in with a password."""
    folder = Path(tempfile.mkdtemp(prefix="counterfoil-guarded-", dir=quick_place))
    folder.chmod(0o755)
    server = await Server.start(folder, fast=True)
    try:
        door = await asyncpg.connect(server.dsn)
        rules = Path(await door.fetchval("show hba_file"))
        await door.execute(f"create role keeper superuser login password '{PASSWORD}'")
        rules.write_text(f"local all keeper scram-sha-256\n{rules.read_text()}")
        await door.execute("select pg_reload_conf()")
        await door.close()
        yield server.dsn.replace("counterfoil@", f"keeper:{PASSWORD}@", 1)
    finally:
        await server.erase()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def watched(folder: Path) -> Iterator[dict[str, set[str]]]:
    """The words of every process meanwhile, and every file of `folder` that others may read."""
    seen: dict[str, set[str]] = {"words": set(), "open": set(), "parts": set()}
    ended = Event()

    def watch() -> None:
        while not ended.wait(0.001):
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    seen["words"].add(
                        place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    )
            for file in folder.glob("*.dump*"):
                with suppress(OSError):
                    seen["parts"].add(file.name)
                    if file.stat().st_mode & 0o077:
                        seen["open"].add(file.name)

    watching = Thread(target=watch)
    watching.start()
    try:
        yield seen
    finally:
        ended.set()
        watching.join()


async def test_a_backup_and_its_restore(
    folder: Path, guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", guarded)
    await fill(folder, {"DATABASE_URL": guarded, **SECRETS})

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "counterfoil", *words],
            cwd=folder, env=environment(DATABASE_URL=guarded, **SECRETS), umask=0o022,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    door = await asyncpg.connect(guarded)
    await door.execute("insert into token (name, version, refresh) values ('books', 1, 'r-1')")
    (folder / "copy.dump.part").write_text("left by one that was killed")
    (folder / "copy.dump.part").chmod(0o600)
    with watched(folder) as seen:
        for _ in range(8):  # it is at work for a moment only, and the machine may be busy
            (folder / "copy.dump").unlink(missing_ok=True)
            saved = ran("db", "backup", "copy.dump")
            assert saved.returncode == 0, saved.stderr
            if any("pg_dump" in words for words in seen["words"]):
                break
        back = ran("db", "restore", "copy.dump", "--yes")
        assert back.returncode == 0, back.stderr
    assert await door.fetchval("select count(*) from token") == 0, "no copy has a sign-in"
    await door.close()
    programs = "\n".join(seen["words"])
    assert "pg_dump" in programs, "the watch saw it at work"
    assert "psql" in programs
    assert PASSWORD not in programs
    assert seen["parts"] == {"copy.dump", "copy.dump.part"}
    assert seen["open"] == set()
    assert (folder / "copy.dump").stat().st_mode & 0o777 == 0o600
    assert not (folder / "copy.dump.part").exists()


def test_a_backup_that_cannot_be_written_says_so(folder: Path, project) -> None:
    missing = project("db", "backup", "no/such/folder/copy.dump")
    assert missing.code == 2
    assert "cannot be written: No such file or directory." in missing.err
    (folder / "copy.dump.part").mkdir()
    (folder / "copy.dump.part" / "inside").touch()
    blocked = project("db", "backup", "copy.dump")
    assert blocked.code == 2
    assert not (folder / "copy.dump").exists()


def test_a_program_that_fails_leaves_no_part(tmp_path: Path) -> None:
    def broken() -> None:
        with _begun(tmp_path / "copy.dump") as part:
            part.write_text("half")
            assert part.stat().st_mode & 0o777 == 0o600
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert list(tmp_path.iterdir()) == []
