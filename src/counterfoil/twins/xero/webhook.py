"""What Xero tells a listener: which documents changed, signed over the bytes as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from counterfoil.twins.kit.courier import Send
from counterfoil.twins.kit.signing import body_hmac


class Event(NamedTuple):
    """A document that changed: its collection, its id, and CREATE or UPDATE."""

    collection: str
    identity: str
    type: str


class Listener(NamedTuple):
    """Who listens for one organisation, and the key by which it knows us."""

    tenant: str
    key: str
    address: str

    def message(self, events: Sequence[Event], first: int, at: str) -> bytes:
        """A message. Its blanks are irregular, as recorded: who writes it anew has another body."""
        news = msgspec.json.encode([self._event(event, at) for event in events]).decode()
        last = first + max(0, len(events) - 1)
        text = (
            f'{{"events":{news},"firstEventSequence": {first},"lastEventSequence": {last},'
            ' "entropy": "NLDZEGWUXNHESAQVGLYF"}'
        )
        return text.encode()

    def signature(self, body: bytes) -> str:
        """The signature of these bytes."""
        return body_hmac(self.key, body)

    async def intends_to_receive(self, send: Send) -> bool:
        """Whether it takes a message that is rightly signed, and no other: what Xero asks before it
        sends anything."""
        body = self.message((), 0, "")
        right, wrong = self.signature(body), self.signature(body + b" ")
        statuses = [
            await send(self.address, {"x-xero-signature": signature}, body)
            for signature in (wrong, right, wrong, right)
        ]
        return statuses == [401, 200, 401, 200]

    def _event(self, event: Event, at: str) -> dict[str, str]:
        category = {"Invoices": "INVOICE", "CreditNotes": "CREDITNOTE", "Contacts": "CONTACT"}
        return {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/{event.collection}/{event.identity}",
            "resourceId": event.identity,
            "tenantId": self.tenant,
            "tenantType": "ORGANISATION",
            "eventCategory": category[event.collection],
            "eventType": event.type,
            "eventDateUtc": at,  # recorded without a zone
        }
