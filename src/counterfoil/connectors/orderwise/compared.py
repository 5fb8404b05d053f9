"""The fields that are compared, named once: as they are expected, and as OrderWise shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from counterfoil.connectors.orderwise.payload import Parts, delivery_name
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.connector import Field, Seen
from counterfoil.values.errors import Hold, Misconfigured
from counterfoil.values.money import minor
from counterfoil.values.quantity import pieces

CF_ORDERS = [
    "owOrderId",
    "owOrderNo",
    "extRef",
    "custRef",
    "statusText",
    "complete",
    "customerId",
    "deliveryMethodId",
    "orderedAt",
    "amendedAt",
    "net",
    "tax",
    "gross",
    "deliveryGross",
    "deliveryName",
    "deliveryPostcode",
    "deliveryCountryCode",
    "email",
]
CF_ORDER_LINES = [
    "owOrderId",
    "extRef",
    "lineId",
    "itemNumber",
    "sku",
    "qty",
    "itemGross",
    "lineGross",
    "taxRateId",
]
VERSION = "v1"

Row = Mapping[str, Any]


def expected(parts: Parts, profile: Profile) -> dict[str, Field]:
    """What must be seen of an order; what was not sent is not expected either."""
    order, address, sold = parts.order, parts.address, parts.sold
    fields: dict[str, Field] = {
        "reference": order.key,
        "total": order.total_minor,
        "delivery": parts.delivery_minor,
        "products": len(sold.quantity),
    }
    sent: dict[str, Field] = {
        "delivery_method": parts.delivery_id,
        "customer": profile.customer_id,
        "delivery_name": delivery_name(address),
        "delivery_postcode": address.postcode.strip(),
        "delivery_country": address.country.strip(),
        "email": order.email.strip(),
    }
    fields.update({name: value for name, value in sent.items() if value})
    if profile.compare_tax:
        fields["tax"] = parts.tax_minor
    for code, quantity in sold.quantity.items():
        fields[f"lines[{code}].quantity"] = quantity
        fields[f"lines[{code}].gross"] = sold.gross_minor[code]
    return fields


def checked(rows: Sequence[Row], aliases: Sequence[str], definition: str, where: str) -> None:
    """Raise `Misconfigured` where a row lacks an alias of the definition."""
    wanted = set(aliases)
    for row in rows:
        if not wanted <= row.keys():
            missing = next(alias for alias in aliases if alias not in row)
            raise Misconfigured(
                f"The export definition {definition} {VERSION} gives no column {missing!r}.",
                do=f"Paste {definition} {VERSION} again and check the definition's number.",
                where=where,
            )


def seen(
    orders: Iterable[Row], lines: Iterable[Row], references: Collection[str], currency: str
) -> dict[str, list[Seen]]:
    """The orders under each reference. A row that a join repeated counts once."""
    by_order: dict[str, dict[str, Row]] = {}
    for row in lines:
        by_order.setdefault(str(row["owOrderId"]), {})[str(row["lineId"])] = row
    found: dict[str, list[Seen]] = {}
    for identity, row in {str(row["owOrderId"]): row for row in orders}.items():
        reference = _text(row["extRef"])
        if reference in references:
            fields = _header(row, currency) | _lines(by_order.get(identity, {}).values(), currency)
            one = Seen(identity=identity, number=_text(row["owOrderNo"]), fields=fields)
            found.setdefault(reference, []).append(one)
    return found


def _header(row: Row, currency: str) -> dict[str, Field]:
    return {
        "reference": _text(row["extRef"]),
        "total": _amount(row["gross"], currency),
        "tax": _amount(row["tax"], currency),
        "delivery": _amount(row["deliveryGross"], currency),
        "delivery_method": _id(row["deliveryMethodId"]),
        "customer": _id(row["customerId"]),
        "delivery_name": _text(row["deliveryName"]),
        "delivery_postcode": _text(row["deliveryPostcode"]),
        "delivery_country": _text(row["deliveryCountryCode"]),
        "email": _text(row["email"]),
        "status": _text(row["statusText"]),
    }


def _lines(rows: Iterable[Row], currency: str) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    codes: set[str] = set()
    for row in rows:
        code = _text(row["sku"])
        codes.add(code)
        _add(fields, f"lines[{code}].quantity", _pieces(row["qty"]))
        _add(fields, f"lines[{code}].gross", _amount(row["lineGross"], currency))
    return fields | {"products": len(codes)}


def _add(fields: dict[str, Field], name: str, value: Field) -> None:
    held = fields.get(name, 0)
    if isinstance(held, int) and isinstance(value, int):
        fields[name] = held + value
    else:
        fields[name] = f"{held} + {value}"


# What is no text, number or amount stays as it came: it then differs, and a person sees it.
def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _id(value: Any) -> Field:
    return value if type(value) is int else _text(value)


def _amount(value: Any, currency: str) -> Field:
    try:
        return minor(_text(value), currency)
    except Hold:
        return _text(value)


def _pieces(value: Any) -> Field:
    try:
        return pieces(_text(value))
    except Hold:
        return _text(value)
