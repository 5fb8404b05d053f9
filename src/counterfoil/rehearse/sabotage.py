"""Sabotage: each guard is taken out of a copy of the house, and somebody must notice.

"Nothing was found" is worth as much as the finders. So every planted defect (`sabotages.toml`) is
put to the project's own tests, which run on the copy. Noticed means that a check said no; a copy
that does not even start proves nothing, and a check that also says no to the house as it is
proves nothing either.

    python -m counterfoil.rehearse.sabotage NAME
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

import counterfoil
from counterfoil.rehearse.layer import Layer
from counterfoil.rehearse.planted import Sabotage, copy, named, plant, planted
from counterfoil.store.server import Server
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import CounterfoilError

NAME = "sabotage"

_TEST_S = 25  # one test
_LOOK_S = 150.0  # one look at one copy
_CONTROL_S = 300.0
_SETTLED_S = 45.0  # kept of the time for the control
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


class Bench:
    """Where copies are made and looked at; `checkout` is the project with its tests."""

    def __init__(self, checkout: Path, folder: Path, dsn: str) -> None:
        self._checkout = checkout
        self._folder = folder
        self._dsn = dsn
        self._clock = SystemClock()
        self.sound = copy(folder / "sound")

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
        asked = [sys.executable, "-c", "import counterfoil; print(counterfoil.__file__)"]
        return self._run(asked, place, _LOOK_S).stdout.strip()

    def _tests(
        self, place: Path, words: Sequence[str], limit_s: float
    ) -> subprocess.CompletedProcess[str]:
        order = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=no", "-rfE"]
        order += [f"--timeout={_TEST_S}", "--hypothesis-profile=ci", *words]
        return self._run(order, place, limit_s)

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
            return subprocess.CompletedProcess(order, -1, "", f"no end within {limit_s:g} s")

    def _surroundings(self, place: Path) -> dict[str, str]:
        return {name: text for name, text in os.environ.items() if name not in _FRESH} | {
            "PYTHONPATH": str(place),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DATABASE_URL": self._dsn,
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self._folder / "hypothesis"),
            "COLUMNS": "500",
        }


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
    with tempfile.TemporaryDirectory(prefix="counterfoil-sabotage-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server may run as another account
        (folder / "server").mkdir()
        server = asyncio.run(Server.start(folder / "server", fast=True))
        try:
            made = Bench(root, folder, server.dsn)
            assert made.home(made.sound).startswith(str(made.sound)), "the copy is not looked at"
            yield made
        finally:
            asyncio.run(server.erase())


def run(seed: int, budget_s: float, cores: int) -> Layer:
    """Plant as many sabotages as the time allows, in an order drawn by `seed`.

    `reached` says of each after how many checks it was caught; 0: it was not.
    """
    clock = SystemClock()
    start = clock.monotonic()
    root = checkout()
    if root is None:
        note = "not run: it needs the project's checkout, whose tests look at the planted copies"
        return Layer(NAME, 0.0, cores, _counts([], planted()), notes=(note,))
    chosen = list(planted().values())
    random.Random(seed).shuffle(chosen)
    until = start + budget_s - min(_SETTLED_S, budget_s / 3)
    with bench(root) as made:
        looks = [look for look in _looks(made, chosen, until, cores) if look is not None]
        looks = _believed(looks, made.control(sorted({one.by for one in looks if one.caught})))
    left = sorted({one.name for one in chosen} - {look.name for look in looks})
    notes = (_told(looks), *((f"not planted for want of time: {', '.join(left)}",) if left else ()))
    return Layer(
        name=NAME,
        seconds=clock.monotonic() - start,
        cores=cores,
        counts=_counts(looks, planted()),
        reached={look.name: look.after if look.caught else 0 for look in looks},
        failures=tuple(_failure(look) for look in looks if not look.caught),
        notes=notes,
    )


def _looks(
    made: Bench, chosen: Sequence[Sabotage], until: float, cores: int
) -> Iterator[Look | None]:
    clock = SystemClock()

    def look(sabotage: Sabotage) -> Look | None:
        return made.look(sabotage) if clock.monotonic() < until else None

    with ThreadPoolExecutor(max(1, cores)) as pool:
        yield from pool.map(look, chosen)


def _believed(looks: Sequence[Look], unsound: Sequence[str]) -> list[Look]:
    """The looks; a check that says no to the sound house as well has noticed nothing."""
    fault = "the same check says no to the house as it is"
    return [
        msgspec.structs.replace(look, fault=fault) if look.by in unsound else look for look in looks
    ]


def _counts(looks: Sequence[Look], table: Mapping[str, Sabotage]) -> dict[str, int]:
    groups = [look for look in looks if table[look.name].group]
    singles = [look for look in looks if not table[look.name].group]
    return {
        "planted": len(table),
        "sabotages": len(singles),
        "caught": sum(look.caught for look in singles),
        "groups": len(groups),
        "groups_caught": sum(look.caught for look in groups),
        "checks": sum(look.after for look in looks),
    }


def _told(looks: Sequence[Look]) -> str:
    caught = sorted(look.after for look in looks if look.caught)
    if not caught:
        return "nothing was caught"
    return (
        f"caught by the tests after {caught[len(caught) // 2]} checks in the middle,"
        f" {caught[-1]} at most"
    )


def _failure(look: Look) -> str:
    why = look.fault or f"{planted()[look.name].breaks} {look.after} checks saw nothing."
    return f"{look.name}: {why} Again: python -m counterfoil.rehearse.sabotage {look.name}"


def main(words: Sequence[str]) -> int:
    """Plant the named sabotages (all where none is named), and say what noticed each."""
    root = checkout()
    if root is None:
        sys.stderr.write("This needs the project's checkout: its tests look at the copies.\n")
        return 2
    chosen = [named(word) for word in words] or list(planted().values())
    looks: list[Look] = []
    with bench(root) as made:
        for look in _looks(made, chosen, float("inf"), os.cpu_count() or 1):
            if look is not None:
                _say(_line(look))
                looks.append(look)
        looks = _believed(looks, made.control(sorted({one.by for one in looks if one.caught})))
    missed = [look for look in looks if not look.caught]
    _say(f"{len(looks) - len(missed)} of {len(looks)} caught.")
    for look in missed:
        _say(_line(look))
    return int(bool(missed))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(look: Look) -> str:
    after = f"after {look.after} checks, {look.seconds:.1f} s"
    if look.caught:
        return f"caught      {look.name} by {look.by} ({after}): {look.said}"
    return f"NOT CAUGHT  {look.name} ({after}): {look.fault or planted()[look.name].breaks}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
