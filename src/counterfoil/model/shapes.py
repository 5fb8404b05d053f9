"""The shapes: which model each word's documents have, as far as there is one yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from counterfoil.model.customer import Customer
from counterfoil.model.fulfilment import Fulfilment
from counterfoil.model.order import Order
from counterfoil.model.product import Product
from counterfoil.model.refund import Refund
from counterfoil.model.settlement import Settlement
from counterfoil.model.stock import Stock
from counterfoil.model.words import Word

SHAPES: Final[Mapping[Word, type[msgspec.Struct]]] = {
    "order": Order,
    "fulfilment": Fulfilment,
    "refund": Refund,
    "stock": Stock,
    "product": Product,
    "customer": Customer,
    "settlement": Settlement,
}
