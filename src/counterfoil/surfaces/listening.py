"""Listening: the door's sockets, bound before anything is started, so that a port that is taken is
one sentence and nothing has to be undone."""

from __future__ import annotations

import errno
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from counterfoil.values.errors import Misconfigured

_BACKLOG = 2048
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@contextmanager
def listening(host: str, port: int, place: str = "web") -> Generator[list[socket.socket]]:
    """Sockets that listen at every address of `host` while the block runs. `place` is the table
    of the configuration that says so.

    Raises `Misconfigured`: "port-taken" where another program listens there, "cannot-listen" where
    this machine has no such address, or this account may not.
    """
    with ExitStack() as stack:
        opened: list[socket.socket] = []
        refused: OSError | None = None
        for family, address in _addresses(host, port, place):
            try:
                # The protocol is named: else asyncio lets short answers wait for their neighbour.
                door = stack.enter_context(
                    socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
                )
                _bind(door, family, address)
            except OSError as error:
                refused = error
                if error.errno not in _NOT_HERE:  # an address less of a name is no harm
                    break
            else:
                opened.append(door)
                refused = None if refused and refused.errno in _NOT_HERE else refused
        if refused is not None:
            raise _told(refused, host, port, place) from None
        yield opened


def _bind(door: socket.socket, family: int, address: tuple[object, ...]) -> None:
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    door.bind(address)
    door.listen(_BACKLOG)
    door.setblocking(False)


def _addresses(host: str, port: int, place: str) -> list[tuple[int, tuple[object, ...]]]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise _told(error, host, port, place) from None
    return list(dict.fromkeys((int(family), address) for family, _, _, _, address in answers))


def _told(error: OSError | UnicodeError, host: str, port: int, place: str) -> Misconfigured:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return Misconfigured(
            f"Another program listens on port {port} of {host} already.",
            do=f"Stop it, or choose another port: --port, or [{place}] port in counterfoil.toml.",
            where=f"{place}.port",
            code="port-taken",
        )
    if isinstance(error, PermissionError):
        return Misconfigured(
            f"This account may not listen on port {port}.",
            do="Choose a port from 1024 on, and let your proxy lead to it.",
            where=f"{place}.port",
            code="cannot-listen",
        )
    return Misconfigured(
        f"This machine has no address {host!r} to listen at.",
        do=f"Write 127.0.0.1, 0.0.0.0, or an address of this machine: --host, or [{place}] host.",
        where=f"{place}.host",
        code="cannot-listen",
    )
