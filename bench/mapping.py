"""Mapping an order of 14 lines: each step alone, on one core, beside the JSON library."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from bench import shopify
from bench.connectors import Office, order_source
from bench.figure import Figure
from bench.house import Ground
from counterfoil.connectors.shopify.fields import HOOK, NODE
from counterfoil.connectors.shopify.reading import Reader
from counterfoil.kit.formats import strict_json
from counterfoil.mapping.convert import same
from counterfoil.mapping.field import Each, Field, Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.store.limits import Limits
from counterfoil.store.postgres import Database
from counterfoil.values.clock import SystemClock

_AIM = 50_000
_ROUNDS = 5
_NOTE = (
    "Orders of 14 lines a second on one core, each step alone, the median of five rounds. Reading"
    " a body includes the strict checks of its JSON; the floor is msgspec's untyped decoding of"
    " the same bytes, or its encoding of the same payload."
)


_TABLE: Mapper[dict[str, Any]] = Mapper(
    Table(
        "bench.order",
        [
            Field("reference", "key"),
            Field("number", "number"),
            Field("email", "email"),
            Field("total", "total_minor", same),
            Field("tax", "tax_minor", same),
            Field("deliver.name", "deliver_to.name"),
            Field("deliver.postcode", "deliver_to.postcode"),
            Field("deliver.country", "deliver_to.country"),
            Each(
                "lines",
                "lines",
                Table(
                    "bench.line",
                    [
                        Field("sku", "sku"),
                        Field("quantity", "quantity", same),
                        Field("price", "unit_minor", same),
                        Field("discount", "discount_minor", same),
                        Field("tax", "tax_minor", same),
                    ],
                    reads="attributes",
                ),
            ),
        ],
        reads="attributes",
    )
)
"""A field table as a connector writes it: 8 fields of an order and 5 of each of its lines."""


async def mapping(ground: Ground) -> list[Figure]:
    """Reading both shapes, and composing the write."""
    count = ground.size(5_000, 1_000)
    async with ground.database() as dsn:
        database = await Database.open(dsn)
        try:
            return _figures(Limits(database), count)
        finally:
            await database.close()


def _figures(book: Limits, count: int) -> list[Figure]:
    now = SystemClock().now()
    source, office = order_source(shopify.Listings(0, 0), book, "bench"), Office(book, "bench")
    hook, node = shopify.hook(0), shopify.node(0)
    hooks, nodes = Reader(HOOK), Reader(NODE)
    hook_row, node_row = strict_json.parse(hook), strict_json.parse(node)
    assert isinstance(node_row, dict)
    node_row["lineItems"] = {"nodes": node_row["lineItems"]["nodes"]}
    order = source.parse(hook, now).document
    payload = msgspec.json.decode(office.compose(order).payload)
    fields = _TABLE.run(order, "GBP")
    steps: Mapping[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "order → fields, by a table": (
            lambda: _TABLE.run(order, "GBP"),
            lambda: msgspec.json.encode(fields),
        ),
        "webhook's body → order": (lambda: source.parse(hook, now), _decoding(hook)),
        "webhook's object → order": (lambda: hooks.read(hook_row, now), _decoding(hook)),
        "GraphQL's object → order": (lambda: nodes.read(node_row, now), _decoding(node)),
        "order → OrderWise's bytes": (
            lambda: office.compose(order),
            lambda: msgspec.json.encode(payload),
        ),
    }
    return [_figure(what, *pair, count) for what, pair in steps.items()]


def _decoding(body: bytes) -> Callable[[], Any]:
    return lambda: msgspec.json.decode(body)


def _figure(what: str, ours: Callable[[], Any], floor: Callable[[], Any], count: int) -> Figure:
    pairs = [(_per_s(ours, count), _per_s(floor, count)) for _ in range(_ROUNDS)]
    return Figure(
        what=what,
        unit="orders/s/core",
        measured=statistics.median(pair[0] for pair in pairs),
        aim=_AIM,
        peer_name="msgspec alone",
        peer=statistics.median(pair[1] for pair in pairs),
        note=_NOTE,
        raw={"rounds": pairs},
    )


def _per_s(step: Callable[[], Any], count: int) -> float:
    """Steps in a second of processor time: what else the machine does is not counted."""
    start = time.process_time()
    for _ in range(count):
        step()
    return count / (time.process_time() - start)
