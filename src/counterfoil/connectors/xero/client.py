"""How Xero is spoken to: its calls, the sign-in that rotates, and what came of each document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from counterfoil.connectors.xero.answers import FAULTS, ROWS
from counterfoil.connectors.xero.profile import TITLE, Profile
from counterfoil.kit.api import oauth2
from counterfoil.kit.api.api import JSON, Api, Remaining, Usage
from counterfoil.kit.api.paging import Numbered, Row, every
from counterfoil.kit.api.row_answers import Kind
from counterfoil.kit.api.settings import typed
from counterfoil.kit.connector import Answer, Intent, Opening
from counterfoil.kit.formats.strict_json import Object
from counterfoil.values.digest import digest
from counterfoil.values.errors import Misconfigured

_API: Final = "/api.xro/2.0"
_MINUTE: Final = Remaining("minute", "x-minlimit-remaining")
_DAY: Final = Remaining("day", "x-daylimit-remaining")
_USAGE: Final = Usage({"minute": 1.0, "day": 1.0}, (_MINUTE, _DAY))
_WRITES: Final = {"summarizeErrors": "false"}
_GRANT: Final = "Sign in to Xero once more, and write its refresh token into this secret."


class Client:
    """The calls of one connection, which is one organisation; each is judged by the table."""

    def __init__(self, opening: Opening) -> None:
        self.profile, self.where = typed(opening, Profile), opening.name
        address, headers = self.profile.identity, {"xero-tenant-id": self.profile.tenant_id}
        endpoint = oauth2.Endpoint(f"{address}/connect/token", client="basic", do=_GRANT)
        auth = oauth2.rotating(opening, endpoint, FAULTS)
        self._api = Api(opening, TITLE, auth, FAULTS, _USAGE, {**JSON, **headers})

    async def put(
        self, kind: Kind, intents: Sequence[Intent], method: str = "PUT"
    ) -> Sequence[Answer]:
        """Make documents of one kind with one call ("POST": or change them); one answer each.

        The key of a PUT is the digest of its body: Xero gives its first answer again for some
        minutes. A POST has none, since a change may be taken back, and made once more. Raises
        `Settle` where they may have landed.
        """
        call = self._api.call(method, f"{_API}/{kind.collection}", writes=True, query=_WRITES)
        rows = b",".join([intent.payload for intent in intents])
        body = b'{"%s":[%s]}' % (kind.collection.encode(), rows)
        headers = {"Idempotency-Key": digest(body).hex()} if method == "PUT" else {}
        answer = await self._api.send(call, body, headers=headers)
        if answer.status != 200:
            return ROWS.refused(kind, intents, answer, call)
        page = self._api.content(answer, _page(kind.collection), call)
        return ROWS.taken(kind, intents, getattr(page, kind.collection), call)

    async def called(self, kind: Kind, refs: Sequence[str], *, paged: bool = True) -> Sequence[Row]:
        """Every document of a kind that is called so, none of whose references has a quote."""
        where = " OR ".join(f'{kind.reference}=="{name}"' for name in refs)
        return await self.listed(kind, {"where": where}, paged=paged)

    async def listed(
        self, kind: Kind, query: Mapping[str, str], *, paged: bool = True
    ) -> Sequence[Row]:
        """Every document of a kind that a query finds, whole; those that are dead too. A few kinds
        have no pages."""

        async def ask(page: Mapping[str, str]) -> Row:
            path, whole = f"{_API}/{kind.collection}", {**query, **page}
            call = self._api.call("GET", path, writes=False, query=whole)
            return msgspec.structs.asdict(await self._api.ask(call, _page(kind.collection)))

        if not paged:
            return (await ask({}))[kind.collection]
        size, count = self.profile.page_size, ("pagination", "pageCount")
        pages = Numbered(size, size_param="pageSize", pages_at=count)
        return await every(pages, ask, kind.collection)

    async def probe(self) -> str:
        """One sentence about the organisation. Raises `Misconfigured` for one that is not open."""
        call = self._api.call("GET", "/connections", writes=False)
        rows = await self._api.ask(call, list[Object])
        names = {str(row.get("tenantId")): str(row.get("tenantName", "")) for row in rows}
        if self.profile.tenant_id not in names:
            raise Misconfigured(
                f"This sign-in opens no organisation {self.profile.tenant_id}.",
                do=f"Correct tenant_id; it opens {', '.join(map(' '.join, names.items()))}.",
                where=self.where,
            )
        return f"Xero answered; it opens {names[self.profile.tenant_id] or 'the organisation'}."


@cache
def _page(collection: str) -> type[Any]:
    """The shape of an answer: a collection, and how many pages it has where one was whole for."""
    return msgspec.defstruct("Page", [(collection, list[Object]), ("pagination", Object, {})])
