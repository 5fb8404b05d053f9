"""Shopify's dialect: where it is called, with which token, and what a query costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from counterfoil.connectors.shopify import answers
from counterfoil.connectors.shopify.answers import FAULTS
from counterfoil.kit.api import oauth2
from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.auth import Auth, header
from counterfoil.kit.api.grant import Grant, Granted
from counterfoil.kit.connector import Opening
from counterfoil.kit.formats import graphql
from counterfoil.kit.transport import Answer

VERSION: Final = "2026-10"
_PATH = f"/admin/api/{VERSION}/graphql.json"
_TOKEN = "x-shopify-access-token"  # noqa: S105 - a header's name
_RENEW_S = 600.0  # a token is renewed this long before it dies
_MOST_AT_ONCE = 1000.0  # points; Shopify refuses a dearer query whatever the plan
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
        self._costs: dict[str, float] = {}

    async def ask(
        self, document: str, variables: Mapping[str, Any], *, kind: str, estimate: float
    ) -> dict[str, Any]:
        """The data that `document` gives; as `answer` in all else."""
        return (await self.answer(document, variables, kind=kind, estimate=estimate)).data or {}

    async def answer(
        self, document: str, variables: Mapping[str, Any], *, kind: str, estimate: float
    ) -> graphql.Body:
        """What `document` is answered.

        `kind` names the document and the sizes it was asked with: what it cost last time is
        taken from the budget first, `estimate` points until that is known. Raises the kinds of
        `answers`; nothing is asked twice, save once after a token that has died.
        """
        taken = min(_MOST_AT_ONCE, self._costs.get(kind, estimate))
        call = self._api.call("POST", _PATH, writes=False)
        answer = await self._api.send(
            call, graphql.encode(document, variables), costs={"cost": taken}
        )
        self.version_seen = answer.headers.get("x-shopify-api-version", self.version_seen)
        if answer.status != 200:
            raise FAULTS.judge(answer, call)
        body = answers.body_of(answer, call)
        cost = answers.cost_of(body)
        await self._reconcile(kind, taken, cost)
        fault = answers.fault_of(body, cost, call)
        if fault is not None:
            raise fault
        return body

    async def fetch(self, url: str, start: int, end: int) -> Answer:
        """Bytes `start` to `end` (inclusive) of a file that Shopify offers, without our token."""
        return await self._api.fetch(url, {"range": f"bytes={start}-{end}"})

    async def _reconcile(self, kind: str, taken: float, cost: answers.Cost | None) -> None:
        if cost is None:
            return
        self._costs[kind] = cost.requested_query_cost
        # What was reserved and not used goes back at Shopify, and so it does in our book.
        refund = max(0.0, taken - (cost.actual_query_cost or 0.0))
        left = cost.throttle_status.currently_available
        await self._api.transport.throttle.reconcile("cost", left, refund)


def _auth(opening: Opening) -> Auth:
    if opening.settings["sign_in"] == "token":
        return header(opening.secret, _TOKEN, "access_token")

    async def ask() -> Grant:
        return await oauth2.client_credentials(opening, _ENDPOINT, FAULTS)

    return Granted(ask, opening.clock, dress=lambda token: {_TOKEN: token}, margin_s=_RENEW_S)
