"""What has broken other systems: every hand-made input meets its own fate, and no other."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from counterfoil.rehearse.fuzz.corpus import Case, cases
from counterfoil.rehearse.fuzz.samples import samples
from counterfoil.rehearse.fuzz.targets import Targets
from counterfoil.rehearse.fuzz.values import VALUES

TRUE = asyncio.run(samples())
TARGETS = Targets(TRUE)
CORPUS = cases(TRUE)


def named(case: Case) -> str:
    return f"{case.target}: {case.name}".encode("ascii", "backslashreplace").decode()[:90]


def test_there_are_hundreds_and_no_two_are_alike() -> None:
    assert len(CORPUS) >= 300
    assert [
        one for one, times in Counter((n.target, n.body) for n in CORPUS).items() if times > 1
    ] == []


@pytest.mark.parametrize("case", CORPUS, ids=named)
async def test_each_meets_its_fate(case: Case) -> None:
    got = await TARGETS.enter(case.target, case.body)
    assert got != "accepted" if case.fate == "stopped" else got == case.fate


@pytest.mark.parametrize("target", TARGETS.names)
async def test_what_is_true_is_let_in(target: str) -> None:
    if target == "retry-after":
        return  # an answer that asks for patience is never good news
    targets = Targets(TRUE)
    assert await targets.enter(target, targets.true(target)[0]) == "accepted"


async def test_every_value_of_the_mutator_is_json() -> None:
    for value in VALUES:
        assert await TARGETS.enter("wire", value) == "accepted", value
