"""The rulebook: the rules of each word that this house moves.

The one general file of this room that knows the words; whatever else is said of all of them alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from counterfoil.flows import customer, fulfilment, order, product, refund, settlement, stock
from counterfoil.flows.rules import Rules
from counterfoil.model.words import Word

RULEBOOK: Final[Mapping[Word, Rules[Any, Any]]] = {
    "order": order.RULES,
    "fulfilment": fulfilment.RULES,
    "product": product.RULES,
    "customer": customer.RULES,
    "refund": refund.RULES,
    "stock": stock.RULES,
    "settlement": settlement.RULES,
}
"""A word that is not in it has no rules yet: no route carries it."""

AFTER: Final[Mapping[Word, tuple[Word, ...]]] = {
    "order": ("product", "customer"),
    "stock": ("product",),
    "fulfilment": ("order",),
    "refund": ("order",),
    "settlement": ("order", "refund"),
}
"""By word, what is loaded before it, because its documents may need it or name it."""
