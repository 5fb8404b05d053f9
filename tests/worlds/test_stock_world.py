"""A world that tells of stock: every shop shows what the twins' own books make of it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
from msgspec.structs import replace

from counterfoil.rehearse.cast.estate import LEVELS, POOLS, SOURCE
from counterfoil.rehearse.cast.goods import Level
from counterfoil.rehearse.worlds import stock
from counterfoil.rehearse.worlds.recipe import Recipe, drawn, goods_names, hung, quiet, stocked
from counterfoil.rehearse.worlds.runner import Result, Runner
from counterfoil.rehearse.worlds.stock import Books
from counterfoil.rehearse.worlds.verdict import Verdict
from tests.worlds.test_worlds import cut_short

QUIET = stocked(quiet(11, 24))
LIVELY = replace(
    QUIET,
    stock=12,
    linger_s=120.0,
    kill_every_s=15.0,
    rates={
        **{name: 0.3 for name in goods_names() if name.startswith("stores.")},
        **dict.fromkeys(("counter.timeout_after", "counter.server_error_after"), 0.1),
        "wire.lost_after": 0.05,
    },
)
"""Everything that people do in the stores, a shop that answers badly, and workers that die."""


def played(runner: Runner, recipe: Recipe) -> tuple[Result, Books]:
    """What a world came to, and what was judged of its stock."""
    judged: list[Books] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stock, "judged", lambda books, verdict: judged.append(books))
        result, _ = runner.play(recipe)
    (books,) = judged
    return result, books


def test_a_quiet_world_shows_what_its_own_books_say(runner: Runner) -> None:
    result, _ = runner.play(QUIET)
    assert result.wrong == []
    assert result.fired["read-first"] > 0
    assert result.documents["stock"] >= QUIET.stock


@pytest.fixture(scope="module")
def lively(runner: Runner) -> Result:
    return runner.play(LIVELY)[0]


def test_whatever_people_do_in_the_stores_is_shown_or_told(lively: Result) -> None:
    assert lively.wrong == []
    befell = [name for name in LIVELY.rates if name.startswith("stores.")]
    assert [name for name in befell if not lively.reached.get(name)] == []


@pytest.mark.parametrize("seed", [13, 17, 22])
def test_a_drawn_world_never_shows_more(runner: Runner, seed: int) -> None:
    result, _ = runner.play(stocked(cut_short(drawn(seed))))
    assert result.wrong == []


def test_a_shop_that_hangs_keeps_no_other_from_being_told(runner: Runner) -> None:
    result, snapshot = runner.play(replace(hung(QUIET), spread_s=40.0))
    assert result.wrong == []
    assert result.reached["shop.hangs"] > 0
    first, second = snapshot.shows.values()
    assert first.keys() == second.keys()


def test_twice_the_same_seed_is_the_same_world(runner: Runner, lively: Result) -> None:
    again, _ = runner.play(LIVELY)
    assert (again.digest, again.reached) == (lively.digest, lively.reached)


# --- every law can see ---

Doctor = Callable[[Books], object]
DOCTORS: dict[str, tuple[Doctor, str]] = {}


@pytest.fixture(scope="module")
def sound(runner: Runner) -> Books:
    result, books = played(runner, QUIET)
    assert result.wrong == []
    verdict = Verdict()
    stock.judged(books, verdict)
    assert verdict.wrong == []
    return books


def doctor(begins: str) -> Callable[[Doctor], Doctor]:
    """What it does to a world must be found, in a sentence that begins so."""

    def noted(made: Doctor) -> Doctor:
        DOCTORS[made.__name__] = (made, begins)
        return made

    return noted


def shown(books: Books, by: int) -> None:
    shows = books.ending.shows[SOURCE]
    sku = next(sku for sku, pieces in shows.items() if pieces > 1)
    books.ending.shows = {SOURCE: {**shows, sku: shows[sku] + by}}


@doctor("p26_no_more")
def the_shop_shows_one_too_many(books: Books) -> None:
    shown(books, 1)


@doctor("p27_no_less")
def the_shop_shows_one_too_few(books: Books) -> None:
    shown(books, -1)


@doctor("p27_no_less")
def the_shop_has_no_such_item_and_nobody_is_told(books: Books) -> None:
    books.ending.shows = {SOURCE: dict(list(books.ending.shows[SOURCE].items())[1:])}


@doctor("p28_newer_stays")
def an_older_level_was_sent_after_a_newer_one(books: Books) -> None:
    tables = books.ending.beside[POOLS].tables
    by_key: dict[str, list[dict[str, object]]] = {}
    for row in tables["record"]:
        by_key.setdefault(row["key"], []).append(row)
    first, second = next(rows for rows in by_key.values() if len(rows) > 1)[:2]
    first["version"], second["version"] = second["version"], first["version"]


@doctor("p29_levels_are_here")
def a_level_was_lost(books: Books) -> None:
    books.kept.levels = books.kept.levels[1:]


@doctor("p29_levels_are_here")
def a_level_that_is_there_no_more_stands_here(books: Books) -> None:
    books.levels = [level for level in books.levels if level.free <= 0] + [
        replace(level, sku=f"{level.sku}-2") for level in books.levels if level.free > 0
    ]


@doctor("p29_none_is_merged")
def an_equal_level_was_taken_for_no_news(books: Books) -> None:
    books.ending.beside[LEVELS].tables["record"][0]["state"] = 11


@doctor("p30_blocked_with_reason")
def a_pool_is_blocked_without_reason(books: Books) -> None:
    books.kept.pools[0]["blocked"] = "7"


@doctor("p30_blocked_with_reason")
def a_place_is_unknown_and_its_pool_is_not_blocked(books: Books) -> None:
    books.levels = [*books.levels, Level(books.levels[0].sku, "7", "", 1000)]


@doctor("p31_balanced")
def a_route_does_not_balance(books: Books) -> None:
    books.kept.rounds = {name: row for name, row in books.kept.rounds.items() if name != LEVELS}


@pytest.mark.parametrize(("made", "begins"), DOCTORS.values(), ids=DOCTORS.keys())
def test_what_is_wrong_in_one_thing_is_found(sound: Books, made: Doctor, begins: str) -> None:
    books, verdict = deepcopy(sound), Verdict()
    made(books)
    stock.judged(books, verdict)
    assert [sentence for sentence in verdict.wrong if sentence.startswith(begins)], verdict.wrong
    assert verdict.undetected > 0
