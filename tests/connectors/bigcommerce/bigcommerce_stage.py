"""A store for the contract suite: the twin, its awkward sales, and the way to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager

import msgspec

from counterfoil.kit.contract import AsgiWire, Stage, StoppedClock
from counterfoil.model.address import Address
from counterfoil.twins.bigcommerce import BigCommerceTwin, Site
from counterfoil.twins.bigcommerce.hooks import UPDATED, notice
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.status_order import noted
from counterfoil.twins.world import Buyer, Sale, SaleDiscount, SaleLine, SaleShipping

SITE = Site(token="bc_canary_access_token", client_secret="bc_canary_client_secret")
URL = "https://api.bigcommerce.com/stores/examplehash"
SECRETS = {"access_token": SITE.token, "client_secret": SITE.client_secret}
ADA = Address(
    name="Ada Byron", line1="12 St James Square", town="London", postcode="SW1Y 4LB", country="GB"
)


def sale(number: int, *, tax_included: bool = True) -> Sale:
    """A sale by an app, with a coupon; every third is of seven lines with a price that no tax goes
    into evenly, every fourth has a line without a product and a gift certificate, every fifth no
    postage."""
    lines = [
        SaleLine(
            f"SKU-{at}",
            f"Thing {at}",
            1 + (number + at) % 3,
            599,
            tax_minor=round(599 * (1 + (number + at) % 3) / (6 if tax_included else 5)),
        )
        for at in range(7 if number % 3 == 0 else 2)
    ]
    lines[0] = msgspec.structs.replace(
        lines[0], discount_minor=60 + number, tax_minor=lines[0].tax_minor - 10, variant="Blue"
    )
    if number % 4 == 0:
        lines.append(SaleLine("", "Engraving", 1, 500, 83, kind="custom", properties=(("A", "B"),)))
        lines.append(SaleLine("GIFT", "Gift certificate", 1, 2500, 0, kind="gift-card"))
    return Sale(
        at_s=0.0,
        number=str(1000 + number),
        placed="2026-11-02T09:14:06Z",
        currency="GBP",
        lines=tuple(lines),
        shipping=() if number % 5 == 0 else (SaleShipping("Royal Mail", 495, 83),),
        email="ada@example.com",
        deliver_to=ADA,
        note="By the gate, “quietly”",
        channel="app",
        discounts=(SaleDiscount("discount_code", "TENOFF", "10.0"),),
        buyer=Buyer(7, "Ada", "Byron"),
        tax_included=tax_included,
    )


class Store:
    """What happens at the store."""

    def __init__(self, twin: BigCommerceTwin, clock: StoppedClock, *, tax_included: bool) -> None:
        self._twin = twin
        self._clock = clock
        self._tax_included = tax_included
        self._sold = 0

    def add(self) -> str:
        self._sold += 1
        sold = sale(self._sold, tax_included=self._tax_included)
        return str(self._twin.trade.place(sold))

    def change(self, key: str) -> None:
        self._twin.trade.change(int(key), noted)

    def pushed(self, key: str) -> bytes:
        now_s = self._clock.now().timestamp()
        return notice(SITE, UPDATED, now_s, {"type": "order", "id": int(key)})


async def deaf(address: str, headers: Mapping[str, str], body: bytes) -> int:
    return 200


def twin_of(clock: StoppedClock, site: Site = SITE) -> BigCommerceTwin:
    """A quiet store."""
    return BigCommerceTwin(Memory(), clock, random.Random(7), Weather(), site, deaf)


def store_of(*, tax_included: bool) -> Callable[[StoppedClock], AbstractContextManager[Stage]]:
    """The stage of a store whose prices have tax in them, or not."""

    @contextmanager
    def stage(clock: StoppedClock) -> Generator[Stage]:
        twin = twin_of(clock)
        yield Stage(
            url=URL,
            wire=AsgiWire(twin.app),
            secrets=SECRETS,
            settings={"orders_per_page": 5},
            senders={"order": Store(twin, clock, tax_included=tax_included)},
        )
        twin.close()

    return stage
