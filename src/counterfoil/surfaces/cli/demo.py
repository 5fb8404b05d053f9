"""`demo`: a day's trade through the unmodified house, against systems that fail on command."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from counterfoil.config.shape import STATE
from counterfoil.rehearse.cast.estates import DEFAULT
from counterfoil.rehearse.demo.demo import Options
from counterfoil.rehearse.demo.demo import demo as rehearsed
from counterfoil.rehearse.demo.outcome import Outcome
from counterfoil.rehearse.demo.story import story
from counterfoil.rehearse.temporary import temporary
from counterfoil.surfaces.cli import logs
from counterfoil.surfaces.cli.flags import Count, Workers
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.cli.shown import shown
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.values.errors import Misconfigured


@Parameter(name="*")
@dataclass(frozen=True)
class Trade:
    """What is traded, and how fast.

    Args:
        traffic: Real sales history, CSV or Parquet; a generated day where it is not given.
        start: The first day.
        end: The last day.
        days: So many generated days, each with its night; E1 is paid out in each of them.
        orders: At most so many orders (of each generated day), drawn by the seed.
        seed: The same seed gives the same orders and money; which faults they meet can differ.
        speed: How much faster than life; as fast as it is moved where it is not given.
    """

    traffic: Path | None = None
    start: Annotated[date | None, Parameter(name="--from")] = None
    end: Annotated[date | None, Parameter(name="--to")] = None
    days: Count = 1
    orders: Count | None = None
    seed: int = 1
    speed: Annotated[float | None, Parameter(validator=Number(gt=0))] = None


@Parameter(name="*")
@dataclass(frozen=True)
class Stage:
    """Where it is played, and by whom.

    Args:
        faults: How badly the simulated systems behave.
        workers: How many processes of the house work.
        keep: Keep the project folder there; a folder that is kept is gone on with.
        column: NAME=COLUMN, what the file calls a column; once for each.
        serve: Leave the desk open in a browser on what was played, until Ctrl-C.
        estate: A whole estate, each route balanced by itself: shops (if no NAME is given), brands,
            warehouse, or E1, which is whole days of a retailer, goods and money.
    """

    faults: Literal["none", "normal", "hostile"] = "normal"
    workers: Workers = 1
    keep: Path | None = None
    column: Annotated[list[str] | None, Parameter(negative=())] = None
    serve: Annotated[bool, Parameter(negative=())] = False
    estate: Annotated[list[str] | None, Parameter(negative=(), consume_multiple=(0, 1))] = None


A_DAY, HERE = Trade(), Stage()


async def demo(*, trade: Trade = A_DAY, stage: Stage = HERE, say: Spoken) -> int:
    """Run a day's trade through the house and tell what became of it."""
    with ExitStack() as stack:
        keep = stage.keep
        if stage.serve and keep is None:
            keep = stack.enter_context(temporary("counterfoil-demo-", STATE))
        ended = await _played(say, trade, stage, keep)
        return await shown(say, keep) if stage.serve and keep is not None else ended


async def _played(say: Say, trade: Trade, stage: Stage, keep: Path | None) -> int:
    options = Options(
        traffic=trade.traffic, start=trade.start, end=trade.end, days=trade.days,
        orders=trade.orders, seed=trade.seed, speed=trade.speed, faults=stage.faults,
        workers=stage.workers, keep=keep, columns=_columns(stage.column or []),
        estate="" if stage.estate is None else next(iter(stage.estate), DEFAULT),
    )  # fmt: skip
    logs.arrange(say.flags)
    with say.progress() as advance:
        outcome = await rehearsed(options, advance)
    return tell(say, outcome)


def tell(say: Say, outcome: Outcome) -> int:
    """Tell what a rehearsal came to; what waits for a person is a part of a sound story."""
    say.answer("demo", outcome, lambda: say.lines(story(outcome)))
    return Exit.DONE if outcome.sound else Exit.DIFFERENCES


def _columns(words: list[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for word in words:
        name, sign, column = word.partition("=")
        if not (name and sign and column):
            raise Misconfigured("--column is given as NAME=COLUMN.", do="Write it so.")
        columns[name] = column
    return columns
