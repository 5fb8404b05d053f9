"""One GraphQL request, from its body to its answer. HTTP begins one floor above, prices beside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from counterfoil.twins.kit.graphql.problem import Json, Refused, refusal
from counterfoil.twins.kit.graphql.schema import Asked, Schema
from counterfoil.twins.kit.graphql.selection import Selected


class Question(msgspec.Struct, frozen=True):
    """The JSON body of a GraphQL request. An unknown member is ignored."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None


def judged(schema: Schema, question: Question) -> Asked | Json:
    """The operation that a question asks for, or the answer that refuses it."""
    judged = schema.judge(question.query)
    if judged.document is None:
        return refusal(*judged.problems)
    try:
        return schema.asked(judged.document, question.operationName, question.variables or {})
    except Refused as refused:
        return refusal(refused)


def answered(
    roots: tuple[Selected, ...], answer: Callable[[Selected], object]
) -> dict[str, object]:
    """Data and errors; a refusal is of one root field, and of all where that may not be null."""
    data: dict[str, object] | None = {}
    errors: list[Json] = []
    for root in roots:
        try:
            value = answer(root)
        except Refused as refused:
            errors.append(refused.as_json())
            if not root.nullable:
                data = None
            value = None
        if data is not None:
            data[root.key] = value
    return {"data": data, "errors": errors} if errors else {"data": data}
