"""SOAP 1.1 as a lenient service reads it, and as it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

_OPEN = (
    '<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope'
    ' xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
_CLOSE = "</soap:Body></soap:Envelope>"


class Asked(NamedTuple):
    """What a request asks: its operation, and the texts of its body and of its header by their
    names in lower case."""

    operation: str
    texts: dict[str, str]
    header: dict[str, str]


def read(body: bytes) -> Asked | None:
    """What an envelope asks; None where it is none. The sequence and the case of names are free."""
    try:
        parts = {_name(part): part for part in ElementTree.fromstring(body)}  # noqa: S314
        (request,) = parts["body"]
    except (ElementTree.ParseError, KeyError, ValueError):
        return None
    header = parts.get("header", ElementTree.Element("header"))
    return Asked(request.tag.rpartition("}")[2], _texts(request), _texts(header))


def answer(operation: str, namespace: str, result: Inside) -> Response:
    """A result in its envelope, with 200 whatever it says."""
    whole = inside(f"{operation}Result", result)
    body = f'<{operation}Response xmlns="{namespace}">{whole}</{operation}Response>'
    return Response(_OPEN + body + _CLOSE, media_type="text/xml")


Inside = str | int | Mapping[str, "Inside"] | Sequence["Inside"]
"""What an element holds: a text, elements by name, or of one name several."""


def inside(name: str, value: Inside) -> str:
    """An element as XML; nothing for a list without anything in it."""
    if isinstance(value, str | int):
        return f"<{name}>{escape(str(value))}</{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(inside(part, below) for part, below in value.items())}</{name}>"
    return "".join(inside(name, below) for below in value)


def fault(text: str) -> Response:
    """A SOAP fault, which comes with 500."""
    code = "<faultcode>soap:Client</faultcode>"
    whole = f"<soap:Fault>{code}<faultstring>{escape(text)}</faultstring></soap:Fault>"
    return Response(_OPEN + whole + _CLOSE, 500, media_type="text/xml")


def failed(status: int, text: str) -> Response:
    """A fault, whatever the status: SOAP has one."""
    return fault(text)


def _texts(element: ElementTree.Element) -> dict[str, str]:
    return {_name(part): part.text or "" for part in element.iter()}


def _name(part: ElementTree.Element) -> str:
    return part.tag.rpartition("}")[2].lower()


class Service(NamedTuple):
    """A service at one address: what it answers in a session, what signs in, and the answer to
    somebody without a session."""

    answered: Callable[[Asked], Response]
    sign_in: tuple[str, Callable[[Asked], Response]]
    has_session: Callable[[Asked], bool]
    stranger: Callable[[Asked], Response]

    async def served(self, request: Request) -> Response:
        """The answer to one call; a fault where nobody can tell what is asked."""
        call = read(await request.body())
        if call is None:
            return fault("The envelope cannot be read")
        name, signed_in = self.sign_in
        if call.operation == name:
            return signed_in(call)
        return self.answered(call) if self.has_session(call) else self.stranger(call)
