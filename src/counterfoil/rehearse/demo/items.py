"""Products at a system that knows what is sold by its stock code alone.

Nothing renames an item there: under another code a product is another item, and the old one stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from counterfoil.rehearse.cast.book import Booked


def by_code(
    source: Sequence[Booked],
    target: Sequence[Booked],
    codes: Mapping[str, str],
    former: Mapping[str, str],
) -> tuple[list[Booked], list[Booked]]:
    """Both books by the source's keys: what it sells under a code (`codes` are its keys by that),
    and every item but those that were called otherwise once and are there under their code too;
    `former` are the keys of what was sent under a code that the source has no more."""
    present = {codes[row.reference] for row in target if row.reference in codes}
    keys = {**{code: key for code, key in former.items() if key not in present}, **codes}
    left = {code for code, key in former.items() if key in present} - codes.keys()
    sold = {*keys.values()}
    items = [row for row in target if row.reference not in left]
    return (
        [row for row in source if row.key in sold],
        [replace(row, reference=keys.get(row.reference, row.reference)) for row in items],
    )
