"""Channels: the ways to people, as addresses of the library that knows a hundred of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

import structlog

from counterfoil.values.errors import Misconfigured, Retry
from counterfoil.watch.message import Message

_log = structlog.get_logger("watch")


class Channels(Protocol):
    """Where messages go."""

    async def send(self, message: Message) -> Sequence[str]:
        """Send a message by every channel; those that did not take it. Raises `Retry` where none
        did."""
        ...


class _Way(Protocol):
    """What we need of the library: an address is added, and a message leaves."""

    def add(self, services: str) -> bool: ...
    def notify(self, body: str, title: str) -> object: ...


class Log:
    """The log alone, where a project names no channel."""

    async def send(self, message: Message) -> Sequence[str]:
        """Write the message to the log."""
        _log.warning("watch", title=message.title, said=message.body)
        return ()


class Apprise:
    """Mail, chat, text messages and pagers, by the addresses that `apprise` reads."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """By the name of each channel its address.

        Raises `Misconfigured` where an address is of no kind that is known.
        """
        # Two hundred kinds of channels: read by the process that sends, and by no command else.
        import apprise  # noqa: PLC0415

        self._ways: dict[str, _Way] = {}
        self._missed: list[str] = []
        for name, address in addresses.items():
            way = cast(_Way, apprise.Apprise())
            if not way.add(address):
                raise Misconfigured(
                    f"The address of channel {name!r} is of no kind that is known.",
                    do="Addresses look like mailtos://user:password@example.com, slack://... or"
                    " json://host/path.",
                    code="bad-channel",
                    where=f"watch.channels.{name}",
                )
            self._ways[name] = way

    async def send(self, message: Message) -> Sequence[str]:
        """Send a message by every channel, each in a thread of its own; it says too which of them
        did not take the one before."""
        body = message.body
        if self._missed:
            body += f"\n\n{silent(self._missed)}"
        took = await asyncio.gather(
            *(asyncio.to_thread(way.notify, body, message.title) for way in self._ways.values())
        )
        pairs = zip(self._ways, took, strict=True)
        self._missed = [name for name, is_taken in pairs if not is_taken]
        if len(self._missed) == len(self._ways):
            raise silent(self._missed)
        return self._missed


def silent(names: Sequence[str]) -> Retry:
    """The error that these channels did not take a message."""
    return Retry(
        f"Channel {', '.join(names)} did not take a message.",
        do="`counterfoil watch test` tries every channel.",
        code="channel-silent",
    )
