"""XML and SOAP: plain elements, or one sentence about what is wrong; no entity, file or bomb."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kit.formats import soap, xml
from counterfoil.kit.formats.xml import Element
from counterfoil.values.errors import Refuse

BOMB = b'<!DOCTYPE a [<!ENTITY b "ha">' + b"".join(
    b'<!ENTITY b%d "%s">' % (at, b"&b%d;" % (at - 1) * 10 if at > 1 else b"&b;" * 10)
    for at in range(1, 12)
) + b"]><a>&b11;</a>"  # fmt: skip
NASTY = {
    b"": "is not XML",
    b" ": "is not XML",
    b"{}": "is not XML",
    b"<a>": "is not XML",
    b"<a></b>": "is not XML",
    b"<a/><b/>": "is not XML",
    b"<a>&nbsp;</a>": "is not XML",
    b"<a>\x00</a>": "is not XML",
    b"<a>&#0;</a>": "is not XML",
    b'<a b="1" b="2"/>': "is not XML",
    b'<a xmlns:p="u" xmlns:q="v" p:b="1" q:b="2"/>': "has the same attribute twice",
    b"<a>\xff</a>": "is not UTF-8",
    "<a>é</a>".encode("utf-16"): "is not UTF-8",
    b'<?xml version="1.0" encoding="iso-8859-1"?><a/>': "says that it is iso-8859-1",
    b"<!DOCTYPE a><a/>": "has a document type",
    b'<!DOCTYPE a SYSTEM "http://localhost/x.dtd"><a/>': "has a document type",
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>': "has a document type",
    BOMB: "has a document type",
    b"<a>" * 65 + b"</a>" * 65: "is nested more than 64 deep",
    b"<a>" * 100_000: "is nested more than 64 deep",
    b"<a "
    + b" ".join(b'b%d="1"' % at for at in range(300))
    + b"/>": "has more than 256 attributes",
}


@pytest.mark.parametrize("body", NASTY, ids=lambda body: repr(body[:40]))
def test_what_is_not_plain_xml_is_refused_at_once(body: bytes) -> None:
    start_s = time.process_time()
    with pytest.raises(Refuse, match=f"The body {NASTY[body]}") as refused:
        xml.parse(body)
    assert refused.value.code == "bad-xml"
    assert time.process_time() - start_s < 1.0


def test_elements_have_their_names_texts_and_places() -> None:
    root = xml.parse(
        b'<?xml version="1.0"?><!-- one --><o:order xmlns:o="urn:o" id="7"><o:line> 1 </o:line>'
        b"<line>2 &amp; <![CDATA[<3>]]></line><empty/></o:order>"
    )
    assert (root.name, root.namespace, root.attributes) == ("order", "urn:o", {"id": "7"})
    assert [one.text for one in root.each("line")] == [" 1 ", "2 & <3>"]
    assert (root.said("line"), root.said("empty"), root.said("not", "there")) == ("1", "", "")
    assert root.child("nothing") is None
    with pytest.raises(Refuse, match="at most 3 are read"):
        xml.parse(b"<a/>", most_bytes=3)


def test_too_many_elements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MOST_ELEMENTS", 10)
    with pytest.raises(Refuse, match="has more than 10 elements"):
        xml.parse(b"<a>" + b"<b/>" * 10 + b"</a>")


SIGNS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\r<>&\"']]>")
TEXTS = st.text(SIGNS.filter(lambda sign: sign not in "\ufffe\uffff"), max_size=10)
NAMES = st.text("abcxyz", min_size=1, max_size=5)
ELEMENTS = st.recursive(
    st.builds(Element, NAMES, st.sampled_from(["", "urn:a"]), st.dictionaries(NAMES, TEXTS, max_size=2), TEXTS),  # noqa: E501
    lambda inner: st.builds(Element, NAMES, st.just(""), st.just({}), TEXTS, st.lists(inner, max_size=3)),  # noqa: E501
    max_leaves=6,
)  # fmt: skip


@given(ELEMENTS)
def test_whatever_is_written_is_read_again(element: Element) -> None:
    assert xml.parse(xml.encode(element).encode()) == element


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\ud800", "\uffff"])
def test_what_no_xml_can_carry_is_refused_before_it_leaves(sign: str) -> None:
    with pytest.raises(Refuse, match="a sign in it that XML cannot carry") as refused:
        xml.encode(Element("a", text=f"x{sign}"))
    assert refused.value.code == "bad-text"


@given(st.binary(max_size=40) | st.text("<>/a&;!- \"'=", max_size=24).map(str.encode))
def test_any_bytes_are_an_element_or_refused(body: bytes) -> None:
    try:
        root = xml.parse(body)
    except Refuse:
        return
    assert root.name


# --- SOAP ---


def test_an_envelope_goes_round() -> None:
    asked = Element("GetData", "urn:vendor", children=[Element("page", "urn:vendor", text="1")])
    login = Element("Session", "urn:vendor", text="s-1")
    for namespace in (soap.SOAP_11, soap.SOAP_12):
        body = soap.envelope(asked, login, namespace)
        assert soap.parse(body) == asked
        assert xml.parse(body).said("Header", "Session") == "s-1"


def test_a_fault_of_either_version_is_told_with_its_words() -> None:
    old = (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        b"<faultcode>s:Client</faultcode><faultstring>Session expired</faultstring>"
        b"</s:Fault></s:Body></s:Envelope>"
    )
    new = (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault>'
        b"<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>No</s:Text></s:Reason>"
        b"</s:Fault></s:Body></s:Envelope>"
    )
    assert soap.parse(old) == soap.Fault("s:Client", "Session expired")
    assert soap.parse(new) == soap.Fault("s:Sender", "No")


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Down for maintenance</body></html>",
        b'<Envelope xmlns="urn:other"><Body><a/></Body></Envelope>',
        b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"/>',
        b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>',
    ],
)
def test_what_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(Refuse) as refused:
        soap.parse(body)
    assert refused.value.code == "bad-soap"
