"""Hands take what was promised, never more, and rest when every page is let go."""

from __future__ import annotations

import asyncio

from counterfoil.flows.hands import Hands
from counterfoil.values.ids import PageId


class Desk:
    """A handler whose pages are let go when the test says so."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.open = asyncio.Event()

    async def __call__(self, page: PageId) -> None:
        self.begun.append(page)
        await self.open.wait()


async def test_no_more_is_promised_than_hands_are_free() -> None:
    hands = Hands(Desk(), most=3)
    assert [hands.promise(wanted) for wanted in (2, 2, 1, 0)] == [2, 1, 0, 0]
    hands.release(2)
    assert hands.promise(5) == 2


async def test_pages_in_hand_leave_less_to_promise_until_they_are_let_go() -> None:
    desk = Desk()
    hands = Hands(desk, most=3)
    assert hands.promise(2) == 2
    hands.take([PageId(1), PageId(2)])
    await asyncio.sleep(0)
    assert desk.begun == [1, 2]
    assert hands.promise(5) == 1
    hands.release(1)
    desk.open.set()
    await hands.rest()
    assert hands.promise(5) == 3


async def test_whoever_rests_waits_for_every_page() -> None:
    desk = Desk()
    hands = Hands(desk, most=2)
    hands.promise(2)
    hands.take([PageId(1), PageId(2)])
    resting = asyncio.ensure_future(hands.rest())
    await asyncio.sleep(0.01)
    assert not resting.done()
    desk.open.set()
    await asyncio.wait_for(resting, 5)
