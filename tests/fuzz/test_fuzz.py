"""The layer of hostile bytes: it reaches every target, repeats itself, and sees what breaks."""

from __future__ import annotations

import asyncio
import random

import pytest

from counterfoil.rehearse.fuzz import fuzz, targets
from counterfoil.rehearse.fuzz.forgery import FORGERIES, OLD_SECRET, forged, signature
from counterfoil.rehearse.fuzz.fuzz import FORGED, SPLIT, Workshop
from counterfoil.rehearse.fuzz.mutate import MUTATIONS, base, mutated
from counterfoil.rehearse.fuzz.samples import samples

TRUE = asyncio.run(samples())


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    made = Workshop(TRUE)
    asyncio.run(made.warmed())
    return made


FEW = {"money": 40, "hook": 20, "listing": 20}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed with little work."""
    monkeypatch.setattr(fuzz, "SPLIT", FEW)


def test_a_short_run_is_sound_and_tries_everything() -> None:
    layer = fuzz.run(7, 0.0, 1)
    assert layer.failures == ()
    counts = layer.counts
    assert counts["inputs"] == sum(SPLIT.values()) * counts["seeds"]
    assert counts["forged_tried"] == FORGED * counts["seeds"]
    assert counts["crashed"] == counts["slow"] == counts["forged_accepted"] == 0
    assert counts["by_hand"] >= 300
    judged = sum(counts[one] for one in ("accepted", "held", "refused", "again"))
    assert judged == counts["inputs"]
    assert {*SPLIT, *MUTATIONS} <= {name for name, times in layer.reached.items() if times}


async def test_the_same_seed_gives_the_same(workshop: Workshop) -> None:
    first, again, other = [await workshop.worked(seed) for seed in (5, 5, 6)]
    assert (first.counts, first.reached) == (again.counts, again.reached)
    assert first.counts != other.counts


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError(), ValueError("x")])
@pytest.mark.usefixtures("few")
async def test_a_door_that_breaks_is_a_failure(error: Exception) -> None:
    async def broken(_body: bytes) -> None:
        raise error

    targets = Workshop(TRUE)
    targets.targets._targets = {**targets.targets._targets, "money": broken}  # type: ignore[assignment]
    tally = await targets.worked(1)
    assert tally.counts["crashed"] == FEW["money"]
    assert type(error).__name__ in tally.failures[0]


@pytest.mark.usefixtures("few")
async def test_a_door_that_guesses_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "minor", lambda text, currency: 7)
    tally = await Workshop(TRUE).worked(1)
    assert tally.counts["crashed"] > 0
    assert "Untrue" in tally.failures[0]


@pytest.mark.usefixtures("few")
async def test_a_slow_door_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "SLOW_S", 0.0)
    tally = await Workshop(TRUE).worked(1)
    assert tally.counts["slow"] == sum(FEW.values())


async def test_a_verifier_that_lets_all_in_is_a_failure(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz.webhook, "verify", lambda *_: None)
    tally = await workshop.worked(1)
    assert tally.counts["forged_accepted"] == FORGED


async def test_what_the_old_secret_signed_is_let_in(workshop: Workshop) -> None:
    body = TRUE["hook"][0]
    assert workshop._accepts(signature(body, OLD_SECRET), body)


@pytest.mark.parametrize("name", FORGERIES)
def test_no_forgery_is_right_by_chance(name: str) -> None:
    chance, body = random.Random(3), TRUE["hook"][0]
    for _ in range(50):
        given, told = FORGERIES[name](chance, body)
        assert given != signature(told)


def test_forgeries_are_drawn_from_all() -> None:
    chance = random.Random(1)
    assert {forged(chance, b'{"id":1}')[0] for _ in range(2000)} == {*FORGERIES}


@pytest.mark.parametrize("body", [b"", b"x", b"{}", b"[1,2", b'{"a":{"b":[1,"]"]}}', b"\xff\x00"])
def test_anything_can_be_damaged(body: bytes) -> None:
    chance, one = random.Random(1), base(body or b" ")
    for _ in range(500):
        assert isinstance(mutated(chance, one, base(b'{"z":9}'))[1], bytes)


def test_a_body_is_taken_apart_by_its_grammar() -> None:
    body = b'{"a":{"b":[1,"x"]},"c":-2.5}'
    found = base(body)
    assert {body[start:end] for start, end in found.values} == {
        b"1", b'"x"', b'[1,"x"]', b'{"b":[1,"x"]}', b"-2.5", body,
    }  # fmt: skip
    assert {body[start:end] for start, end in found.members} >= {
        b'"b":[1,"x"]', b'"a":{"b":[1,"x"]}', b'"c":-2.5',
    }  # fmt: skip
    assert {body[start:end] for start, end in found.numbers} == {b"1", b"-2.5"}
