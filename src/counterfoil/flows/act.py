"""The act: what becomes of a record at a target that can do so much and no more.

One table, and pure. `there`: the target holds a version of the document. `wanted`: its source still
wants it. `same`: the newer version says nothing that the target need know.

    there      wanted  same  manner                  what becomes of it
    no         yes     -     any                     write
    no         no      -     any                     left out
    yes        yes     yes   create, upsert, append  merged
    yes        yes     -     level                   write
    yes        yes     no    upsert                  write
    yes        yes     no    create, append          amend where the target can, else held
    yes        no      -     any                     cancel where the target can, else held
    cancelled  no      -     any                     merged
    cancelled  yes     -     any                     held

A newer version of what is there, which a rule of the route stops, or of which something has left by
now, is held and never sent.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from counterfoil.kit.capability import Act, Manner

Fate = Act | Literal["merged", "left-out", "held"]
There = Literal["no", "yes", "cancelled"]


class Able(msgspec.Struct, frozen=True):
    """What the target declares of a document: how it takes a second write, and its other acts."""

    manner: Manner = "create"
    amends: bool = False
    cancels: bool = False


def act(there: There, able: Able, *, wanted: bool, same: bool, stopped: bool = False) -> Fate:
    """What becomes of a record; `stopped`: a rule of its route would not let it go, or it is too
    late."""
    if there == "no":
        return "write" if wanted else "left-out"
    if there == "cancelled":
        return "held" if wanted else "merged"
    if not wanted:
        return "cancel" if able.cancels else "held"
    if able.manner == "level":
        return "held" if stopped else "write"
    if same:
        return "merged"
    if stopped:
        return "held"
    if able.manner == "upsert":
        return "write"
    return "amend" if able.amends else "held"
