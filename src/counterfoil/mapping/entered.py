"""An order as the office tells it that entered it: a head and its lines, at gross prices per unit.

Whether it may be picked its status says, in words of the site's own. Tax is what the office shows,
so that the parts are the total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, cast, get_args

import msgspec

from counterfoil.mapping.convert import identity, money, trimmed, whole
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.shape import at, table
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.document import Measure
from counterfoil.model.line import Charge, Line, LineKind, Payment
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant, from_wall_clock
from counterfoil.values.errors import Hold

Row = Mapping[str, object]
Way = Literal["release", "wait", "never", "cancelled"]
"""What becomes of an order whose status is this one."""

REFERENCE: Final = "channel reference"
"""The name of the attribute that has the sales channel's own identity of an order."""


class Entered(msgspec.Struct, frozen=True):
    """The head of an order. Times are local, amounts minor units of its currency."""

    key: Annotated[str, at("orderId", identity)]
    number: Annotated[str, at("orderNo", identity)]
    reference: Annotated[str, at("extRef", trimmed)]
    customer_ref: Annotated[str, at("custRef", trimmed)]
    status: Annotated[str, at("statusText", trimmed)]
    kind: Annotated[str, at("orderType", identity)]
    ordered: Annotated[str, at("orderedAt", trimmed)]
    entered: Annotated[str, at("enteredAt", trimmed)]
    amended: Annotated[str, at("amendedAt", trimmed)]
    total_minor: Annotated[int, at("gross", money)]
    tax_minor: Annotated[int, at("tax", money)]
    delivery_minor: Annotated[int, at("deliveryGross", money)]
    delivery_tax_minor: Annotated[int, at("deliveryTax", money)]
    delivery: Annotated[str, at("deliveryMethod", trimmed)]
    payment: Annotated[str, at("paymentMethod", trimmed)]
    note: Annotated[str, at("specialInstructions", trimmed)]
    name: Annotated[str, at("deliveryName", trimmed)]
    contact: Annotated[str, at("contactName", trimmed)]
    address1: Annotated[str, at("address1", trimmed)]
    address2: Annotated[str, at("address2", trimmed)]
    address3: Annotated[str, at("address3", trimmed)]
    town: Annotated[str, at("town", trimmed)]
    county: Annotated[str, at("county", trimmed)]
    postcode: Annotated[str, at("deliveryPostcode", trimmed)]
    country: Annotated[str, at("deliveryCountryCode", trimmed)]
    email: Annotated[str, at("email", trimmed)]
    telephone: Annotated[str, at("telephone", trimmed)]

    @property
    def address(self) -> Address:
        """Where it goes: the delivery's name is a company's where the contact is another one."""
        return Address(
            name=self.contact or self.name,
            company=self.name if self.contact and self.contact != self.name else "",
            line1=self.address1,
            line2=", ".join(filter(None, (self.address2, self.address3))),
            town=self.town,
            region=self.county,
            postcode=self.postcode,
            country=self.country,
            phone=self.telephone,
        )


class EnteredLine(msgspec.Struct, frozen=True):
    """A line of an order, with how many of its pieces are still to be sent."""

    key: Annotated[str, at("lineId", identity)]
    sku: Annotated[str, at("sku", trimmed)]
    title: Annotated[str, at("title", trimmed)]
    quantity: Annotated[int, at("qty", whole)]
    unsent: Annotated[int, at("qtyToSend", whole)]
    unit_minor: Annotated[int, at("itemGross", money)]
    total_minor: Annotated[int, at("lineGross", money)]
    tax_minor: Annotated[int, at("lineTax", money)]
    rate: Annotated[str, at("taxRateId", identity)]


_HEADS: Final = Mapper(table("entered.order", Entered))
_LINES: Final = Mapper(table("entered.line", EnteredLine))


