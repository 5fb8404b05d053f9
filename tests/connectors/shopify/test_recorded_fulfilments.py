"""Every recorded answer about fulfilments is read, and comes to what a person would make of it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from counterfoil.connectors.shopify.fulfilment_there import there
from counterfoil.kit.connector import Intent, Written
from counterfoil.kit.transport import Answer
from counterfoil.mapping.sendings import There
from counterfoil.values.errors import CounterfoilError
from tests.connectors.shopify.conftest import SHARED, Open, needs_shared

FOLDER = SHARED / "cases" / "shopify" / "fulfilments"
ACTS = {
    "fulfillmentCreate": "write",
    "fulfillmentTrackingInfoUpdate": "amend",
    "fulfillmentCancel": "cancel",
}
FILES = sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else []


class Row(NamedTuple):
    """What comes of a recording: how our three mutations end that are answered in it; what is left
    to be told of its last order, and what was told of it; and why."""

    answers: dict[str, int]
    left: str
    told: str
    why: str


NOTHING = "Nothing of it is asked for, or answered, where fulfilments are told."
MOVES = "What was moved, split, held or reported as under way is left to be told, at its new place."
ROWS: dict[str, Row] = {
    "estuary-fulfillment-orders": Row(
        {}, "0 left", "", "Nothing is left of what was sent, returned or exchanged."
    ),
    "estuary-fulfillments": Row(
        {}, "0 left", "2 SUCCESS", "Two fulfilments stand, whatever was returned since."
    ),
    "gql-cancel-new-open-fo": Row(
        {"made": 3},
        "1 left",
        "1 CANCELLED",
        "What was taken back is left once: the closed one that still counts it is passed over.",
    ),
    "gql-create-invalid-id": Row(
        {"shopify-refused": 1},
        "",
        "",
        "An identity that is none is a person's, and nothing was made.",
    ),
    "gql-create-multi-group": Row(
        {"stale": 5, "shopify-refused": 4, "made": 1},
        "0 left",
        "1 SUCCESS",
        "What moved, split or closed since is read again; a quantity of nought is held.",
    ),
    "gql-create-refusals": Row(
        {"stale": 4, "shopify-refused": 1, "made": 3},
        "1 left",
        "",
        "As of several groups; one that is under way is told like an open one.",
    ),
    "gql-event-errors": Row({"made": 2}, "1 left", "", MOVES),
    "gql-events-lifecycle": Row({"made": 3}, "0 left", "1 SUCCESS", MOVES),
    "gql-fo-3pl-request": Row({}, "", "", NOTHING),
    "gql-fo-assigned-location": Row({}, "0 left", "", MOVES),
    "gql-fo-close-incomplete": Row({}, "1 left", "", MOVES),
    "gql-fo-deadline": Row({}, "1 left", "", MOVES),
    "gql-fo-hold-multi-line": Row({}, "5 left", "", MOVES),
    "gql-fo-lifecycle": Row({}, "0 left", "", MOVES),
    "gql-fo-merge-errors": Row({}, "2 left", "", MOVES),
    "gql-fo-move-errors": Row({}, "1 left", "", MOVES),
    "gql-fo-move": Row({}, "5 left", "", MOVES),
    "gql-fo-progress": Row({}, "0 left", "", MOVES),
    "gql-fo-release-hold": Row({}, "0 left, 2 on hold", "", MOVES),
    "gql-fo-top-level-reads": Row({}, "0 left", "1 SUCCESS", MOVES),
    "gql-multi-tracking": Row(
        {"made": 2}, "0 left", "1 SUCCESS", "Several numbers are one answer."
    ),
    "gql-state-preconditions": Row(
        {"made": 5},
        "1 left",
        "",
        "Cancelled twice, followed then, cancelled after delivery: all of it succeeds.",
    ),
    "gql-tracking-update": Row(
        {"made": 2},
        "2 left",
        "2 CANCELLED, 1 SUCCESS",
        "Two were taken back and one stands; what is left is counted in open ones only.",
    ),
    "gql-unknown-id": Row(
        {"shopify-refused": 2},
        "",
        "",
        "What is not there cannot be changed: a person hears of it, and nothing repeats.",
    ),
    "hook-fulfillment-event": Row({}, "", "", NOTHING),
    "hook-fulfillment-update-inr-2022": Row({}, "", "", NOTHING),
    "nango-accept-request": Row({}, "", "", NOTHING),
    "nango-cancel": Row(
        {"shopify-refused": 1}, "", "", "A fulfilment that is not there is a person's."
    ),
    "nango-fulfillment-orders": Row({}, "", "", NOTHING),
    "nango-move": Row({}, "", "", NOTHING),
    "nango-release": Row({}, "", "", NOTHING),
    "nango-tracking": Row(
        {"no-answer": 1},
        "",
        "",
        "An answer that does not say what it made may have made it: it is looked up.",
    ),
}


def bodies(value: Any) -> Iterator[dict[str, Any]]:
    """Every GraphQL answer in a recording, in its sequence."""
    if isinstance(value, dict):
        if "response" in value and isinstance(value["response"], dict):
            yield value["response"]
        else:
            for below in value.values():
                yield from bodies(below)
    elif isinstance(value, list):
        for below in value:
            yield from bodies(below)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every order in an answer of which it is told what is to be sent."""
    if isinstance(value, dict):
        if {"fulfillmentOrders", "fulfillments"} & value.keys():
            yield value
        for below in value.values():
            yield from nodes(below)
    elif isinstance(value, list):
        for below in value:
            yield from nodes(below)


