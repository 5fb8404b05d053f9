"""A posted sales order: what OrderWise takes from the JSON, what it works out, what it refuses.

Worked out: a line's gross is its unit gross times its quantity; the tax inside a gross amount is
taken out at its rate and rounded half up to the penny, line by line, and for the delivery charge
at its delivery method's rate. The header's gross stays as it was sent.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import field as column

from counterfoil.twins.kit.posted import (
    ABSENT,
    Refusal,
    check_local,
    decoded,
    member,
    minor_units,
)
from counterfoil.twins.orderwise.site import Customer, Site
from counterfoil.values.money import rounded

CREDIT: Final = 4
"""The system order type of a credit."""


class _Buyer(msgspec.Struct, rename="camel"):
    id: int | None = None
    account_number: str | None = None


class _Header(msgspec.Struct, rename="camel"):
    order_date: str
    e_commerce_order_number: str = ""
    customer_order_ref: str | None = ""
    system_order_type: int = 1
    required_date: str | None = None
    special_instructions: str | None = ""
    delivery_method_id: int | None = None
    order_gross: msgspec.Raw = ABSENT
    delivery_gross: msgspec.Raw = ABSENT


class _Delivery(msgspec.Struct, rename="camel"):
    name: str | None = msgspec.field(name="deliveryName", default="")
    contact: str | None = msgspec.field(name="contactName", default="")
    address1: str | None = ""
    address2: str | None = ""
    address3: str | None = ""
    town: str | None = ""
    county: str | None = ""
    country: str | None = ""
    postcode: str | None = ""
    country_code: str | None = ""
    email: str | None = ""
    telephone: str | None = ""
    delivery_method_id: int | None = None


class _Line(msgspec.Struct, rename="camel"):
    item_number: int
    variant_code: str
    quantity: int
    tax_rate_id: int
    item_gross: msgspec.Raw = ABSENT
    item_net: msgspec.Raw = ABSENT
    stock_location_id: int | None = None
    calculate_line_system_price: bool | None = None


class _Body(msgspec.Struct, rename="camel"):
    customer: _Buyer
    order_header: _Header
    order_lines: list[_Line]
    customer_delivery_address: _Delivery = msgspec.field(default_factory=_Delivery)


class PlacedLine(msgspec.Struct):
    """One line as it is stored, by the columns' names; amounts in pennies, `gross` is the whole
    line's."""

    item_number: int = column(name="oli_item_number")
    variant_id: int = column(name="oli_vad_id")
    quantity: int = column(name="oli_qty")
    item_gross: int = column(name="oli_item_gross")
    gross: int = column(name="oli_line_gross")
    tax_rate_id: int = column(name="oli_vr_id")
    basis_points: int
    location_id: int = column(name="oli_sl_id")

    @property
    def tax(self) -> int:
        """The tax inside the line's gross."""
        return included(self.gross, self.basis_points)


class PlacedOrder(msgspec.Struct):
    """An order as it is stored, by the columns' names; amounts in pennies. `required_at`,
    `payment_method_id` and `currency_id` are None where the order did not say."""

    reference: str = column(name="oh_ecommerce_order_number")
    customer_ref: str = column(name="oh_cust_order_ref")
    customer_id: int = column(name="oh_cd_id")
    system_order_type: int = column(name="oh_system_order_type")
    ordered_at: str = column(name="oh_datetime")
    gross: int = column(name="oh_gross")
    required_at: str | None = column(name="ohd_required_datetime")
    delivery_method_id: int = column(name="ohd_dm_id")
    payment_method_id: int | None = column(name="ohd_pm_id")
    currency_id: int | None = column(name="ohd_c_id")
    delivery_gross: int = column(name="ohd_delivery_gross")
    delivery_tax: int = column(name="ohd_delivery_tax")
    instructions: str = column(name="ohd_special_instructions")
    name: str = column(name="ohd_delivery_name")
    contact: str = column(name="ohd_delivery_contact")
    address1: str = column(name="ohd_delivery_address_1")
    address2: str = column(name="ohd_delivery_address_2")
    address3: str = column(name="ohd_delivery_address_3")
    town: str = column(name="ohd_delivery_town")
    county: str = column(name="ohd_delivery_county")
    country: str = column(name="ohd_delivery_country")
    postcode: str = column(name="ohd_delivery_postcode")
    country_code: str = column(name="ohd_delivery_country_code")
    email: str = column(name="ohd_delivery_email")
    telephone: str = column(name="ohd_delivery_telephone")
    lines: list[PlacedLine]

    @property
    def is_credit(self) -> bool:
        """Whether it gives back instead of selling."""
        return self.system_order_type == CREDIT

    @property
    def tax(self) -> int:
        """The tax inside the lines and the delivery charge."""
        return sum(line.tax for line in self.lines) + self.delivery_tax


def _texts(address: _Delivery) -> dict[str, Any]:
    *names, _ = _Delivery.__struct_fields__  # the last one is no text
    return {name: getattr(address, name) or "" for name in names}


def included(gross: int, basis_points: int) -> int:
    """The tax inside `gross` pennies at a rate, half up to the penny."""
    return rounded(gross * basis_points, 10_000 + basis_points)


def list_price(code: str) -> int:
    """What the price list says of a variant: a fixed price in pennies that no shop asks."""
    return zlib.crc32(code.encode()) % 9_000 + 1_000_000


