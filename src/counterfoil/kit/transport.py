"""One call to another system: within its limits, on its own hosts, before a deadline, on tape.

What a connector gets back is either an answer (any status) or one of two failures: `Retry`,
where it is certain that nothing landed, and `Settle`, where a write left and no answer came.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec

from counterfoil.kit.throttle import Throttle
from counterfoil.values.clock import Clock, Instant
from counterfoil.values.errors import Misconfigured, Refuse, Retry, Settle

_KEPT_HEADERS = frozenset({"content-type", "retry-after", "x-request-id", "date", "location"})


_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotSent(Exception):
    """Nothing left this machine: the name did not resolve, or no connection was made."""


class Lost(Exception):
    """The request left, wholly or in part, and no whole answer came back."""


class Answer(msgspec.Struct, frozen=True):
    """What the other side answered; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire(Protocol):
    """The way out: real sockets, or a twin in the same process."""

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        """Send one request and read the whole answer. Raises `NotSent` or `Lost`."""
        ...

    async def close(self) -> None:
        """Let every connection go."""
        ...


class Exchange(msgspec.Struct, frozen=True):
    """One request and what came of it, as evidence. Credentials are never on it."""

    at: Instant
    method: str
    url: str
    sent: bytes
    status: int
    headers: Mapping[str, str]
    answered: bytes
    seconds: float
    failed: str = ""


_TAPE: ContextVar[list[Exchange] | None] = ContextVar("tape", default=None)


@contextmanager
def recording() -> Generator[list[Exchange]]:
    """Keep every exchange made inside the block, also by the tasks that it starts."""
    tape: list[Exchange] = []
    token = _TAPE.set(tape)
    try:
        yield tape
    finally:
        _TAPE.reset(token)


_HIDDEN: ContextVar[tuple[bytes, ...]] = ContextVar("hidden", default=())
_HIDDEN_AS = b"***"


@contextmanager
def hiding(*secrets: str) -> Generator[None]:
    """Keep these off the tape of the calls made inside the block, for vendors that take a
    credential in the body of a call."""
    token = _HIDDEN.set(tuple(secret.encode() for secret in secrets if secret))
    try:
        yield
    finally:
        _HIDDEN.reset(token)


_FOLDER: Final = "file:///"

_GUARD: ContextVar[Callable[[], None] | None] = ContextVar("guard", default=None)


@contextmanager
def guarded(check: Callable[[], None]) -> Generator[None]:
    """Let `check` have the last word before each write that is made inside the block.

    It is asked when every wait for a budget is over, and raises where nothing may leave.
    """
    token = _GUARD.set(check)
    try:
        yield
    finally:
        _GUARD.reset(token)


class Destination(msgspec.Struct, frozen=True):
    """Where the calls of the connection `where` go.

    `url` is its base address; `hosts` the patterns that it may lie under; `elsewhere` the hosts
    that an answer may send us to for a file.
    """

    url: str
    hosts: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    where: str = ""


