"""A customer is one account at the target, as the source says now; who is gone stays gone there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from flow_stage import Stage
from msgspec.structs import replace
from parcels import Counter, Parcels

from counterfoil.flows.route import Plan, Route
from counterfoil.kit.api.reading import reading_of
from counterfoil.kit.connector import ALONE, Inputs, Intent, Listing, Reading
from counterfoil.kit.manifest import Carries
from counterfoil.kit.mark import newest
from counterfoil.model.customer import Consent, Customer
from counterfoil.values.clock import Instant

ADA = Customer(
    *("77", "2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z"),
    first="Ada", last="Byron", email="ada@example.com",
)  # fmt: skip


def at(minute: int, customer: Customer = ADA, **changes: Any) -> Customer:
    """The customer as somebody changed it at a minute past ten."""
    return replace(customer, updated=f"2026-11-02T10:{minute:02d}:00Z", **changes)


@dataclass
class Shop:
    """Where customers come from: each listing is what was told since."""

    told: list[Customer] = field(default_factory=list)

    def _reading(self, customer: Customer) -> Reading[Customer]:
        return reading_of(customer, msgspec.json.encode(customer))

    def reread(self, source: bytes, at: Instant) -> Reading[Customer]:
        return self._reading(msgspec.json.decode(source, type=Customer))

    parse = read_any = reread

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Customer]]:
        return [self._reading(one) for one in self.told if one.key in keys]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Customer]:
        readings = tuple(map(self._reading, self.told))
        return Listing(readings, None, newest(readings))


class Accounts(Counter):
    """Who keeps accounts, one under each key."""

    def compose(self, document: Customer, inputs: Inputs = ALONE) -> Intent:  # type: ignore[override]
        fields = {"name": document.name, "email": document.email}
        return Intent(document.key, msgspec.json.encode(fields), fields)

    def cancellation(self, document: Customer, identity: str, inputs: Inputs = ALONE) -> Intent:  # type: ignore[override]
        return Intent(document.key, identity.encode(), {"archived": True})

    async def cancel(self, intents: Sequence[Intent]) -> Any:
        return await self.write(intents)


class Moving:
    """A route of customers beside the stage's own."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.shop, self.accounts = stage, Shop(), Accounts()
        plan = Plan("customer", "shop", "office", "service", switch="on", settle_s=30.0)
        verbs = ("write", "read", "cancel")
        carries = Carries(verbs, "a test", in_doubt="B", batch=1, reads=250, manner="upsert")
        route = Route(2, "customers", plan, self.shop, self.accounts, carries, 1, 2)  # type: ignore[arg-type]
        self.parcels = Parcels(stage, route, self.shop, self.accounts)  # type: ignore[arg-type]
        self.parcels.put(route)

    async def hears(self, *customers: Customer) -> str:
        """Where the customer stands when all of this was told and worked off."""
        self.shop.told = list(customers)
        await self.parcels.swept()
        await self.stage.work()
        return await self.parcels.state(ADA.key)

    async def causes(self) -> list[str]:
        """Why somebody waits for a person."""
        sql = "select cause from hold where closed_at is null order by cause"
        return [row["cause"] for row in await self.stage.database._pool.fetch(sql)]

    @property
    def account(self) -> dict[str, Any]:
        return self.accounts.held[ADA.key]


@pytest.fixture
async def moving(stage: Stage) -> Moving:
    await stage.database.run("name_route", "customers", "on", stage.clock.now().to_stdlib())
    return Moving(stage)


async def test_a_customer_is_written_once_and_then_over(moving: Moving) -> None:
    assert await moving.hears(ADA) in ("delivered", "confirmed")
    assert await moving.hears(at(5, email="ADA@example.com ")) == "merged"  # only spelt otherwise
    assert await moving.hears(at(6, last="King")) in ("delivered", "confirmed")
    assert moving.account["name"] == "Ada King"
    assert moving.accounts.calls == [ADA.key, ADA.key]


async def test_a_guest_is_left_out_and_goes_with_an_account(moving: Moving) -> None:
    assert await moving.hears(replace(ADA, guest=True)) == "excluded"
    assert moving.accounts.calls == []
    assert await moving.hears(at(5)) in ("delivered", "confirmed")


async def test_who_is_erased_is_ended_and_no_late_message_makes_them_anew(moving: Moving) -> None:
    await moving.hears(ADA)
    erased = Customer(ADA.key, *["2026-11-02T10:30:00Z"] * 2, status="erased")
    await moving.hears(erased)
    assert moving.account == {"archived": True}
    await moving.hears(at(20, last="King"))  # said before, heard after
    assert moving.account == {"archived": True}
    assert len(moving.accounts.calls) == 2


async def test_a_late_message_about_somebody_who_was_never_sent_is_not_sent(
    moving: Moving,
) -> None:
    assert await moving.hears(replace(at(30), status="deleted")) == "excluded"
    await moving.hears(at(20))
    assert moving.accounts.calls == []


async def test_who_was_merged_and_is_there_again_is_held_with_the_reason(moving: Moving) -> None:
    await moving.hears(ADA)
    await moving.hears(at(10, status="merged", merged_into="78"))
    assert moving.account == {"archived": True}
    assert await moving.hears(at(20)) == "held"
    assert await moving.causes() == ["unmerged"]
    assert moving.account == {"archived": True}


async def test_an_older_consent_never_raises_a_refusal(moving: Moving) -> None:
    refused = Consent("email", "no", "2026-11-02T10:05:00Z")
    given = Consent("email", "yes", "2026-11-01T00:00:00Z", "single")
    await moving.hears(at(5, consents=(refused,)))
    assert await moving.hears(at(9, consents=(given,))) == "held"
    assert await moving.causes() == ["consent-raised"]
    later = replace(given, at="2026-11-02T10:11:00Z")
    assert await moving.hears(at(11, consents=(later,))) in ("delivered", "confirmed")
