"""The gate: may this leave, and may this person do this. Each answer names its rule.

Every write passes `decide`, and every act of the desk `may`, whichever door it is asked through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

import msgspec

from counterfoil.values.errors import Refuse

Role = Literal["viewer", "operator", "admin"]
"""What a person may do: look; act on what waits and on routes; and everything else too."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)

NEEDED: Final[Mapping[str, Role]] = {
    "hold resend": "operator",
    "hold recheck": "operator",
    "hold aside": "operator",
    "hold resend planned": "operator",
    "hold recheck planned": "operator",
    "hold aside planned": "operator",
    "search people": "operator",
    "balance recount": "operator",
    "balance within": "operator",
    "close check": "operator",
    "route run": "operator",
    "route pause": "operator",
    "route shadow": "operator",
    "route edits": "operator",
    "db backup": "admin",
    "privacy due": "operator",
    "privacy export": "admin",
    "privacy plan": "admin",
    "user list": "admin",
}
"""Who is needed at least for an act, by its name. Of what does not stand here, a question needs a
viewer and anything else an admin: what nobody has thought of is not given away."""


class Decision(msgspec.Struct, frozen=True):
    """What the gate said. "shadow": everything but the write. `rule` names the reason."""

    answer: Literal["allowed", "shadow", "refused"]
    rule: str


def decide(switch: str) -> Decision:
    """May a record leave on a route whose switch stands so?"""
    if switch == "on":
        return Decision("allowed", "the route is on")
    if switch == "shadow":
        return Decision("shadow", "the route is in shadow: everything but the write")
    return Decision("refused", "the route is off")


def needed(act: str, *, reads: bool) -> Role:
    """Who is needed at least for an act; `reads` says that it only asks."""
    return NEEDED.get(act) or ("viewer" if reads else "admin")


def may(role: Role, act: str, *, reads: bool) -> bool:
    """Whether a person of this role may do this."""
    return ROLES.index(role) >= ROLES.index(needed(act, reads=reads))


def check(role: Role, act: str, *, reads: bool) -> None:
    """Raise `Refuse` (code "not-allowed") where a person of this role may not do this."""
    if not may(role, act, reads=reads):
        raise Refuse(
            f"You are here as {role}, and “{act}” is for the role {needed(act, reads=reads)}.",
            do="Nothing was done. Ask an admin, or somebody who has that role.",
            code="not-allowed",
        )


def hides(role: Role) -> bool:
    """Whether words that may tell of a person are masked for somebody of this role."""
    return role == "viewer"


def named(word: str) -> Role:
    """The role of this name. Raises `Refuse` where there is none."""
    for role in ROLES:
        if word == role:
            return role
    raise Refuse(
        f"{word[:40]!r} is no role.", do=f"The roles are {', '.join(ROLES)}.", code="not-allowed"
    )
