"""The field tables of a product and of a variant in Shopify: what is sent of each, and seen.

A field is sent where it is the route's own (`Inputs.mask`); where no master is named for any of
them, what says something is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from counterfoil.kit.api.compared import Forms, Member
from counterfoil.kit.api.masked import member
from counterfoil.kit.api.readback import text, weight
from counterfoil.kit.connector import Field, Kind
from counterfoil.mapping.convert import same
from counterfoil.mapping.field import Computed
from counterfoil.mapping.field import Field as Told
from counterfoil.mapping.shown_product import Pricing, Shown
from counterfoil.mapping.untold import untold
from counterfoil.model.product import Price
from counterfoil.values.money import minor, plain

UNTOLD: Final = untold(__package__ or "").no_member
KINDS: Final[Mapping[str, Kind]] = {
    "title": "text", "description": "text", "status": "code", "sku": "code", "barcode": "code",
    "price": "money", "weight_g": "pieces", "hs_code": "code", "origin": "code",
    "tracked": "code", "option": "text", "policy": "code",
}  # fmt: skip
_STATUS: Final = {"active": "ACTIVE", "draft": "DRAFT"}
_GRAMS: Final = {"GRAMS": 1, "KILOGRAMS": 1000}
_NONE: Final[Mapping[str, Any]] = {}
_ITEM: Final = "inventoryItem"


class Settings(Pricing, frozen=True):
    """The settings of a connection that bear on products."""

    custom_namespace: str
    custom_key: str


# --- the tables ---


def _status(status: object, currency: str) -> str:
    return _STATUS.get(str(status), "ARCHIVED")


def _plain(price: object, currency: str) -> str:
    return plain(cast("Price", price).amount_minor, currency)


def _or_none(value: object, currency: str) -> str | None:
    """A code; a blank takes away what is there."""
    return str(value).strip() or None


def _digits(value: object, currency: str) -> str | None:
    """A tariff code as the shop keeps it: digits alone."""
    return "".join(sign for sign in str(value) if sign.isdecimal()) or None


def _weighs(parts: Shown) -> bool:
    return parts.product.weight_g is not None and parts.may("weight_g", parts.product.weight_g)


def _costs(parts: Shown) -> bool:
    return parts.price is not None and parts.may("prices", parts.price)


def _is_set_apart(parts: Shown) -> bool:
    return parts.may("options", parts.option)


def _weight(parts: Shown, currency: str) -> dict[str, object]:
    return {"unit": "GRAMS", "value": parts.product.weight_g}


def _option(parts: Shown, currency: str) -> list[dict[str, str]]:
    return option_values(parts.option)


def option_values(option: str) -> list[dict[str, str]]:
    """What sets a variant apart, as it is sent."""
    return [{"optionName": "Title", "name": option}]


PRODUCT: Final = Forms[Shown](
    "shopify.product",
    (
        member("title", "title", "product.title"),
        member("description", "descriptionHtml", "product.description"),
        member("status", "status", "product.status", convert=_status),
    ),
    KINDS,
)
VARIANT: Final = Forms[Shown](
    "shopify.variant",
    (
        member("sku", f"{_ITEM}.sku", "product.sku"),
        member("barcode", "barcode", "barcode", "barcodes"),
        Member("price", Told("price", "price", _plain), _costs, reckoned=True),
        Member(
            "weight_g",
            Computed(
                f"{_ITEM}.measurement.weight",
                _weight,
                "Whole grams.",
                reads=("product.weight_g",),
            ),
            _weighs,
            reckoned=True,
        ),
        member(
            "hs_code",
            f"{_ITEM}.harmonizedSystemCode",
            "product.hs_code",
            convert=_digits,
            reckoned=True,
        ),
        member(
            "origin",
            f"{_ITEM}.countryCodeOfOrigin",
            "product.origin",
            convert=_or_none,
            reckoned=True,
        ),
        member("tracked", f"{_ITEM}.tracked", "product.tracked", convert=same),
        Member(
            "option",
            Computed(
                "optionValues",
                _option,
                "All that sets a variant apart, in one option.",
                reads=("product.options", "product.title"),
            ),
            _is_set_apart,
            reckoned=True,
        ),
    ),
    KINDS,
)


def reckoned(parts: Shown) -> dict[str, Field]:
    """What must be seen and does not stand in the payload as it is compared."""
    if parts.product.parent:
        return {}
    digits = _digits(parts.product.hs_code, "") or ""
    codes = {"hs_code": digits, "origin": parts.product.origin.strip()}
    stated = {name: code for name, code in codes.items() if parts.may(name, code)}
    price = {"price": parts.price.amount_minor} if parts.price and _costs(parts) else {}
    weight_g = {"weight_g": parts.product.weight_g} if _weighs(parts) else {}
    option = {"option": parts.option} if _is_set_apart(parts) else {}
    return {**stated, **price, **weight_g, **option}


# --- what is seen ---


def seen(node: Mapping[str, Any], currency: str) -> dict[str, Field]:
    """The compared fields of a product or of a variant."""
    if "product" not in node:
        return {
            "title": text(node["title"]),
            "description": text(node["descriptionHtml"]),
            "status": text(node["status"]),
        }
    item: Mapping[str, Any] = node["inventoryItem"]
    measured: Mapping[str, Any] = item.get("measurement") or _NONE
    stated: Mapping[str, Any] = measured.get("weight") or _NONE
    return {
        "sku": text(node["sku"]),
        "barcode": text(node["barcode"]),
        "price": minor(str(node["price"]), currency),
        "policy": text(node["inventoryPolicy"]),
        "option": " / ".join(text(option["value"]) for option in node["selectedOptions"]),
        "tracked": item["tracked"] is True,
        "hs_code": text(item["harmonizedSystemCode"]),
        "origin": text(item["countryCodeOfOrigin"]),
        "weight_g": weight(stated.get("value", "0"), stated.get("unit"), _GRAMS),
    }
