"""Arrival: what is asked of the documents of every word alike, by their source's own books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.verdict import Verdict


def all_here(
    snapshot: Snapshot, verdict: Verdict, noun: str, changed_s: Mapping[str, int], stray: str
) -> Iterator[str]:
    """Every document of the source is here, in its newest version, and nothing else is.

    `changed_s` has when each changed last, in seconds since 1970, by its key; `stray` is what is
    said of one that the source does not have.
    """
    newest = snapshot.newest()
    for key, changed in changed_s.items():
        row = newest.get(key)
        if row is None:
            verdict.losses += 1
            yield f"{noun} {key} is nowhere"
        elif int(row["version"].timestamp()) < changed:
            verdict.losses += 1
            yield f"the last change of {noun} {key} is nowhere"
    for key in sorted(newest.keys() - changed_s.keys()):
        yield f"{noun} {key} {stray}"
