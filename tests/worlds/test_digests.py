"""The same world, the same end: on this machine in any surroundings, and on every other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from counterfoil.rehearse.worlds import digests
from counterfoil.rehearse.worlds.digests import WORLDS
from counterfoil.rehearse.worlds.runner import Runner

FILE = Path(__file__).parent / "digests.json"


def test_the_worlds_end_here_as_they_ended_where_the_file_was_written(runner: Runner) -> None:
    said = digests.changed(digests.played(runner), FILE)
    assert not said, said


def test_every_world_is_in_the_file() -> None:
    assert set(digests.kept(FILE)) == set(WORLDS)


def test_another_end_is_told_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "digests.json"
    file.write_bytes(msgspec.json.encode({"quiet": "an end", "storm": "another"}))
    assert digests.changed({"quiet": "an end"}, file) == ""
    said = digests.changed({"quiet": "an end", "storm": "a third"}, file)
    assert "than the file says: storm. " in said
    assert "--write" in said


@pytest.fixture
def load() -> Iterator[None]:
    """Somebody else who keeps a core busy."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield
    busy.kill()
    busy.wait()


@pytest.mark.usefixtures("load")
def test_neither_hash_seed_nor_time_zone_nor_language_nor_folder_nor_load_matter(
    tmp_path: Path,
) -> None:
    here = ended({"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"}, Path.cwd())
    there = ended({"PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"}, tmp_path)
    assert here == there


def ended(surroundings: dict[str, str], folder: Path) -> str:
    """How a world ends in a process, and a database, of its own."""
    order = [sys.executable, "-m", "counterfoil.rehearse.worlds.digests", "--only", "storm"]
    told = subprocess.run(
        order,
        cwd=folder,
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert '"storm"' in told.stdout
    return told.stdout
