"""How an office of an estate is set up, by what it is to the routes: its settings, its words, and
what its site has beside the usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from counterfoil.rehearse.cast.office_stores import PLACE
from counterfoil.rehearse.cast.twin import End, Ends
from counterfoil.twins.orderwise.site import Courier, DeliveryMethod

COURIER: Final = Courier(3, "Parcelforce", "https://track.parcelforce.example/")
KNOWN: Final = Courier(3, "Royal Mail")
ABROAD: Final = DeliveryMethod(10, "Parcelforce Global", tax_rate_id=1, courier_id=3)
"""How goods go abroad: with a courier that no value map has."""
DESPATCHED: Final[End] = ("fulfilment", "source")
TOLD: Final[End] = ("fulfilment", "target")
RELEASED: Final[End] = ("order", "source")
STOCK: Final[End] = ("stock", "source")
GOODS: Final[End] = ("product", "source")
REPAID: Final[End] = ("refund", "target")
RETURNS: Final = "4"
"""The location where goods come back."""
CREDITED: Final = ("POSTAGE", "GOODWILL")
"""Variants that a credit has for what is no goods."""
CLIENTS: Final[End] = ("customer", "target")
ALWAYS: Final = {
    "session_id": 12, "customer_id": 1044, "orders_definition": 101, "lines_definition": 102,
    "stock_location_id": PLACE, "tax_map": {"0.2": 1, "0": 2},
}  # fmt: skip
SETTINGS: Final[Mapping[End, Mapping[str, object]]] = {
    DESPATCHED: {
        "despatch_definition": 108, "despatch_lines_definition": 109, "despatch_map": "despatch",
    },
    RELEASED: {
        "release_definition": 110, "release_lines_definition": 111, "release_map": "releases",
        "currency_field": "orderHeader.currencyId",
    },
    TOLD: {
        "despatch_path": "/sales/order/{order_id}/despatch",
        "despatch_change_path": "/sales/despatch/{despatch_id}",
        "despatch_fields": {"moved": "sentOn"},
        "despatched_definition": 112,
        "despatch_word_map": "despatch-words",
        "carrier_map": "warehouse-carriers",
    },
    STOCK: {"stock_definition": 103},
    REPAID: {
        "credit_path": "/sales/order?session_id={session_id}", "credit_map": "credits",
        "restock_map": "restock",
    },
    CLIENTS: {
        "customer_path": "/customers", "customer_change_path": "/customers/{customer_id}",
        "customers_definition": 113,
    },
    GOODS: {
        "products_definition": 105, "products_created_definition": 106, "kits_definition": 107,
    },
}  # fmt: skip
"""What an office of an estate is set to, by what it is to a route."""
WORDS: Final[Mapping[str, tuple[End, Mapping[str, str]]]] = {
    "despatch": (DESPATCHED, {"Despatched": "shipped", "Cancelled": "void"}),
    "releases": (
        RELEASED,
        {
            "Awaiting despatch": "release", "Partially despatched": "release", "On hold": "wait",
            "Completed": "never", "Cancelled": "cancelled",
        },
    ),
    "credits": (
        REPAID,
        {
            "postage": "POSTAGE",
            **dict.fromkeys(("goodwill", "fee", "duty", "exchange", "difference"), "GOODWILL"),
        },
    ),
    "restock": (REPAID, {"return": RETURNS, "cancel": str(PLACE), "none": RETURNS}),
    "despatch-words": (TOLD, {"shipped": "Despatched", "void": "Cancelled"}),
    "warehouse-carriers": (TOLD, {"Royal Mail": "8", "DPD": "7"}),
}  # fmt: skip
"""Its value maps, each with the end that it is for."""
SAMPLE: Final = "https://your-company.orderwisecloud.com/owapi"


def picks_itself(ends: Ends) -> bool:
    """Whether its own people pick and despatch: somebody asks it, and nobody tells it."""
    return DESPATCHED in ends and TOLD not in ends
