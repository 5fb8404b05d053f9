"""SOAP 1.1 as a lenient service reads it, and as it answers."""

from __future__ import annotations

from typing import NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape

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


def answer(operation: str, namespace: str, inside: str) -> Response:
    """The XML of a result in its envelope, with 200 whatever it says."""
    result = f"<{operation}Result>{inside}</{operation}Result>"
    body = f'<{operation}Response xmlns="{namespace}">{result}</{operation}Response>'
    return Response(_OPEN + body + _CLOSE, media_type="text/xml")


def fault(text: str) -> Response:
    """A SOAP fault, which comes with 500."""
    code = "<faultcode>soap:Client</faultcode>"
    inside = f"<soap:Fault>{code}<faultstring>{escape(text)}</faultstring></soap:Fault>"
    return Response(_OPEN + inside + _CLOSE, 500, media_type="text/xml")


def _texts(element: ElementTree.Element) -> dict[str, str]:
    return {_name(part): part.text or "" for part in element.iter()}


def _name(part: ElementTree.Element) -> str:
    return part.tag.rpartition("}")[2].lower()
