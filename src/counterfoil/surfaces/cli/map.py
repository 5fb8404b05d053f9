"""`map`: value maps. `map coverage` holds the words that documents had against a map's own."""

from __future__ import annotations

from cyclopts import App

from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import coverage as asking
from counterfoil.surfaces.desk.coverage import Coverage, CoveredWord
from counterfoil.surfaces.desk.opening import desk

map = App(name="map", help="Value maps: coverage.")


@map.command
async def coverage(name: str | None = None, /, *, days: int | None = None, say: Spoken) -> None:
    """Hold the words that documents had against the words that value maps have.

    Args:
        name: One value map; all of them where none is named.
        days: Only what was sent in so many days.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.coverage(opened, name, days)
    say.answer("map-coverage", answer, lambda: _show(say, answer))


def _show(say: Say, answer: Coverage) -> None:
    if not answer.words:
        say.line("There are no value maps.")
        return
    heads = ("map", "word", "", "means", "documents", "money", "asked")
    say.table(heads, [_row(word) for word in answer.words], right=(4, 5))
    if answer.unknown:
        say.line(f"{answer.unknown} words are unknown, and documents wait for them.")


def _row(word: CoveredWord) -> tuple[str, ...]:
    money = ", ".join(str(amount) for amount in word.money)
    return (
        word.map, word.word, word.standing, word.means, f"{word.count:,}" if word.count else "",
        money, word.owner,
    )  # fmt: skip
