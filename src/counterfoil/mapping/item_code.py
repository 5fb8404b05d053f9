"""What a line is called at a target: its stock code, or the item agreed with finance for it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.line import Charge, Line, LineKind
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold

_NO_CODE: Final[Mapping[LineKind, tuple[str, str, str]]] = {
    "gift-card": ("gift_card", "is a gift card", "gift-card"),
    "custom": ("custom", "has no product behind it", "no-product"),
    "tip": ("extras", "is a tip", "no-place-for-extra"),
}
"""Of a line that is no product: how its setting begins, what is said of it, the hold's code."""


class ItemCodes:
    """The codes of one connection. Every method raises `Hold` where there is none.

    `item` is the target's word for a thing that is sold ("variant"). `agreed` has the codes of what
    has none of its own, by the settings that name them: gift_card_, custom_, extras_ and
    rounding_line_ with that word. `codes`, which the setting `{item}_map` names, has those of lines
    without a SKU.
    """

    def __init__(
        self, item: str, agreed: Mapping[str, str], codes: ValueMap | None, *, where: str
    ) -> None:
        self._item = item
        self._agreed = {setting: code.strip() for setting, code in agreed.items()}
        self._codes = codes
        self._where = where

    def of_line(self, order: Order, line: Line) -> str:
        """The code of a line that is sold."""
        if line.kind == "product":
            return line.sku.strip() or self._mapped(order, line)
        begins, what, cause = _NO_CODE[line.kind]
        return self._agreed_code(begins, f"Line {line.key} of order {order.number} {what}", cause)

    def of_extra(self, order: Order, extra: Charge) -> str:
        """The code of a tip, a duty or a rounding."""
        begins = "rounding_line" if extra.code == "rounding" else "extras"
        name = f"{extra.title or 'an extra'!r}"
        what = f"Line {name} of order {order.number} has no place"
        return self._agreed_code(begins, what, "no-place-for-extra")

    def _agreed_code(self, begins: str, what: str, cause: str) -> str:
        setting = f"{begins}_{self._item}"
        code = self._agreed[setting]
        if code:
            return code
        raise Hold(
            f"{what}, and no {self._item} is agreed for it.",
            do=f"Agree with finance which {self._item} it is, set {setting}, and send the held"
            " records again.",
            where=self._where,
            code=cause,
        )

    def _mapped(self, order: Order, line: Line) -> str:
        if self._codes is not None and line.variant:
            with suppress(Hold):  # of the map; what follows names the line and its order
                return self._codes.look_up(line.variant).strip()
        raise Hold(
            f"Line {line.key} of order {order.number} has no SKU.",
            do=self._advice(line.variant),
            where=self._where,
            code="no-sku",
        )

    def _advice(self, variant: str) -> str:
        if not variant:
            return "The shop names no variant for it: enter the order by hand and set this aside."
        setting = f"{self._item}_map"
        place = (
            f"value map {self._codes.name} ({setting})"
            if self._codes
            else f"a value map, name that map in the setting {setting}"
        )
        return (
            f"Write the shop's variant number {variant[:40]} with its stock code into {place},"
            " and send the held records again."
        )


class CreditCodes(ItemCodes):
    """The codes of what is credited; what is no product has that of what it is, by the map which
    the setting credit_map names."""

    def __init__(
        self,
        item: str,
        agreed: Mapping[str, str],
        codes: ValueMap | None,
        extras: ValueMap | None,
        *,
        where: str,
    ) -> None:
        super().__init__(item, agreed, codes, where=where)
        self._extras = extras

    def of_extra(self, order: Order, extra: Charge) -> str:
        """The code of postage, goodwill, or a fee that is kept."""
        if self._extras is not None:
            return self._extras.look_up(extra.code).strip()
        raise Hold(
            f"Refund {order.number} has {extra.code}, and no {self._item} is agreed for it.",
            do=f"Agree with finance which {self._item} carries it, write it into a value map, name"
            " that map in the setting credit_map, and send the held records again.",
            code="no-place-for-extra",
        )
