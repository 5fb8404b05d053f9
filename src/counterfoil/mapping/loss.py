"""What a mapping did not carry, by name: a drop is a statement, never a silence."""

from __future__ import annotations

from typing import Literal

import msgspec

LossCode = Literal["no-field", "no-member", "not-told", "left-out", "rounded", "dropped"]
"""Why: our table has no field for it · the target has no member for it · the source tells only a
part of it · a rule left it out · it had to be rounded · an overlay dropped it."""


class Loss(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field that was not carried over, and why.

    `value` is what was lost, for a person who asks (it may be personal, so it is never kept);
    `minor` the money in it, in minor units of the document's currency.
    """

    field: str
    code: LossCode
    why: str
    value: str = ""
    minor: int = 0
