"""A token that rotates: what a call carries, and what the next one is asked with."""

from __future__ import annotations

import msgspec

from counterfoil.values.clock import Instant


class Token(msgspec.Struct, frozen=True):
    """A token as it is kept: until when it lives, what the next is asked with, and the digest of
    the secret that the chain began with. `version` goes up with each change. Never shown."""

    token: str
    dies: Instant
    refresh: str
    seed: str
    version: int = 0

    def __repr__(self) -> str:
        return f"Token(version={self.version})"
