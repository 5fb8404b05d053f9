"""The gate: may this leave, and may this person do this. Each answer names its rule.

Every write passes `decide`, and every act of the desk `may`, whichever door it is asked through.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal, get_args

import msgspec

from counterfoil.govern.redact import FieldClass
from counterfoil.values.errors import Refuse

Role = Literal["viewer", "operator", "admin"]
"""What a person may do: look; act on what waits and on routes; and everything else too."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)

Scope = Literal["read", "people", "act", "admin", "metrics"]
"""What a token may be used for, of what its person may do: ask; see people; act on what waits and
on routes; everything else; and ask for the figures that watch the house. Whoever comes without a
token may do all that their role may."""

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

SHOWN: Final[Mapping[Role, frozenset[FieldClass]]] = {
    "viewer": frozenset({"public", "commercial"}),
    "operator": frozenset({"public", "commercial", "personal"}),
    "admin": frozenset({"public", "commercial", "personal"}),
}
"""Which classes of fields a role is shown. A secret is shown to nobody."""

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
    "user token add": "viewer",
    "user token end": "viewer",
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


def scope(act: str, *, reads: bool) -> Scope:
    """For which scope a token must be to do an act."""
    if act in _SCOPED:
        return _SCOPED[act]
    return _SCOPES[needed(act, reads=reads)]


_SCOPED: Final[Mapping[str, Scope]] = {
    "web metrics": "metrics",
    "search people": "people",
    "user token add": "admin",
    "user token end": "admin",
}
_SCOPES: Final[Mapping[Role, Scope]] = {"viewer": "read", "operator": "act", "admin": "admin"}


def may(role: Role, act: str, *, reads: bool, scopes: Collection[Scope] | None = None) -> bool:
    """Whether a person of this role may do this, with a token of these scopes or without one."""
    fits = scopes is None or scope(act, reads=reads) in scopes
    return fits and ROLES.index(role) >= ROLES.index(needed(act, reads=reads))


def check(role: Role, act: str, *, reads: bool, scopes: Collection[Scope] | None = None) -> None:
    """Raise `Refuse` (code "not-allowed") where a person of this role may not do this, or not with
    a token of these scopes."""
    if not may(role, act, reads=reads):
        raise Refuse(
            f"You are here as {role}, and “{act}” is for the role {needed(act, reads=reads)}.",
            do="Nothing was done. Ask an admin, or somebody who has that role.",
            code="not-allowed",
        )
    if not may(role, act, reads=reads, scopes=scopes):
        raise Refuse(
            f"This token is not for “{act}”: that takes the scope {scope(act, reads=reads)}.",
            do="Nothing was done. Make a token that has it with `counterfoil user token add`.",
            code="not-allowed",
        )


def shows(role: Role, field_class: FieldClass, scopes: Collection[Scope] | None = None) -> bool:
    """Whether fields of this class are shown to this role, with a token of these scopes."""
    named = scopes is None or field_class != "personal" or "people" in scopes
    return named and field_class in SHOWN[role]


def hides(role: Role, scopes: Collection[Scope] | None = None) -> bool:
    """Whether words that may tell of a person are masked for them."""
    return not shows(role, "personal", scopes)


def named(word: str) -> Role:
    """The role of this name. Raises `Refuse` where there is none."""
    for role in ROLES:
        if word == role:
            return role
    raise Refuse(
        f"{word[:40]!r} is no role.", do=f"The roles are {', '.join(ROLES)}.", code="not-allowed"
    )


def scopes_named(words: Collection[str]) -> tuple[Scope, ...]:
    """The scopes of these names. Raises `Refuse` where one is none, or none is named."""
    unknown = sorted({*words} - {*SCOPES})
    if unknown or not words:
        raise Refuse(
            f"{unknown[0][:40]!r} is no scope." if unknown else "A token is for some scope.",
            do=f"The scopes are {', '.join(SCOPES)}.",
            code="not-allowed",
        )
    return tuple(scope_ for scope_ in SCOPES if scope_ in words)
