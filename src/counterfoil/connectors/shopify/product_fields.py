"""The field tables of a product and of a variant in Shopify: what is sent of each, and seen.

A field is sent where it is the route's own (`Inputs.mask`); where no master is named for any of
them, what says something is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import msgspec

from counterfoil.kit.api.compared import Forms, Member
from counterfoil.kit.api.readback import text
from counterfoil.kit.connector import Field, Kind
from counterfoil.mapping.convert import same, trimmed
from counterfoil.mapping.field import Computed
from counterfoil.mapping.field import Field as Told
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.masked import Mask, may
from counterfoil.mapping.untold import untold
from counterfoil.model.product import Price, Product
from counterfoil.values.errors import Hold
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


class Settings(msgspec.Struct, frozen=True):
    """The settings of a connection that bear on products."""

    custom_namespace: str
    custom_key: str
    price_list: str
    price_currency: str
    prices_include_tax: bool


def price_of(product: Product, settings: Settings) -> Price | None:
    """The price that the shop shows; a product itself has none. Raises `Hold` where it is another
    currency's, or is not with tax as the shop's are."""
    prices = [price for price in product.prices if price.list == settings.price_list]
    if not prices or product.parent:
        return None
    price = prices[0]
    if price.currency != settings.price_currency:
        raise Hold(
            f"{product.sku} is priced in {price.currency}, the shop in {settings.price_currency}.",
            do="Correct price_list or price_currency of the connection, or the price.",
            code="other-currency",
        )
    if price.tax_included != settings.prices_include_tax:
        basis = ("without", "with")[price.tax_included]
        raise Hold(
            f"The price of {product.sku} is {basis} tax, and the shop's prices are not.",
            do="Correct prices_include_tax of the connection, or name another price_list.",
            code="price-basis",
        )
    return price


class Parts(msgspec.Struct, frozen=True):
    """What the tables read: a product, its price, and the fields that its route may write."""

    product: Product
    price: Price | None
    mask: Mask

    @property
    def barcode(self) -> str:
        """The first barcode of a single piece."""
        codes = (code.value for code in self.product.barcodes if code.unit == "each")
        return next(codes, "")

    @property
    def option(self) -> str:
        """What sets a variant apart, in one text; its title where nothing else does."""
        values = [value for _, value in self.product.options if value]
        return " / ".join(values) or self.product.title.strip() or self.product.sku

    def may(self, field: str, said: object) -> bool:
        """Whether a field is sent (`mapping/masked.py`)."""
        return may(self.mask, field, said)


# --- the tables ---


def _when(field: str, value: Callable[[Parts], object]) -> Callable[[Parts], bool]:
    return lambda parts: parts.may(field, value(parts))


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


_HAS_PRICE: Final = _when("prices", lambda parts: parts.price)
_HAS_WEIGHT: Final = _when("weight_g", lambda parts: parts.product.weight_g)


def _weighs(parts: Parts) -> bool:
    return parts.product.weight_g is not None and _HAS_WEIGHT(parts)


def _costs(parts: Parts) -> bool:
    return parts.price is not None and _HAS_PRICE(parts)


def _member(name: str, target: str, source: str, field: str = "") -> Member[Parts]:
    name_of_ours = field or source.rpartition(".")[2]
    reads = source.split(".")

    def said(parts: Parts) -> object:
        value: object = parts
        for step in reads:
            value = getattr(value, step)
        return value

    return Member(name, Told(target, source, trimmed), _when(name_of_ours, said))


def _weight(parts: Parts, currency: str) -> dict[str, object]:
    return {"unit": "GRAMS", "value": parts.product.weight_g}


def _option(parts: Parts, currency: str) -> list[dict[str, str]]:
    return option_values(parts.option)


def option_values(option: str) -> list[dict[str, str]]:
    """What sets a variant apart, as it is sent."""
    return [{"optionName": "Title", "name": option}]


PRODUCT: Final = Forms[Parts](
    "shopify.product",
    (
        _member("title", "title", "product.title"),
        _member("description", "descriptionHtml", "product.description"),
        Member(
            "status",
            Told("status", "product.status", _status),
            _when("status", lambda parts: parts.product.status),
        ),
    ),
    KINDS,
)
VARIANT: Final = Forms[Parts](
    "shopify.variant",
    (
        _member("sku", "inventoryItem.sku", "product.sku"),
        _member("barcode", "barcode", "barcode", "barcodes"),
        Member("price", Told("price", "price", _plain), _costs, reckoned=True),
        Member(
            "weight_g",
            Computed(
                "inventoryItem.measurement.weight",
                _weight,
                "Whole grams.",
                reads=("product.weight_g",),
            ),
            _weighs,
            reckoned=True,
        ),
        Member(
            "hs_code",
            Told("inventoryItem.harmonizedSystemCode", "product.hs_code", _digits),
            _when("hs_code", lambda parts: parts.product.hs_code),
            reckoned=True,
        ),
        Member(
            "origin",
            Told("inventoryItem.countryCodeOfOrigin", "product.origin", _or_none),
            _when("origin", lambda parts: parts.product.origin),
            reckoned=True,
        ),
        Member(
            "tracked",
            Told("inventoryItem.tracked", "product.tracked", same),
            _when("tracked", lambda parts: parts.product.tracked),
        ),
        Member(
            "option",
            Computed(
                "optionValues",
                _option,
                "All that sets a variant apart, in one option.",
                reads=("product.options", "product.title"),
            ),
            _when("options", lambda parts: parts.option),
            reckoned=True,
        ),
    ),
    KINDS,
)


def reckoned(parts: Parts) -> dict[str, Field]:
    """What must be seen and does not stand in the payload as it is compared."""
    if parts.product.parent:
        return {}
    digits = _digits(parts.product.hs_code, "") or ""
    codes = {"hs_code": digits, "origin": parts.product.origin.strip()}
    stated = {name: code for name, code in codes.items() if parts.may(name, code)}
    price = {"price": parts.price.amount_minor} if parts.price and _costs(parts) else {}
    weight = {"weight_g": parts.product.weight_g} if _weighs(parts) else {}
    option = {"option": parts.option} if parts.may("options", parts.option) else {}
    return {**stated, **price, **weight, **option}


# --- what is seen, and what is lost ---


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
    weight: Mapping[str, Any] = measured.get("weight") or _NONE
    return {
        "sku": text(node["sku"]),
        "barcode": text(node["barcode"]),
        "price": minor(str(node["price"]), currency),
        "policy": text(node["inventoryPolicy"]),
        "option": " / ".join(text(option["value"]) for option in node["selectedOptions"]),
        "tracked": item["tracked"] is True,
        "hs_code": text(item["harmonizedSystemCode"]),
        "origin": text(item["countryCodeOfOrigin"]),
        "weight_g": _grams(weight),
    }


def _grams(weight: Mapping[str, Any]) -> Field:
    """A weight in whole grams; one in another measure, or with a part of a gram, as it is."""
    factor = _GRAMS.get(str(weight.get("unit")))
    stated = str(weight.get("value", "0"))
    whole, _, fraction = stated.partition(".")
    thousandths = f"{fraction:0<3}"
    if factor is None or not whole.isdecimal() or fraction[3:].strip("0"):
        return f"{stated} {weight.get('unit', '')}".strip()
    milli = (int(whole) * 1000 + int(thousandths[:3] or "0")) * factor
    return milli // 1000 if milli % 1000 == 0 else f"{stated} {weight.get('unit', '')}"


_TOLD: Final = {
    True: {"title", "description", "status"},
    False: {
        "group",
        "sku",
        "barcodes",
        "prices",
        "weight_g",
        "hs_code",
        "origin",
        "tracked",
        "options",
    },
}
"""What is sent of a product itself, and of a variant."""
_PLAIN: Final = Product("", "", "", "", "")


def losses(parts: Parts) -> Iterator[Loss]:
    """What the shop has no place for, of what is the route's own."""
    product, sent = parts.product, _TOLD[parts.product.parent]
    leftovers = {
        "barcodes": tuple(code for code in product.barcodes if code.value != parts.barcode),
        "prices": tuple(price for price in product.prices if price is not parts.price),
        "options": tuple(name for name, _ in product.options) if len(product.options) > 1 else (),
    }
    for field, why in UNTOLD.items():
        value = leftovers.get(field, ()) if field in sent else getattr(product, field)
        silent = field in sent and field not in leftovers
        if not silent and value not in ((), getattr(_PLAIN, field)) and parts.may(field, value):
            text = msgspec.json.encode(value).decode()
            yield Loss(field, "no-member", why, text)
