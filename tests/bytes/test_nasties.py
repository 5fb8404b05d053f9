"""What has broken other systems: every hand-made input meets its own fate, and no other."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from counterfoil.rehearse.fuzz.corpus import Nasty, nasties
from counterfoil.rehearse.fuzz.samples import bodies
from counterfoil.rehearse.fuzz.targets import Doors
from counterfoil.rehearse.fuzz.values import VALUES

TRUE = asyncio.run(bodies())
DOORS = Doors(TRUE)
CORPUS = nasties(TRUE)


def named(nasty: Nasty) -> str:
    return f"{nasty.door}: {nasty.name}".encode("ascii", "backslashreplace").decode()[:90]


def test_there_are_hundreds_and_no_two_are_alike() -> None:
    assert len(CORPUS) >= 300
    assert [
        one for one, times in Counter((n.door, n.body) for n in CORPUS).items() if times > 1
    ] == []


@pytest.mark.parametrize("nasty", CORPUS, ids=named)
async def test_each_meets_its_fate(nasty: Nasty) -> None:
    got = await DOORS.enter(nasty.door, nasty.body)
    assert got != "accepted" if nasty.fate == "stopped" else got == nasty.fate


@pytest.mark.parametrize("door", DOORS.names)
async def test_what_is_true_is_let_in(door: str) -> None:
    if door == "retry-after":
        return  # an answer that asks for patience is never good news
    doors = Doors(TRUE)
    assert await doors.enter(door, doors.true(door)[0]) == "accepted"


async def test_every_value_of_the_mutator_is_json() -> None:
    for value in VALUES:
        assert await DOORS.enter("wire", value) == "accepted", value
