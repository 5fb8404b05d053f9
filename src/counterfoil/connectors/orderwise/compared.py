"""The fields that are compared, named once: as they are expected, and as OrderWise shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from counterfoil.connectors.orderwise.payload import CUSTOMER_REF, LINES, Parts, Shape, entries
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.api.readback import (
    Columns,
    Read,
    Row,
    add,
    amount,
    both,
    count,
    fields,
    identity,
    local_time,
    text,
    unseen,
)
from counterfoil.kit.connector import Field, Kind, Seen
from counterfoil.mapping.convert import same
from counterfoil.mapping.field import Field as Copied
from counterfoil.mapping.field import Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.valuemap import ValueMap

KINDS: Final[Mapping[str, Kind]] = {
    "reference": "code",
    "total": "money",
    "tax": "money",
    "delivery": "money",
    "products": "pieces",
    "delivery_method": "code",
    "customer": "code",
    "order_type": "code",
    "ordered_at": "text",
    "required_at": "text",
    "customer_ref": "text",
    "instructions": "person",
    "payment_method": "code",
    "currency": "code",
    "delivery_name": "person",
    "contact_name": "person",
    "address1": "person",
    "address2": "person",
    "town": "person",
    "county": "person",
    "delivery_postcode": "person",
    "delivery_country": "code",
    "country_name": "text",
    "telephone": "person",
    "email": "person",
    "lines.quantity": "pieces",
    "lines.gross": "money",
    "lines.tax_rate": "code",
    "lines.stock_location": "code",
}

# --- what is sent ---

_PLAIN: Final = {
    "customer.id": "customer",
    "orderHeader.orderDate": "ordered_at",
    "orderHeader.requiredDate": "required_at",
    "orderHeader.systemOrderType": "order_type",
    "orderHeader.specialInstructions": "instructions",
    "orderHeader.deliveryMethodId": "delivery_method",
    CUSTOMER_REF: "customer_ref",
    "customerDeliveryAddress.deliveryName": "delivery_name",
    "customerDeliveryAddress.contactName": "contact_name",
    "customerDeliveryAddress.address1": "address1",
    "customerDeliveryAddress.address2": "address2",
    "customerDeliveryAddress.town": "town",
    "customerDeliveryAddress.county": "county",
    "customerDeliveryAddress.postcode": "delivery_postcode",
    "customerDeliveryAddress.countryCode": "delivery_country",
    "customerDeliveryAddress.country": "country_name",
    "customerDeliveryAddress.telephone": "telephone",
    "customerDeliveryAddress.email": "email",
}
_RECKONED: Final = {
    "orderHeader.orderGross": "total",
    "orderHeader.deliveryGross": "delivery",
    "orderLines.variantCode": "products",
    "orderLines.quantity": "lines.quantity",
    "orderLines.itemGross": "lines.gross",
    "orderLines.itemNet": "lines.gross",
    "orderLines.taxRateId": "lines.tax_rate",
    "orderLines.stockLocationId": "lines.stock_location",
}
NOT_COMPARED: Final = {
    "orderLines.itemNumber": "lines.item_number",
    "orderLines.calculateLineSystemPrice": "lines.calculate_price",
    "customer.accountNumber": "customer.account_number",
    "customerDeliveryAddress.deliveryMethodId": "address.delivery_method",
}
"""Members that are sent and cannot be read back; the manifest tells why."""


def compared(profile: Profile) -> dict[str, str]:
    """Each member that is sent and compared, with the name of the field that it is compared as."""
    chosen = {profile.payment_field: "payment_method", profile.currency_field: "currency"}
    ours = {profile.external_ref_field: "reference"}
    return {**_PLAIN, **_RECKONED, **chosen, **ours}


class Form(msgspec.Struct, frozen=True):
    """For orders of one shape: what makes the payload, and what is expected of what was sent.

    `blank` names the expected fields that may have been sent blank.
    """

    payload: Mapper[dict[str, Any]]
    expected: Mapper[dict[str, Field]]
    blank: tuple[str, ...]
    not_compared: tuple[str, ...]


def form(profile: Profile, countries: ValueMap | None, shape: Shape) -> Form:
    """The form of one connection for orders of one shape."""
    found = entries(profile, countries, shape)
    names = compared(profile)
    sent = {one.target for one in found}
    plain = [one.target for one in found if one.target not in {*_RECKONED, *NOT_COMPARED, LINES}]
    copied = [Copied(names[at], at, same) for at in plain]
    return Form(
        payload=Mapper(Table[dict[str, Any]]("orderwise.order", found, reads="attributes")),
        expected=Mapper(Table[dict[str, Field]]("orderwise.expected", copied)),
        blank=tuple(names[at] for at in plain if KINDS[names[at]] in ("person", "text", "code")),
        not_compared=tuple(
            name for at, name in NOT_COMPARED.items() if at in sent or at.startswith(LINES)
        ),
    )


def expected(
    form: Form, sent: dict[str, Any], parts: Parts, profile: Profile
) -> Mapping[str, Field]:
    """What must be seen of an order; what was not sent, or sent blank, is not expected either."""
    fields: dict[str, Field] = form.expected.run(sent, "")
    for name in form.blank:
        if fields[name] == "":
            del fields[name]
    fields["total"] = parts.order.total_minor
    fields["delivery"] = parts.delivery_minor
    fields["products"] = len(parts.sold.codes)
    if profile.compare_tax:
        fields["tax"] = parts.tax_minor
    stock = profile.stock_location_id
    for code, (quantity, gross, rate) in parts.sold.codes.items():
        quantity_name, gross_name, rate_name, stock_name = _NAMES[code]
        fields[quantity_name] = quantity
        fields[gross_name] = gross
        fields[rate_name] = rate
        if stock:
            fields[stock_name] = stock
    return fields


class _Names(dict[str, tuple[str, str, str, str]]):
    """The names of a code's four fields, made once: a shop sells the same codes all day."""

    def __missing__(self, code: str) -> tuple[str, str, str, str]:
        if len(self) >= _REMEMBERED:
            self.clear()
        start = f"lines[{code.translate(_BRACKETS)}]."
        names = (start + "quantity", start + "gross", start + "tax_rate", start + "stock_location")
        self[code] = names
        return names


