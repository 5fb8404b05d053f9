"""Bar: progress that moves on a terminal while a command works, and is gone when it ends."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from counterfoil.surfaces.desk.acts import Advance
from counterfoil.surfaces.desk.inert import inert


@contextmanager
def drawn(stream: TextIO) -> Generator[Advance]:
    """A bar on `stream` while the block runs."""
    text = TextColumn("{task.description}", markup=False)
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    with Progress(text, BarColumn(), MofNCompleteColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def advance(what: str, done: int, total: int) -> None:
            bar.update(task, description=inert(what), completed=done, total=total or None)

        yield advance
