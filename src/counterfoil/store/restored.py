"""Restored: what a database must know when it has just been put back from a copy.

Whatever left after the copy was made is unknown to it. So no route is on until a person has
looked, and what may have left is looked up first; numbers and fences go on beyond all that were
given meanwhile. This is SQL text, so that it can be kept in one commit with the copy itself: a
restored database that does not know it would send everything again.
"""

from __future__ import annotations

from collections.abc import Iterator

from counterfoil.store.statements import QUERIES
from counterfoil.values.clock import Instant

WHY = "the database was restored from a copy"
"""The reason that stands beside the switches which a restore turned."""

_NUMBERS = 1_000_000_000  # more than any house gives between two copies
_FENCES = 1_000


def script(at: Instant, by: str) -> str:
    """The statements for a database that `by` puts back at `at`, for one unit of work."""
    return "\n".join(("set local search_path to public;", *_statements(at, by)))


def _statements(at: Instant, by: str) -> Iterator[str]:
    moment = _text(at.format_iso())
    for name, values in (
        ("note_restored", moment),
        ("shadow_routes", f"{moment}, {_text(by)}, {_text(WHY)}"),
        ("skip_numbers", str(_NUMBERS)),
        ("raise_fences", str(_FENCES)),
        ("forget_looks", ""),
    ):
        called = f"execute restored({values});" if values else "execute restored;"
        yield f"prepare restored as {QUERIES[name].strip()};\n{called}\ndeallocate restored;"


def _text(value: str) -> str:
    """A text as SQL writes it; a backslash means itself, as standard strings have it."""
    return "'" + value.replace("'", "''") + "'"
