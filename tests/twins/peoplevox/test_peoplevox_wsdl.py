"""Every envelope, ours and the twin's, is what the vendor's WSDL of 2017 says."""

from __future__ import annotations

from functools import cache
from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema

from counterfoil.kit.connector import Inputs
from counterfoil.twins.kit.warehouse import Picked
from counterfoil.values.errors import SignIn
from tests.connectors.peoplevox.peoplevox_stage import GROUP, item, sold
from tests.connectors.peoplevox.peoplevox_world import WSDL, World, world


@cache
def schema() -> Any:
    if not WSDL.exists():
        pytest.skip("the WSDL is not beside this checkout")
    types = ElementTree.parse(WSDL).find(".//{http://www.w3.org/2001/XMLSchema}schema")
    assert types is not None
    types.set("xmlns:tns", "http://www.peoplevox.net/")
    text = ElementTree.tostring(types, encoding="unicode")
    return xmlschema.XMLSchema(text)


def inside(body: bytes) -> list[ElementTree.Element]:
    """What stands in the header and in the body of an envelope."""
    return [part for place in ElementTree.fromstring(body) for part in place]


async def everything(at: World) -> None:
    """Sign in, read the templates, write, read back, cancel, list, count; of an item too."""
    intent = at.target.compose(sold(1))
    await at.target.write([intent])
    await at.target.read([intent.reference])
    await at.target.cancel([at.target.cancellation(sold(1), intent.reference)])
    items: Any = at.session.target("product")
    await items.write([items.compose(item(1), Inputs({GROUP: "group:TEES"}))])
    await items.read(["TEE/1", "group:TEES"])
    at.twin.warehouse.despatch("CF-1", [Picked("1", "TEE", 1)], tracked=True)
    for word in ("fulfilment", "stock"):
        source = at.session.source(word)
        await source.since("2026-11-02T00:00:00Z", None)
        await source.census(at.clock.now(), at.clock.now(), None)


async def test_every_envelope_is_valid_by_the_wsdl() -> None:
    at = world(line_numbers=False)
    await everything(at)
    bodies = [*at.wire.asked, *(answer.body for answer in at.wire.answers)]
    assert len(bodies) > 16
    names = set[str]()
    for body in bodies:
        for part in inside(body):
            schema().validate(part)
            names.add(part.tag.rpartition("}")[2])
    operations = ("Authenticate", "GetSaveTemplate", "GetData", "GetReportData", "SaveData")
    assert names == {
        "UserSessionCredentials",
        *operations,
        *(f"{name}Response" for name in operations),
    }


async def test_refusals_are_valid_too() -> None:
    refusing = world(items=frozenset(), line_numbers=False)
    await everything(refusing)
    strange = world(password="another")
    with pytest.raises(SignIn):
        await everything(strange)
    for answer in (*refusing.wire.answers, *strange.wire.answers):
        for part in inside(answer.body):
            schema().validate(part)


async def test_line_numbers_are_newer_than_the_wsdl_and_nothing_else_is() -> None:
    at = world()
    await everything(at)
    for answer in at.wire.answers:
        for part in inside(answer.body):
            wrong = [str(error.reason) for error in schema().iter_errors(part)]
            assert all("LineNo" in reason for reason in wrong)


def test_the_check_would_find_another_element() -> None:
    wrong = ElementTree.fromstring('<GetData xmlns="http://www.peoplevox.net/"><page/></GetData>')
    assert not schema().is_valid(wrong)
