"""Say: data on standard output, talk and progress on standard error, a question never unasked.

On a terminal tables have colour and progress moves; otherwise the same words come plain.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

import msgspec
from cyclopts import Parameter

from counterfoil.surfaces.cli.envelope import Page, enveloped, told
from counterfoil.surfaces.cli.exits import code
from counterfoil.surfaces.cli.flags import Flags
from counterfoil.values.clock import Clock, SystemClock
from counterfoil.values.errors import CounterfoilError, Misconfigured

if TYPE_CHECKING:
    from rich.console import Console

Advance = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0: not known)."""


class Say:
    """How one command speaks."""

    def __init__(self, flags: Flags, out: TextIO, err: TextIO, clock: Clock | None = None) -> None:
        self.flags = flags
        self.clock = clock or SystemClock()
        self._out = out
        self._err = err

    @classmethod
    def here(cls, flags: Flags) -> Say:
        """Speaking to whoever started this process."""
        return cls(flags, sys.stdout, sys.stderr)

    @property
    def terminal(self) -> bool:
        """Whether a person can be asked."""
        return not self.flags.no_input and sys.stdin.isatty() and self._err.isatty()

    def answer(
        self, name: str, data: Any, show: Callable[[], None], *, page: Page | None = None
    ) -> None:
        """Give `data`, whose shape is called `name`: as JSON to a program, else by `show`."""
        if self.flags.jsonl and isinstance(data, list | tuple):
            rows = cast("Sequence[Any]", data)
            for row in rows:
                self._line(msgspec.json.encode(row))
        elif self.flags.machine:
            as_of = self.clock.now().format_iso()
            self._line(msgspec.json.encode(enveloped(name, data, as_of, page)))
        else:
            show()

    def line(self, text: str = "") -> None:
        """One line of data for a person."""
        self._out.write(text + "\n")

    def heading(self, text: str) -> None:
        """A line that stands over others."""
        if self._colours(self._out):
            self._console(self._out).print(text, style="bold", markup=False, highlight=False)
        else:
            self.line(text)

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
    ) -> None:
        """A table; the columns numbered in `right` are figures."""
        if self._colours(self._out):
            self._drawn(heads, rows, right)
        else:
            self._plain([heads, *rows], right)

    def note(self, text: str) -> None:
        """Talk: one line beside the data."""
        if not self.flags.quiet:
            self._err.write(text + "\n")

    def error(self, error: CounterfoilError, reference: str = "") -> None:
        """Say what went wrong: one sentence what and where, one what to do."""
        if self.flags.machine:
            self._err.write(msgspec.json.encode(told(error, code(error), reference)).decode())
            self._err.write("\n")
            return
        place = f"{error.where}: " if error.where else ""
        self._err.write(f"{place}{error.said}\n")
        if error.do:
            self._err.write(f"{error.do}\n")

    def sure(self, question: str, flag: str, *, given: bool) -> None:
        """Go on only where the answer is yes, or `given` by `flag`.

        Raises `Misconfigured` where nobody can be asked, or the answer is no.
        """
        if given:
            return
        if not self.terminal:
            raise Misconfigured(
                question, do=f"Nobody can be asked here: add {flag} to say yes.", code="not-asked"
            )
        self._err.write(f"{question} [y/N] ")
        self._err.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Misconfigured("Nothing was done.", code="not-agreed")

    @contextmanager
    def progress(self) -> Generator[Advance]:
        """A bar on standard error while the block runs; off a terminal nothing moves."""
        if self.flags.quiet or self.flags.machine or not self._colours(self._err):
            yield _unseen
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=self._console(self._err), transient=True) as bar:
            task = bar.add_task("", total=None)

            def advance(what: str, done: int, total: int) -> None:
                bar.update(task, description=what, completed=done, total=total or None)

            yield advance

    def _line(self, body: bytes) -> None:
        self._out.write(body.decode() + "\n")

    def _colours(self, stream: TextIO) -> bool:
        return (
            stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )

    def _console(self, stream: TextIO) -> Console:
        from rich.console import Console

        return Console(file=stream, highlight=False, markup=False)

    def _drawn(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]
    ) -> None:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for at, head in enumerate(heads):
            table.add_column(head, justify="right" if at in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        self._console(self._out).print(table)

    def _plain(self, rows: Sequence[Sequence[str]], right: Sequence[int]) -> None:
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = [
                cell.rjust(width) if at in right else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.line("  ".join(cells).rstrip())


def _unseen(what: str, done: int, total: int) -> None:
    """Nobody is watching."""


Spoken = Annotated[Say, Parameter(parse=False, show=False)]
"""The parameter through which every command is handed its voice."""
