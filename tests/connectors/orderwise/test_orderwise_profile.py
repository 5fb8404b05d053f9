"""The connection profile: everything that OrderWise has not published is a setting, and checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.connector import Session
from counterfoil.mapping.tax import Rates
from counterfoil.values.errors import Hold, Misconfigured

Opened = Callable[..., Session]


def test_every_setting_of_the_manifest_is_one_of_the_profile() -> None:
    assert set(CONNECTOR.manifest.settings) == set(Profile.__struct_fields__)


def test_the_manifest_says_what_the_connector_does() -> None:
    carries = CONNECTOR.manifest.documents["order"]
    assert (carries.in_doubt, carries.batch, carries.reads) == ("C", 1, 250)
    assert CONNECTOR.manifest.limits["calls"].source == "our default, the vendor publishes none"


def test_a_setting_that_is_required_has_no_default() -> None:
    for name, setting in CONNECTOR.manifest.settings.items():
        assert (setting.default is None) == setting.required, name


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"session_id": None}, "session_id"),
        ({"session_id": "twelve"}, "session_id"),
        ({"price_basis": "both"}, "price_basis"),
        ({"customer_id": 0}, "customer"),
        ({"account_number": "WEBSHOP"}, "customer"),
        ({"currencies": {}}, "currencies"),
        ({"currencies": {"GBP": 1, "KWD": 7}}, "KWD have more decimals"),
        ({"tax_map": {}}, "tax rate"),
        ({"tax_map": {"20%": 1}}, "20%"),
        ({"clock": "Europe/Lincoln"}, "Europe/Lincoln"),
        ({"delivery_map": "couriers"}, "couriers"),
        ({"delivery_map": "countries"}, "United Kingdom"),
        ({"payment_map": "countries"}, "payment method"),
        ({"company_map": "countries"}, "customer"),
        ({"variant_map": "variations"}, "variations"),
        ({"variant_map": "blank"}, "no stock code"),
        ({"rate_without_tax": "perhaps"}, "rate_without_tax"),
        ({"marketplace_tax": "keep"}, "marketplace_tax"),
        ({"country_map": "nations"}, "nations"),
    ],
)
def test_a_wrong_setting_is_found_before_anything_moves(
    opened: Opened, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(Misconfigured, match=said) as wrong:
        opened(**changed)
    assert wrong.value.do


@pytest.mark.parametrize("text", ["0.2", "0.20", "0.200", ".2"])
def test_a_rate_is_the_same_however_it_is_padded(text: str) -> None:
    assert Rates({"0.2": 1}, where="ow").of(text, 0).id == 1


@pytest.mark.parametrize("text", ["0", "0.0", ""])
def test_no_rate_and_no_tax_is_the_zero_rate(text: str) -> None:
    assert Rates({"0": 2}, where="ow").of(text, 0).id == 2


@pytest.mark.parametrize("text", ["0.02", "2", "0.21", "1e999999", "twenty"])
def test_another_rate_is_held(text: str) -> None:
    with pytest.raises(Hold):
        Rates({"0.2": 1, "0": 2}, where="ow").of(text, 0)


def test_tax_inside_and_upon() -> None:
    rate = Rates({"0.2": 1}, where="ow").of("0.2", 0)
    assert rate.inside(495) == 83  # 82.5, half up
    assert rate.upon(1800) == 360
