"""A connection of one part of a system says of which, wherever it is named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from counterfoil.connectors import shipstation
from counterfoil.kit.connector import Opening, Session
from counterfoil.kit.contract import OpenBook, StoppedClock
from counterfoil.kit.manifest import Setting
from counterfoil.kit.nowhere import Nowhere
from counterfoil.kit.setup import Account, Means, called, open_connection, scope

MANIFEST = msgspec.structs.replace(
    shipstation.CONNECTOR.manifest,
    settings={
        "company": Setting("The company.", "ours", required=True, bears=("address",)),
        "location": Setting("The location.", "ours", 0, bears=("content",)),
    },
    scope={"company": "company", "location": "location"},
)


@pytest.mark.parametrize(
    ("settings", "part", "name"),
    [
        ({"company": "UK01", "location": 3}, "company UK01, location 3",
         "books (company UK01, location 3)"),
        ({"company": "UK01"}, "company UK01", "books (company UK01)"),
        ({}, "", "books"),
    ],
)  # fmt: skip
def test_a_connection_is_called_by_its_part_too(
    settings: dict[str, Any], part: str, name: str
) -> None:
    account = Account("books", "https://acme.example", settings=settings)
    assert scope(account, MANIFEST) == part
    assert called(account, MANIFEST) == name


def test_a_system_without_parts_is_called_by_its_name() -> None:
    whole = msgspec.structs.replace(MANIFEST, scope={})
    account = Account("books", "https://acme.example", settings={"company": "UK01"})
    assert called(account, whole) == "books"


def test_what_is_opened_is_told_both_and_its_way_out_says_the_part() -> None:
    openings: list[Opening] = []

    async def probe() -> str:
        return "It answers."

    def opened(opening: Opening) -> Session:
        openings.append(opening)
        return Session({}, {}, probe)

    connector = msgspec.structs.replace(shipstation.CONNECTOR, manifest=MANIFEST, open=opened)
    account = Account("books", "https://ssapi.shipstation.com", settings={"company": "UK01"})
    means = Means(StoppedClock(), Nowhere(), OpenBook(), "contract")
    open_connection(connector, account, means, secret=str, maps={})
    (opening,) = openings
    assert (opening.name, opening.connection) == ("books (company UK01)", "books")
    assert opening.transport.where == "books (company UK01)"
