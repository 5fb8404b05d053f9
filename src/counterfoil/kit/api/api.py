"""The one caller: signed, within its budgets, judged by one table, read by one strict door."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, TypeVar

import msgspec

from counterfoil.kit.api.auth import Auth
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import Faults, Unit, asked
from counterfoil.kit.connector import Opening
from counterfoil.kit.formats import strict_json
from counterfoil.kit.transport import Answer
from counterfoil.values.clock import later
from counterfoil.values.errors import Refuse

_GOOD: Final = frozenset({200, 201, 202, 204})
_TOO_MANY: Final = 429
_CUT_S: Final = {"ms": 0.001, "s": 1.0}
"""So much may have been cut from what a header says, and a window that is begun so early is the one
before."""
JSON: Final = {"Accept": "application/json", "Content-Type": "application/json"}

T = TypeVar("T")


class Remaining(msgspec.Struct, frozen=True):
    """A header that says how much of the budget `bucket` the vendor still gives; of a window, the
    header `resets` in how many `unit`s it ends."""

    bucket: str
    header: str
    resets: str = ""
    unit: Unit = "s"


class Usage(msgspec.Struct, frozen=True):
    """What calls take of the budgets: `cost` is what one takes of each where it does not say,
    `remaining` the headers in which the vendor tells what it still gives."""

    cost: Mapping[str, float]
    remaining: tuple[Remaining, ...] = ()


class Api:
    """The calls of one connection.

    `usage` is what they take of the budgets; `headers` go with every call.
    """

    def __init__(
        self,
        opening: Opening,
        title: str,
        auth: Auth,
        faults: Faults,
        usage: Usage,
        headers: Mapping[str, str] = JSON,
    ) -> None:
        self.where = opening.name
        self.clock = opening.clock
        self.faults = faults
        self.transport = opening.transport
        self.title = title
        self._auth = auth
        self._usage = usage
        self._headers = headers

    def call(
        self, method: str, path: str, *, writes: bool, query: Mapping[str, str] | None = None
    ) -> Call:
        """A call that is about to leave."""
        url = self.transport.url + path if path.startswith("/") else path
        now = self.clock.now()
        return Call(self.where, self.title, method, path, url, writes, now, query or {})

    async def ask(
        self, call: Call, shape: type[T], body: bytes = b"", *, empty: T | None = None
    ) -> T:
        """The answer's JSON in `shape`; `empty` is what an answer without any content stands for.

        A good status around something else (a web page, nothing, another shape) is `Settle` for a
        write, since it may have landed, and `Retry` for a read. Raises the kinds of `faults`.
        """
        answer = await self.send(call, body)
        if answer.status not in _GOOD:
            raise self.faults.judge(answer, call)
        if empty is not None and answer.status == 204:
            return empty
        return self.content(answer, shape, call)

    def content(self, answer: Answer, shape: type[T], call: Call) -> T:
        """The JSON of a good answer; raises as `ask` does."""
        try:
            return strict_json.convert(strict_json.parse(answer.body), shape)
        except Refuse as error:
            sentence = f"{call.title} answered {answer.status} with something unreadable ({call})"
            raise self.faults.doubtful(sentence, call) from error

    async def seek(self, call: Call, shape: type[T]) -> T | None:
        """The answer's JSON in `shape`, None where there is nothing (404); raises as `ask` does."""
        answer = await self.send(call)
        if answer.status == 404:
            return None
        if answer.status not in _GOOD:
            raise self.faults.judge(answer, call)
        return self.content(answer, shape, call)

    async def send(
        self,
        call: Call,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        costs: Mapping[str, float] | None = None,
    ) -> Answer:
        """The answer, whatever its status; nothing is asked twice, save once after a credential
        that has died."""
        signed = await self._auth.headers(call)
        answer = await self._send(call, signed, body, headers or {}, costs)
        if answer.status == 401 and self._auth.refused(signed):
            # Not signed in, so nothing was done: the same call may be made with a new credential.
            signed = await self._auth.headers(call)
            answer = await self._send(call, signed, body, headers or {}, costs)
        return answer

    async def fetch(self, url: str, headers: Mapping[str, str]) -> Answer:
        """A file that the vendor offers at another address, without our credential."""
        return await self.transport.call("GET", url, writes=False, headers=headers)

    async def _send(
        self,
        call: Call,
        signed: Mapping[str, str],
        body: bytes,
        headers: Mapping[str, str],
        costs: Mapping[str, float] | None,
    ) -> Answer:
        answer = await self.transport.call(
            call.method,
            call.target,
            writes=call.writes,
            cost=self._usage.cost if costs is None else costs,
            headers={**self._headers, **headers, **signed},
            body=body,
        )
        for report in self._usage.remaining:
            await self._learn(report, answer, call)
        if answer.status == _TOO_MANY:
            await self._close(self._usage.cost if costs is None else costs, answer, call)
        return answer

    async def _learn(self, report: Remaining, answer: Answer, call: Call) -> None:
        """Correct the book by what the vendor says is left, and until when."""
        remaining = answer.headers.get(report.header, "")
        if not (remaining.isascii() and remaining.isdecimal()):
            return
        ends_in_s = asked(answer.headers.get(report.resets, ""), report.unit, call.now)
        if ends_in_s is None:
            await self.transport.throttle.reconcile(report.bucket, float(remaining))
        else:
            ends_in_s += _CUT_S[report.unit]
            await self.transport.throttle.align(report.bucket, float(remaining), ends_in_s)

    async def _close(self, costs: Collection[str], answer: Answer, call: Call) -> None:
        """Who was told to wait closes a window for all workers, and not for itself alone.

        Of several the shortest that can ask for so long: a minute's wait does not spend the day.
        """
        wait_s = self.faults.told_wait_s(answer, call.now)
        windows = self.transport.throttle.windows(costs)
        if wait_s is not None and windows:
            lasting = [length_s for length_s in windows.values() if length_s >= wait_s]
            length_s = min(lasting, default=max(windows.values()))
            bucket = next(name for name in windows if windows[name] == length_s)
            await self.transport.throttle.closed(bucket, later(self.clock.now(), wait_s))
