"""Rows as GraphQL answers them by their number, and what a mutation says that it did not do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterfoil.twins.kit.graphql.problem import Json


class Item(dict[str, object]):
    """A row that is answered as it is; pages are cut by its number."""

    def __init__(self, number: int, members: Mapping[str, object]) -> None:
        super().__init__(members)
        self.id = number


class Wrong(Exception):
    """What a mutation does not do, and says in its own answer: where in its input, why, and the
    vendor's code, where it has one."""

    def __init__(self, field: Sequence[str], message: str, code: str = "") -> None:
        super().__init__(message)
        said = {"field": [*field], "message": message}
        self.error: Json = {**said, "code": code} if code else said
