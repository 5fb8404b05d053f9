"""Two connections behind one address are told apart wherever they are named."""

from __future__ import annotations

from pathlib import Path

import pytest

STORES = """
[connections.parcels]
system = "shipstation"
url = "https://ssapi.shipstation.com"
settings = { store_id = 26815, currency = "GBP" }
secrets = { api_key = "env:SHOP_TOKEN", api_secret = "env:SHOP_TOKEN" }
"""


@pytest.fixture
def stores(folder: Path, project):
    file = folder / "counterfoil.toml"
    file.write_text(file.read_text() + STORES)
    return project


def test_a_list_of_connections_says_of_which_store_each_is(stores) -> None:
    assert "parcels (store 26815)" in stores("connection", "list").out
    scopes = {one["name"]: one["scope"] for one in stores("connection", "list", "--json").data}
    assert scopes == {"shop": "", "office": "", "parcels": "store 26815"}


def test_doctor_calls_a_connection_by_its_store(stores, folder: Path) -> None:
    file = folder / "counterfoil.toml"
    file.write_text(file.read_text().replace("GBP", "pounds"))
    found = {one["what"] for one in stores("doctor", "--offline", "--json").data}
    assert "connection parcels (store 26815)" in found


def test_what_was_said_by_its_way_out_has_the_store(stores, folder: Path) -> None:
    file = folder / "counterfoil.toml"
    nowhere = '"http://127.0.0.1:9"\nhosts = ["127.0.0.1"]'
    file.write_text(file.read_text().replace('"https://ssapi.shipstation.com"', nowhere))
    said = stores("connection", "test", "parcels").err
    assert "parcels (store 26815) could not be reached" in said
