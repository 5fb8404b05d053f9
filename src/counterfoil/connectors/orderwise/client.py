"""How OrderWise is spoken to: signing in, posting a document, running a stored query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from counterfoil.connectors.orderwise.profile import TITLE, Profile
from counterfoil.kit.api import faults
from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.auth import basic
from counterfoil.kit.api.login import token_login
from counterfoil.kit.api.queried import Ask
from counterfoil.kit.api.readback import Columns, Row
from counterfoil.kit.api.stored_query import StoredQuery
from counterfoil.kit.connector import Opening
from counterfoil.mapping.tax import Rates
from counterfoil.values.errors import Misconfigured

T = TypeVar("T")

FAULTS: Final = faults.load(__package__ or "")
_COST = {"calls": 1.0}


class _Entry(msgspec.Struct, frozen=True):
    id: int
    name: str | None = None


class Client:
    """The calls of one connection; every answer has been judged by the table."""

    def __init__(self, opening: Opening, profile: Profile) -> None:
        self._profile = profile
        self.clock, self.where = opening.clock, opening.name
        auth = basic(opening.secret, "user", "password")
        if profile.auth == "token":
            login = Api(opening, TITLE, auth, FAULTS, Usage(_COST))
            life_s = 60.0 * profile.token_ttl_minutes
            auth = token_login(opening, login, profile.token_path, life_s, TITLE)
        self._api = Api(opening, TITLE, auth, FAULTS, Usage(_COST))

    async def post(self, path: str, body: bytes, shape: type[T]) -> T:
        """Post a document and return the answer in `shape`; raises as `kit.api.api.Api.ask`."""
        return await self._api.ask(self._api.call("POST", path, writes=True), shape, body)

    async def told(self, method: str, path: str, body: bytes) -> dict[str, object]:
        """The members of the answer to a write by any method; raises as `post` does."""
        call, none = self._api.call(method, path, writes=True), dict[str, object]()
        return await self._api.ask(call, dict[str, object], body, empty=none)

    def query(self, columns: Columns, setting: str, *blank: str) -> Ask:
        """Asks the export definition that has these columns, whose number a setting has."""
        number: int = getattr(self._profile, setting)
        return StoredQuery(self._run, columns, setting, number, self.where, blank).rows

    async def _run(self, definition: int, parameters: Mapping[str, str]) -> list[Row]:
        path = self._profile.definition_path.replace("{id}", str(definition))
        named = [{"name": name, "value": text} for name, text in parameters.items()]
        call = self._api.call("POST", path, writes=False)
        rows = await self._api.ask(call, list[dict[str, Any]], msgspec.json.encode(named), empty=[])
        return [*rows]

    async def proven(self, rates: Rates) -> str:
        """One sentence about the tax rates that answered: the cheapest read, which proves that
        tax_map is right as well. Raises `Misconfigured` where it is not."""
        number = self._profile.tax_list
        path = self._profile.value_list_path.replace("{id}", str(number))
        entries = await self._api.ask(self._api.call("GET", path, writes=False), list[_Entry])
        listed = {entry.id: entry.name or "" for entry in entries}
        missing = rates.missing(set(listed))
        if missing:
            raise Misconfigured(
                f"OrderWise has no tax rate with the id {', '.join(map(str, missing))}.",
                do=f"Correct tax_map; value list {number} has "
                + ", ".join(f"{rate} ({name})" for rate, name in sorted(listed.items())[:12])
                + ".",
                where=self._api.where,
            )
        return f"OrderWise answered; it has {len(listed)} tax rates, among them all of tax_map."
