"""The cells of the chaos layer: single experiments that are played beside its rounds.

Each is a command of its own, with a house of its own, so that the layer's kills do not blur what it
shows and a failure is seen again with the same words. Where there is no time or no means for one,
a note says so.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import IO

import msgspec

from counterfoil.rehearse import leash

_PATIENCE_S = 12.0  # beyond the layer's time, for what is nearly done
_TIDY_S = 15.0
_WORDS = 300


class Cell(msgspec.Struct, frozen=True):
    """What one cell came to: its part of the layer's counts, failures and notes."""

    counts: Mapping[str, int] = {}
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Told(msgspec.Struct):
    """What a cell's command answers, as far as the layer counts it."""

    tally: Mapping[str, int] = {}
    wrong: tuple[str, ...] = ()
    note: str = ""


class _Offer(msgspec.Struct, frozen=True):
    """A cell that can be played from a budget of so many seconds on."""

    name: str
    words: tuple[str, ...]
    from_s: float


_OFFERS = (
    (_Offer("sleeper", ("--seconds", "60"), 100.0), _Offer("sleeper", ("--seconds", "6"), 45.0)),
    (_Offer("partition", (), 75.0),),
    (
        _Offer("redrive", ("--records", "2000", "--live-seconds", "15", "--json"), 420.0),
        _Offer("redrive", ("--records", "300", "--live-seconds", "0", "--json"), 120.0),
    ),
)
"""Each cell, its fullest form first."""


class Beside:
    """The cells that are being played."""

    def __init__(self) -> None:
        self._playing: list[_Playing] = []
        self._notes: list[str] = []

    def start(self, seed: int, budget_s: float) -> None:
        """Start every cell for which there is time."""
        for forms in _OFFERS:
            chosen = next((form for form in forms if budget_s >= form.from_s), None)
            if chosen is None:
                least_s = min(form.from_s for form in forms)
                self._notes.append(
                    f"the cell {forms[0].name} was not played: it needs {least_s:g} s of the layer"
                )
                continue
            self._playing.append(_Playing(chosen, seed))

    def told(self, left_s: float) -> list[Cell]:
        """What each came to, waiting at most `left_s` and a little."""
        deadline = time.monotonic() + max(0.0, left_s) + _PATIENCE_S
        cells = [play.told(deadline) for play in self._playing]
        return [*cells, Cell(notes=tuple(self._notes))]

    def end(self) -> None:
        """End what is still being played."""
        for play in self._playing:
            play.end()


@contextmanager
def beside(seed: int, budget_s: float) -> Generator[Beside]:
    """The cells that fit into the budget, playing while the block runs; 0 s: none, and no note."""
    experiments = Beside()
    try:
        if budget_s:
            experiments.start(seed, budget_s)
        yield experiments
    finally:
        experiments.end()


class _Playing:
    """One cell's process, and what it says."""

    def __init__(self, offer: _Offer, seed: int) -> None:
        module = f"counterfoil.rehearse.chaos.{offer.name}"
        words = [module, *offer.words, "--seed", str(seed)]
        self._name = offer.name
        self._again = " ".join(["python -m", *words])
        self._said: IO[bytes] = TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            leash.words(*words),
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def told(self, deadline: float) -> Cell:
        """What it came to; where it has not ended by then, only that."""
        try:
            self._process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.end()
            output = (
                f"the cell {self._name} was cut off by the layer's end: play it by {self._again}"
            )
            return Cell({"cells_cut_off": 1}, notes=(output,))
        self._said.seek(0)
        output = self._said.read()
        cell = read(self._name, output)
        if cell is None:
            return self._failed(f"broke: {output.decode('utf-8', 'replace')[-_WORDS:].strip()}")
        failures = tuple(self._words(failure) for failure in cell.failures)
        return msgspec.structs.replace(cell, failures=failures)

    def end(self) -> None:
        """End it as a person would, so that it tidies up; then for good."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_TIDY_S)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def _failed(self, said: str) -> Cell:
        return Cell(failures=(self._words(said),))

    def _words(self, said: str) -> str:
        return f"The cell {self._name}: {said}. See it again: {self._again}"


def read(name: str, said: bytes) -> Cell | None:
    """The answer of a cell's command, counts under the cell's name; None where it gave none."""
    try:
        answer = msgspec.json.decode(said[said.find(b"{") :], type=Told)
    except msgspec.DecodeError:
        return None
    counts = {f"{name}_{key}": count for key, count in answer.tally.items()}
    return Cell(counts, answer.wrong, (answer.note,) if answer.note else ())


def answer(told: msgspec.Struct, tally: Mapping[str, int], wrong: Sequence[str]) -> bytes:
    """What a cell's command writes: all that it found, and what the layer counts of it."""
    body = {**msgspec.to_builtins(told), "tally": dict(tally), "wrong": list(wrong)}
    return msgspec.json.format(msgspec.json.encode(body)) + b"\n"
