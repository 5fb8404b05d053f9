"""A database belongs to one estate, and to the first that used it."""

from __future__ import annotations

import asyncio

import pytest
from shelf import Still

from counterfoil.store import estate
from counterfoil.store.postgres import Database
from counterfoil.values.errors import Misconfigured


async def test_the_first_one_keeps_it_and_every_other_is_told_whose_it_is(store: Database) -> None:
    assert await estate.owner(store) is None
    await estate.claim(store, "gifts", Still())
    await estate.claim(store, "gifts", Still())
    with pytest.raises(Misconfigured, match="belongs to the estate 'gifts'") as caught:
        await estate.claim(store, "books", Still())
    assert caught.value.code == "other-estate"
    assert "counterfoil db rename gifts" in caught.value.do
    assert await estate.owner(store) == "gifts"


async def test_of_two_that_come_at_once_one_is_refused(store: Database) -> None:
    claims = (estate.claim(store, name, Still()) for name in ("gifts", "books"))
    ended = await asyncio.gather(*claims, return_exceptions=True)
    assert [type(one) for one in ended if one is not None] == [Misconfigured]


async def test_a_database_without_a_schema_belongs_to_nobody(database: str) -> None:
    empty = await Database.open(database)
    await estate.keep_out(empty, "gifts")
    assert await estate.owner(empty) is None
    await empty.close()


async def test_an_estate_that_was_renamed_takes_its_database_along(store: Database) -> None:
    with pytest.raises(Misconfigured, match="no estate yet"):
        await estate.rename(store, "gifts", "presents", Still())
    await estate.claim(store, "gifts", Still())
    with pytest.raises(Misconfigured, match="not to 'books'"):
        await estate.rename(store, "books", "presents", Still())
    await estate.rename(store, "gifts", "presents", Still())
    await estate.keep_out(store, "presents")
