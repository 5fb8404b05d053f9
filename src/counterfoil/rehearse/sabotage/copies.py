"""The bench on which sabotages are tried: copies of the house, and who looks at them.

A copy is looked at by the project's own tests, which import it in place of the house, and by
worlds that are played with it (`lookout`). All copies of one bench are of one moment.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path

import asyncpg
import msgspec

import counterfoil
from counterfoil.rehearse.sabotage import worlds_look
from counterfoil.rehearse.sabotage.patches import Sabotage, copy, named, plant
from counterfoil.rehearse.sabotage.worlds_look import Sight
from counterfoil.rehearse.temporary import temporary
from counterfoil.rehearse.worlds.regressions import SEEDS
from counterfoil.store.server import Server
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import CounterfoilError

_TEST_S = 25  # one test
_LOOK_S = 150.0  # one look at one copy
_CONTROL_S = 300.0
_WATCH_S = 900.0  # all worlds that look at one copy
_SAID = re.compile(r"^(FAILED|ERROR) (.+?)(?: - (.*))?$", re.MULTILINE)
_COUNT = re.compile(r"(\d+) (?:passed|failed|error)")
_BROKEN = re.compile(
    r"(?:\w+\.)*(?:NameError|ImportError|ModuleNotFoundError|SyntaxError|IndentationError|"
    r"UnboundLocalError|AttributeError)\b"
    # A machine that is busy is no defect that was noticed.
    r"|hypothesis\.errors\.|Failed: Timeout"
)
_FRESH = ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "COUNTERFOIL_TEST_RUN")


class Look(msgspec.Struct, frozen=True):
    """What became of one sabotage. `by` is the check that said no, empty where none did; `after`
    how many checks had looked by then; `fault` says why the look proves nothing."""

    name: str
    by: str
    after: int
    seconds: float
    said: str = ""
    fault: str = ""

    @property
    def caught(self) -> bool:
        """Whether a check said no, and may be believed."""
        return bool(self.by) and not self.fault


class Trial(msgspec.Struct, frozen=True):
    """Both looks at one sabotage; `sight` is None where no world needs to see it, or none was
    asked."""

    name: str
    look: Look
    sight: Sight | None = None

    @property
    def passed(self) -> bool:
        """Whether everybody who must notice it did."""
        return self.look.caught and (self.sight is None or self.sight.caught)


class Bench:
    """Where copies are made and looked at; `checkout` is the project with its tests."""

    def __init__(self, checkout: Path, folder: Path, dsn: str) -> None:
        self._checkout = checkout
        self._folder = folder
        self._dsn = dsn
        self._clock = SystemClock()
        self._databases = itertools.count(1)
        self.sound = copy(folder / "sound")

    def trial(self, sabotage: Sabotage, *, until: float = inf, worlds: bool = True) -> Trial:
        """Let the tests look at one sabotage, and the worlds where they must see it.

        Worlds that see nothing and have not ended `until` then (the clock's seconds) tell nothing.
        """
        look = self.look(sabotage)
        left_s = min(_WATCH_S, until - self._clock.monotonic())
        if not worlds or not sabotage.worlds or left_s <= 0:
            return Trial(sabotage.name, look)
        sight = self.watch(sabotage, left_s)
        return Trial(sabotage.name, look, None if sight.cut and left_s < _WATCH_S else sight)

    def look(self, sabotage: Sabotage) -> Look:
        """Plant one sabotage in a copy and let its tests look at it, until one says no."""
        start = self._clock.monotonic()
        with tempfile.TemporaryDirectory(dir=self._folder) as place:
            try:
                plant(copy(Path(place), self.sound), sabotage)
            except CounterfoilError as error:
                return Look(sabotage.name, "", 0, 0.0, fault=error.said)
            ended = self._tests(Path(place), ["-x", *sabotage.tests], _LOOK_S)
        return _judged(sabotage, ended, self._clock.monotonic() - start)

    def watch(self, sabotage: Sabotage, limit_s: float = _WATCH_S) -> Sight:
        """Plant one sabotage in a copy and let worlds look at it, until one says no."""
        with tempfile.TemporaryDirectory(dir=self._folder) as place:
            try:
                plant(copy(Path(place), self.sound), sabotage)
            except CounterfoilError as error:
                return Sight(sabotage.name, "", 0, fault=error.said)
            words = [*_which(sabotage), *map(str, sabotage.worlds)]
            return worlds_look.sight(sabotage.name, self._worlds(Path(place), words, limit_s))

    def unsound(self, sights: Sequence[Sight]) -> frozenset[str]:
        """The sabotages whose worlds say no to the house as it is too."""
        numbers_by_set: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for sight in sights:
            numbers_by_set[_which(named(sight.name))].add(sight.number)
        silent = {
            which: worlds_look.silent(
                self._worlds(self.sound, ["--every", *which, *map(str, sorted(numbers))])
            )
            for which, numbers in numbers_by_set.items()
        }
        return frozenset(
            sight.name for sight in sights if sight.number not in silent[_which(named(sight.name))]
        )

    def control(self, checks: Sequence[str]) -> list[str]:
        """Which of `checks` say no to the house as it is, twice: a busy machine may upset one."""
        unsound = list(checks)
        for _ in range(2):
            if unsound:
                ended = self._tests(self.sound, unsound, _CONTROL_S)
                no = [check for _, check, _ in _SAID.findall(ended.stdout)]
                unsound = (no or unsound) if ended.returncode else []
        return unsound

    def home(self, place: Path) -> str:
        """Where the package really comes from, when it is to come from `place`."""
        command = [sys.executable, "-c", "import counterfoil; print(counterfoil.__file__)"]
        return self._run(command, place, _LOOK_S).stdout.strip()

    def _tests(
        self, place: Path, words: Sequence[str], limit_s: float
    ) -> subprocess.CompletedProcess[str]:
        order = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=no", "-rfE"]
        order += [f"--timeout={_TEST_S}", "--hypothesis-profile=ci", *words]
        return self._run(order, place, limit_s)

    def _worlds(
        self, place: Path, words: Sequence[str], limit_s: float = _WATCH_S
    ) -> subprocess.CompletedProcess[str]:
        name = f"looked_at_{next(self._databases)}"
        order = [sys.executable, "-m", "counterfoil.rehearse.sabotage.worlds_look"]
        order += [f"--database={name}", *words]
        try:
            return self._run(order, place, limit_s)
        finally:
            asyncio.run(_drop(self._dsn, name))

    def _run(
        self, order: Sequence[str], place: Path, limit_s: float
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                order,
                cwd=self._checkout,
                env=self._surroundings(place),
                capture_output=True,
                text=True,
                timeout=limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(
                order, worlds_look.CUT, "", f"no end within {limit_s:g} s"
            )

    def _surroundings(self, place: Path) -> dict[str, str]:
        return {name: text for name, text in os.environ.items() if name not in _FRESH} | {
            "PYTHONPATH": str(place),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DATABASE_URL": self._dsn,
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self._folder / "hypothesis"),
            "COLUMNS": "500",
        }


def _which(sabotage: Sabotage) -> tuple[str, ...]:
    """How a lookout is told what the numbers of its worlds mean."""
    if sabotage.restores:
        return ("--restores",)
    return (f"--kept={SEEDS / sabotage.kept}",) if sabotage.kept else ()


async def _drop(dsn: str, name: str) -> None:
    door = await asyncpg.connect(dsn)
    await door.execute(f"drop database if exists {name} with (force)")
    await door.close()


def _judged(sabotage: Sabotage, ended: subprocess.CompletedProcess[str], seconds: float) -> Look:
    after = sum(int(count) for count in _COUNT.findall(ended.stdout))
    no = [(check, why) for kind, check, why in _SAID.findall(ended.stdout) if kind == "FAILED"]
    if ended.returncode == 0:
        return Look(sabotage.name, "", after, seconds)
    if ended.returncode != 1 or not no:
        last = (ended.stderr or ended.stdout).strip().splitlines() or ["it said nothing"]
        return Look(sabotage.name, "", after, seconds, fault=f"nothing was checked: {last[-1]}")
    ((check, why),) = no[:1]
    fault = f"the copy did not do wrong, it broke or was slow: {why}" if _BROKEN.match(why) else ""
    return Look(sabotage.name, check, after, seconds, why, fault)


def checkout() -> Path | None:
    """The project's checkout that this package is part of; None where it was installed alone."""
    root = Path(counterfoil.__file__).parents[2]
    whole = (root / "pyproject.toml").exists() and (root / "tests" / "conftest.py").exists()
    return root if whole else None


@contextmanager
def bench(root: Path) -> Generator[Bench]:
    """A bench with a database server of its own, which goes with the block."""
    with temporary("counterfoil-sabotage-", "server") as folder:
        folder.chmod(0o755)  # the server may run as another account
        (folder / "server").mkdir()
        server = asyncio.run(Server.start(folder / "server", fast=True))
        copies = Bench(root, folder, server.dsn)
        assert copies.home(copies.sound).startswith(str(copies.sound)), "the copy is not looked at"
        yield copies
