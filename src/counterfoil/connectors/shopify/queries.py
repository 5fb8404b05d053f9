"""The GraphQL documents of `queries.graphql`, and the two that are made for what is asked."""

from __future__ import annotations

from typing import Final

from counterfoil.kit.formats.graphql import Documents

DOCUMENTS: Final = Documents(__package__ or "")


def bulk_query(search: str) -> str:
    """The query that a bulk operation runs: every order that `search` finds, with all lines."""
    return DOCUMENTS.literal("Bulk", search=search)


def orders_by_id(count: int, fragment: str = "Whole") -> str:
    """The query for `count` orders by their identities, as variables k0, k1, ...; `fragment` is
    what is asked of each: the whole order in as many `lines`, or what another file names."""
    declared = " ".join(f"$k{place}: ID!" for place in range(count))
    lines = "$lines: Int!, " if fragment == "Whole" else ""
    rows = "\n".join(
        f"  o{place}: order(id: $k{place}) {{ ...{fragment} }}" for place in range(count)
    )
    return DOCUMENTS.whole(f"query Read({lines}{declared}) {{\n{rows}\n}}\n")
