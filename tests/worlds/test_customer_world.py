"""A world with customers: each has one account, as they are now; nor guests nor the gone have."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta

import pytest
from msgspec.structs import replace

from counterfoil.rehearse.worlds import customer
from counterfoil.rehearse.worlds.customer import peopled
from counterfoil.rehearse.worlds.recipe import drawn, quiet
from counterfoil.rehearse.worlds.runner import Runner
from counterfoil.rehearse.worlds.verdict import Verdict
from tests.worlds.judged import Judged, played
from tests.worlds.test_worlds import cut_short

QUIET = replace(peopled(quiet(3, 6)), cadence_s=5.0, linger_s=20.0)
LIVELY = replace(
    QUIET,
    customers=6,
    linger_s=90.0,
    kill_every_s=15.0,
    rates={
        **dict.fromkeys(
            (f"clients.{name}" for name in customer.HAPPENINGS),
            0.3,
        ),
        **dict.fromkeys(("office.timeout_after", "office.server_error_after"), 0.1),
        "wire.lost_after": 0.05,
    },
)
"""Everything that customers do, an office that answers badly, and workers that die."""


def wrong(judged: Judged) -> list[str]:
    verdict = Verdict()
    customer.judged(*judged, verdict)
    return verdict.wrong


@pytest.fixture(scope="module")
def sound(runner: Runner) -> Judged:
    result, judged = played(runner, QUIET, customer)
    assert result.wrong == wrong(judged) == []
    return judged


def test_a_quiet_world_opens_an_account_for_everybody_but_guests(sound: Judged) -> None:
    books = sound.books
    assert {account.key for account in books.accounts} == {
        client.key for client in books.clients if not client.guest
    }
    states = {row["state"] for row in sound.snapshot.newest().values()}
    assert states <= {5, 10, 11}, "confirmed, left out, or saved again as they were"


def test_whatever_customers_do_each_has_one_account_or_is_held(runner: Runner) -> None:
    result, _ = runner.play(LIVELY)
    assert result.wrong == []
    befell = [f"clients.{name}" for name in customer.HAPPENINGS]
    assert [name for name in befell if not result.reached.get(name)] == []


def test_twice_a_drawn_seed_is_the_same_world_which_opens_each_account_once(
    runner: Runner,
) -> None:
    recipe = peopled(cut_short(drawn(5)))
    result, _ = runner.play(recipe)
    again, _ = runner.play(recipe)
    assert result.wrong == []
    assert (again.digest, again.reached) == (result.digest, result.reached)


# --- every law can see ---

Doctor = Callable[[Judged], object]
DOCTORS: dict[str, tuple[Doctor, str]] = {}


def doctor(begins: str) -> Callable[[Doctor], Doctor]:
    """What it does to a world must be found, in a sentence that begins so."""

    def noted(made: Doctor) -> Doctor:
        DOCTORS[made.__name__] = (made, begins)
        return made

    return noted


@doctor("k1")
def a_customer_is_nowhere(judged: Judged) -> None:
    judged.snapshot.tables["thread"].pop()


@doctor("k1")
def the_last_change_of_a_customer_is_nowhere(judged: Judged) -> None:
    for row in judged.snapshot.tables["record"]:
        row["version"] -= timedelta(seconds=1)


@doctor("k2")
def an_account_is_opened_twice(judged: Judged) -> None:
    judged.books.accounts = [*judged.books.accounts, judged.books.accounts[0]]


@doctor("k2")
def an_account_is_of_nobody(judged: Judged) -> None:
    stranger = replace(judged.books.accounts[0], key="1")
    judged.books.accounts = [*judged.books.accounts, stranger]


@doctor("k3")
def an_account_is_not_there(judged: Judged) -> None:
    judged.books.accounts = judged.books.accounts[1:]


@doctor("k3")
def an_account_has_another_name(judged: Judged) -> None:
    judged.books.accounts = [replace(row, name="Nobody") for row in judged.books.accounts]


@doctor("k4")
def a_guest_has_an_account(judged: Judged) -> None:
    judged.books.clients = [replace(row, guest=True) for row in judged.books.clients]


@doctor("k5")
def somebody_who_is_gone_is_called_an_account(judged: Judged) -> None:
    """Of whom a message was heard that made another record of another moment."""
    gone = judged.books.accounts[0].key
    judged.books.clients = [row for row in judged.books.clients if row.key != gone]
    records = judged.snapshot.tables["record"]
    (row, *_) = [row for row in records if row["key"] == gone]
    earlier = {**row, "id": 1, "created": row["created"] - timedelta(seconds=9)}
    records.append(earlier)


@pytest.mark.parametrize("name", DOCTORS)
def test_every_law_can_see(sound: Judged, name: str) -> None:
    made, begins = DOCTORS[name]
    judged = Judged(deepcopy(sound.books), deepcopy(sound.snapshot))
    made(judged)
    assert [fault for fault in wrong(judged) if fault.startswith(begins)]
