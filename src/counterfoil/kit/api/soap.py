"""The calls of a SOAP service: an operation's request, and the result in its answer.

What a result says is the vendor's; here it is only certain that there is one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

from counterfoil.kit.api.api import Api
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import Faults
from counterfoil.kit.api.grant import Grant, Granted
from counterfoil.kit.formats import soap
from counterfoil.kit.formats.xml import Element
from counterfoil.kit.transport import hiding
from counterfoil.values.clock import Clock
from counterfoil.values.errors import Refuse

_QUOTED_MOST: Final = 400  # characters of an answer that a person is shown
XML: Final = {"Accept": "text/xml", "Content-Type": "text/xml; charset=utf-8"}


class Operations:
    """The operations of one service in a `namespace`, called by `api`, which has its table."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api = api
        self._namespace = namespace

    def elements(self, texts: Mapping[str, str]) -> list[Element]:
        """Elements with a text each, in the sequence that the service's schema asks for."""
        return [Element(name, self._namespace, text=text) for name, text in texts.items()]

    def nested(self, name: str, texts: Mapping[str, str]) -> Element:
        """An element around elements with a text each."""
        return self.element(name, self.elements(texts))

    def element(self, name: str, inside: Sequence[Element]) -> Element:
        """An element around others."""
        return Element(name, self._namespace, children=[*inside])

    async def result(
        self, call: Call, operation: str, parts: Sequence[Element], header: Element | None = None
    ) -> Element:
        """What stands in the answer's `{operation}Result`.

        A good status around anything else, a fault among it, is `Settle` for a write and `Retry`
        for a read. Raises the kinds of the table for every other status.
        """
        body = soap.envelope(self.element(operation, parts), header)
        action = {"SOAPAction": f'"{self._namespace}{operation}"'}
        answer = await self._api.send(call, body, headers=action)
        faults = self._api.faults
        if answer.status != 200:
            raise faults.judge(answer, call)
        try:
            answered = soap.parse(answer.body)
        except Refuse as error:
            sentence = f"{call.title} answered 200 with no envelope ({operation})"
            raise faults.doubtful(sentence, call) from error
        inside = answered.child(f"{operation}Result") if isinstance(answered, Element) else None
        if inside is None:
            raise faults.doubtful(f"{call.title} answered {operation} without a result", call)
        return inside


class Spoken(NamedTuple):
    """Results that say in words what went wrong: `number` is where one has its number, which is 0
    where all went well, and `text` where it has its words; those that are `dead` tell of a session
    that is none any more."""

    faults: Faults
    number: str
    text: str
    dead: tuple[str, ...]

    def lost(self, result: Element) -> bool:
        """Whether a result tells that there is no session."""
        return any(word in result.said(self.text) for word in self.dead)

    def good(self, result: Element, call: Call) -> Element:
        """The result, unless it is a refusal; raises what the table makes of its words."""
        number, text = result.said(self.number), result.said(self.text)
        if not number:
            raise self.faults.doubtful(f"{call.title} answered without a {self.number}", call)
        if number != "0":
            quoted = text[:_QUOTED_MOST] or "(no reason given)"
            raise self.faults.error(self.faults.spoken(text), call, quoted=quoted)
        return result


class InSession:
    """The operations of a service whose session stands in the header of every envelope.

    `sign_in` gives one, `header` is the element that carries it. Where a result tells that it is
    none any more nothing was done, and the same call is made in a new one, once.
    """

    def __init__(
        self,
        operations: Operations,
        spoken: Spoken,
        sign_in: Callable[[], Awaitable[Grant]],
        clock: Clock,
        *,
        header: Callable[[str], Element],
    ) -> None:
        self._operations = operations
        self._spoken = spoken
        self._granted = Granted(sign_in, clock, dress=lambda session: {"session": session})
        self._header = header

    async def result(self, call: Call, operation: str, parts: Sequence[Element]) -> Element:
        """What an operation answers in a session; raises as `Operations.result`, and what the
        words of the result stand for."""
        dress = await self._granted.headers(call)
        result = await self._asked(call, operation, parts, dress["session"])
        if self._spoken.lost(result) and self._granted.refused(dress):
            dress = await self._granted.headers(call)
            result = await self._asked(call, operation, parts, dress["session"])
        return self._spoken.good(result, call)

    async def _asked(
        self, call: Call, operation: str, parts: Sequence[Element], session: str
    ) -> Element:
        with hiding(session):
            return await self._operations.result(call, operation, parts, self._header(session))
