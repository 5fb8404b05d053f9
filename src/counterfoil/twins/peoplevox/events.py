"""Events of Peoplevox: what each is called, and what it can name."""

from __future__ import annotations

from typing import Final

from counterfoil.twins.kit.form_events import FormEvents
from counterfoil.twins.kit.memory import Memory

TOPICS: Final = {
    "despatched": "DespatchPackageDespatched",
    "tracked": "TrackingNumberReceived",
    "moved": "AvailabilityChanges",
}
"""The event of each news of a warehouse; a despatch that is void is told to nobody."""


def told(events: FormEvents, memory: Memory, news: str, name: str) -> None:
    """Tell of a despatch or an item, if there is an event for it."""
    values = {"ItemCode": name} if news == "moved" else {}
    if news in TOPICS and not values:
        sql = "select despatch, reference, max(tracking) from packed where despatch = ?"
        despatch, reference, tracking = memory.row(sql, int(name)) or (0, "", "")
        values = {
            "DespatchNumber": f"DES{1_937_000 + int(str(despatch))}",
            "TrackingNumber": str(tracking or ""),
            "Picks.SalesOrder.SalesOrderNumber": str(reference),
        }
    if news in TOPICS:
        events.tell(TOPICS[news], values)
