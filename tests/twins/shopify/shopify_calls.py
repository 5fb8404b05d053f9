"""A shop to try things on: a twin in virtual time, a caller without a network, a listener."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

import msgspec

from counterfoil.model.address import Address
from counterfoil.twins.kit.faults import Fault, Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.sale.events import LIFE
from counterfoil.twins.kit.signing import body_hmac as signature
from counterfoil.twins.shopify import Pace, Profile, ShopifyTwin, Site
from counterfoil.twins.shopify.profile import Calendar
from counterfoil.twins.world import (
    Buyer,
    Company,
    Exchange,
    Place,
    Sale,
    SaleDiscount,
    SaleDuty,
    SaleLine,
    SaleShipping,
    SaleTax,
    Tender,
    Terms,
)
from counterfoil.values.clock import Instant, instant, later


class Answer(msgspec.Struct):
    """`broken` is true where the application broke off in the middle."""

    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    broken: bool = False

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


async def call(
    app: Any, method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b""
) -> Answer:
    """Send one request in process."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "http_version": "1.1",
        "server": ("127.0.0.1", 8080),
        "client": ("127.0.0.1", 50000),
        "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
    }
    answer, asked = Answer(headers={}), False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # the caller stays until it has its answer
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    try:
        await app(scope, receive, send)
    except ConnectionResetError:
        answer.broken = True
    return answer


