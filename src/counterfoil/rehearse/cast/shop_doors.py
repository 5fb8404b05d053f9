"""The doors of the shop: what its customers do there, and what it tells of them."""

from __future__ import annotations

from typing import Final

from counterfoil.rehearse.cast.clients import Client
from counterfoil.twins.shopify import ShopifyTwin

TOPICS: Final = (
    "customers/create", "customers/update", "customers/delete", "customers/merge",
    "customers/redact", "customers_email_marketing_consent/update",
)  # fmt: skip


class ShopDoors:
    """`Knowing`: what customers do at this vendor, in the words of its twin."""

    def __init__(self, twin: ShopifyTwin) -> None:
        self._twin, self._customers = twin, twin.customers

    def listen(self, address: str) -> None:
        self._twin.listen(TOPICS, address)

    def enrol(self, name: str, email: str, *, guest: bool) -> str:
        state = "DISABLED" if guest else "ENABLED"
        return str(self._customers.enter(first=name, email=email, state=state))

    def amend(self, key: str, **fields: str) -> None:
        members = {"name": "first", "email": "email", "phone": "phone"}
        self._customers.change(int(key), **{members[name]: text for name, text in fields.items()})

    def admit(self, key: str) -> None:
        self._customers.change(int(key), state="ENABLED")

    def consent(self, key: str, *, given: bool) -> None:
        self._customers.consent(int(key), "email", "SUBSCRIBED" if given else "UNSUBSCRIBED")

    def join(self, key: str, other: str) -> None:
        self._customers.merge(int(key), int(other))

    def remove(self, key: str, *, erased: bool) -> None:
        (self._customers.erase if erased else self._customers.delete)(int(key))

    def clients(self) -> list[Client]:
        return [
            Client(
                entry.reference, *(str(entry.facts[name]) for name in ("first", "email", "phone")),
                guest=entry.facts["state"] != "ENABLED", changed_s=entry.changed_s,
            )
            for entry in self._customers.book()
        ]  # fmt: skip