class OrderDesk:
    """Reads posted orders for one site. `variant` gives a variant's id, or None where unknown."""

    def __init__(self, site: Site, variant: Callable[[str], int | None]) -> None:
        self._site = site
        self._variant = variant
        self._decoder = msgspec.json.Decoder(_Body)
        self._rates = {rate.id: rate.basis_points for rate in site.tax_rates}
        self._methods = {method.id: method for method in site.delivery_methods}
        self._locations = {location.id for location in site.stock_locations}
        self._payments = frozenset(row.id for row in site.payment_methods)
        self._currencies = frozenset(row.id for row in site.currencies)
        self._types = {kind.id for kind in site.order_types}
        self._customers: dict[int | str, Customer] = {
            key: customer
            for customer in site.customers
            for key in (customer.id, customer.account_number)
        }

    def read(self, session: str, body: bytes) -> PlacedOrder:
        """The order, or the credit, that a body asks for. Raises `Refusal`."""
        self._check_session(session)
        return self._placed(decoded(self._decoder, body), body)

    def _check_session(self, session: str) -> None:
        if not session:
            raise Refusal("session_id is required")
        if not session.isdecimal() or int(session) not in self._site.sessions:
            raise Refusal(f"E-commerce session {session[:20]} does not exist")

    def _placed(self, posted: _Body, body: bytes) -> PlacedOrder:
        header, address = posted.order_header, posted.customer_delivery_address
        customer = self._customer(posted.customer)
        check_local(header.order_date, "Order date")
        if header.order_date < self._site.locked_before:
            raise Refusal(f"Order date {header.order_date} lies in a locked period")
        if header.required_date is not None:
            check_local(header.required_date, "Order date")
        if header.system_order_type not in self._types:
            raise Refusal(f"System order type {header.system_order_type} is not valid")
        method_id, delivery_rate = self._method(
            header.delivery_method_id or address.delivery_method_id
        )
        lines = [self._line(line, customer) for line in posted.order_lines]
        if not lines:
            raise Refusal("The order has no lines")
        delivery_gross = minor_units(header.delivery_gross, "deliveryGross", "GBP") or 0
        gross = minor_units(header.order_gross, "orderGross", "GBP")
        if gross is None:
            gross = sum(line.gross for line in lines) + delivery_gross
        return PlacedOrder(
            reference=header.e_commerce_order_number,
            customer_ref=header.customer_order_ref or "",
            customer_id=customer.id,
            system_order_type=header.system_order_type,
            ordered_at=header.order_date,
            required_at=header.required_date,
            delivery_method_id=method_id,
            payment_method_id=self._listed(body, self._site.payment_field, self._payments),
            currency_id=self._listed(body, self._site.currency_field, self._currencies),
            gross=gross,
            delivery_gross=delivery_gross,
            delivery_tax=included(delivery_gross, delivery_rate),
            instructions=header.special_instructions or "",
            **_texts(address),
            lines=lines,
        )

    def _listed(self, body: bytes, path: str, known: frozenset[int]) -> int | None:
        """A row of a value list that the order names in the member that this site has for it."""
        value = member(body, path)
        if value is None:
            return None
        if not isinstance(value, int) or value not in known:
            raise Refusal(f"{path}: {str(value)[:40]} is not in the list")
        return value

    def _customer(self, buyer: _Buyer) -> Customer:
        key = buyer.account_number if buyer.id is None else buyer.id
        customer = None if key is None else self._customers.get(key)
        if customer is None:
            raise Refusal(f"Customer {str(key)[:40]} does not exist")
        if customer.on_hold:
            raise Refusal(f"Customer {customer.account_number} is on hold")
        return customer

    def _method(self, method_id: int | None) -> tuple[int, int]:
        if method_id is None:
            return 0, 0
        method = self._methods.get(method_id)
        if method is None:
            raise Refusal(f"Delivery method {method_id} does not exist")
        return method_id, self._rates[method.tax_rate_id]

    def _line(self, line: _Line, customer: Customer) -> PlacedLine:
        where = f"Line {line.item_number}"
        variant_id = self._variant(line.variant_code)
        if variant_id is None:
            raise Refusal(f"{where}: variant code {line.variant_code[:60]!r} does not exist")
        basis_points = self._rates.get(line.tax_rate_id)
        if basis_points is None:
            raise Refusal(f"{where}: tax rate {line.tax_rate_id} is not accepted")
        if line.quantity <= 0:
            raise Refusal(f"{where}: the quantity must be more than zero")
        location_id = line.stock_location_id or customer.default_stock_location_id
        if location_id not in self._locations:
            raise Refusal(f"{where}: stock location {location_id} does not exist")
        item_gross = self._item_gross(line, basis_points, where)
        return PlacedLine(
            item_number=line.item_number,
            variant_id=variant_id,
            quantity=line.quantity,
            item_gross=item_gross,
            gross=item_gross * line.quantity,
            tax_rate_id=line.tax_rate_id,
            basis_points=basis_points,
            location_id=location_id,
        )

    def _item_gross(self, line: _Line, basis_points: int, where: str) -> int:
        reprices = line.calculate_line_system_price
        if reprices or (reprices is None and self._site.reprices_unless_told):
            return list_price(line.variant_code)
        gross = minor_units(line.item_gross, "itemGross", "GBP")
        if gross is not None:
            return gross
        net = minor_units(line.item_net, "itemNet", "GBP")
        if net is None:
            raise Refusal(f"{where}: neither itemGross nor itemNet was given")
        return net + rounded(net * basis_points, 10_000)
