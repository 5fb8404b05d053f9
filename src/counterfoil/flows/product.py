"""What is special about moving products: which of them go, what they need, and what is news."""

from __future__ import annotations

from typing import Final, Literal, cast

import msgspec

from counterfoil.flows.rules import (
    GOES,
    Called,
    Change,
    Holds,
    LeftOut,
    Rules,
    Standing,
    Waits,
    all_of_it,
    without_note,
)
from counterfoil.model.document import Ref
from counterfoil.model.product import Price, Product, check
from counterfoil.values.money import Money


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a route does with a product.

    `draft`: one that is not for sale yet. `kits`: one that is made of others. `components`: whether
    a kit waits until all that it is made of is at the target.
    """

    draft: Literal["send", "wait", "leave-out"] = "send"
    kits: Literal["send", "hold", "leave-out"] = "send"
    components: bool = True


TEST: Final = LeftOut("test", "a test at its source")
ENDED: Final = LeftOut("ended", "archived or merged before it was sent")
"""Two rules that are also asked of what could not be read: it need not be."""

_DO: Final = "Enter it at the target by hand and set it aside; or say send for kits under [gates]."
_NOT_NEWS: Final = frozenset({"key", "created", "updated", "old_skus"})


def standing(product: Product, gates: Gates) -> Standing:
    """Whether the rules let this product go, before it was ever sent."""
    if product.gone:
        return ENDED
    if product.status == "draft" and gates.draft != "send":
        rule = "it is a draft"
        return Waits("draft", rule) if gates.draft == "wait" else LeftOut("draft", rule)
    if product.kit and gates.kits != "send":
        rule = "it is made of others"
        return Holds("kit", rule, _DO) if gates.kits == "hold" else LeftOut("kit", rule)
    return GOES


def needs(product: Product, gates: Gates) -> tuple[Ref, ...]:
    """Its parent, and what it is made of."""
    parent = (Ref("product", product.group),) if product.group else ()
    return product.refs if gates.components else parent


def called(product: Product) -> Called:
    """A product is named by its SKU, and by those that its source says it had."""
    ended = product.status if product.gone else ""
    names = () if product.parent else (product.sku, *product.old_skus)
    return Called(names, ended, product.merged_into)


def happened(now: Product) -> str:
    """What a version that says something new tells in a word, of a product that was sent."""
    if now.status == "merged":
        return f"was merged into {now.merged_into}"
    return "was archived at its source" if now.gone else "was changed at its source"


def changes(before: Product, now: Product) -> list[Change]:
    """What a newer version says otherwise."""
    fields = [name for name in Product.__struct_fields__ if name not in _NOT_NEWS]
    pairs = {name: (getattr(before, name), getattr(now, name)) for name in fields}
    return [
        Change(name.replace("_", " "), _shown(old), _shown(new))
        for name, (old, new) in pairs.items()
        if old != new
    ]


def quiet(before: Product, now: Product) -> list[Change]:
    """What a newer version says otherwise and nobody need act on."""
    if before.old_skus == now.old_skus:
        return []
    return [Change("old skus", _shown(before.old_skus), _shown(now.old_skus))]


def _shown(value: object) -> str:
    if isinstance(value, Price):
        return f"{value.list} {Money(value.amount_minor, value.currency)}"
    if isinstance(value, tuple):
        return ", ".join(_shown(row) for row in cast("tuple[object, ...]", value))
    if isinstance(value, msgspec.Struct):
        return " ".join(_shown(getattr(value, name)) for name in value.__struct_fields__)
    return "" if value is None else str(value)


RULES: Final = Rules(
    word="product",
    settings=Gates,
    decode=msgspec.msgpack.Decoder(Product).decode,
    standing=standing,
    check=check,
    part=all_of_it,
    noted=without_note("product"),
    changes=changes,
    quiet=quiet,
    happened=happened,
    test=TEST,
    gone=ENDED,
    needs=needs,
    called=called,
    left_out_together=False,  # a part that is sold no more may be sold once more
)
"""What moving products needs."""
