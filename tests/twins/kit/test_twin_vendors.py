"""One constructor, one report, one book: every vendor's twin is the same kind of thing."""

from __future__ import annotations

import inspect
import random

import pytest

from counterfoil.twins.bigcommerce import BigCommerceTwin
from counterfoil.twins.bigcommerce import Site as Store
from counterfoil.twins.kit.faults import Fault, Faults, Weather
from counterfoil.twins.kit.lag import Lag
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.paging import Cursor, opened, sealed
from counterfoil.twins.kit.twin import Report, Twin
from counterfoil.twins.orderwise import OrderWiseTwin
from counterfoil.twins.orderwise import Site as Office
from counterfoil.twins.peoplevox import PeoplevoxTwin
from counterfoil.twins.peoplevox import Site as Warehouse
from counterfoil.twins.shopify import Profile, ShopifyTwin
from counterfoil.twins.shopify import Site as Shop
from counterfoil.twins.xero import Site as Books
from counterfoil.twins.xero import XeroTwin

VENDORS = {
    OrderWiseTwin: Office(),
    ShopifyTwin: Shop(Profile(client_id="app", client_secret="secret")),
    BigCommerceTwin: Store(),
    PeoplevoxTwin: Warehouse(),
    XeroTwin: Books(),
}


def test_every_vendor_is_made_of_the_same_things():
    names = {tuple(inspect.signature(vendor).parameters) for vendor in VENDORS}
    assert names == {("memory", "clock", "chance", "weather", "site", "send")}


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.__name__)
def test_every_vendor_is_a_twin(vendor, clock, tmp_path):
    path = tmp_path / "twin.db"
    twin = vendor(Memory(path), clock, random.Random(1), Weather("hostile"), VENDORS[vendor])
    assert isinstance(twin, Twin)
    report = twin.report()
    assert isinstance(report, Report)
    assert (report.orders, report.calls, report.pending) == (0, 0, 0)
    assert len(report.faults) > 10
    assert list(twin.book("order")) == list(twin.book("customer")) == []
    twin.calm()
    twin.close()
    again = vendor(Memory(path), clock, random.Random(1), Weather("hostile"), VENDORS[vendor])
    assert again.faults.calm
    again.close()


def test_what_lags_is_counted_once_somebody_has_missed_it(memory, clock):
    always = {"read_lag": Fault("It lags.", 1.0, 1.0)}
    faults = Faults(always, "normal", random.Random(1), memory)
    lag = Lag(faults, "read_lag", clock, (3.0, 3.0))
    lag.landed(7)
    assert not lag.hides(8)
    assert faults.reached() == {"read_lag": 0}
    assert [lag.hides(7), lag.hides(7)] == [True, True]
    clock.elapsed_s = 3.0
    assert not lag.hides(7)
    assert faults.reached() == {"read_lag": 1}


def test_a_cursor_is_opened_by_who_sealed_it_and_nobody_elses_is():
    cursor = Cursor(7, "2026", "listing")
    assert opened(sealed(cursor)) == cursor
    for text in ("", "no base64", "e30=", sealed(cursor)[:-4]):
        assert opened(text) is None
