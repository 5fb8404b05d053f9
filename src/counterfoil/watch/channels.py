"""Channels: the ways to people, as addresses of the library that knows a hundred of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol, cast

import structlog

from counterfoil.values.errors import Misconfigured, Retry
from counterfoil.watch.message import Message

_log = structlog.get_logger("watch")


class Channels(Protocol):
    """Where messages go."""

    async def send(self, message: Message) -> None:
        """Send a message by every channel. Raises `Retry` where one of them did not take it."""
        ...


class _Way(Protocol):
    """What we need of the library: an address is added, and a message leaves."""

    def add(self, services: str) -> bool: ...
    def notify(self, body: str, title: str) -> object: ...


class Log:
    """The log alone, where a project names no channel."""

    async def send(self, message: Message) -> None:
        """Write the message to the log."""
        _log.warning("watch", title=message.title, said=message.body)


class Apprise:
    """Mail, chat, text messages and pagers, by the addresses that `apprise` reads."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """By the name of each channel its address.

        Raises `Misconfigured` where an address is of no kind that is known.
        """
        # Two hundred kinds of channels: read by the process that sends, and by no command else.
        import apprise  # noqa: PLC0415

        self._ways: dict[str, _Way] = {}
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

    async def send(self, message: Message) -> None:
        """Send a message by every channel, each in a thread of its own."""
        took = await asyncio.gather(
            *(
                asyncio.to_thread(way.notify, message.body, message.title)
                for way in self._ways.values()
            )
        )
        failed = [name for name, is_taken in zip(self._ways, took, strict=True) if not is_taken]
        if failed:
            raise Retry(
                f"Channel {', '.join(failed)} did not take a message.",
                do="`counterfoil watch test` tries every channel.",
                code="channel-silent",
            )
