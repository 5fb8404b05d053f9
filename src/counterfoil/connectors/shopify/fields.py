"""Two field tables for one order: as GraphQL states it, and as a webhook's body states it.

Both must make the identical `Order` of the same order: the listing that sweeps up what a lost
webhook missed would otherwise see a change where there is none. So an order carries only what
both shapes carry, in one spelling: identities as numbers, times in UTC, shop money in minor units.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import msgspec

from counterfoil.connectors.shopify import left
from counterfoil.connectors.shopify.words import Row, Words
from counterfoil.mapping.convert import (
    country,
    currency_code,
    flag,
    inlined,
    money,
    present,
    rate,
    same,
    text,
    when,
    whole,
)
from counterfoil.mapping.field import Computed, Each, Entry, Field, Part, Sum, Table
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, Pairs, Tax
from counterfoil.model.order import Order, Terms

_DIFFERENT_TAXES = 16_384  # that are remembered; a day's trade has far fewer
_LONGEST_PAIR = 10_000  # characters of one property
_NATIONS = frozenset(
    "ENG SCT WLS NIR BFP GB-ENG GB-SCT GB-WLS GB-NIR England Scotland Wales".split()
) | {"Northern Ireland", "British Forces"}
"""Shopify's provinces of GB: nations, which are no county and stand on no label."""
_OURSELVES = frozenset({"", "manual", "gift_card"})
"""Fulfilment services that are none: the shop sends it itself, or nothing is sent."""


def order_table(words: Words, *, short: bool = False) -> Table[Order]:
    """The table of one shape; `short` for an order that has lost units."""
    address = _address_table(words)
    amounts = ("total", "current_total", "total_tax", "current_tax", "shipping_left", "outstanding")
    charges = ("tip", "duties", "current_duties", "fees", "current_fees")
    return Table(
        words.shape,
        [
            words.key,
            Field("number", "name"),
            Field("placed", words["placed"], when, default=""),
            Field("created", words["created"], when),
            Field("updated", words["updated"], when),
            Field("currency", words["currency"], currency_code),
            Field("tax_included", words["tax_included"], flag),
            Each("lines", words["lines"], _line_table(words, short=short)),
            *(Field(name, words[name], money, default=None) for name in amounts),
            Each("shipping", words["shipping"], _shipping_table(words), default=()),
            *(Field(name, words[name], money, default=None) for name in charges),
            Field("duties_included", words["duties_included"], same, default=False),
            _duty_taxes(words),
            Field("gateways", words["gateways"], same, default=()),
            Field("transactions", words["transactions"], same, default=None),
            Field("email", "email", default=""),
            Part("deliver_to", words["deliver_to"], address, default=_NOWHERE),
            Part("invoice_to", words["invoice_to"], address, default=_NOWHERE),
            Field("note", "note", default=""),
            Field("cancelled", words["cancelled"], present, default=False),
            Field("test", "test", flag, default=False),
            Field("status", words["paid"], same, default=None),
            Field("channel", words["channel"], default=""),
            Field("location", words["location"], words.number, default=""),
            Field("phone", "phone", default=""),
            Field("customer", words["customer"], words.number, default=""),
            Field("locale", words["locale"], default=""),
            Field("company", words["company"], words.number, default=""),
            Field("company_location", words["company_location"], words.number, default=""),
            Field("po_number", words["po_number"], default=""),
            Field("terms", words["terms"], _terms(words), default=Terms()),
            Field("tags", "tags", labels, default=()),
            Field("attributes", words["attributes"], _pairs(words), default=()),
            Field("discount_codes", words["discount_codes"], codes, default=()),
            Field("shown_currency", words["shown_currency"], default=""),
            Field("shown_total", words["shown_total"], same, default=None),
            Field("beyond_minor", words["beyond"], beyond, default=0),
        ],
        left.short_order if short else left.order,
        ignores=words.ignores,
    )


_NOWHERE = Address()


