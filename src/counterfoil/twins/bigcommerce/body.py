"""How V2 shows orders: every member that recorded answers have, spelt as they are.

`shapes.json` has what stands in each member where nothing else is known, `bodies.toml` where the
others come from; here is what those tables name.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec

from counterfoil.twins.bigcommerce.site import STATUSES, Site
from counterfoil.twins.kit.prices import Levy, Ordered, Reduction, Sold, fine
from counterfoil.twins.kit.resource import Json
from counterfoil.twins.kit.shapes import PLAIN, Getter, Shapes, Spelling, plainly, tables
from counterfoil.twins.kit.status_order import Part, StatusOrder

_SHAPES: Final[Mapping[str, Json]] = msgspec.json.decode(
    (files(__package__ or "") / "shapes.json").read_bytes()
)
# Every member that recorded answers have, with what stands there where nothing else is known.
_API: Final = "https://api.bigcommerce.com"
_KINDS: Final = {"gift-card": "giftcertificate"}
_SOURCES: Final = {"web": "www", "shopify_draft_order": "manual"}
_PERCENTAGE, _FIXED = 1, 2  # of a coupon: so many per cent, or an amount off the total


class View(NamedTuple):
    """An order as its store shows it."""

    kept: StatusOrder
    site: Site

    @property
    def facts(self) -> Ordered:
        """What its sale tells."""
        return Ordered(self.kept.sale)


def _fine(amount: Fraction | int, part: View | Part, words: str = "") -> str:
    return fine(amount, part.kept.sale.currency)


def _link(view: View, path: str) -> Json:
    resource = f"/orders/{view.kept.id}/{path}"
    return {"url": f"{_API}{view.site.base}/v2{resource}", "resource": resource}


def _by_shopper(text: Callable[[StatusOrder], str | None]) -> Getter:
    """A text that is empty where there is none of a shopper's order, and null of another."""
    return lambda view: text(view.kept) or ("" if view.kept.by_shopper else None)


def _cart(view: View) -> str | None:
    number = view.kept.sale.number
    return str(uuid.uuid5(uuid.NAMESPACE_OID, number)) if view.kept.by_shopper else None


def _billing(view: View) -> Json:
    address = _RECORDS.record("address")(view.facts.invoiced_to)
    return {**address, **_RECORDS.record("form")(view)}


def _own(kept: StatusOrder, sold: Sold) -> int:
    """The number of what was sold, where the sale has none; nothing where it is no product."""
    return 0 if sold.line.kind in ("custom", "tip") else kept.first_line + sold.place


def _is_postage(tax: Part) -> bool:
    return tax.of.place == len(tax.kept.sale.lines)


