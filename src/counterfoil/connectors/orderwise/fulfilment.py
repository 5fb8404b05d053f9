"""Despatches out of OrderWise: by their ids, by change, and by when they left.

Heads and lines are two export definitions, so that a despatch may show before what it holds. A head
is repeated for each further consignment, which is another parcel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import columns_of
from counterfoil.kit.api.queried import Names, QueriedSource, Site, Told
from counterfoil.mapping.convert import identity, trimmed, whole
from counterfoil.mapping.despatched import status_of
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.shape import at, table
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent
from counterfoil.values.clock import Instant, from_wall_clock

CF_DESPATCH: Final = columns_of("definitions/CF_DESPATCH.sql")
CF_DESPATCH_LINES: Final = columns_of("definitions/CF_DESPATCH_LINES.sql")
NAMES: Final = Names("despatchId", "despatchNo", "lineId", "amendedAt", "despatchedAt", "left")


class _Head(msgspec.Struct, frozen=True):
    """One row of CF_DESPATCH: a despatch with one consignment. Times are local."""

    key: Annotated[str, at("despatchId", identity)]
    number: Annotated[str, at("despatchNo", identity)]
    order: Annotated[str, at("owOrderId", identity)]
    order_number: Annotated[str, at("owOrderNo", identity)]
    status: Annotated[str, at("statusText", trimmed)]
    left: Annotated[str, at("despatchedAt", trimmed)]
    amended: Annotated[str, at("amendedAt", trimmed)]
    carrier: Annotated[str, at("courier", trimmed)]
    tracking: Annotated[str, at("consignment", trimmed)]
    url: Annotated[str, at("trackingUrl", trimmed)]


class _Line(msgspec.Struct, frozen=True):
    """One row of CF_DESPATCH_LINES."""

    sku: Annotated[str, at("sku", trimmed)]
    quantity: Annotated[int, at("qtySent", whole)]


_HEADS: Final = Mapper(table("orderwise.despatch", _Head))
_LINES: Final = Mapper(table("orderwise.despatch_line", _Line))


class Despatches(msgspec.Struct, frozen=True):
    """How one connection (`where`) reads them: by the `zone` of its clock and its own words for
    where a despatch stands; without `statuses` all that is listed has left."""

    zone: str
    statuses: ValueMap | None
    where: str

    def made(self, rows: Told, moment: Instant) -> Fulfilment:
        """The despatch of these rows, as they were read at a moment."""
        heads = [_HEADS.run(row, "") for row in rows.heads]
        lines = [_LINES.run(row, "") for row in rows.lines]
        first = heads[0]
        # When it left must be the same whenever it is read; what was changed later is later.
        departure = from_wall_clock(first.left, self.zone, Instant.MIN).format_iso()
        return Fulfilment(
            key=first.key,
            number=first.number,
            order=first.order,
            order_number=first.order_number,
            status=status_of(first.status, self.statuses, self.where),
            created=departure,
            updated=from_wall_clock(first.amended, self.zone, moment).format_iso(),
            moved=departure,
            holds=tuple(Sent(line.sku, line.quantity) for line in lines if line.quantity),
            parcels=tuple(
                Parcel(head.carrier, tracking=head.tracking, url=head.url if head.tracking else "")
                for head in {head.tracking: head for head in heads}.values()
            ),
        )


def source(
    client: Client, site: Site, maps: Mapping[str, ValueMap | None], where: str
) -> QueriedSource[Fulfilment]:
    """The despatches of one connection."""
    heads = client.query(CF_DESPATCH, "despatch_definition")
    lines = client.query(CF_DESPATCH_LINES, "despatch_lines_definition")
    despatches = Despatches(site.zone, maps["despatch_map"], where)
    return QueriedSource(heads, lines, NAMES, site, despatches.made)
