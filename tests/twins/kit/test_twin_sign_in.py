"""Tokens: issued, good for a while, ended by a new one, forgotten, and known after a restart."""

from __future__ import annotations

import itertools

import pytest

from counterfoil.twins.kit.sign_in import Client, Tokens, basic, bearer, same


@pytest.fixture
def tokens(memory, clock):
    numbers = itertools.count(1)
    return Tokens(memory, clock, 60.0, lambda: f"t{next(numbers)}")


def test_a_token_is_good_for_its_life_and_no_longer(tokens, clock):
    token = tokens.issue()
    clock.elapsed_s = 59.9
    assert tokens.knows(token)
    clock.elapsed_s = 60.0
    assert not tokens.knows(token)
    assert not tokens.knows("")


def test_a_new_token_ends_the_old_one_only_where_it_is_the_only_one(tokens):
    first, second = tokens.issue(), tokens.issue()
    assert tokens.knows(first)
    third = tokens.issue(only=True)
    assert [tokens.knows(each) for each in (first, second, third)] == [False, False, True]


def test_a_forgotten_token_counts_anew(tokens):
    token = tokens.issue()
    assert [tokens.served(token) for _ in range(3)] == [0, 1, 2]
    tokens.forget(token)
    assert not tokens.knows(token)
    assert tokens.served(token) == 0


def test_another_process_knows_it_and_may_draw_it_again(tokens, memory, clock):
    token = tokens.issue()
    again = Tokens(memory, clock, 60.0, lambda: token)
    assert again.knows(token)
    clock.elapsed_s = 30.0
    assert again.issue() == token
    clock.elapsed_s = 80.0
    assert again.knows(token)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({}, ""),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
    ],
)
def test_a_client_trades_its_secret_for_a_token(tokens, changed, error):
    form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "s"} | changed
    token, said = Client("app", "s", tokens).grant(form)
    assert said == error
    assert tokens.knows(token) == (not error)


def test_headers():
    assert basic("a", "b") == "Basic YTpi"
    assert (bearer("Bearer x"), bearer("Basic x"), bearer("x")) == ("x", "", "")
    assert same("é", "é")
    assert not same(None, "s")