def whole(node: dict[str, Any]) -> dict[str, Any]:
    """The order as we ask for it: what a recording did not ask is filled in, and no more."""
    end = {"hasNextPage": False}

    def rows(connection: Any) -> list[dict[str, Any]]:
        return connection["nodes"] if isinstance(connection, dict) else connection or []

    def sku(line: dict[str, Any]) -> str:
        return line.get("sku") or line.get("id", "").rpartition("/")[2]

    return {
        "id": node.get("id", ""),
        "name": node.get("name", ""),
        "fulfillmentOrders": {
            "pageInfo": end,
            "nodes": [
                {
                    "id": row.get("id", ""),
                    "status": row.get("status", "CLOSED"),
                    "assignedLocation": {
                        "location": (row.get("assignedLocation") or {}).get("location")
                    },
                    "lineItems": {
                        "pageInfo": end,
                        "nodes": [
                            {
                                "id": line.get("id", ""),
                                "sku": sku(line.get("lineItem") or line),
                                "remainingQuantity": line.get(
                                    "remainingQuantity",
                                    (line.get("lineItem") or {}).get("fulfillableQuantity", 0),
                                ),
                            }
                            for line in rows(row.get("lineItems"))
                        ],
                    },
                }
                for row in rows(node.get("fulfillmentOrders"))
            ],
        },
        "fulfillments": [
            {
                "legacyResourceId": sent.get("id", "").rpartition("/")[2],
                "name": sent.get("name", ""),
                "status": sent.get("status", "SUCCESS"),
                "location": sent.get("location"),
                "trackingInfo": sent.get("trackingInfo") or [],
                "fulfillmentLineItems": {
                    "pageInfo": end,
                    "nodes": [
                        {"quantity": line["quantity"], "lineItem": {"sku": sku(line["lineItem"])}}
                        for line in rows(sent.get("fulfillmentLineItems"))
                    ],
                },
            }
            for sent in node.get("fulfillments") or []
        ],
    }


def said_of(held: There | None) -> tuple[str, str]:
    if held is None:
        return "", ""
    free = sum(lot.left for lot in held.lots if not lot.on_hold)
    stuck = sum(lot.left for lot in held.lots if lot.on_hold)
    statuses = Counter(told.status for told in held.told)
    return (
        f"{free} left" + (f", {stuck} on hold" if stuck else ""),
        ", ".join(f"{count} {status}" for status, count in sorted(statuses.items())),
    )


def came_of(open_shop: Open, file: Path) -> tuple[dict[str, int], str, str]:
    recording = json.loads(file.read_text("utf-8"))
    answers: Counter[str] = Counter()
    held: There | None = None
    for body in bodies(recording):
        for name, act in ACTS.items():
            if name in (body.get("data") or {}):
                answers[ended(open_shop, body, act)] += 1
        for node in nodes(body):
            held = there(whole(node))
    for node in nodes(recording) if held is None else ():
        held = there(whole(node))
    return (dict(answers), *said_of(held))


def ended(open_shop: Open, body: dict[str, Any], act: str) -> str:
    """How a write ends that is answered so; what a recording did not ask is filled in."""
    for name in ACTS:
        made = ((body.get("data") or {}).get(name) or {}).get("fulfillment")
        if made and "id" in made:
            made.setdefault("legacyResourceId", made["id"].rpartition("/")[2])
            made.setdefault("name", "")
    opened = open_shop()
    opened.shop.will(Answer(200, {}, json.dumps(body).encode()))
    target: Any = opened.session.target("fulfilment")

    async def call() -> str:
        try:
            (answer,) = await getattr(target, act)([Intent("1/=1", b"{}", {})])
        except CounterfoilError as error:
            return error.code or type(error).__name__.lower()
        return "made" if isinstance(answer, Written) else str(answer.code)

    return asyncio.run(call())


@needs_shared
def test_no_recording_is_without_a_row() -> None:
    assert sorted(ROWS) == sorted(file.stem for file in FILES)


@needs_shared
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_comes_of_each_recording(open_shop: Open, file: Path) -> None:
    row = ROWS[file.stem]
    assert came_of(open_shop, file) == (row.answers, row.left, row.told), row.why
