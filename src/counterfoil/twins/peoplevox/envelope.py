"""SOAP 1.1 as Peoplevox reads it, leniently, and as it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import msgspec
from starlette.responses import Response

NAMESPACE = "http://www.peoplevox.net/"
_OPEN = (
    '<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope'
    ' xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
_CLOSE = "</soap:Body></soap:Envelope>"


class Asked(NamedTuple):
    """What a request asks: its operation, its texts by their names in lower case, its session."""

    operation: str
    texts: dict[str, str]
    session: str


class Status(NamedTuple):
    """What became of one row; `line` 0: it does not say which row it is of."""

    reference: str
    good: bool
    line: int = 0


class Result(msgspec.Struct, frozen=True):
    """What every operation answers."""

    detail: str
    total: int = 0
    response: int = 0
    statuses: Sequence[Status] = ()


def refused(detail: str) -> Result:
    """The result that says what went wrong."""
    return Result(detail, response=-1)


def read(body: bytes) -> Asked | None:
    """What an envelope asks; None where it is none. The sequence and the case of names are free."""
    try:
        parts = {_name(part): part for part in ElementTree.fromstring(body)}  # noqa: S314
        (request,) = parts["body"]
    except (ElementTree.ParseError, KeyError, ValueError):
        return None
    header = parts.get("header", ElementTree.Element("header"))
    texts = {_name(part): part.text or "" for part in request.iter()}
    sessions = [part.text or "" for part in header.iter() if _name(part) == "sessionid"]
    operation = request.tag.rpartition("}")[2]
    return Asked(operation, texts, (sessions or [""])[0])


def answer(operation: str, result: Result) -> Response:
    """A result in its envelope, with 200 whatever it says."""
    statuses = "".join(map(_status, result.statuses))
    body = (
        f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>'
        f"<ResponseId>{result.response}</ResponseId><TotalCount>{result.total}</TotalCount>"
        f"<Detail>{escape(result.detail)}</Detail>"
        f"{f'<Statuses>{statuses}</Statuses>' if result.statuses else ''}"
        f"</{operation}Result></{operation}Response>"
    )
    return Response(_OPEN + body + _CLOSE, media_type="text/xml")


def fault(text: str) -> Response:
    """A SOAP fault, which is what a malformed envelope is answered with."""
    code = "<faultcode>soap:Client</faultcode>"
    inside = f"<soap:Fault>{code}<faultstring>{escape(text)}</faultstring></soap:Fault>"
    return Response(_OPEN + inside + _CLOSE, 500, media_type="text/xml")


def _status(status: Status) -> str:
    line = f"<LineNo>{status.line}</LineNo>" if status.line else ""
    word = "Success" if status.good else "Error"
    return (
        f"<IntegrationStatusResponse><Reference>{escape(status.reference)}</Reference>"
        f"<Status>{word}</Status>{line}</IntegrationStatusResponse>"
    )


def _name(part: ElementTree.Element) -> str:
    return part.tag.rpartition("}")[2].lower()
