"""Queue: messages that a system keeps for us until we say that we have them.

Some systems do not push: they lay down what happened in a journal or a queue, from which it is
pulled. What was pulled is the system's until it is acknowledged, and comes again until then.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from counterfoil.values.digest import canonical, digest


class Laid(msgspec.Struct, frozen=True):
    """One message as it lies in a queue: its topic, its number there (empty: none), its bytes.

    The source's own `parse` reads the bytes, as it reads those of a message that is pushed.
    """

    topic: str
    body: bytes
    number: str = ""


class Pulled(msgspec.Struct, frozen=True):
    """What was pulled at once, and the `receipt` by which all of it is acknowledged."""

    messages: tuple[Laid, ...]
    receipt: str


class MessageQueue(Protocol):
    """The queue or journal of one document. Both calls raise the kinds of values/errors."""

    async def pull(self) -> Pulled | None:
        """The oldest messages that are not acknowledged, at most 250; None where there are none.

        What another worker has pulled and not acknowledged may come too.
        """
        ...

    async def acknowledge(self, receipt: str) -> None:
        """Let the system forget what was pulled under this receipt; repeated, it does nothing."""
        ...


class Queued(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a document's messages are pulled: every `every_s` seconds until the queue is empty.

    `carries` says whether a message has the document's content, or only names it: then the same
    bytes under another number are news again. `source` says how it is known.
    """

    source: str
    carries: Literal["content", "identity"] = "content"
    every_s: float = 5.0

    def mark(self, message: Laid) -> bytes:
        """The digest of what makes it another message than one before; empty: its bytes."""
        if self.carries == "content" or not message.number:
            return b""
        return digest(canonical([message.number, message.body.hex()]))
