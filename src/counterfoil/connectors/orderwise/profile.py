"""The connection profile: what OrderWise has not published is a setting here, never a constant.

`manifest.toml` has the defaults and says of each how it is known.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from counterfoil.kit.api import settings
from counterfoil.kit.connector import Opening
from counterfoil.mapping.currencies import Currencies
from counterfoil.mapping.tax_cases import Decided
from counterfoil.values.clock import wall_clock
from counterfoil.values.errors import Misconfigured

TITLE: Final = "OrderWise"
_DECIMALS_MOST: Final = 2
"""Of a price per unit: every observed payload has two; a currency without any is written so."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one connection, in the words of the manifest."""

    auth: Literal["token", "basic"]
    token_path: str
    token_ttl_minutes: int
    order_path: str
    definition_path: str
    value_list_path: str
    tax_list: int
    session_id: int
    orders_definition: int
    lines_definition: int
    release_definition: int
    release_lines_definition: int
    release_map: str
    release_types: list[int]
    orders_per_page: int
    despatch_definition: int
    despatch_lines_definition: int
    despatches_per_page: int
    credit_path: str
    credit_prefix: str
    credit_map: str
    restock_map: str
    despatch_map: str
    despatch_path: str
    despatch_change_path: str
    despatch_fields: dict[str, str]
    despatched_definition: int
    despatch_word_map: str
    carrier_map: str
    stock_definition: int
    reference_text_most: int
    external_ref_field: str
    order_type: int
    customer_path: str
    customer_change_path: str
    customers_definition: int
    same_email: Literal["hold", "beside"]
    customer_id: int
    account_number: str
    currencies: dict[str, int]
    currency_field: str
    clock: str
    required_days: int
    instructions_prefix: str
    delivery_map: str
    no_delivery: int
    country_map: str
    tax_map: dict[str, int]
    compare_tax: bool
    rate_without_tax: Literal["hold", "not-taxed", "taxed"]
    marketplace_tax: Literal["hold", "less-tax"]
    price_basis: Literal["gross", "net"]
    stock_location_id: int
    payment_method_id: int
    payment_map: str
    payment_field: str
    company_map: str
    variant_map: str
    custom_variant: str
    gift_card_variant: str
    rounding_line_variant: str
    extras_variant: str
    products_definition: int
    products_created_definition: int
    kits_definition: int
    levels_per_page: int
    products_per_page: int
    price_list: str
    price_currency: str
    weight_unit: Literal["g", "kg"]

    def decided(self, where: str) -> Decided:
        """What people have decided about tax that is not simply charged."""
        return Decided(self.rate_without_tax, self.marketplace_tax, TITLE, where)


def currencies_of(profile: Profile, where: str) -> Currencies:
    """The currencies that a connection takes."""
    return Currencies(profile.currencies, _DECIMALS_MOST, TITLE, "value list 1", where)


def profile_of(opening: Opening) -> Profile:
    """The profile that the settings describe. Raises `Misconfigured` naming what does not fit."""
    profile = settings.typed(opening, Profile)
    wall_clock(opening.clock.now(), profile.clock)
    for wrong, problem, do in _rules(profile, currencies_of(profile, opening.name).too_fine):
        if wrong:
            raise Misconfigured(problem, do=do, where=opening.name)
    return profile


def _rules(profile: Profile, odd: list[str]) -> list[tuple[bool, str, str]]:
    return [
        (
            bool(profile.customer_id) == bool(profile.account_number),
            "The customer that takes the orders is not named once.",
            "Set either customer_id or account_number.",
        ),
        (
            not profile.currencies,
            "No currencies are listed.",
            "List in the setting currencies each one that this site takes, with its id.",
        ),
        (
            bool(odd),
            f"Amounts in {', '.join(odd)} have more decimals than a price in OrderWise has (two).",
            "Take it out of the setting currencies; such orders are held for a person.",
        ),
        (
            not profile.tax_map,
            "No tax rate is mapped.",
            "Set tax_map: each rate of the shop with its id in value list 2.",
        ),
    ]
