"""What was given up as not there and sent again: the first one may show later, and is noticed."""

from __future__ import annotations

from ends import order
from flow_stage import Stage
from steps import causes, path, swept, unanswered

from counterfoil.kit.connector import Seen

WINDOW_S = 30.0  # the stage's settle window


class Hidden:
    """Keeps the first document under a reference out of the office's books until it is shown."""

    def __init__(self, stage: Stage) -> None:
        self.shown = False
        self._read = stage.office.read
        stage.office.read = self.read  # type: ignore[method-assign,assignment]

    async def read(self, references: list[str]) -> dict[str, list[Seen]]:
        found = await self._read(references)
        first = 0 if self.shown else 1
        return {key: list(seen)[first:] for key, seen in found.items()}


async def sent_again(stage: Stage, *, landed: bool) -> None:
    """An order that was not answered, was not found, and has just been sent a second time."""
    stage.office.answers = [unanswered(landed=landed)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    for wait_s in (WINDOW_S + 1, WINDOW_S / 2 + 1):
        stage.clock.pass_(wait_s)
        await stage.work()
    assert len(stage.office.calls) == 2


async def test_a_first_one_that_shows_after_the_second_was_written_is_held_with_both(
    stage: Stage,
) -> None:
    hidden = Hidden(stage)
    await sent_again(stage, landed=True)
    assert await stage.states() == {"#1": "delivered"}, "not confirmed while a second may show"
    stage.clock.pass_(3 * WINDOW_S)
    await stage.work()
    assert await stage.states() == {"#1": "delivered"}
    hidden.shown = True
    stage.clock.pass_(WINDOW_S + 1)
    await stage.work()
    assert await causes(stage) == ["found-twice"]


async def test_one_that_is_there_once_is_confirmed_four_windows_later(stage: Stage) -> None:
    await sent_again(stage, landed=False)
    stage.clock.pass_(4 * WINDOW_S + 1)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.engine.fired["late-look"] == 1


async def test_also_where_nothing_else_is_read_back(stage: Stage) -> None:
    stage.again(confirm="off")
    hidden = Hidden(stage)
    await sent_again(stage, landed=True)
    hidden.shown = True
    stage.clock.pass_(4 * WINDOW_S + 1)
    await stage.work()
    assert await causes(stage) == ["found-twice"]


async def test_also_where_the_first_one_was_an_older_version(stage: Stage) -> None:
    hidden = Hidden(stage)
    stage.office.answers = [unanswered(landed=True)]
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    stage.shop.put(order(1, version=1, pence=1300))
    await swept(stage)
    for _ in range(4):
        stage.clock.pass_(WINDOW_S / 2 + 1)
        await stage.work()
    assert await stage.states() == {"#1": "delivered"}
    assert "superseded" in await path(stage, "#1")
    hidden.shown = True
    stage.clock.pass_(4 * WINDOW_S + 1)
    await stage.work()
    assert await causes(stage) == ["found-twice"]


async def test_what_was_never_in_doubt_is_read_back_at_once(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()
    assert await stage.states() == {"#1": "confirmed"}
    assert stage.engine.fired["late-look"] == 0


async def test_once_it_is_known_to_be_there_once_the_doubt_is_forgotten(stage: Stage) -> None:
    await sent_again(stage, landed=False)
    stage.clock.pass_(4 * WINDOW_S + 1)
    await stage.work()
    (row,) = await stage.database._pool.fetch("select doubted_at from thread")
    assert row["doubted_at"] is None
