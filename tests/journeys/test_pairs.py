"""Recorded pairs of one order, before and after: the first is sent, and the second is judged by
what changed, end to end, through the house and on the command line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from journeys_environment import ESTATE, SECRETS
from office import house_and_office, pushed

from counterfoil.ledger.account import State
from tests.connectors.shopify.conftest import SHARED

FAILING = SHARED / "cases" / "shopify" / "orders_failing"
RECORDED = SHARED / "cases" / "shopify" / "orders_recorded"
pytestmark = pytest.mark.skipif(
    not FAILING.is_dir() or not RECORDED.is_dir(), reason="the recorded orders are not beside us"
)

LATER = "2026-11-02T06:00:00-04:00"
"""When the second version was made, where most were written with the moment of the first."""


class Pair(NamedTuple):
    """Two versions of one order, and what must come of the second: what the shop changed, as the
    hold or the story names it. `first`: where the first version stood until then. `over`: what the
    second says otherwise than was recorded.
    """

    before: Path
    after: Path
    number: str
    changes: tuple[str, ...]
    first: str = "confirmed"
    over: Mapping[str, Any] = MappingProxyType({})


EXPORTED = FAILING / "F04a-as-exported.json"


def _since_exported(name: str, *changes: str) -> Pair:
    return Pair(EXPORTED, FAILING / f"{name}.json", "#CF1001", changes)


HELD = {
    "one unit was taken off": _since_exported(
        "F04b-one-unit-removed-after-export", "TEE-M 2 → 1", "total £52.95 → £28.95"
    ),
    "every unit was refunded": _since_exported(
        "F02-all-refunded-not-cancelled", "TEE-M 2 → 0", "payment paid → refunded",
        "total £52.95 → £0.00",
    ),
    "a gift message was written": _since_exported(
        "F10-engraving-and-gift-message", "what is written on TEE-M changed",
        "attributes (Delivery date, Gift message, Safe place) changed",
    ),
    "its payment was voided": _since_exported("F08c-voided-payment", "payment paid → voided"),
    "it was cancelled": _since_exported(
        "F13-cancelled-that-does-not-add-up", "the order standing → cancelled"
    ),
    "one telephone went": _since_exported(
        "F15-phone-on-the-order-only", "delivery address changed"
    ),
    "two of three players were refunded": Pair(
        RECORDED / "hook-ad9167318744-openshopify.json",
        RECORDED / "hook-dbfba67d8484-shopify-api-js.json",
        "#1001", ("IPOD2008", "total $598.94 → $199.65"), "drifted",
    ),
    "the last player was refunded": Pair(
        RECORDED / "hook-dbfba67d8484-shopify-api-js.json",
        RECORDED / "hook-bdff5ea94308-shopify-api-js.json",
        "#1001", ("IPOD2008RED 1 → 0", "payment part-refunded → refunded"), "drifted",
    ),
}  # fmt: skip

MERGED = {
    "it was touched and nothing else": _since_exported("F04a-as-exported"),
    "the moment of its sale is not told any more": _since_exported("F21-processed-at-null"),
    "two tenders paid the same": _since_exported("F06-gift-card-pays-part"),
    "the shop wrote a tag on it": _since_exported(
        "F04a-as-exported", "tags nothing → vip"
    )._replace(over={"tags": "vip"}),
}


@pytest.fixture
async def told(folder: Path, database: str, project, monkeypatch: pytest.MonkeyPatch):
    """Both versions arrived, one after the other; gives the story and the holds."""
    monkeypatch.setenv("DATABASE_URL", database)
    (folder / "counterfoil.toml").write_text(
        ESTATE.replace("tax_map", "currencies = { GBP = 1, USD = 2 }\nno_delivery = 9\ntax_map")
        .replace('"0.2" = 1, "0" = 2', '"0.2" = 1, "0" = 2, "0.06" = 3')
        .replace('"Next day"', '"Royal Mail Tracked 48" = "7"\n"Free Shipping" = "8"\n"Next day"')
    )

    async def arrived(pair: Pair) -> tuple[Any, list[Any]]:
        bodies = [pair.before.read_bytes(), _made_later(pair)]
        async with house_and_office(folder, {"DATABASE_URL": database, **SECRETS}) as (house, twin):
            await pushed(house, bodies[:1])
            state = await house.engine.database._pool.fetchval("select state from record")
            assert State(state).word == pair.first
            (sent,) = twin.book("order")
            await pushed(house, bodies[1:])
            assert list(twin.book("order")) == [sent], "the office keeps what it was given"
        (story,) = project("trace", pair.number, "--json").data["stories"]
        return story, project("hold", "list", "--json").data["records"]

    return arrived


def _made_later(pair: Pair) -> bytes:
    """The second version, with the moment that the shop would have stamped it with."""
    after = json.loads(pair.after.read_bytes())
    moment = LATER if pair.before == EXPORTED else after["updated_at"]
    return json.dumps({**after, "updated_at": moment, **pair.over}).encode()


@pytest.mark.parametrize("pair", HELD.values(), ids=HELD)
async def test_what_matters_and_changed_after_it_was_sent_is_held(told, pair: Pair) -> None:
    story, holds = await told(pair)
    (hold,) = [one for one in holds if one["cause"] == "changed-after-sent"]
    assert story["state"] == "held"
    assert hold["said"].startswith(f"Order {pair.number} was ")
    assert "at the shop after it had been sent: " in hold["said"]
    for change in pair.changes:
        assert change in hold["said"], hold["said"]


@pytest.mark.parametrize("pair", MERGED.values(), ids=MERGED)
async def test_what_tells_nothing_to_act_on_is_merged(told, pair: Pair) -> None:
    story, holds = await told(pair)
    assert (story["state"], holds) == ("merged", [])
    for change in pair.changes:
        assert change in str(story["sentences"])
