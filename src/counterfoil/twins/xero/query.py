"""Which documents a listing's query asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.xero.books import Kind

_EQUALS: Final = re.compile(r'([A-Za-z.]+)==(?:guid\("([^"]*)"\)|"((?:[^"\\]|\\.)*)")', re.I)

_AND: Final = re.compile(r"\s+(?:AND|&&)\s+", re.I)
_OR: Final = re.compile(r"\s+(?:OR|\|\|)\s+", re.I)


def matching(kind: Kind, row: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    """Whether a document is asked for. Raises `Refusal` for a `where` that is not understood."""
    if row.get("ContactStatus") == "ARCHIVED" and query.get("includeArchived") != "true":
        return False
    lists = {"IDs": kind.id, "InvoiceNumbers": "InvoiceNumber", "Statuses": "Status"}
    for name, member in lists.items():
        if name in query and str(row.get(member)) not in query[name].split(","):
            return False
    where = query.get("where", "")
    return not where or any(
        all(_holds(term.strip(), row) for term in _AND.split(part)) for part in _OR.split(where)
    )


def _holds(term: str, row: Mapping[str, Any]) -> bool:
    parts = _EQUALS.fullmatch(term)
    if parts is None:
        raise Refusal(f"The where clause is not understood: {term[:80]}")
    value: object = row
    for name in parts[1].split("."):
        value = cast("Mapping[str, object]", value).get(name) if isinstance(value, dict) else None
    return value is not None and str(value) == (parts[2] or parts[3] or "").replace('\\"', '"')