class Transport:
    """The calls of one connection.

    `keeps` are the headers of an answer that are kept as evidence beside those of HTTP itself.
    Redirects are never followed: an answer of 3xx is an answer.
    Raises `Misconfigured` on construction where the address is not allowed.
    """

    def __init__(
        self,
        destination: Destination,
        *,
        wire: Wire,
        throttle: Throttle,
        clock: Clock,
        timeout_s: float = 30.0,
        keeps: Collection[str] = (),
    ) -> None:
        self.where = destination.where
        self.url = allowed(destination.url, destination.hosts, where=self.where)
        self._elsewhere = destination.elsewhere
        self._wire = wire
        self._throttle = throttle
        self._clock = clock
        self._timeout_s = timeout_s
        self._keeps = _KEPT_HEADERS.union(keeps)

    @property
    def throttle(self) -> Throttle:
        """The budgets of this connection, for a connector that learns the real cost of a call."""
        return self._throttle

    async def call(
        self,
        method: str,
        path: str,
        *,
        writes: bool,
        cost: Mapping[str, float] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Make one call and return its answer, whatever its status.

        `path` is added to the base address, or is a whole address that an answer gave.
        `cost` is what the call takes from each budget of the manifest (slots are taken anyway).
        Raises `Retry` where nothing can have landed, `Settle` where `writes` and no answer came,
        `Refuse` (code "foreign-host") for an address that is not the vendor's.
        """
        url = self._whole(path)
        async with self._throttle.admit(cost or {}) as admitted:
            check = _GUARD.get()
            if writes and check is not None:
                check()
            begun, start = self._clock.now(), self._clock.monotonic()
            answer, failed = Answer(0, {}, b""), ""
            admitted.unanswered = True
            try:
                answer = await self._wire.send(method, url, headers or {}, body, self._timeout_s)
                admitted.unanswered = False
                return answer
            except NotSent as error:
                admitted.unanswered = False
                failed = str(error) or "no connection"
                raise self._unreachable(failed) from None
            except Lost as error:
                failed = str(error) or "no answer"
                raise self._unanswered(method, failed, writes=writes) from None
            finally:
                seconds = self._clock.monotonic() - start
                self._tape(Exchange(begun, method, url, body, answer.status, answer.headers,
                                    answer.body, seconds, failed))  # fmt: skip

    def _tape(self, exchange: Exchange) -> None:
        """Keep the exchange where somebody records, with no more of its headers than are kept."""
        tape = _TAPE.get()
        if tape is not None:
            headers = {name: text for name, text in exchange.headers.items() if name in self._keeps}
            sent = exchange.sent
            for secret in _HIDDEN.get():
                sent = sent.replace(secret, _HIDDEN_AS)
            tape.append(msgspec.structs.replace(exchange, headers=headers, sent=sent))

    def _unreachable(self, failed: str) -> Retry:
        """Nothing left this machine."""
        return Retry(
            f"{self.where} could not be reached ({failed}).",
            after_s=1.0,
            do="It is tried again by itself.",
            where=self.where,
            code="unreachable",
        )

    def _unanswered(self, method: str, failed: str, *, writes: bool) -> Settle | Retry:
        """The call left, and no whole answer came."""
        if writes:
            return Settle(
                f"{self.where} was sent a {method} and did not answer ({failed}).",
                do="It is looked up before anything is sent again.",
                where=self.where,
            )
        return Retry(
            f"{self.where} did not answer ({failed}).",
            after_s=0.5,
            do="It is tried again by itself.",
            where=self.where,
            code="no-answer",
        )

    def _whole(self, path: str) -> str:
        """The whole address. One that an answer gave us leads home, or to a declared host."""
        if path.startswith("/"):
            return self.url + path
        if not self._leads_to_them(path):
            raise Refuse(
                f"{self.where} offers a file at {path[:80]!r}, which is no host of its own.",
                do="If the vendor has moved its files, tell the connector's keepers.",
                where=self.where,
                code="foreign-host",
            )
        return path

    def _leads_to_them(self, address: str) -> bool:
        try:
            link, home = urlsplit(address), urlsplit(self.url)
        except ValueError:  # no address at all
            return False
        at_home = (link.scheme, link.netloc) == (home.scheme, home.netloc)
        return at_home or (link.scheme == "https" and link.hostname in self._elsewhere)


def allowed(url: str, hosts: tuple[str, ...], *, where: str) -> str:
    """`url` without a trailing slash, where its host is one that the connection may call.

    Raises `Misconfigured` otherwise, and for what `address` refuses. What has no hosts is a folder
    of this machine.
    """
    if not hosts and not address(url, where=where).startswith(_FOLDER):
        raise Misconfigured(
            f"{url!r} is not the address of a folder.",
            do="Write file:// and the folder's whole path: file:///srv/payouts.",
            where=where,
        )
    if not hosts:
        return url.rstrip("/")
    host = urlsplit(address(url, where=where)).hostname or ""
    if not any(fnmatch.fnmatchcase(host, pattern) for pattern in hosts):
        raise Misconfigured(
            f"The host {host!r} is not one of {', '.join(hosts) or 'the allowed hosts'}.",
            do="Add it to the connection's `hosts` where it really is this system.",
            where=where,
        )
    return url.rstrip("/")


def address(url: str, *, where: str) -> str:
    """`url` as it is, where it is one that can be called, and nothing else stands in it.

    Plain http is allowed on the loopback address only, and a folder is file:// with its whole path.
    Raises `Misconfigured` otherwise. What may be a password is never repeated.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a port that is none, brackets without an end
        parts, host, port = urlsplit(""), "", None
    if "@" in url or "?" in url or "#" in url:
        raise Misconfigured(
            "The address carries more than a host and a path.",
            do="Credentials belong in secrets, never in an address.",
            where=where,
        )
    folder = parts.scheme == "file" and not host and len(parts.path) > 1
    if (
        not (host or folder)
        or port == 0
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        raise Misconfigured(
            f"{url!r} is not the address of a system.",
            do="Write https://, the host, and the path where it has one.",
            where=where,
        )
    if (
        not folder
        and parts.scheme != "https"
        and not (parts.scheme == "http" and host in _LOOPBACK)
    ):
        raise Misconfigured(f"The address {url!r} is not https.", do="Use https://.", where=where)
    return url


def unexpected(answer: Answer, where: str) -> Refuse:
    """The refusal of an answer that no table of the connector knows; becomes a hold."""
    return Refuse(
        f"{where} answered {answer.status}, which this connector does not know.",
        do="Read the answer in the evidence and tell the connector's keepers.",
        where=where,
        code=f"http-{answer.status}",
    )
