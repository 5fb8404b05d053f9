"""What a rehearsal asks of vendors that know customers. Neutral, as `cast/twin.py` is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Client(msgspec.Struct, frozen=True):
    """A customer, or an account of one, as a twin has it. `changed_s` is the moment of the last
    change in seconds since 1970; `guest` says of a customer that there is no account."""

    key: str
    name: str
    email: str
    phone: str
    guest: bool = False
    changed_s: int = 0


class Knowing(Protocol):
    """A vendor that customers make themselves known to. A key is its own number of one."""

    def listen(self, address: str) -> None:
        """Send every message about customers to this address."""
        ...

    def enrol(self, name: str, email: str, *, guest: bool) -> str:
        """Somebody is a customer from now on: the key."""
        ...

    def amend(self, key: str, **fields: str) -> None:
        """Somebody changes fields of a `Client`; without any it is saved again."""
        ...

    def admit(self, key: str) -> None:
        """A guest opens an account."""
        ...

    def consent(self, key: str, *, given: bool) -> None:
        """Somebody may be written to, or may not any more."""
        ...

    def join(self, key: str, other: str) -> None:
        """Somebody is found to be another one, and lives on as that."""
        ...

    def remove(self, key: str, *, erased: bool) -> None:
        """Somebody is a customer no more, or asks to be forgotten."""
        ...

    def clients(self) -> Sequence[Client]:
        """Everybody, the oldest first."""
        ...


class Opening(Protocol):
    """A vendor that opens accounts for customers, by keys that it is given."""

    def accounts(self) -> Sequence[Client]:
        """Every account that was opened, the oldest first."""
        ...
