"""What an order says that a target has no member for, in readable words: each part a named loss."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from operator import attrgetter
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.mapping import tax_cases
from counterfoil.mapping.losses import Loss
from counterfoil.model.address import Address
from counterfoil.model.line import Pairs
from counterfoil.model.order import Order, Presentment, Terms
from counterfoil.values.money import Money

NOWHERE: Final = Address()

_MARKS = attrgetter(
    "terms", "tags", "attributes", "discount_codes", "location", "presentment", "invoice_to"
)
_NONE = (Terms(), (), (), (), "", Presentment(), NOWHERE)


class Untold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one target is not told, each with its reason, by the path of its field.

    `no_member` is named as a loss wherever it says something; `ignored` is left knowingly.
    """

    no_member: Mapping[str, str]
    ignored: Mapping[str, str]

    def of_order(self, order: Order, address: Address) -> Iterator[Loss]:
        """What stands beside the lines, where `address` is the one that is sent."""
        if _MARKS(order) == _NONE and address != NOWHERE:
            return
        for field, text in _texts(order, address):
            if text and field in self.no_member:
                yield Loss(field, "no-member", self.no_member[field], text)

    def of_lines(self, order: Order, *, plain: bool) -> Iterator[Loss]:
        """What the lines, and the charges, say beyond one stock code and one tax (`plain`)."""
        wrote = [line for line in order.lines if line.properties and line.quantity]
        if wrote:
            text = "; ".join(
                f"{line.sku or line.title}: {_pairs(line.properties)}" for line in wrote
            )
            yield Loss("lines.properties", "no-member", self.no_member["lines.properties"], text)
        if plain:
            return
        rows = {"lines": order.lines, "shipping": order.shipping, "extras": order.extras}
        for name, taxed in rows.items():
            taxes = tax_cases.several(taxed, order.currency)
            if taxes:
                yield Loss(f"{name}.taxes", "no-member", self.no_member["taxes"], taxes)


def untold(package: str) -> Untold:
    """What the `untold.toml` of a package's folder names."""
    return _read(files(package) / "untold.toml")


def reasons(package: str, word: str) -> Mapping[str, str]:
    """Why a target is not told what its documents of that word say, by the path of its field, of
    what the `untold_WORD.toml` of a package's folder names as a loss."""
    return _read(files(package) / f"untold_{word}.toml").no_member


def ignored_in(folder: Path, word: str) -> Mapping[str, str]:
    """What the documents of that word say and a connector in that folder ignores, by the path of
    its field, each with the reason; nothing where it has no such table.

    A connector that writes several words has a `untold_WORD.toml` for each, one that writes one
    the `untold.toml` alone.
    """
    tables = (folder / f"untold_{word}.toml", folder / "untold.toml")
    present = [table for table in tables if table.is_file()]
    return _read(present[0]).ignored if present else {}


def _read(table: Traversable) -> Untold:
    return msgspec.convert(tomllib.loads(table.read_text("utf-8")), Untold)


def tax_rounded(own_minor: int, shown_minor: int, currency: str, target: str) -> Loss:
    """Tax that `target` will show otherwise than the shop, by its own rounding."""
    target_tax, own_tax = Money(shown_minor, currency), Money(own_minor, currency)
    return Loss(
        "tax_minor",
        "rounded",
        f"{target} rounds line by line what it is sent, so it shows {target_tax}, not {own_tax}.",
        str(own_tax),
        abs(shown_minor - own_minor),
    )


def _texts(order: Order, address: Address) -> Iterator[tuple[str, str]]:
    """Each field with what it says as readable text; empty where it says nothing."""
    yield "terms", _terms(order.terms)
    yield "tags", ", ".join(order.tags)
    yield "attributes", _pairs(order.attributes)
    yield "discount_codes", ", ".join(order.discount_codes)
    yield "location", order.location
    yield "presentment", _presented(order.presentment)
    if order.invoice_to != address:
        yield "invoice_to", _postal(order.invoice_to)
    if address == NOWHERE:
        yield "email", order.email
        yield "phone", order.phone


def _terms(terms: Terms) -> str:
    days = f"{terms.due_days} days" if terms.due_days else ""
    return ", ".join(filter(None, (terms.name, terms.kind, days)))


def _presented(shown: Presentment) -> str:
    return str(Money(shown.total_minor, shown.currency)) if shown.currency else ""


def _pairs(pairs: Pairs) -> str:
    return ", ".join(f"{name}: {value}" for name, value in pairs)


def _postal(address: Address) -> str:
    parts: list[str] = [getattr(address, name) for name in Address.__struct_fields__]
    return ", ".join(filter(None, parts))
