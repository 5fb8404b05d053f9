"""Despatches that a warehouse tells this OrderWise of, at an address that its site made up, as each
does: none is published. Whether a reference was told before does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.posted import Refusal, check_local, decoded
from counterfoil.twins.orderwise.fulfilment import Warehouse
from counterfoil.twins.orderwise.site import Site


class _Line(msgspec.Struct, rename="camel"):
    variant_code: str
    quantity: int


class _Told(msgspec.Struct, rename="camel"):
    """What is posted; or what is put, of which only what stands there is changed."""

    external_reference: str = ""
    sent_on: str = ""
    status: str = "Despatched"
    delivery_method_id: int | None = None
    consignment_numbers: list[str] | None = None
    lines: list[_Line] = []


class DespatchDesk:
    """Takes despatches of orders, and changes of them. Each answers, or raises `Refusal`."""

    def __init__(self, memory: Memory, site: Site, warehouse: Warehouse) -> None:
        self._memory, self._warehouse = memory, warehouse
        self._decoder = msgspec.json.Decoder(_Told)
        self._statuses = {row.name: row.id for row in site.despatch_statuses}

    def take(self, order_id: int, body: bytes) -> Mapping[str, object]:
        """Goods of an order have left."""
        told = decoded(self._decoder, body)
        if not told.external_reference or not told.lines:
            raise Refusal("externalReference and lines are required")
        check_local(told.sent_on, "sentOn")
        picked = [part for line in told.lines for part in self._picked(order_id, line)]
        with self._memory.transaction():
            key = self._warehouse.leave(order_id, picked)
            columns = "dh_external_reference = ?, dh_datetime = ?"
            sql = f"update delivery_header set {columns} where dh_id = ?"  # noqa: S608
            self._memory.run(sql, told.external_reference, told.sent_on, key)
            return self._put(key, told)

    def change(self, key: int, body: bytes) -> Mapping[str, object]:
        """A despatch is followed otherwise, or void."""
        with self._memory.transaction():
            return self._put(key, decoded(self._decoder, body))

    def _picked(self, order_id: int, line: _Line) -> list[tuple[int, int]]:
        """The order's own lines of these goods, of which so many are still to be sent."""
        picked, missing = list[tuple[int, int]](), line.quantity
        for row, pieces in self._warehouse.waiting(order_id, line.variant_code):
            picked.append((row, min(missing, pieces)))
            missing -= picked[-1][1]
        if missing or line.quantity < 1:
            raise Refusal(f"{line.quantity} of {line.variant_code} are not to be sent")
        return [part for part in picked if part[1]]

    def _put(self, key: int, told: _Told) -> Mapping[str, object]:
        status = self._statuses.get(told.status)
        rows = self._memory.rows("select dh_number from delivery_header where dh_id = ?", key)
        if status is None or not rows:
            raise Refusal(f"Despatch {key} or status {told.status} does not exist")
        if told.status == "Cancelled":
            self._warehouse.void(key)
        self._memory.run(
            "update delivery_header set dh_ds_id = ?, dh_dm_id = coalesce(?, dh_dm_id)"
            " where dh_id = ?",
            *(status, told.delivery_method_id, key),
        )
        if told.consignment_numbers is not None:
            self._warehouse.consign(key, told.consignment_numbers)
        self._warehouse.amended(key)
        return {"despatchId": key, "despatchNumber": rows[0][0]}
