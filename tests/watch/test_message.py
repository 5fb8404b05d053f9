"""What the watch says: four sentences, the same silence once, a flood of them together."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from house import BEGUN, PLAN, ROUTE, VirtualHouse

from counterfoil.store.watched import BacklogRow, CauseRow
from counterfoil.values.clock import later
from counterfoil.values.money import Money
from counterfoil.watch.books import Books
from counterfoil.watch.expected import Expected, Touched
from counterfoil.watch.look import AGAIN_S, Watch, Watched
from counterfoil.watch.message import Message, sentences
from counterfoil.watch.notebook import Notebook

WATCHED = Watched("Estate", {ROUTE: PLAN})


def awake(notebook: Notebook | None = None) -> tuple[Watch, float]:
    """A watch that has looked at its house for a while, and for how many seconds."""
    watch = Watch(WATCHED, notebook or Notebook())
    for second in range(0, 690, 30):
        assert watch.look(Books(), later(BEGUN, second)) is None
    return watch, 690


def told(watch: Watch, seen: Books, second: float) -> Message | None:
    """What a look says at a second; taken by the channels."""
    now = later(BEGUN, second)
    message = watch.look(seen, now)
    if message is not None:
        watch.sent(message, now)
    return message


def held(cause: str) -> CauseRow:
    return CauseRow(ROUTE, cause, "finance", "GBP", 3, 12_600, BEGUN.to_stdlib())


LATE = Books(backlog=[BacklogRow(ROUTE, "GBP", 37, 155_400, BEGUN.to_stdlib())])


def test_a_silence_is_told_in_four_sentences_with_its_money() -> None:
    silence = Expected(
        "backlog", ROUTE, BEGUN, "operations", BEGUN,
        Touched(37, (Money(155_400, "GBP"),)), {"route": ROUTE, "promised": "60 s"},
    )  # fmt: skip
    happened, touches, do, otherwise = sentences(silence).splitlines()
    assert happened == (
        "Documents of route orders are on their way since 2026-11-02 00:00 UTC; 60 s was promised."
    )
    assert touches == "It touches 37 documents, worth £1,554.00."
    assert do
    assert otherwise


def test_a_silence_is_told_once_and_again_after_a_day_and_its_end_is_told() -> None:
    watch, _ = awake()
    assert told(watch, LATE, 700) is not None
    seconds = range(730, 730 + int(AGAIN_S) + 60, 30)
    again = [second for second in seconds if told(watch, LATE, second) is not None]
    assert again == [next(second for second in seconds if second - 700 >= AGAIN_S)]
    over = told(watch, Books(), again[0] + 60)
    assert over is not None
    assert over.title == "Estate: well again"
    assert "Well again: Documents of route orders" in over.body


def test_a_message_that_did_not_leave_is_given_again() -> None:
    watch, _ = awake()
    first = watch.look(LATE, later(BEGUN, 700))
    second = watch.look(LATE, later(BEGUN, 705))
    assert first is not None
    assert second is not None
    assert first.names == second.names


def test_a_flood_is_told_together() -> None:
    watch, start = awake()
    causes: list[CauseRow] = []
    messages: list[Message] = []
    for minute in range(60):
        causes.append(held(f"new-{minute}"))
        message = told(watch, Books(causes=list(causes)), start + 60 * minute)
        messages += [message] if message is not None else []
    assert len(messages) <= 12
    assert sum(len(message.names) for message in messages) >= 45


def test_a_cause_that_waits_at_the_first_look_is_known_and_a_new_one_is_told_once() -> None:
    watch = Watch(WATCHED, Notebook())
    for second in range(0, 120, 30):
        assert told(watch, Books(causes=[held("no-price")]), second) is None
    message = told(watch, Books(causes=[held("no-price"), held("no-tax")]), 130)
    assert message is not None
    assert message.names == ("cause orders no-tax",)
    assert "3 documents, worth £126.00" in message.body
    assert told(watch, Books(causes=[held("no-price"), held("no-tax")]), AGAIN_S * 2) is None


def test_a_machine_that_slept_gives_the_house_a_minute_to_catch_up() -> None:
    watch, _ = awake()
    house = VirtualHouse(random.Random(3))
    house.step(180)
    stale, waking = house.seen(), 9 * 3600.0
    assert told(watch, stale, waking) is None
    assert told(watch, stale, waking + 30) is None
    message = told(watch, stale, waking + 61)
    assert message is not None, "what is still silent then is told"


def test_the_book_outlives_the_watch(tmp_path: Path) -> None:
    path = tmp_path / "watch.sqlite"
    notebook = Notebook(path)
    watch, _ = awake(notebook)
    assert told(watch, LATE, 700) is not None
    notebook.close()
    again = Watch(WATCHED, Notebook(path))
    assert told(again, LATE, 730) is None, "told already"


@pytest.mark.parametrize("count", [1, 30])
def test_a_message_is_short_however_much_is_silent(count: int) -> None:
    watch, start = awake()
    causes = [held(f"code-{number}") for number in range(count)]
    message = told(watch, Books(causes=causes), start)
    assert message is not None
    assert len(message.names) == count
    assert message.body.count("for a reason that was not met before") == min(count, 8)
