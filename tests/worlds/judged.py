"""What the judges of a word were asked of, in a world that a test plays."""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

import pytest

from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.runner import Result, Runner
from counterfoil.rehearse.worlds.snapshot import Snapshot


class Judged(NamedTuple):
    """What the laws of a word are asked of: its own books, and the world."""

    books: Any
    snapshot: Snapshot


def played(runner: Runner, recipe: Recipe, word: ModuleType) -> tuple[Result, Judged]:
    """What a world came to, and what the judges of `word`, a file of `rehearse/worlds`, were asked
    of."""
    asked: list[Judged] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            word, "judged", lambda books, snapshot, _: asked.append(Judged(books, snapshot))
        )
        result, _ = runner.play(recipe)
    (judged,) = asked
    return result, judged
