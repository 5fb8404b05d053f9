"""Processes side by side: what they say is heard, and none of them outlives its time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from counterfoil.rehearse.worlds import pool
from counterfoil.rehearse.worlds.pool import Ended, Share, ended, play
from counterfoil.rehearse.worlds.runner import Runner

PLACES = [Runner("one"), Runner("two")]


def counting(runner: Runner, share: Share) -> Iterator[bytes]:
    yield f"{runner.dsn} {share.seed + share.at}".encode()


def breaking(runner: Runner, share: Share) -> Iterator[bytes]:
    yield b"begun"
    if share.at:
        os._exit(7)


def hanging(runner: Runner, share: Share) -> Iterator[bytes]:
    yield b"begun"
    if share.at:
        time.sleep(600)


def test_each_plays_its_share_in_its_own_database() -> None:
    assert sorted(play(PLACES, counting, 5, time.time() + 60)) == [b"one 5", b"two 6"]


def test_one_that_ends_in_the_middle_is_told_of() -> None:
    said = list(play(PLACES, breaking, 1, time.time() + 60))
    assert said.count(b"begun") == 2
    (gone,) = [one for told in said if (one := ended(told))]
    assert (gone.at, gone.cut, gone.code, gone.last) == (1, False, 7, b"begun")


@pytest.mark.parametrize("hung", [False, True])
def test_one_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, *, hung: bool) -> None:
    monkeypatch.setattr(pool, "GRACE_S", 600.0 if hung else 0.0)
    monkeypatch.setattr(pool, "LONGEST_S", 2.0 if hung else 600.0)
    began = time.monotonic()
    said = list(play(PLACES, hanging, 1, time.time() + 2.0))
    assert time.monotonic() - began < 30
    gone = [one for told in said if (one := ended(told)) and one.at == 1]
    assert [(one.cut, one.hung) for one in gone] == [(True, hung)]


def test_what_a_process_says_is_not_taken_for_its_end() -> None:
    assert ended(b"17") is None
    assert ended(pool.told_of(Ended(0, cut=True, code=0, silent_s=1.0, last=b""))) is not None