class Agreed(msgspec.Struct, frozen=True):
    """The codes of what is sold and is no product: of `extras` (tips, duties), of a `rounding`, and
    of lines of another kind."""

    extras: str = ""
    rounding: str = ""
    kinds: Mapping[str, LineKind] = {}

    def is_extra(self, sku: str) -> bool:
        """Whether a line of this code is a charge, and nothing that is picked."""
        return sku != "" and sku in (self.extras, self.rounding)


class Entering(msgspec.Struct, frozen=True):
    """How the orders of one office (`where`) are read: by the `zone` of its clock; what its
    statuses mean (`ways`); the `types` of order that are sales; the `rates` and `currencies` that
    its ids stand for; and the codes that were agreed with finance."""

    zone: str
    ways: ValueMap
    types: frozenset[str]
    rates: Mapping[str, str]
    currencies: Mapping[str, str]
    agreed: Agreed
    where: str

    def made(self, head: Row, rows: Iterable[Row], moment: Instant) -> Order:
        """The order of these rows, as they were read at a moment. Raises `Hold` (code
        "unmapped-value") for a status of which nobody has said what it means."""
        currency = self._currency(head)
        told = _HEADS.run(head, currency)
        way, agreed = self._way(told), self.agreed
        lines = [_LINES.run(row, currency) for row in rows]
        method = Charge(told.delivery, told.delivery_minor, told.delivery_tax_minor)
        payment = Payment(told.payment, told.total_minor, state="received")
        return Order(
            key=told.key,
            number=told.number,
            placed=self._moment(told.ordered),
            created=self._moment(told.entered),
            updated=self._moment(told.amended, moment),
            currency=currency,
            tax_included=True,
            lines=tuple(self._line(line) for line in lines if not agreed.is_extra(line.sku)),
            extras=tuple(self._extra(line) for line in lines if agreed.is_extra(line.sku)),
            shipping=(method,) if told.delivery or told.delivery_minor else (),
            total_minor=told.total_minor,
            tax_minor=told.tax_minor,
            payments=(payment,) if told.payment else (),
            email=told.email,
            deliver_to=told.address,
            note=told.note,
            cancelled=way == "cancelled",
            release=way if way in ("wait", "never") else "",
            po_number=told.customer_ref,
            attributes=((REFERENCE, told.reference),) if told.reference else (),
        )

    def stake(self, head: Row) -> Measure:
        """The money at stake in an order that cannot be read."""
        currency = self._currency(head)
        return Measure(money(head.get("gross"), currency), currency)

    def _currency(self, head: Row) -> str:
        """The currency whose id an order shows; the first one where it shows none of them."""
        first = next(iter(self.currencies.values()))
        return self.currencies.get(str(head.get("currencyId")).strip(), first)

    def _moment(self, local: str, by: Instant = Instant.MIN) -> str:
        """Of an hour that comes twice what happened is of the first, whenever it is read."""
        return from_wall_clock(local, self.zone, by).format_iso()

    def _way(self, head: Entered) -> Way:
        if head.kind not in self.types:
            return "never"
        word = self.ways.look_up(head.status)
        if word in get_args(Way):
            return cast("Way", word)
        raise Hold(
            f"{word!r} in value map {self.ways.name!r} does not say what becomes of an order.",
            do=f"Use {', '.join(get_args(Way))}.",
            where=self.where,
            code="unmapped-value",
        )

    def _line(self, line: EnteredLine) -> Line:
        return Line(
            key=line.key,
            sku=line.sku,
            title=line.title,
            quantity=line.quantity,
            unit_minor=line.unit_minor,
            discount_minor=line.quantity * line.unit_minor - line.total_minor,
            tax_minor=line.tax_minor,
            tax_rate=self.rates.get(line.rate, ""),
            kind=self.agreed.kinds.get(line.sku, "product"),
            sent=max(0, line.quantity - line.unsent),
        )

    def _extra(self, line: EnteredLine) -> Charge:
        code = "rounding" if line.sku == self.agreed.rounding else ""
        title, rate = line.title or line.sku, self.rates.get(line.rate, "")
        return Charge(title, line.total_minor, line.tax_minor, rate, code)
