"""Say: data on standard output, talk and progress on standard error, a question never unasked.

On a terminal heads are bold, tables keep to its width and progress moves; otherwise the same words
come plain, a row a line. Every word passes `inert` here, and nowhere else: a command hands over
what it has, whoever wrote it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TextIO, cast

from cyclopts import Parameter

from counterfoil.surfaces.cli.columns import laid
from counterfoil.surfaces.cli.flags import Flags
from counterfoil.surfaces.desk.acts import Advance, unheard
from counterfoil.surfaces.desk.envelope import Page, encoded, enveloped, failure
from counterfoil.surfaces.desk.exits import code
from counterfoil.surfaces.desk.inert import inert, inert_json
from counterfoil.values.clock import Clock, SystemClock
from counterfoil.values.errors import CounterfoilError, Misconfigured


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
                self._out.write(_json(row))
        elif self.flags.machine:
            as_of = self.clock.now().format_iso()
            self._out.write(_json(enveloped(name, data, as_of, page)))
        else:
            show()

    def line(self, text: str = "") -> None:
        """One line of data for a person."""
        self._out.write(inert(text) + "\n")

    def lines(self, texts: Iterable[str]) -> None:
        """Lines of data for a person."""
        for text in texts:
            self.line(text)

    def heading(self, text: str) -> None:
        """A line that stands over others."""
        self._bold(inert(text))

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
    ) -> None:
        """A table; the columns numbered in `right` are figures, and the last may be prose."""
        cells = [[inert(cell) for cell in row] for row in (heads, *rows)]
        width = shutil.get_terminal_size().columns if self._out.isatty() else None
        head, *others = laid(cells, right, width)
        self._bold(head)
        self.lines(others)

    def note(self, text: str) -> None:
        """Talk: one line beside the data."""
        if not self.flags.quiet:
            self._err.write(inert(text) + "\n")

    def error(self, error: CounterfoilError, reference: str = "") -> None:
        """Say what went wrong: one sentence what and where, one what to do."""
        if self.flags.machine:
            self._err.write(_json(failure(error, code(error), reference)))
            return
        place = f"{error.where}: " if error.where else ""
        self._err.write(inert(f"{place}{error.said}") + "\n")
        if error.do:
            self._err.write(inert(error.do) + "\n")

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
        self._err.write(f"{inert(question)} [y/N] ")
        self._err.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Misconfigured("Nothing was done.", code="not-agreed")

    @contextmanager
    def progress(self) -> Generator[Advance]:
        """A bar on standard error while the block runs; off a terminal nothing moves."""
        if self.flags.quiet or self.flags.machine or not self._colours(self._err):
            yield unheard
            return
        # Nobody waits for a bar where none is drawn: `--help` and every script.
        from counterfoil.surfaces.cli.bar import drawn  # noqa: PLC0415

        with drawn(self._err) as advance:
            yield advance

    def _colours(self, stream: TextIO) -> bool:
        return (
            stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )

    def _bold(self, line: str) -> None:
        self._out.write(f"\x1b[1m{line}\x1b[0m\n" if self._colours(self._out) else f"{line}\n")


def _json(data: Any) -> str:
    return inert_json(encoded(data)) + "\n"


Spoken = Annotated[Say, Parameter(parse=False, show=False)]
"""The parameter through which every command is handed its voice."""
