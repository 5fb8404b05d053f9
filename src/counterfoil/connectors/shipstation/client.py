"""How ShipStation is spoken to: its calls, its credential, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.kit.api import faults
from counterfoil.kit.api.api import Api, Remaining, Usage
from counterfoil.kit.api.auth import basic
from counterfoil.kit.api.paging import Numbered, Row, every
from counterfoil.kit.api.settings import typed
from counterfoil.kit.connector import Opening
from counterfoil.kit.formats.strict_json import Object
from counterfoil.values.errors import Misconfigured

TITLE: Final = "ShipStation"
FAULTS: Final = faults.load(__package__ or "")
_LEFT: Final = Remaining("calls", "x-rate-limit-remaining", "x-rate-limit-reset")
_USAGE: Final = Usage({"calls": 1.0}, (_LEFT,))


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one connection, in the words of the manifest."""

    store_id: int
    currency: str
    order_status: str
    clock: str
    page_size: int


class Placed(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to an order that was taken."""

    order_id: int
    order_key: str
    order_number: str


class _Page(msgspec.Struct, frozen=True):
    orders: list[Object]
    pages: int


class _Store(msgspec.Struct, frozen=True, rename="camel"):
    store_id: int
    store_name: str | None = None


class Client:
    """The calls of one connection; every answer has been judged by the table."""

    def __init__(self, opening: Opening) -> None:
        self.profile = typed(opening, Profile)
        auth = basic(opening.secret, "api_key", "api_secret")
        self._api = Api(opening, TITLE, auth, FAULTS, _USAGE)

    @property
    def where(self) -> str:
        """The name of the connection."""
        return self._api.where

    async def place(self, body: bytes) -> Placed:
        """Make an order, or the same one anew. Raises `Settle` where it may have landed."""
        call = self._api.call("POST", "/orders/createorder", writes=True)
        return await self._api.ask(call, Placed, body)

    async def numbered(self, number: str) -> Sequence[Row]:
        """Every order whose number begins with this one."""

        async def ask(query: Mapping[str, str]) -> Row:
            asked = {"orderNumber": number, **query}
            call = self._api.call("GET", "/orders", writes=False, query=asked)
            return msgspec.structs.asdict(await self._api.ask(call, _Page))

        pages = Numbered(self.profile.page_size, size_param="pageSize", pages_at=("pages",))
        return await every(pages, ask, "orders")

    async def probe(self) -> str:
        """One sentence about the stores. Raises `Misconfigured` where `store_id` is no such."""
        call = self._api.call("GET", "/stores", writes=False)
        stores = await self._api.ask(call, list[_Store])
        listed = {store.store_id: store.store_name or "" for store in stores}
        if self.profile.store_id and self.profile.store_id not in listed:
            raise Misconfigured(
                f"ShipStation has no store with the id {self.profile.store_id}.",
                do="Correct store_id; the account has "
                + ", ".join(f"{number} ({name})" for number, name in sorted(listed.items())[:12])
                + ".",
                where=self.where,
            )
        return f"ShipStation answered; the account has {len(stores)} stores."