def beyond(value: Any, currency: str) -> int:
    """By how much refunds paid back more (less than 0) or less than the units they name: GraphQL
    says it, a message has it in each of its refunds."""
    if type(value) is not list:
        return money(value, currency)
    return sum(
        money(row.get("amount"), currency)
        for refund in cast("list[Row]", value)
        for row in cast("list[Row]", refund.get("order_adjustments") or [])
        if row.get("kind") == "refund_discrepancy"
    )


def _line_table(words: Words, *, short: bool) -> Table[Line]:
    entries: list[Entry] = [
        Field("key", words["line_id"], words.number),
        Field("sku", "sku", default=""),
        Field("title", "name", default="", note="with the title of the variant"),
        Field("quantity", words["quantity"], whole, note="as ordered"),
        Field("unit_minor", words["price"], money),
        Sum("discount_minor", words["discounts"], words["discount"], default=0),
        Field("taxes", words["taxes"], _taxes(words), default=()),
        Field("gift_card", words["gift_card"], flag, default=False),
        Field("variant", words["variant"], same, default=None),
        Field("tip", "tip", same, default=None),
        Field("properties", words["properties"], _pairs(words), default=()),
        Field("service", words["service"], service, default=""),
        Field("unsent", words["unsent"], unsent, default=None),
        Field("ships", words["ships"], flag, default=True),
        Field("exempt", words["taxable"], not_true, default=False),
    ]
    if not short:
        return Table("line", entries, left.line)
    current = Field("current", words["current_quantity"], whole, default=None)
    return Table("line", [*entries, current], cast("Callable[..., Line]", left.short_line))


def _shipping_table(words: Words) -> Table[Charge]:
    return Table(
        "shipping line",
        [
            Field("title", "title"),
            Field("price_minor", words["shipping_price"], money),
            Sum("discount_minor", words["discounts"], words["discount"], default=0),
            Field("taxes", words["taxes"], _taxes(words), default=()),
            Field("code", "code", default=""),
        ],
        left.charge,
        ignores=words.ignores,
    )


def _address_table(words: Words) -> Table[Address]:
    def name(source: Row, currency: str) -> str:
        parts = (source.get(words["first_name"]), source.get(words["last_name"]))
        return " ".join(part for part in parts if part) or source.get("name") or ""

    name_of, code_of, country_of = (words[one] for one in ("region", "region_code", "country"))

    def region(source: Row, currency: str) -> str:
        given = source.get(name_of)
        if (given in _NATIONS or source.get(code_of) in _NATIONS) and source.get(
            country_of
        ) == "GB":
            return ""
        return text(given, currency)

    return Table(
        "address",
        [
            Computed("name", name, "both names", (words["first_name"], words["last_name"], "name")),
            Field("company", "company", default=""),
            Field("line1", "address1", default=""),
            Field("line2", "address2", default=""),
            Field("town", "city", default=""),
            Computed("region", region, "a name; none for a nation of GB", (words["region"],)),
            Field("postcode", "zip", default=""),
            Field("country", words["country"], country, default=""),
            Field("phone", "phone", default=""),
            Field("region_code", words["region_code"], default=""),
        ],
        Address,
    )


def _duty_taxes(words: Words) -> Computed:
    taxes = _taxes(words)

    def duty_taxes(source: Row, currency: str) -> tuple[Tax, ...]:
        """The taxes on the duties of every line that is still there, alike ones together."""
        if words.first(source, "duties") is None:
            return ()
        summed: dict[tuple[str, str, str], int] = {}
        for row in cast("list[Row]", words.first(source, "lines") or []):
            if row.get(words["current_quantity"]) == 0:
                continue
            for duty in cast("list[Row]", row.get("duties") or []):
                for tax in taxes(duty.get(words["taxes"]) or [], currency):
                    same_tax = (tax.title, tax.rate, tax.collected_by)
                    summed[same_tax] = summed.get(same_tax, 0) + tax.amount_minor
        return tuple(
            Tax(title, amount, rate, "channel" if channel else "")
            for (title, rate, channel), amount in summed.items()
        )

    why = "of every line that is still there"
    return Computed("duty_taxes", duty_taxes, why, (f"{words['lines']}[].duties",))


