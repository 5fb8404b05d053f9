"""A despatch as a target takes it that has one carrier and no parcels: what each part becomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from counterfoil.mapping.convert import local_moment, searchable, text
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.fulfilment import STEPS, Fulfilment, FulfilmentStatus, Parcel, pieces_by_sku
from counterfoil.values.errors import Hold

Told = dict[str, str | int]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a site calls the members of a despatch; `id` and `number` stand in its answer."""

    reference: str = "externalReference"
    order: str = "orderId"
    moved: str = "despatchDate"
    status: str = "status"
    method: str = "deliveryMethodId"
    tracking: str = "consignmentNumbers"
    lines: str = "lines"
    sku: str = "variantCode"
    quantity: str = "quantity"
    id: str = "despatchId"
    number: str = "despatchNumber"


class Telling(msgspec.Struct, frozen=True):
    """How the system `target` is told of despatches: by its own `names`, words for where one stands
    (`words`) and ids of delivery methods by a warehouse's `carriers`; its times are those of a
    clock in `zone`, and a reference holds nothing that stands `between` two."""

    target: str
    names: Names
    words: ValueMap | None
    carriers: ValueMap | None
    zone: str
    between: str

    def fields(self, document: Fulfilment, order: str) -> Told:
        """The members that are told as they are compared, by our names of them; what is unknown
        here is left out."""
        parcels = [*document.parcels] if self.carriers else []
        method = one_carrier(document, parcels, self.carriers, self.target)
        moment = local_moment(self.zone)(document.moved or document.updated, "")
        members: Told = {
            "reference": text(searchable(self.target, self.between)(document.key, ""), ""),
            "order": int(order) if order.isdecimal() else order,
            "moved": text(moment, ""),
            "status": self.word(document),
            "method": int(method) if method else "",
        }
        return {name: value for name, value in members.items() if value != ""}

    def body(self, fields: Told, document: Fulfilment) -> dict[str, object]:
        """What is sent: these fields, how it is followed, and its goods by their codes."""
        names = self.names
        body: dict[str, object] = {getattr(names, name): value for name, value in fields.items()}
        body[names.tracking] = [parcel.tracking for parcel in tracked(document)]
        goods = goods_of(document).items()
        body[names.lines] = [{names.sku: sku, names.quantity: count} for sku, count in goods]
        return body

    def word(self, document: Fulfilment) -> str:
        """The site's own word for where a despatch stands; empty where it has none."""
        return self.words.look_up(document.status) if self.words else ""

    def losses(self, document: Fulfilment) -> Iterator[Loss]:
        """What the target is not told of it."""
        yield from losses(document)
        names = dict.fromkeys(parcel.carrier for parcel in document.parcels if parcel.carrier)
        if names and self.carriers is None:
            why = "No value map says what the carrier is called there."
            yield Loss("parcels.carrier", "no-member", why, ", ".join(names))


def status_of(text: str, words: ValueMap | None, where: str) -> FulfilmentStatus:
    """Where a despatch stands by a site's own word for it; without `words` all of them have left.

    Raises `Hold` (code "unmapped-value") where the map has another word than ours for it.
    """
    if words is None:
        return "shipped"
    word = words.look_up(text)
    for status in STEPS:
        if status == word:
            return status
    raise Hold(
        f"{word!r} in value map {words.name!r} is no status of a despatch.",
        do=f"Use {', '.join(STEPS)}.",
        where=where,
        code="unmapped-value",
    )


def goods_of(document: Fulfilment) -> dict[str, int]:
    """The pieces of each SKU, without the blanks at its ends."""
    return {sku.strip(): pieces for sku, pieces in pieces_by_sku(document.holds).items()}


def tracked(document: Fulfilment) -> list[Parcel]:
    """The parcels that can be followed."""
    return [parcel for parcel in document.parcels if parcel.tracking]


def one_carrier(
    document: Fulfilment, parcels: Sequence[Parcel], carriers: ValueMap | None, target: str
) -> str:
    """The target's word for who carries these parcels; empty where nobody is named.

    Raises `Hold` where there are several (code "several-carriers"), or the map has no such word.
    """
    names = list(dict.fromkeys(parcel.carrier for parcel in parcels if parcel.carrier))
    words = [carriers.look_up(name) if carriers else name for name in names]
    if len(dict.fromkeys(words)) > 1:
        raise Hold(
            f"Despatch {document.number} goes with {' and '.join(names)}, and {target} takes one"
            " carrier for all parcels.",
            do=f"Split the despatch at the warehouse; or enter it at {target} by hand.",
            code="several-carriers",
        )
    return words[0] if words else ""


def losses(document: Fulfilment) -> Iterator[Loss]:
    """What no such target has a member for, each part with what it said."""
    services = dict.fromkeys(parcel.service for parcel in document.parcels if parcel.service)
    shorts = [f"{short.quantity} x {short.sku}" for short in document.shorts]
    parcels = [parcel.tracking for parcel in document.parcels if parcel.holds]
    reasons = {
        "parcels.service": ("has no member for the carrier's service", ", ".join(services)),
        "shorts": ("has no member for what could not be picked", ", ".join(shorts)),
        "parcels.holds": ("does not tell which goods are in which parcel", "; ".join(parcels)),
    }
    for field, (why, value) in reasons.items():
        if value:
            yield Loss(field, "no-member", f"A fulfilment {why}.", value)
