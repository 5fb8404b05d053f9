"""The counterfoil: the half of the slip that stays with us when a record leaves the house."""

from __future__ import annotations

import msgspec

from counterfoil.values.digest import canonical


class Counterfoil(msgspec.Struct, frozen=True, omit_defaults=True):
    """What left, what was answered, and what the other side calls it.

    `sent` and `answered` are SHA-256 digests in hexadecimal; `identity` and `number` are the
    target's own; `attempt` counts the writes of this record from 1; `looked_up` says that
    the record was not answered but found by looking it up; `step` which call of several it was.
    """

    sent: str
    identity: str
    number: str = ""
    answered: str = ""
    attempt: int = 1
    looked_up: bool = msgspec.field(default=False, name="found")
    step: str = ""

    def text(self) -> str:
        """The stub as it stands in the journal: canonical JSON under the key "counterfoil"."""
        return canonical({"counterfoil": self}).decode()