class VirtualClock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self._start = instant("2026-11-02T09:00:00Z")
        self.passed_s = 0.0

    def now(self) -> Instant:
        return later(self._start, self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        self.passed_s += seconds
        await asyncio.sleep(0)


class Listener:
    """Whoever listens to the shop: keeps every message, and answers as it is told."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.heard: list[tuple[str, dict[str, str], bytes]] = []

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.heard.append((url, dict(headers), body))
        await asyncio.sleep(0)
        if headers["X-Shopify-Hmac-SHA256"] != signature(SECRET, body):
            return 401
        return self.status

    def bodies(self, topic: str) -> list[Any]:
        return [
            msgspec.json.decode(body)
            for _, headers, body in self.heard
            if headers["X-Shopify-Topic"] == topic
        ]


SECRET = "shpss_example_secret"
HOOK = "http://127.0.0.1:9/hooks/shop"


def sale(
    number: int, *, at_s: float = 0.0, lines: int | tuple[SaleLine, ...] = 2, **changes: Any
) -> Sale:
    """A sale of these lines, or of so many at 6.00 with 10 % off the first; postage of 4.95."""
    own = lines if isinstance(lines, tuple) else ()
    made = Sale(
        at_s=at_s,
        number=str(number),
        placed="2026-11-02T08:59:30Z",
        currency="GBP",
        lines=own
        or tuple(
            SaleLine(
                sku=f"SKU-{at}",
                title=f"Thing {at}",
                quantity=2,
                unit_minor=600,
                tax_minor=200 - (20 if at == 0 else 0),
                discount_minor=120 if at == 0 else 0,
            )
            for at in range(lines if isinstance(lines, int) else 0)
        ),
        shipping=(SaleShipping("Royal Mail Tracked 48", 495, 83),),
        email="jo.bloggs@example.com",
        deliver_to=Address(
            name="Jo Bloggs", line1="1 High Street", town="Leeds", postcode="LS1 1AA", country="GB"
        ),
        note="Please ring",
    )
    return msgspec.structs.replace(made, **changes)


RICH = sale(
    1001,
    lines=(
        SaleLine(
            "TEE", "Tee", 3, 2400, 600, 600, variant="Blue / M", vendor="Ours", grams=180,
            taxes=(SaleTax("VAT", "0.2", 500), SaleTax("City", "0.04", 100, channel_liable=True)),
            shares=((0, 400), (1, 200)), properties=(("Engraving", "For Ada"),),
            duties=(SaleDuty(200, "6403", "VN", (SaleTax("VAT", "0.2", 40),)),),
        ),
        SaleLine("BOOK", "Book", 2, 1000, 0, taxable=False, taxes=(SaleTax("VAT", "0.2", 0),)),
        SaleLine("", "Gift wrap", 1, 300, 50, kind="custom", ships=False),
        SaleLine("", "Tip", 1, 450, 0, kind="tip"),
        SaleLine("CARD", "Gift card", 1, 1000, 0, kind="gift-card"),
        SaleLine("SHIRT", "Shirt", 2, 1500, 500, service="printful"),
    ),
    shipping=(SaleShipping("Royal Mail Tracked 48", 495, 83, carrier="royal-mail"),),
    placed="",
    channel="580111",
    app="Subscriptions",
    retail_location=Place(555, "Leeds"),
    buyer=Buyer(9, "Ada", "Byron", "ada@example.com", "+447700900123", ("trade", "a"), "en-GB"),
    company=Company(77, 78, "Analytical Ltd", "Works"),
    po_number="PO-8841",
    terms=Terms("Net 30", "net", 30),
    tags=("trade", "web"),
    attributes=(("Gift message", "With love"),),
    discounts=(SaleDiscount("discount_code", "TENOFF", "10.0"), SaleDiscount("automatic", "Bulk")),
    phone="+447700900124",
    deliver_to=Address(name="Ada King", line1="1 St", town="Cobh", region="Dublin", country="IE"),
    region_code="D",
    invoice_to=Address(name="Accounts", line1="2 St", town="Leeds", country="GB"),
    locale="en-GB",
    tenders=(Tender("shopify_payments", 10_000), Tender("gift_card", 4085)),
    exchange=Exchange("JPY", 19, 10),
    test=True,
)  # fmt: skip
"""A sale with everything that a sale can say."""


class World:
    """A twin with its clock and its listener, and a caller who knows the token."""

    def __init__(
        self,
        *,
        path: str = ":memory:",
        faults: str = "none",
        seed: int = 1,
        clock: VirtualClock | None = None,
        pace: Pace | None = None,
        life: Mapping[str, float] | None = None,
        calendar: Calendar | None = None,
        **profile: Any,
    ) -> None:
        self.clock = clock or VirtualClock()
        self.listener = Listener()
        rates = {name: Fault(LIFE[name].text, rate, rate) for name, rate in (life or {}).items()}
        self.twin = ShopifyTwin(
            Memory(path),
            self.clock,
            random.Random(seed),
            Weather(faults, besides=rates),
            Site(
                Profile(client_id="app", client_secret=SECRET, token="known", **profile),
                pace or Pace(),
                calendar or Calendar(),
            ),
            self.listener,
        )

    def place(self, *sales: Sale) -> list[int]:
        return [self.twin.trade.place(one, self.clock.now()) for one in sales]

    async def post(self, query: str, version: str = "2026-10", **variables: Any) -> Answer:
        return await call(
            self.twin.app,
            "POST",
            f"/admin/api/{version}/graphql.json",
            headers={"X-Shopify-Access-Token": "known", "Content-Type": "application/json"},
            body=msgspec.json.encode({"query": query, "variables": variables}),
        )

    async def ask(self, query: str, **variables: Any) -> Any:
        answer = await self.post(query, **variables)
        assert answer.status == 200
        return answer.json()

    async def data(self, query: str, **variables: Any) -> Any:
        answer = await self.ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def report(self) -> Any:
        return (await call(self.twin.app, "GET", "/_twin/report")).json()

    async def subscribe(self, *topics: str) -> list[str]:
        made = []
        for topic in topics:
            query = """mutation ($topic: WebhookSubscriptionTopic!, $uri: String!) {
              webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: $uri}) {
                webhookSubscription { id } userErrors { field message }
              }
            }"""
            data = await self.data(query, topic=topic, uri=HOOK)
            made.append(data["webhookSubscriptionCreate"]["webhookSubscription"]["id"])
        return made

    async def trade(self, seconds: float) -> None:
        """Let the shop trade for a while."""
        end_s = self.clock.passed_s + seconds
        running = asyncio.create_task(self.twin.run())
        try:
            while self.clock.passed_s < end_s:
                await asyncio.sleep(0)
                if running.done():
                    running.result()
        finally:
            running.cancel()
            await asyncio.wait([running])
