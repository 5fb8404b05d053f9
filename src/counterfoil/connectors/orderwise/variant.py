"""What a line is called over there: its stock code, or the variant agreed with finance for it."""

from __future__ import annotations

from contextlib import suppress

from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.line import Charge, Line
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold

_AGREE = "Agree with finance which variant it is, set {setting}, and send the held records again."

_NEW_MAP = "a value map, name that map in the setting variant_map"


class Variants:
    """The variant codes of one connection. Every method raises `Hold` where there is none."""

    def __init__(self, profile: Profile, codes: ValueMap | None, *, where: str) -> None:
        self._profile = profile
        self._codes = codes
        self._where = where

    def of_line(self, order: Order, line: Line) -> str:
        """The code of a line that is sold."""
        match line.kind:
            case "product":
                return line.sku.strip() or self._mapped(order, line)
            case "gift-card":
                said, code = "is a gift card", "gift-card"
                return self._agreed("gift_card_variant", order, line.key, said, code)
            case "custom":
                said, code = "has no product behind it", "no-product"
                return self._agreed("custom_variant", order, line.key, said, code)
            case "tip":
                said, code = "is a tip", "no-place-for-extra"
                return self._agreed("extras_variant", order, line.key, said, code)

    def of_extra(self, order: Order, extra: Charge) -> str:
        """The code of a tip, a duty or a rounding."""
        setting = "rounding_line_variant" if extra.code == "rounding" else "extras_variant"
        name = f"{extra.title or 'an extra'!r}"
        return self._agreed(setting, order, name, "has no place", "no-place-for-extra")

    def _agreed(self, setting: str, order: Order, name: str, said: str, code: str) -> str:
        found: str = getattr(self._profile, setting).strip()
        if found:
            return found
        raise Hold(
            f"Line {name} of order {order.number} {said}, and no variant is agreed for it.",
            do=_AGREE.format(setting=setting),
            where=self._where,
            code=code,
        )

    def _mapped(self, order: Order, line: Line) -> str:
        if self._codes is not None and line.variant:
            with suppress(Hold):  # of the map; what follows names the line and its order
                return self._codes.look_up(line.variant).strip()
        raise Hold(
            f"Line {line.key} of order {order.number} has no SKU.",
            do=self._missing(line.variant),
            where=self._where,
            code="no-sku",
        )

    def _missing(self, variant: str) -> str:
        if not variant:
            return "The shop names no variant for it: enter the order by hand and set this aside."
        place = f"value map {self._codes.name} (variant_map)" if self._codes else _NEW_MAP
        return (
            f"Write the shop's variant number {variant[:40]} with its stock code into {place},"
            " and send the held records again."
        )
