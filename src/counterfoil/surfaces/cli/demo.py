"""`demo`: a day's trade through the unmodified house, against systems that fail on command."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.flags import Count, Workers
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.errors import Misconfigured

if TYPE_CHECKING:
    from counterfoil.rehearse.demo.outcome import Outcome


async def demo(
    *,
    traffic: Path | None = None,
    start: Annotated[date | None, Parameter(name="--from")] = None,
    end: Annotated[date | None, Parameter(name="--to")] = None,
    orders: Count | None = None,
    seed: int = 1,
    speed: Annotated[float | None, Parameter(validator=Number(gt=0))] = None,
    faults: Literal["none", "normal", "hostile"] = "normal",
    workers: Workers = 1,
    keep: Path | None = None,
    column: Annotated[list[str] | None, Parameter(negative=())] = None,
    estate: Annotated[list[str] | None, Parameter(negative=(), consume_multiple=(0, 1))] = None,
    say: Spoken,
) -> int:
    """Run a day's trade through the house and tell what became of it.

    Args:
        traffic: Real sales history, CSV or Parquet; a generated day where it is not given.
        start: The first day.
        end: The last day.
        orders: At most so many orders, drawn by the seed.
        seed: The same seed gives the same orders and money; which faults they meet can differ.
        speed: How much faster than life; as fast as it is moved where it is not given.
        faults: How badly the simulated systems behave.
        workers: How many processes of the house work.
        keep: Keep the project folder there; a folder that is kept is gone on with.
        column: NAME=COLUMN, what the file calls a column; once for each.
        estate: Several shops beside each other, each balanced by itself; those of NAME, if given.
    """
    from counterfoil.rehearse.cast.estates import DEFAULT
    from counterfoil.rehearse.demo.demo import Options
    from counterfoil.rehearse.demo.demo import demo as rehearsed
    from counterfoil.surfaces.cli import logs

    options = Options(
        traffic=traffic, start=start, end=end, orders=orders, seed=seed, speed=speed,
        faults=faults, workers=workers, keep=keep, columns=_columns(column or []),
        estate="" if estate is None else next(iter(estate), DEFAULT),
    )  # fmt: skip
    logs.arrange(say.flags)
    with say.progress() as advance:
        told = await rehearsed(options, advance)
    return tell(say, told)


def tell(say: Say, told: Outcome) -> int:
    """Tell what a rehearsal came to; what waits for a person is a part of a sound story."""
    from counterfoil.rehearse.demo.story import story

    def show() -> None:
        for line in story(told):
            say.line(line)

    say.answer("demo", told, show)
    return Exit.DONE if told.sound else Exit.DIFFERENCES


def _columns(words: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        name, sign, column = word.partition("=")
        if not (name and sign and column):
            raise Misconfigured("--column is given as NAME=COLUMN.", do="Write it so.")
        found[name] = column
    return found
