"""One GraphQL request: judged, priced, paid for, answered. HTTP begins one floor above."""

from __future__ import annotations

from typing import Any

import msgspec

from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.limits import Bucket
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.shopify.graphql import cost
from counterfoil.twins.shopify.graphql.document import Asked, asked, judge
from counterfoil.twins.shopify.graphql.problem import Json, Refused
from counterfoil.twins.shopify.graphql.selection import Selected, selected
from counterfoil.twins.shopify.queries import Root


class Question(msgspec.Struct, frozen=True):
    """The JSON body of a GraphQL request. An unknown member is ignored."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None


class Graph:
    """The GraphQL side of the shop."""

    def __init__(self, root: Root, bucket: Bucket, memory: Memory, faults: Faults) -> None:
        self._root = root
        self._bucket = bucket
        self._memory = memory
        self._faults = faults

    def judged(self, question: Question) -> Asked | Json:
        """The operation that a question asks for, or the answer that refuses it."""
        judged = judge(question.query)
        if judged.document is None:
            return _refusal(*judged.problems)
        try:
            return asked(judged.document, question.operationName, question.variables or {})
        except Refused as refused:
            return _refusal(refused)

    def answer(self, question: Asked, base_url: str) -> Json:
        """The whole answer: data, errors and what it cost."""
        try:
            roots = selected(question)
        except Refused as refused:
            return _refusal(refused)
        price = cost.requested(roots)
        if price > cost.HIGHEST:
            return _refusal(cost.too_dear(price))
        if not self._paid(price, reads=not question.writes):
            throttled = _refusal(Refused("Throttled", code="THROTTLED"))
            return {**throttled, "extensions": cost.extensions(price, None, self._bucket)}
        answered = self._values(roots, base_url)
        used = cost.actual(roots)
        self._bucket.give_back(price - used)
        return {**answered, "extensions": cost.extensions(price, used, self._bucket)}

    def _paid(self, price: int, *, reads: bool) -> bool:
        if self._bucket.overdrawn(price):
            self._memory.count("calls:over_limit")
        if reads and price and self._faults.strikes("throttled"):
            self._bucket.drain(price)
        paid = self._bucket.take(price)
        if not paid:
            self._memory.count("calls:throttled")
        return paid

    def _values(self, roots: tuple[Selected, ...], base_url: str) -> dict[str, object]:
        data: dict[str, object] | None = {}
        errors: list[Json] = []
        for root in roots:
            try:
                self._expire(root)
                value = self._root.answer(root, base_url)
            except Refused as refused:
                errors.append(refused.as_json())
                if not root.nullable:
                    data = None
                value = None
            if data is not None:
                data[root.key] = value
        return {"data": data, "errors": errors} if errors else {"data": data}

    def _expire(self, root: Selected) -> None:
        continues = root.name == "orders" and root.arguments.get("after") is not None
        if continues and self._faults.strikes("cursor_expired"):
            raise Refused(
                "Invalid cursor for current pagination sort.", code="BAD_REQUEST", path=(root.key,)
            )


def _refusal(*refused: Refused) -> dict[str, object]:
    return {"errors": [one.as_json() for one in refused]}
