"""The command line as scripts meet it: a process of its own, its exit code, its two streams."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from journeys_environment import ESTATE, ROUTE, SECRETS, environment


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def data(self) -> Any:
        """The data in the envelope."""
        return self.json["data"]


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `counterfoil WORDS` in the test's folder, or in `folder`, without a terminal."""

    def ran(*words: str, folder: Path = tmp_path, **variables: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "counterfoil", *words],
            cwd=folder,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return ran


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder in order."""
    (tmp_path / "routes").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "counterfoil.toml").write_text(ESTATE)
    (tmp_path / "routes" / "orders.toml").write_text(ROUTE)
    (tmp_path / "secrets" / "office-password").write_text("hunter2\n")
    return tmp_path


@pytest.fixture
def project(folder: Path, run: Run, database: str) -> Run:
    """Run a command in a project with a database of its own and every secret in place."""

    def ran(*words: str, **variables: str) -> Ended:
        return run(*words, **{"DATABASE_URL": database, **SECRETS, **variables})

    return ran