_STEPS: Final[dict[str, Getter]] = {
    "label": lambda view: view.site.labels.get(view.kept.status, STATUSES[view.kept.status]),
    "items_shipped": lambda view: sum(view.kept.sent),
    "provider": lambda view: f"pi_{view.kept.id}" if view.kept.payment_status else None,
    "visitor": lambda view: view.kept.sale.deliver_to.country if view.kept.by_shopper else "",
    "staff_notes": _by_shopper(lambda kept: kept.staff_notes),
    "note": _by_shopper(lambda kept: kept.sale.note),
    "empty": _by_shopper(lambda kept: None),
    "cart": _cart,
    "addresses": lambda view: len(view.facts.methods[:1]),
    "billing": _billing,
    "tax_provider": lambda view: "BasicTaxProvider" if view.kept.sale.tax_minor else "",
    "method": lambda view: view.facts.methods[0],
    "quotes": lambda view: _link(view, f"shipping_addresses/{view.kept.id}/shipping_quotes"),
    # of a line
    "line_id": lambda product: product.kept.first_line + product.of.place,
    "product": lambda product: product.of.line.product_id or _own(*product),
    "variant": lambda product: product.of.line.variant_id or _own(*product),
    # of a discount
    "how": lambda part: "coupon" if part.of.code else "manual-discount",
    "coupon_id": lambda part: part.kept.id * 10 + part.of.place,
    "coupon": lambda part: part.of.place + 1,
    "percent": lambda part: (
        part.of.discount.percent or fine(part.of.minor, part.kept.sale.currency)
    ),
    "coupon_type": lambda part: _PERCENTAGE if part.of.discount.percent else _FIXED,
    # of a tax: the postage stands behind the lines
    "tax_id": lambda part: part.kept.id * 100 + part.of.place,
    "taxed": lambda part: "" if _is_postage(part) else str(part.kept.first_line + part.of.place),
    "tax_kind": lambda part: "shipping" if _is_postage(part) else "item",
    "rate": lambda part: fine(Fraction(part.kept.sale.tax_rate) * 10_000, ""),
}
_SPELLINGS: Final[dict[str, Spelling]] = {
    "fine": _fine,
    "number": lambda amount, view, words: float(_fine(amount, view)),
    "link": lambda view, _, words: _link(view, words),
    "source": lambda channel, view, words: _SOURCES.get(channel, "external"),
    "kind": lambda line, view, words: _KINDS.get(
        line.kind, "digital" if line.ships is False else "physical"
    ),
    "kilograms": plainly(lambda grams: f"{grams / 1000:.4f}"),
    "applied": lambda offs, line, words: _rows("applied", line.kept, offs),
}
_RECORDS: Final = Shapes(tables(__package__ or "", "bodies.toml"), _STEPS, {**PLAIN, **_SPELLINGS})


def order(kept: StatusOrder, site: Site) -> Json:
    """An order's head."""
    members = {**_SHAPES["order"], **_RECORDS.record("order")(View(kept, site))}
    return {name: value for name, value in members.items() if name not in site.omits}


def _rows(name: str, kept: StatusOrder, parts: Iterable[Sold | Reduction | Levy]) -> list[Json]:
    record = _RECORDS.record(name)
    return [{**_SHAPES.get(name, {}), **record(Part(kept, part))} for part in parts]


def products(kept: StatusOrder, site: Site) -> list[Json]:
    """An order's lines."""
    return _rows("product", kept, Ordered(kept.sale).lines)


def shipping_addresses(kept: StatusOrder, site: Site) -> list[Json]:
    """Where an order goes; nowhere where nothing is sent."""
    view = View(kept, site)
    place = _RECORDS.record("address")(view.facts.goes_to)
    whole = {**_SHAPES["shipping_address"], **place}
    return [{**whole, **_RECORDS.record("shipping_address")(view)} for _ in view.facts.methods[:1]]


def coupons(kept: StatusOrder, site: Site) -> list[Json]:
    """The coupons that were used."""
    offs = Ordered(kept.sale).reductions
    return _rows("coupon", kept, [off for off in offs if off.code is not None and off.minor])


def taxes(kept: StatusOrder, site: Site) -> list[Json]:
    """What the tax is made of: a row for each taxed line, and for the postage."""
    return _rows("tax", kept, [levy for levy in Ordered(kept.sale).levies if levy.minor])


PARTS: Final[Mapping[str, Callable[[StatusOrder, Site], list[Json]]]] = {
    "products": products,
    "shipping_addresses": shipping_addresses,
    "coupons": coupons,
    "taxes": taxes,
    **dict.fromkeys(("fees", "messages", "shipments"), lambda kept, site: []),
}
"""The lists beside an order; here none has fees, messages or shipments."""


def statuses(site: Site) -> list[Json]:
    """Every status, with the merchant's own labels."""
    return [
        {
            "id": number,
            "name": name,
            "system_label": name,
            "custom_label": site.labels.get(number, name),
            "system_description": f"The order is {name.lower()}.",
            "order": number,
        }
        for number, name in STATUSES.items()
    ]


def tally(counts: Mapping[int, int], site: Site) -> Json:
    """How many orders there are in each status."""
    rows = [
        {**status, "count": counts.get(number, 0), "sort_order": number}
        for number, status in enumerate(statuses(site))
    ]
    return {"statuses": rows, "count": sum(counts.values())}
