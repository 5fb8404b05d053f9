"""The GraphQL documents of `queries.graphql`, and the two that are made for what is asked."""

from __future__ import annotations

from typing import Final

from counterfoil.kit.formats.graphql import Documents

DOCUMENTS: Final = Documents(__package__ or "")


def bulk_query(search: str) -> str:
    """The query that a bulk operation runs: every order that `search` finds, with all lines."""
    return DOCUMENTS.literal("Bulk", search=search)


def orders_by_id(count: int) -> str:
    """The query for `count` orders by their identities, as variables k0, k1, ..."""
    declared = " ".join(f"$k{place}: ID!" for place in range(count))
    rows = "\n".join(f"  o{place}: order(id: $k{place}) {{ ...Whole }}" for place in range(count))
    return DOCUMENTS.whole(f"query Read($lines: Int!, {declared}) {{\n{rows}\n}}\n")
