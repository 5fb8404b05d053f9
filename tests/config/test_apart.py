"""One document goes one way once: two routes between the same accounts are refused, by whatever
names and spellings, and two parts of one system are two accounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterfoil import app
from counterfoil.config import Content, from_content

PROJECT = """\
[estate]
name = "gifts"
[connections.shop]
system = "shopify"
url = "https://gifts.myshopify.com"
[connections.other-shop]
system = "shopify"
url = "https://other.myshopify.com"
[connections.parcels]
system = "shipstation"
url = "https://ssapi.shipstation.com"
settings = { store_id = 1, currency = "GBP" }
[connections.more-parcels]
system = "shipstation"
url = "https://ssapi.shipstation.com"
settings = { store_id = 2, currency = "GBP" }
"""
ROUTE = 'document = "order"\nsource = "shop"\ntarget = "parcels"\nowner = "operations"\n'


def twice(tmp_path: Path, project: str, second: str) -> str:
    """What is said of a second route, where it is that both write each document."""
    content: Content = {
        "counterfoil.toml": project, "routes/first.toml": ROUTE, "routes/second.toml": second,
    }  # fmt: skip
    faults = app.check(from_content(content, tmp_path, {}))
    assert not [one for one in faults["route first"] if "twice" in one.said], "the later is told"
    said = [one.said for one in faults["route second"] if "twice" in one.said]
    return said[0] if said else ""


def test_two_routes_that_carry_the_same_are_refused_with_both_files(tmp_path: Path) -> None:
    said = twice(tmp_path, PROJECT, ROUTE + 'switch = "off"\n')
    assert "routes/first.toml and routes/second.toml both carry each order" in said


def test_two_routes_from_two_sources_are_two(tmp_path: Path) -> None:
    assert twice(tmp_path, PROJECT, ROUTE.replace('"shop"', '"other-shop"')) == ""


@pytest.mark.parametrize(
    "spelt", ["gifts.myshopify.com", "GIFTS.myshopify.com/", "gifts.myshopify.com:443",
              "gifts.myshopify.com:0443//", "gifts.myshopify.com."],
)  # fmt: skip
def test_one_account_under_two_names_is_one_end(tmp_path: Path, spelt: str) -> None:
    project = PROJECT.replace("other.myshopify.com", spelt)
    assert "written twice" in twice(tmp_path, project, ROUTE.replace('"shop"', '"other-shop"'))


def test_two_stores_behind_one_address_are_two_ends(tmp_path: Path) -> None:
    second = ROUTE.replace('"parcels"', '"more-parcels"')
    assert twice(tmp_path, PROJECT, second) == ""
    assert twice(tmp_path, PROJECT.replace("store_id = 2", "store_id = 1"), second)
