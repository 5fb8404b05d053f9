"""What an answer that is not good stands for: one table of statuses, and each vendor's overrides.

A row names one of our kinds of error (`values/errors.py`). A status that no row knows is a refusal
that a person reads: the other side has decided, and nobody here knows what.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from importlib.resources import files
from typing import Final, Literal, cast

import msgspec

from counterfoil.kit.api.call import Call
from counterfoil.kit.formats import strict_json
from counterfoil.kit.transport import Answer, unexpected
from counterfoil.values.clock import Instant, from_stdlib, seconds_between
from counterfoil.values.errors import (
    CounterfoilError,
    Halt,
    Hold,
    Misconfigured,
    Refuse,
    Retry,
    Settle,
    SignIn,
)

Kind = Literal["retry", "doubtful", "hold", "refuse", "misconfigured", "sign-in", "halt"]
"""Our kinds of error; "doubtful" may have been done: `Settle` where the call writes, else
`Retry`."""
Unit = Literal["s", "ms"]
Place = tuple[str | int, ...]
"""The members and indices that lead to a value in a JSON body."""

AGAIN: Final = "It is tried again by itself."
LOOKED_UP: Final = "It is looked up before anything is sent again."
_QUOTED_MOST = 400  # characters of an answer that a person is shown
_LONGEST_HEADER = 40

_PLAIN: Final = {
    "hold": Hold,
    "refuse": Refuse,
    "misconfigured": Misconfigured,
    "sign-in": SignIn,
    "halt": Halt,
}


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an answer stands for.

    Its texts may name {title}, {where}, {call}, {status} and {quoted}, the vendor's own words.
    `after_s` is how long to wait where the answer does not say; `written` another fault where the
    call writes.
    """

    kind: Kind
    said: str
    do: str = ""
    code: str = ""
    after_s: float | None = None
    written: Fault | None = None


class WaitHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A header that says how long to wait: a number of `unit`s, or a date.

    `only` with these statuses, where the vendor sends it with every answer (none: with all).
    """

    name: str = "retry-after"
    unit: Unit = "s"
    only: frozenset[int] = frozenset()


DEFAULT: Final[Mapping[int, Fault]] = {
    401: Fault(
        "sign-in",
        "{title} does not accept the credentials of {where} ({call} answered 401).",
        "Check the secrets of this connection.",
    ),
    403: Fault(
        "misconfigured",
        "{title} does not let {where} do {call}.",
        "Give the account the permission that the call needs.",
        "http-{status}",
    ),
    404: Fault(
        "misconfigured",
        "{title} has nothing at {call}.",
        "Check the address and the settings of this connection.",
        "http-{status}",
    ),
    408: Fault("doubtful", "{title} answered 408 ({call})"),
    # It may mean "already there".
    409: Fault("doubtful", "{title} answered 409 ({call})"),
    423: Fault("retry", "{title} is busy ({call} answered 423).", AGAIN, "busy"),
    429: Fault("retry", "{title} is busy ({call} answered 429).", AGAIN, "busy"),
}
"""What HTTP's own words leave no doubt about, and what is doubtful in any case."""
# Also 503: nothing says that a vendor answers it before any work is done.
_FAILED: Final = Fault("doubtful", "{title} answered {status} ({call})")


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One vendor's table: `statuses` over the default ones, `codes` over both.

    `code_at` is where a JSON body has the vendor's code. `wait_s` is how long to wait where an
    answer does not say, `wait_most_s` the most that an answer is believed. `failed` is what any
    status from 500 on stands for.
    """

    statuses: Mapping[int, Fault] = {}
    codes: Mapping[str, Fault] = {}
    code_at: Place = ()
    waits: tuple[WaitHeader, ...] = (WaitHeader(),)
    wait_s: float = 5.0
    wait_most_s: float = 300.0
    doubt: str = "it may have landed"
    failed: Fault = _FAILED

    def judge(self, answer: Answer, call: Call) -> CounterfoilError:
        """The error that an answer stands for."""
        fault = self._fault(answer)
        if fault is None:
            return unexpected(answer, call.where)
        words = {"status": answer.status, "quoted": quoted(answer)}
        return self.error(fault, call, self.told_wait_s(answer, call.now), **words)

    def spoken(self, text: str) -> Fault:
        """The fault of the first code that is found in a text, whatever its case, for services that
        say in words what went wrong; where none is, that of the code "other"."""
        words = text.casefold()
        return self.codes[next((code for code in self.codes if code.casefold() in words), "other")]

    def error(
        self, fault: Fault, call: Call, after_s: float | None = None, **told: object
    ) -> CounterfoilError:
        """A fault as it is raised for this call; `told` is what its sentences name beside it."""
        if call.writes and fault.written is not None:
            fault = fault.written
        words = {"title": call.title, "where": call.where, "call": str(call), **told}
        sentence, do, code = (
            template.format_map(words) for template in (fault.said, fault.do, fault.code)
        )
        if after_s is None:
            after_s = self.wait_s if fault.after_s is None else fault.after_s
        if fault.kind == "doubtful":
            return self.doubtful(sentence, call, after_s, **({"code": code} if code else {}))
        if fault.kind == "retry":
            return Retry(sentence, after_s=after_s, do=do or AGAIN, where=call.where, code=code)
        return _PLAIN[fault.kind](sentence, do=do, where=call.where, code=code)

    def doubtful(
        self, said: str, call: Call, after_s: float | None = None, *, code: str = "no-answer"
    ) -> Settle | Retry:
        """The error of a call that failed without saying whether anything was done."""
        if call.writes:
            return Settle(f"{said}; {self.doubt}.", do=LOOKED_UP, where=call.where)
        wait_s = self.wait_s if after_s is None else after_s
        return Retry(f"{said}.", after_s=wait_s, do=AGAIN, where=call.where, code=code)

    def _fault(self, answer: Answer) -> Fault | None:
        if self.codes:
            coded = self.codes.get(_code(answer, self.code_at))
            if coded is not None:
                return coded
        fault = self.statuses.get(answer.status) or DEFAULT.get(answer.status)
        return self.failed if fault is None and answer.status >= 500 else fault

    def told_wait_s(self, answer: Answer, now: Instant) -> float | None:
        """The seconds that the answer's headers ask to wait, as far as they are believed; None
        where they ask nothing."""
        for header in self.waits:
            if header.only and answer.status not in header.only:
                continue
            asked_s = asked(answer.headers.get(header.name, ""), header.unit, now)
            if asked_s is not None:
                return min(asked_s, self.wait_most_s)
        return None


def load(package: str) -> Faults:
    """The table in the `errors.toml` of a package's folder, in the words of `Faults`. Its `same`
    has by a code others that mean it too."""
    table = tomllib.loads((files(package) / "errors.toml").read_text("utf-8"))
    for code, others in table.pop("same", {}).items():
        table["codes"] |= dict.fromkeys(others, table["codes"][code])
    return msgspec.convert(table, Faults, strict=False)  # a status is a text there


def asked(text: str, unit: Unit, now: Instant) -> float | None:
    """The seconds that a header asks to wait: a number ("2", "2.5"), or a date of HTTP; None where
    it asks nothing."""
    text = text[:_LONGEST_HEADER]
    if text.isascii() and text.replace(".", "", 1).isdecimal():
        return float(text) / (1000.0 if unit == "ms" else 1.0)
    try:
        until = from_stdlib(parsedate_to_datetime(text))
    except (ValueError, OverflowError):  # the latter for an offset of more than an age
        return None
    return max(0.0, seconds_between(now, until))


def quoted(answer: Answer) -> str:
    """The answer's own words as a person is shown them."""
    text = " ".join(answer.body[: 4 * _QUOTED_MOST].decode("utf-8", "replace").split())
    return text[:_QUOTED_MOST] or "(no reason given)"


def member(value: object, place: Place) -> object:
    """What stands at a place of a JSON value; None where there is no such place."""
    for step in place:
        if isinstance(value, dict) and isinstance(step, str):
            value = cast("Mapping[str, object]", value).get(step)
        elif isinstance(value, list) and isinstance(step, int):
            items = cast("Sequence[object]", value)
            value = items[step] if -len(items) <= step < len(items) else None
        else:
            return None
    return value


def _code(answer: Answer, place: Place) -> str:
    try:
        code = member(strict_json.parse(answer.body), place)
    except Refuse:
        return ""
    return str(code) if isinstance(code, str | int) else ""