def _terms(words: Words) -> Callable[[Any, str], Terms]:
    name, kind, days = words["terms_name"], words["terms_kind"], words["terms_days"]

    def terms(value: Any, currency: str) -> Terms:
        return Terms(
            text(value.get(name), currency),
            text(value.get(kind), currency).lower(),
            whole(value.get(days) or 0, currency),
        )

    return terms


def _taxes(words: Words) -> Callable[[Any, str], tuple[Tax, ...]]:
    """The converter of a list of tax lines. Taxes repeat, so that each is made once."""
    liable, amount = words["channel_liable"], words.getter("tax")

    def taxes(value: Any, currency: str) -> tuple[Tax, ...]:
        if len(value) == 1:
            (row,) = value
            return _one_tax(
                row.get("title"), row.get("rate"), amount(row), row.get(liable), currency
            )
        return tuple(tax for row in value for tax in taxes((row,), currency))

    return taxes


@lru_cache(_DIFFERENT_TAXES)
def _one_tax(title: Any, given: Any, amount: Any, liable: Any, currency: str) -> tuple[Tax, ...]:
    shown = "" if given is None else rate(given, currency)
    by = "channel" if liable is True else ""
    return (Tax(text(title, currency), money(amount, currency), shown, by),)


def _pairs(words: Words) -> Callable[[Any, str], Pairs]:
    """The converter of names with their values, which a customer or an app wrote."""
    name = words["property_name"]

    @inlined("{c}({v}, currency) if {v} else ()")
    def pairs(value: Any, currency: str) -> Pairs:
        if isinstance(value, dict):
            return tuple((key, _written(one)) for key, one in cast("Row", value).items())
        return tuple((text(row.get(name), currency), _written(row.get("value"))) for row in value)

    return pairs


# A number with a fraction arrives as text of its own kind, and goes out as it came.
_JSON = msgspec.json.Encoder(enc_hook=lambda number: msgspec.Raw(number.encode()))


def _written(value: Any) -> str:
    """A value as text: what is not one, an app wrote as JSON."""
    if value is None:
        return ""
    written = value if isinstance(value, str) else _JSON.encode(value).decode()
    return written[:_LONGEST_PAIR]


@inlined("{c}({v}, currency) if {v} else ()")
def labels(value: Any, currency: str) -> tuple[str, ...]:
    """Tags in one order: a webhook joins them with commas, GraphQL lists them."""
    rows = value.split(",") if isinstance(value, str) else value
    return tuple(sorted({text(tag, currency).strip() for tag in rows} - {""}))


@inlined("{c}({v}, currency) if {v} else ()")
def codes(value: Any, currency: str) -> tuple[str, ...]:
    """Discount codes: a webhook has an object for each, GraphQL the text."""
    return tuple(
        text(cast("Row", row).get("code") if isinstance(row, dict) else row, currency)
        for row in value
    )


@inlined("'' if {v} == 'manual' else {c}({v}, currency)")
def service(value: Any, currency: str) -> str:
    """Who else sends a line: the handle of a fulfilment service, empty where it is the shop."""
    given = cast("Row", value).get("handle") if isinstance(value, dict) else value
    found = text(given, currency).casefold()
    return "" if found in _OURSELVES else found


@inlined("{v} if type({v}) is int and {v} >= 0 else {c}({v}, currency)")
def unsent(value: Any, currency: str) -> int | None:
    """How many units of a line are still to be sent; a webhook has a word for none of them."""
    if type(value) is str:
        return 0 if value == "fulfilled" else None
    return whole(value, currency)


@inlined("not {v} if {v} is True or {v} is False else {c}({v}, currency)")
def not_true(value: Any, currency: str) -> bool:
    """The opposite of a flag."""
    return not flag(value, currency)
