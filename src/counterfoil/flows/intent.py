"""Intent: what a document becomes at the target, by the rules of its route; pure, so that it can be
made again, and tried where nothing is connected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from counterfoil.flows.route import Plan
from counterfoil.kit.connector import Intent
from counterfoil.mapping.losses import Loss
from counterfoil.values.errors import Hold


def intended(plan: Plan, compose: Callable[[Any], Intent], document: Any) -> Intent:
    """The intent that `compose` makes of a document that no rule of the route stops, with
    everything that is lost.

    Raises `Hold` or `Refuse` where it does not add up, has no place at the target, or would lose
    what the route's `on_loss` does not let go.
    """
    rules = plan.rules
    rules.check(document)
    document, left_out = rules.part(document, plan.gates)
    document = referenced(plan, document)
    intent = compose(document)
    noted = [loss for loss in intent.losses if plan.on_loss.get(loss.field) == "note"]
    if noted:
        written = "\n".join(f"{_named(loss.field)}: {loss.value}" for loss in noted)
        again = compose(rules.noted(document, written))
        losses = tuple(loss for loss in again.losses if loss.field not in _fields(noted))
        intent = msgspec.structs.replace(again, losses=losses)
    if left_out:
        intent = msgspec.structs.replace(intent, losses=left_out + intent.losses)
    _let_go(plan, document.number, intent.losses)
    return intent


def referenced(plan: Plan, document: Any) -> Any:
    """The document under the key that the target is given: a target takes it for its reference."""
    if not _prefix(plan):
        return document
    return msgspec.structs.replace(document, key=reference(plan, document.key))


def reference(plan: Plan, key: str) -> str:
    """What the target knows the document under that its source knows as `key`."""
    return _prefix(plan) + key


def _prefix(plan: Plan) -> str:
    return plan.reference_prefix or plan.rules.prefix


def _named(field: str) -> str:
    """A field's name as people write it: po_number is "PO number"."""
    words = field.rpartition(".")[2].replace("_", " ")
    return "PO number" if words == "po number" else words.capitalize()


def _fields(losses: list[Loss]) -> set[str]:
    return {loss.field for loss in losses}


def _let_go(plan: Plan, number: str, losses: tuple[Loss, ...]) -> None:
    kept_back = sorted({loss.field for loss in losses if plan.on_loss.get(loss.field) == "hold"})
    if kept_back:
        raise Hold(
            f"{plan.title.first} {number} has {', '.join(kept_back)}, and the target has no place"
            " for it.",
            do='Enter it there by hand and set this one aside; or say "note" or "let-go" for the'
            " field under [on_loss] of the route's file, then send it again.",
            code="would-be-lost",
        )
