"""Payouts out of Shopify Payments: each with every entry of the balance that it is made of.

A payout has no moment of change, and its status moves for days; so a listing begins some days
before its mark, and a version is new where the payout says something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from counterfoil.connectors.shopify.client import DOCUMENTS, Client, searched
from counterfoil.connectors.shopify.settlement_fields import OWN_LEG, dated, reader
from counterfoil.kit.api.faults import member
from counterfoil.kit.api.paging import Nodes, completed, relay
from counterfoil.kit.api.recent import Recent
from counterfoil.kit.connector import CensusPage, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.formats.strict_json import Object
from counterfoil.kit.mark import moment, newest
from counterfoil.model.document import adds_up
from counterfoil.model.settlement import Settlement
from counterfoil.values.clock import Instant, later
from counterfoil.values.errors import Halt, Hold, Misconfigured

_ISSUED: Final = searched("issued_at", "issuedAt")
_ENTRIES_PAGE: Final = 250
_LISTING, _ENTRIES = 60.0, 60.0  # first estimates in points
_REMEMBERED: Final = 1000  # payouts that are whole, so that their entries are not asked for again
_DAY_S: Final = 86_400.0


class SettlementSource:
    """The payouts of one shop (`kit.connector.Source`)."""

    def __init__(self, client: Client, settings: Mapping[str, Any]) -> None:
        self._client = client
        self._page: int = settings["payouts_per_page"]
        self._most: int = settings["most_entries"]
        self._back_s: float = _DAY_S * settings["payout_days"]
        self._whole: Recent[list[Object]] = Recent(_REMEMBERED)
        self._reader = reader()

    def parse(self, body: bytes, at: Instant) -> Reading[Settlement]:
        """As `reread`: no message tells of a payout."""
        return self.reread(body, at)

    def reread(self, source: bytes, at: Instant) -> Reading[Settlement]:
        """Read a payout that was kept with its entries."""
        value = strict_json.parse(source, what="What was kept")
        whole = dated(cast("Object", value), at) if isinstance(value, dict) else value
        return self._reader.read(whole, at, source)

    def read_any(self, body: bytes, at: Instant) -> Reading[Settlement]:
        """As `reread`: a payout with its entries beside it."""
        return self.reread(body, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Settlement]]:
        """The payouts with these numbers."""
        numbers = [key for key in keys if key.isdecimal()]
        if not numbers:
            return ()
        search = " OR ".join(f"id:{key}" for key in numbers)
        page = await self._payouts(search, "ID", None, len(numbers))
        nodes = [node for node in page.nodes if str(node["legacyResourceId"]) in numbers]
        return [await self._reading(node) for node in nodes]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Settlement]:
        """One page of what was issued since some days before the moment `mark`."""
        marked = moment(mark)
        start = None if marked is None else later(marked, -self._back_s)
        page = await self._payouts(_ISSUED.text(start), "ISSUED_AT", cursor, self._page)
        _ISSUED.check(page.nodes, start)
        readings = [await self._reading(node) for node in page.nodes]
        return Listing(tuple(readings), page.cursor, newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what was issued in [start, end), whole seconds, by number."""
        page = await self._payouts(_ISSUED.text(start, end), "ID", cursor, _ENTRIES_PAGE)
        _ISSUED.check(page.nodes, start, end)
        now = self._client.clock.now()
        rows = tuple(self._reader.listed(dated(node, now)) for node in page.nodes)
        return CensusPage(rows, page.cursor)

    async def _payouts(self, search: str | None, sort: str, after: str | None, first: int) -> Nodes:
        values = {"first": first, "after": after, "query": search, "sort": sort}
        account = await self._account("Payouts", values, _LISTING)
        return relay(account.get("payouts"), after)

    async def _account(self, document: str, values: Object, estimate: float) -> Object:
        kind = f"{document} {values['first']}"
        body = await self._client.ask(DOCUMENTS[document], values, kind=kind, estimate=estimate)
        account = body.get("shopifyPaymentsAccount")
        if not isinstance(account, dict):
            raise Misconfigured(
                f"{self._client.where} has no account at Shopify Payments.",
                do="Take the route of its payouts away; or read another provider's from files.",
                code="no-payments-account",
            )
        return cast("Object", account)

    async def _reading(self, node: Object) -> Reading[Settlement]:
        """The reading of a payout, whose entries are asked for until it was whole once."""
        mark, now = strict_json.encode(node), self._client.clock.now()
        entries = self._whole.get(mark)
        try:
            entries = entries or await self._entries(str(node["legacyResourceId"]))
        except Hold as problem:
            return self._reader.stump(dated(node, now), now, problem, mark)
        reading = self.reread(strict_json.encode({**node, "entries": entries}), now)
        payout = reading.document
        if payout is not None and payout.complete and adds_up(payout):
            self._whole.keep(mark, entries)
        return reading

    async def _entries(self, key: str) -> list[Object]:
        """Every entry of a payout, or none. Raises `Hold` where they are too many, `Halt` where
        one is of another payout: the filter is not understood then."""

        async def more(after: str | None) -> object:
            search = f"payments_transfer_id:{key}"
            values = {"first": _ENTRIES_PAGE, "after": after, "query": search}
            return (await self._account("PayoutEntries", values, _ENTRIES)).get(
                "balanceTransactions"
            )

        page = await completed(await more(None), more, self._most)
        if page.cursor is not None:
            raise Hold(
                f"Payout {key} of {self._client.where} has more than {self._most} entries.",
                do="Raise most_entries of this connection, or set the payout aside with a reason.",
                code="too-many-entries",
            )
        for node in page.nodes:
            if not str(member(node, ("associatedPayout", "id"))).endswith(f"/{key}"):
                raise Halt(
                    f"Shopify listed an entry of another payout than {key}.",
                    do="The filter is not understood any more; tell the connector's keepers.",
                    code="filter-ignored",
                )
        return [node for node in page.nodes if node.get("type") != OWN_LEG]
