"""The calls of a SOAP service: an operation's request, and the result in its answer.

What a result says is the vendor's; here it is only certain that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from counterfoil.kit.api.api import Api
from counterfoil.kit.api.call import Call
from counterfoil.kit.formats import soap
from counterfoil.kit.formats.xml import Element
from counterfoil.values.errors import Refuse

XML: Final = {"Accept": "text/xml", "Content-Type": "text/xml; charset=utf-8"}


class Operations:
    """The operations of one service in a `namespace`, called by `api`, which has its table."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api = api
        self._namespace = namespace

    def elements(self, texts: Mapping[str, str]) -> list[Element]:
        """Elements with a text each, in the sequence that the service's schema asks for."""
        return [Element(name, self._namespace, text=text) for name, text in texts.items()]

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