_REMEMBERED = 16_384  # codes
_BRACKETS = str.maketrans("[]", "()")  # a name is read up to its own bracket
_NAMES: Final = _Names()


# --- what OrderWise shows ---


_SHOWN: Final[dict[str, tuple[str, Read]]] = {
    "extRef": ("reference", text),
    "custRef": ("customer_ref", text),
    "statusText": ("status", text),
    "customerId": ("customer", identity),
    "deliveryMethodId": ("delivery_method", identity),
    "orderType": ("order_type", identity),
    "orderedAt": ("ordered_at", local_time),
    "requiredAt": ("required_at", local_time),
    "tax": ("tax", amount),
    "gross": ("total", amount),
    "deliveryGross": ("delivery", amount),
    "specialInstructions": ("instructions", text),
    "paymentMethodId": ("payment_method", identity),
    "currencyId": ("currency", identity),
    "deliveryName": ("delivery_name", text),
    "contactName": ("contact_name", text),
    "address1": ("address1", text),
    "address2": ("address2", text),
    "town": ("town", text),
    "county": ("county", text),
    "country": ("country_name", text),
    "deliveryPostcode": ("delivery_postcode", text),
    "deliveryCountryCode": ("delivery_country", text),
    "email": ("email", text),
    "telephone": ("telephone", text),
}


CF_ORDERS = Columns(
    "export definition",
    "CF_ORDERS",
    needed=(
        *("owOrderId", "owOrderNo", "extRef", "custRef", "statusText", "complete", "customerId"),
        *("deliveryMethodId", "orderedAt", "amendedAt", "net", "tax", "gross", "deliveryGross"),
        *("deliveryName", "deliveryPostcode", "deliveryCountryCode", "email"),
    ),
    later=(
        *("orderType", "requiredAt", "specialInstructions", "paymentMethodId", "currencyId"),
        *("contactName", "address1", "address2", "address3", "town", "county", "country"),
        "telephone",
    ),
    version="v2",
)
CF_ORDER_LINES = Columns(
    "export definition",
    "CF_ORDER_LINES",
    needed=(
        *("owOrderId", "extRef", "lineId", "itemNumber", "sku", "qty", "itemGross", "lineGross"),
        "taxRateId",
    ),
    later=("stockLocationId",),
    version="v2",
)


def seen(
    orders: Iterable[Row],
    lines: Sequence[Row],
    references: Collection[str],
    currencies: Mapping[str, int],
) -> dict[str, list[Seen]]:
    """The orders under each reference. A row that a join repeated counts once.

    Amounts are read in the currency whose id the order shows, else in the first of `currencies`.
    """
    by_order: dict[str, dict[str, Row]] = {}
    for row in lines:
        by_order.setdefault(str(row["owOrderId"]), {})[str(row["lineId"])] = row
    hidden = {"lines.stock_location"} if lines and "stockLocationId" not in lines[0] else set[str]()
    known: dict[Field, str] = {number: code for code, number in currencies.items()}
    first = next(iter(currencies))
    found: dict[str, list[Seen]] = {}
    for number, row in {str(row["owOrderId"]): row for row in orders}.items():
        reference = text(row["extRef"])
        if reference in references:
            currency = known.get(identity(row.get("currencyId")), first)
            of_lines = _lines(by_order.get(number, {}).values(), currency)
            hidden_here = hidden | unseen(row, _SHOWN)
            one = Seen(
                identity=number,
                number=text(row["owOrderNo"]),
                fields=fields(row, _SHOWN, currency) | of_lines,
                unseen=frozenset(hidden_here),
            )
            found.setdefault(reference, []).append(one)
    return found


def _lines(rows: Iterable[Row], currency: str) -> dict[str, Field]:
    shown: dict[str, Field] = {}
    codes: set[str] = set()
    for row in rows:
        code = text(row["sku"])
        codes.add(code)
        quantity_name, gross_name, rate_name, stock_name = _NAMES[code]
        add(shown, quantity_name, count(row["qty"]))
        add(shown, gross_name, amount(row["lineGross"], currency))
        _also(shown, rate_name, identity(row["taxRateId"]))
        if "stockLocationId" in row:
            _also(shown, stock_name, identity(row["stockLocationId"]))
    return shown | {"products": len(codes)}


def _also(shown: dict[str, Field], name: str, value: Field) -> None:
    shown[name] = both(shown.get(name, value), value)
