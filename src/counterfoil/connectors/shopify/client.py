"""Where Shopify is called, with which token, and what it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from counterfoil.connectors.shopify.answers import DIALECT, FAULTS, Shop
from counterfoil.kit.api import oauth2
from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.auth import Auth, header
from counterfoil.kit.api.grant import Grant, Granted
from counterfoil.kit.api.graphql import GraphQL
from counterfoil.kit.api.searched import Searched
from counterfoil.kit.connector import Opening
from counterfoil.kit.formats import strict_json
from counterfoil.kit.formats.graphql import Body, Documents
from counterfoil.kit.transport import Answer
from counterfoil.values.errors import CounterfoilError

DOCUMENTS: Final = Documents(__package__ or "")
VERSION: Final = "2026-10"
_PATH = f"/admin/api/{VERSION}/graphql.json"
_TOKEN = "x-shopify-access-token"  # noqa: S105 - a header's name
_MUTATION: Final = 60.0  # points, rather too many than too few
_RENEW_S = 600.0  # a token is renewed this long before it dies
_ENDPOINT = oauth2.Endpoint(
    "/admin/oauth/access_token",
    do="Check client_id and client_secret, and that the app is installed on this shop.",
)


class Client:
    """GraphQL calls on one shop. `version_seen` is the API version that really answered."""

    def __init__(self, opening: Opening) -> None:
        self.version_seen = ""
        self.clock = opening.clock
        self.where = opening.name
        self._api = Api(opening, opening.name, _auth(opening), FAULTS, Usage({}))
        self._graphql = GraphQL(self._api, _PATH, "cost", DIALECT)

    async def ask(
        self,
        document: str,
        variables: Mapping[str, Any],
        *,
        kind: str,
        estimate: float,
        writes: bool = False,
    ) -> Body:
        """What `document` is answered; see `kit.api.graphql`."""
        body, answer = await self._graphql.ask(
            document, variables, kind=kind, estimate=estimate, writes=writes
        )
        self.version_seen = answer.headers.get("x-shopify-api-version", self.version_seen)
        return body

    async def tell(self, content: bytes, *, kind: str) -> Body:
        """What a mutation is answered; raises `Settle` where it may have been done."""
        body, _ = await self._graphql.tell(content, kind=kind, estimate=_MUTATION)
        return body

    def unsure(self, said: str) -> CounterfoilError:
        """The error of a mutation that was answered so that nobody knows whether it was done."""
        return FAULTS.doubtful(said, self._api.call("POST", _PATH, writes=True))

    async def fetch(self, url: str, start: int, end: int) -> Answer:
        """Bytes `start` to `end` (inclusive) of a file that Shopify offers, without our token."""
        return await self._api.fetch(url, {"range": f"bytes={start}-{end}"})

    def error(self, name: str, **told: object) -> CounterfoilError:
        """The error of this name in `errors.toml`, whose sentences name what is `told`."""
        call = self._api.call("POST", _PATH, writes=False)
        return FAULTS.error(FAULTS.codes[name], call, None, **told)

    async def proven(self) -> str:
        """One sentence about the shop that answered, by the cheapest query."""
        body = await self.ask(DOCUMENTS["Probe"], {}, kind="probe", estimate=1.0)
        shop = strict_json.convert(body.get("shop"), Shop, what="The shop")
        answer = f"{shop.name} ({shop.myshopifyDomain}) answered; it books in {shop.currencyCode}."
        if self.version_seen in ("", VERSION):
            return answer
        behind = f"not {VERSION}: this connector has fallen behind."
        return f"{answer} It answered as API {self.version_seen}, {behind}"


def searched(word: str, field: str) -> Searched:
    """A search by a moment that a node has as `field` and a search calls `word`."""
    return Searched(field, f"{word}:>='{{}}'", f"{word}:<'{{}}'", "Shopify")


def _auth(opening: Opening) -> Auth:
    if opening.settings["sign_in"] == "token":
        return header(opening.secret, _TOKEN, "access_token")

    async def ask() -> Grant:
        return await oauth2.client_credentials(opening, _ENDPOINT, FAULTS)

    return Granted(ask, opening.clock, dress=lambda token: {_TOKEN: token}, margin_s=_RENEW_S)
