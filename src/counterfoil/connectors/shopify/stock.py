"""Stock levels into Shopify: items found by their SKUs, and set where they are as they were seen.

"Available" is set, and not what is on hand: what is promised is known by the master of the levels
and by the pipe, and Shopify would take it off once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.connectors.shopify.client import DOCUMENTS, Client
from counterfoil.kit.api.graphql import UserError, Wanted, rows_of
from counterfoil.kit.api.lookup import Lookup
from counterfoil.kit.api.paging import completed, relay
from counterfoil.kit.connector import ALONE, Answer, Inputs, Intent, Kind, Seen, Written
from counterfoil.kit.formats import strict_json
from counterfoil.mapping.shown_level import Item, Showing
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.stock import Stock
from counterfoil.values.digest import digest
from counterfoil.values.errors import CounterfoilError

KINDS: Final[Mapping[str, Kind]] = {"available": "level"}
_SKUS_A_SEARCH: Final = 50
_PAGE: Final = 250
_LEVELS_A_CALL: Final = 200
_SEARCH, _LOOK, _SET = 20.0, 40.0, 10.0  # first estimates in points
_AVAILABLE: Final = Wanted("inventoryItem", "Available", 3.0)
_REMEMBERED: Final = 500_000  # SKUs, each with the identity of its item


class Setting(msgspec.Struct, frozen=True):
    """One level that is set: the reference, and the members that Shopify has for it."""

    reference: str
    inventoryItemId: str
    locationId: str
    quantity: int
    changeFromQuantity: int


class StockTarget:
    """Levels of one shop, as `kit.connector.LooksFirst`. `locations` maps pools to locations."""

    def __init__(self, client: Client, locations: ValueMap | None, *, where: str) -> None:
        self._client = client
        self._showing = Showing(locations, where)
        self._items_by_sku = Lookup(self._search, _SKUS_A_SEARCH, _REMEMBERED)

    async def there(self, documents: Sequence[Stock], inputs: Sequence[Inputs]) -> Sequence[bytes]:
        """The items with the SKU of each, and what is available of them."""
        places = [(level.sku, self._location(level.place)) for level in documents]
        items = await self._items(places)
        return [msgspec.json.encode(items.get(place, ())) for place in places]

    def compose(self, document: Stock, inputs: Inputs = ALONE) -> Intent:
        """One level (pure). Raises `Hold` where the shop has no such item, or cannot be told which
        one is meant."""
        pieces, location = self._showing.pieces(document), self._location(document.place)
        item, now = self._showing.only(document, inputs.held(list[Item]))
        setting = Setting(document.key, item.id, location, pieces, now)
        return Intent(
            reference=document.key,
            payload=msgspec.json.encode(setting),
            expect={"available": pieces},
            kinds=KINDS,
        )

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Set them with one call: all of them, or none.

        Raises `Retry` where one is not as it was seen, `Hold` for one that cannot be set.
        """
        settings = [msgspec.json.decode(intent.payload, type=Setting) for intent in intents]
        key = digest(b"\0".join(intent.payload for intent in intents)).hex()
        rows = [msgspec.structs.asdict(setting) for setting in settings]
        for row in rows:
            del row["reference"]
        values = {"input": {"name": "available", "reason": "correction", "quantities": rows,
                            "referenceDocumentUri": f"counterfoil://levels/{key[:32]}"},
                  "key": key}  # fmt: skip
        document, kind = DOCUMENTS["SetLevels"], f"set {len(rows)}"
        body = await self._client.ask(document, values, kind=kind, estimate=_SET, writes=True)
        answer = strict_json.convert(body.get("inventorySetQuantities"), _Set, what="The answer")
        if answer.userErrors:
            raise self._error(answer.userErrors[0], settings)
        return [Written(f"{setting.inventoryItemId}@{setting.locationId}") for setting in settings]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """What is available under each reference, a SKU and its pool."""
        parts = {key: key.rpartition("@")[::2] for key in references}
        places = {
            key: (sku, self._location(pool))
            for key, (sku, pool) in parts.items()
            if self._showing.shows(pool)
        }
        await self._items_by_sku.find(sku or pool for sku, pool in parts.values())
        items = await self._items([*places.values()])
        return {
            key: tuple(
                Seen(f"{item.id}@{place[1]}", key, {"available": item.available})
                for item in items[place]
                if item.available is not None
            )
            for key, place in places.items()
            if any(item.available is not None for item in items.get(place, ()))
        }

    async def _items(
        self, places: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], list[Item]]:
        """The items that have each SKU, with what is available at the location beside it."""
        await self._items_by_sku.find(dict.fromkeys(sku for sku, _ in places))
        items: dict[tuple[str, str], list[Item]] = {}
        for location in dict.fromkeys(location for _, location in places):
            skus = [sku for sku, place in places if place == location]
            ids = [(sku, item) for sku in skus for item in self._items_by_sku.of(sku)]
            for start in range(0, len(ids), _LEVELS_A_CALL):
                batch = ids[start : start + _LEVELS_A_CALL]
                for (sku, _), node in zip(batch, await self._levels(batch, location), strict=True):
                    if node is None or node.sku != sku:
                        self._items_by_sku.drop(sku)  # deleted, or called otherwise by now
                    else:
                        items.setdefault((sku, location), []).append(node.item)
        return items

    async def _search(self, skus: Sequence[str]) -> list[tuple[str, str]]:
        """The items that a search finds for these SKUs, whatever their case."""

        async def more(after: str | None) -> object:
            search = " OR ".join(f"sku:{_quoted(sku)}" for sku in skus)
            values = {"query": search, "first": _PAGE, "after": after}
            document = DOCUMENTS["ItemsBySku"]
            body = await self._client.ask(document, values, kind="skus", estimate=_SEARCH)
            return body.get("inventoryItems")

        nodes = (await completed(await more(None), more)).nodes
        return [(str(node["sku"] or ""), str(node["id"])) for node in nodes]

    async def _levels(
        self, batch: Sequence[tuple[str, str]], location: str
    ) -> Sequence[_Node | None]:
        """By a search, which costs a tenth; one by one what its index, which lags, has not."""
        items = [item for _, item in batch]
        search = " OR ".join(f"id:{item.rpartition('/')[2]}" for item in items)
        values = {"location": location, "query": search, "first": len(items)}
        kind, ask = f"levels {len(items)}", self._client.ask
        body = await ask(DOCUMENTS["Levels"], values, kind=kind, estimate=_LOOK)
        rows = {row["id"]: row for row in relay(body.get("inventoryItems"), None).nodes}
        if rest := [item for item in items if item not in rows]:
            named = await rows_of(ask, DOCUMENTS, _AVAILABLE, rest, location=location)
            rows |= {row["id"]: row for row in named if row is not None}
        nodes = [rows.get(item) for item in items]
        return strict_json.convert(nodes, list[_Node | None], what="The items")

    def _location(self, pool: str) -> str:
        return f"gid://shopify/Location/{self._showing.location(pool)}"

    def _error(self, complaint: UserError, settings: Sequence[Setting]) -> CounterfoilError:
        """What a complaint about one of the levels means for all of the call."""
        place = max(0, complaint.place)
        which = settings[min(place, len(settings) - 1)].reference
        code = complaint.code or ""
        named = "level-stale" if code in _STALE else "level-refused"
        return self._client.error(named, which=which, code=code, quoted=complaint.message)


class _Set(msgspec.Struct, frozen=True):
    userErrors: list[UserError]


class _Level(msgspec.Struct, frozen=True):
    quantities: list[dict[str, int]]


class _Node(msgspec.Struct, frozen=True):
    id: str
    sku: str | None
    tracked: bool
    inventoryLevel: _Level | None

    @property
    def item(self) -> Item:
        """The item as a level is composed of it."""
        level = self.inventoryLevel
        return Item(self.id, self.tracked, level.quantities[0]["quantity"] if level else None)


_STALE: Final = (
    "CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE", "IDEMPOTENCY_CONCURRENT_REQUEST",
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
)  # fmt: skip


def _quoted(sku: str) -> str:
    """A SKU as a search takes it."""
    escaped = sku.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
