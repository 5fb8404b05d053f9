"""Crash points: told to whoever watches them, and nothing at all otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.values.strike import POINTS, install, strike


@pytest.fixture(autouse=True)
def unwatched() -> Iterator[None]:
    yield
    install(None)


def test_there_are_sixteen_in_order() -> None:
    assert tuple(f"C{number}" for number in range(1, 17)) == POINTS


def test_each_is_told_as_it_is_passed() -> None:
    passed: list[str] = []
    install(passed.append)
    for point in POINTS:
        strike(point)
    assert tuple(passed) == POINTS


def test_what_a_striker_raises_goes_through() -> None:
    class Ended(BaseException): ...

    def end(_: str) -> None:
        raise Ended

    install(end)
    with pytest.raises(Ended):
        strike("C1")


def test_there_is_one_striker_and_it_can_be_taken_away() -> None:
    first: list[str] = []
    second: list[str] = []
    install(first.append)
    install(second.append)
    strike("C2")
    install(None)
    strike("C3")
    assert (first, second) == ([], ["C2"])
