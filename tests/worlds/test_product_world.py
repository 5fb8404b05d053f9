"""A world that tells of products: each is at the shop once, as it is at the office, or held."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta

import pytest
from msgspec.structs import replace

from counterfoil.rehearse.cast.estate import PRODUCTS, SOURCE
from counterfoil.rehearse.worlds import product
from counterfoil.rehearse.worlds.recipe import (
    catalogued,
    drawn,
    goods_names,
    hung,
    quiet,
)
from counterfoil.rehearse.worlds.runner import Result, Runner
from counterfoil.rehearse.worlds.verdict import Verdict
from tests.worlds.judged import Judged, played
from tests.worlds.test_worlds import cut_short

QUIET = replace(catalogued(quiet(3, 6)), cadence_s=5.0, linger_s=20.0)
LIVELY = replace(
    QUIET,
    products=6,
    linger_s=90.0,
    kill_every_s=15.0,
    rates={
        **{name: 0.3 for name in goods_names() if name.startswith("catalogue.")},
        **dict.fromkeys(("counter.timeout_after", "counter.server_error_after"), 0.1),
        "wire.lost_after": 0.05,
    },
)
"""Everything that people do with products, a shop that answers badly, and workers that die."""


def test_a_quiet_world_lists_everything_as_it_is(runner: Runner) -> None:
    result, snapshot = runner.play(QUIET)
    assert result.wrong == []
    assert result.documents["product"] > 3 * QUIET.products
    states = {row["state"] for row in snapshot.beside[PRODUCTS].newest().values()}
    assert states <= {5, 11}, "confirmed, or saved again as it was"


@pytest.fixture(scope="module")
def lively(runner: Runner) -> Result:
    return runner.play(LIVELY)[0]


def test_whatever_people_do_with_products_is_listed_or_held(lively: Result) -> None:
    assert lively.wrong == []
    befell = [name for name in LIVELY.rates if name.startswith("catalogue.")]
    assert [name for name in befell if not lively.reached.get(name)] == []


@pytest.mark.parametrize("seed", [5, 14, 19])
def test_a_drawn_world_lists_each_once(runner: Runner, seed: int) -> None:
    result, _ = runner.play(catalogued(cut_short(drawn(seed))))
    assert result.wrong == []


def test_a_shop_that_hangs_keeps_no_other_from_being_told(runner: Runner) -> None:
    result, snapshot = runner.play(replace(hung(QUIET), seed=4))
    assert result.wrong == []
    assert result.reached["shop.hangs"] > 0
    first, second = snapshot.listed.values()
    assert {one.key for one in first} == {one.key for one in second}


def test_twice_the_same_seed_is_the_same_world(runner: Runner, lively: Result) -> None:
    again, _ = runner.play(LIVELY)
    assert (again.digest, again.reached) == (lively.digest, lively.reached)


# --- every law can see ---

Doctor = Callable[[Judged], object]
DOCTORS: dict[str, tuple[Doctor, str]] = {}


@pytest.fixture(scope="module")
def sound(runner: Runner) -> Judged:
    result, judged = played(runner, QUIET, product)
    assert result.wrong == []
    verdict = Verdict()
    product.judged(*judged, verdict)
    assert verdict.wrong == []
    return judged


def doctor(begins: str) -> Callable[[Doctor], Doctor]:
    """What it does to a world must be found, in a sentence that begins so."""

    def noted(made: Doctor) -> Doctor:
        DOCTORS[made.__name__] = (made, begins)
        return made

    return noted


@doctor("m1")
def a_product_is_nowhere(judged: Judged) -> None:
    judged.snapshot.tables["thread"].pop()


@doctor("m1")
def the_last_change_of_a_product_is_nowhere(judged: Judged) -> None:
    for row in judged.snapshot.tables["record"]:
        row["version"] -= timedelta(seconds=1)


@doctor("m1")
def a_record_is_of_no_product(judged: Judged) -> None:
    judged.books.office = judged.books.office[1:]


@doctor("m2")
def a_product_is_listed_twice(judged: Judged) -> None:
    judged.books.shop = [*judged.books.shop, judged.books.shop[0]]


@doctor("m2")
def the_shop_lists_what_the_office_has_not(judged: Judged) -> None:
    judged.books.shop = [*judged.books.shop, replace(judged.books.shop[0], key="p1")]


@doctor("m3")
def what_is_called_listed_is_not_there(judged: Judged) -> None:
    judged.books.shop = judged.books.shop[1:]


@doctor("m3")
def a_field_is_otherwise(judged: Judged) -> None:
    judged.books.shop = [replace(one, title=f"{one.title}!") for one in judged.books.shop]


@doctor("m3")
def what_is_sold_no_more_is_for_sale(judged: Judged) -> None:
    judged.books.office = [replace(one, for_sale=False) for one in judged.books.office]
    judged.books.shop = [replace(one, for_sale=True) for one in judged.books.shop]


@doctor("m3")
def what_was_left_out_is_for_sale(judged: Judged) -> None:
    for row in judged.snapshot.tables["record"]:
        row["state"] = 10


@doctor("m4")
def what_somebody_wrote_at_the_shop_is_gone(judged: Judged) -> None:
    judged.books.marks = {judged.books.shop[0].key: "By hand"}


@doctor("m5")
def a_window_closed_on_a_difference(judged: Judged) -> None:
    window = {
        "start": judged.snapshot.ended_at,
        "closed": True,
        "missing": ["p1"],
        "phantom": [],
    }
    judged.snapshot.tables = {**judged.snapshot.tables, "census": [window]}


@pytest.mark.parametrize(("made", "begins"), DOCTORS.values(), ids=DOCTORS.keys())
def test_what_is_wrong_in_one_thing_is_found(sound: Judged, made: Doctor, begins: str) -> None:
    judged, verdict = deepcopy(sound), Verdict()
    made(judged)
    product.judged(*judged, verdict)
    assert [sentence for sentence in verdict.wrong if sentence.startswith(begins)], verdict.wrong


def test_every_law_has_a_world_in_which_it_sees() -> None:
    laws = {law.__name__.lstrip("_") for law in product.LAWS}
    assert {
        law for law in laws if any(law.startswith(begins) for _, begins in DOCTORS.values())
    } == laws


def test_what_is_listed_is_told_by_the_shop_itself(sound: Judged) -> None:
    assert sound.snapshot.listed[SOURCE] == sound.books.shop
