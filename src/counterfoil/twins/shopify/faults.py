"""The bad days of the shop: how often each comes, and in plain words what happens."""

from __future__ import annotations

from typing import Final

from counterfoil.twins.kit.faults import MESSAGES, Fault, common

CATALOGUE: Final = {
    "throttled": Fault(
        "Another process of the same app has drained the bucket, so a call was refused for cost.",
        normal=0.002,
        hostile=0.015,
    ),
    **common(
        "Shopify",
        "server_error",
        "read_timeout",
        "reset",
        "html_error_page",
        "empty_page",
        "cursor_expired",
        "search_lag",
        *MESSAGES,
        "edited_later",
    ),
    "unmapped_value": Fault(
        "An order was shipped by a method that nobody has mapped.", normal=0.002, hostile=0.005
    ),
}
"""Every fault of this twin. "unmapped_value" leaves an order that only a person can free."""

UNMAPPED_SHIPPING: Final = "Drone Air Express"
"""The shipping method that no value map knows."""
