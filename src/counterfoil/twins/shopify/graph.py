"""One GraphQL request: judged, priced, paid for, answered. HTTP begins one floor above."""

from __future__ import annotations

from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.graphql import request
from counterfoil.twins.kit.graphql.problem import Json, Refused, refusal
from counterfoil.twins.kit.graphql.request import Question
from counterfoil.twins.kit.graphql.schema import Asked
from counterfoil.twins.kit.graphql.selection import Selected, selected
from counterfoil.twins.kit.limits import Bucket
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.shopify import cost
from counterfoil.twins.shopify.queries import Root
from counterfoil.twins.shopify.schema import SCHEMA


class Graph:
    """The GraphQL side of the shop."""

    def __init__(self, root: Root, bucket: Bucket, memory: Memory, faults: Faults) -> None:
        self._root = root
        self._bucket = bucket
        self._memory = memory
        self._faults = faults

    def judged(self, question: Question) -> Asked | Json:
        """The operation that a question asks for, or the answer that refuses it."""
        return request.judged(SCHEMA, question)

    def answer(self, question: Asked, base_url: str) -> Json:
        """The whole answer: data, errors and what it cost."""
        try:
            roots = selected(SCHEMA, question)
        except Refused as refused:
            return refusal(refused)
        price = cost.requested(roots)
        if price > cost.HIGHEST:
            return refusal(cost.too_dear(price))
        if not self._paid(price, reads=not question.writes):
            throttled = refusal(Refused("Throttled", code="THROTTLED", documentation=cost.LIMITS))
            return {**throttled, "extensions": cost.extensions(price, None, self._bucket)}

        def value(root: Selected) -> object:
            self._expire(root)
            return self._root.answer(root, base_url)

        answered = request.answered(roots, value)
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

    def _expire(self, root: Selected) -> None:
        continues = root.name == "orders" and root.arguments.get("after") is not None
        if continues and self._faults.strikes("cursor_expired"):
            raise Refused(
                "Invalid cursor for current pagination sort.", code="BAD_REQUEST", path=(root.key,)
            )
