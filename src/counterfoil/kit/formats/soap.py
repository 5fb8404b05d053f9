"""SOAP 1.1 and 1.2: one envelope around what is asked, and what stands in the one that answers."""

from __future__ import annotations

import msgspec

from counterfoil.kit.formats import xml
from counterfoil.kit.formats.xml import Element
from counterfoil.values.errors import Refuse

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_KNOWN = (SOAP_11, SOAP_12)


class Fault(msgspec.Struct, frozen=True):
    """What a SOAP service refused: its code and its own words."""

    code: str
    said: str


def envelope(asked: Element, header: Element | None = None, namespace: str = SOAP_11) -> bytes:
    """The bytes that ask for `asked`."""
    headers = [Element("Header", namespace, children=[header])] if header is not None else []
    body = Element("Body", namespace, children=[asked])
    whole = Element("Envelope", namespace, children=[*headers, body])
    return b'<?xml version="1.0" encoding="utf-8"?>' + xml.encode(whole).encode()


def parse(body: bytes, *, what: str = "The answer") -> Element | Fault:
    """What stands in the body of an envelope: one element, or a fault.

    Raises `Refuse`: "bad-xml", or "bad-soap" where it is XML and no envelope with one element.
    """
    whole = xml.parse(body, what=what)
    inside = whole.child("Body") if whole.name == "Envelope" else None
    if whole.namespace not in _KNOWN or inside is None or len(inside.children) != 1:
        raise Refuse(
            f"{what} is XML and no SOAP envelope around one answer.",
            do="Nothing was taken from it; check the address of the service.",
            code="bad-soap",
        )
    (answer,) = inside.children
    if answer.name != "Fault" or answer.namespace not in _KNOWN:
        return answer
    code = answer.said("faultcode") or answer.said("Code", "Value")
    return Fault(code, answer.said("faultstring") or answer.said("Reason", "Text"))
