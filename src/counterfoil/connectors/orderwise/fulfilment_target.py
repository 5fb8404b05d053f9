"""Despatches into OrderWise, which publishes no way: where and how they are told is the site's.

One is known by its own reference, and looked up by it before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import BETWEEN, columns_of
from counterfoil.connectors.orderwise.fulfilment import CF_DESPATCH_LINES
from counterfoil.connectors.orderwise.profile import TITLE, Profile
from counterfoil.kit.api.called_target import Call, CalledTarget, Make
from counterfoil.kit.api.compared import ByCode, Shown
from counterfoil.kit.api.heads import HeadsAndRows, Shows
from counterfoil.kit.api.readback import local_time, text
from counterfoil.kit.api.settings import fitting
from counterfoil.kit.connector import ALONE, Field, Inputs, Intent
from counterfoil.mapping.despatched import Names, Telling, goods_of, tracked
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.fulfilment import Fulfilment
from counterfoil.values.errors import Hold

CF_DESPATCHED: Final = columns_of("definitions/CF_DESPATCHED.sql")
_SHOWN: Final = (
    Shown("reference", "code", "reference", text),
    Shown("order", "code", "owOrderId"),
    Shown("moved", "text", "despatchedAt", local_time),
    Shown("status", "text", "statusText"),
    Shown("method", "code", "deliveryMethodId"),
    Shown("tracking", "text", "consignments"),
    Shown("pieces", "pieces", "pieces"),
)
_GOODS: Final = ByCode("goods", "sku", (Shown("quantity", "pieces", "qtySent"),))
_COLUMNS: Final = ("despatchId", "despatchNo", "reference", "lineId", "")
SEEN: Final = HeadsAndRows(_COLUMNS, _SHOWN, _GOODS, "products")
KINDS: Final = SEEN.kinds


class DespatchTarget(CalledTarget):
    """Despatches of one connection, as `kit.connector.Amends` and `Cancels`, which are informed."""

    def __init__(
        self, profile: Profile, telling: Telling, call: Make, shows: Shows, where: str
    ) -> None:
        names = telling.names
        super().__init__(call, shows, (names.id, names.number), TITLE, where)
        self._profile, self._telling = profile, telling

    def compose(self, document: Fulfilment, inputs: Inputs = ALONE) -> Intent:
        """The post of one despatch (pure). Raises `Hold` where nobody has said where to."""
        return self._whole(document, inputs, self._profile.despatch_path)

    def amendment(self, document: Fulfilment, identity: str, inputs: Inputs = ALONE) -> Intent:
        """The change of what OrderWise calls `identity`: a number that came later (pure)."""
        return self._whole(document, inputs, self._profile.despatch_change_path, identity)

    def cancellation(self, document: Fulfilment, identity: str, inputs: Inputs = ALONE) -> Intent:
        """The end of a despatch that is void (pure)."""
        order, word = inputs.name(document.refs[0]), self._telling.word(document)
        path = self._profile.despatch_change_path if word else ""
        call = self._call({self._telling.names.status: word}, path, order, identity)
        return call.intent(document.key, {"status": word}, KINDS)

    amend = cancel = CalledTarget.write

    def _whole(self, document: Fulfilment, inputs: Inputs, path: str, identity: str = "") -> Intent:
        order, goods = inputs.name(document.refs[0]), goods_of(document)
        fields = self._telling.fields(document, order)
        call = self._call(self._telling.body(fields, document), path, order, identity)
        expect: dict[str, Field] = {
            **fields,
            "tracking": ", ".join(parcel.tracking for parcel in tracked(document)),
            "pieces": sum(goods.values()),
            "products": len(goods),
        }
        _GOODS.expect(expect, {sku: (pieces,) for sku, pieces in goods.items()})
        return call.intent(document.key, expect, KINDS, [*self._telling.losses(document)])

    def _call(self, body: dict[str, object], path: str, order: str, identity: str) -> Call:
        if not path:
            raise Hold(
                f"Nobody has said how {TITLE} is told this of a despatch.",
                do="Set despatch_path, despatch_change_path and despatch_word_map by the site's own"
                " /owapi/docs; or import it there from a file, and set this record aside.",
                where=self._where,
                code="no-way-in",
            )
        whole = path.replace("{order_id}", order).replace("{despatch_id}", identity)
        return Call("PUT" if identity else "POST", whole, body, identity)


def target(profile: Profile, client: Client, maps: Mapping[str, ValueMap | None]) -> DespatchTarget:
    """The despatches that one connection is told."""
    names = fitting(profile.despatch_fields, Names, client.where)
    words, carriers = maps["despatch_word_map"], maps["carrier_map"]
    telling = Telling(TITLE, names, words, carriers, profile.clock, BETWEEN)
    shows = Shows(
        client.query(CF_DESPATCHED, "despatched_definition"),
        client.query(CF_DESPATCH_LINES, "despatch_lines_definition"),
        *(SEEN, "despatchId", profile.currencies, profile.reference_text_most, BETWEEN),
    )
    return DespatchTarget(profile, telling, client.told, shows, client.where)
