"""The connection profile: what Peoplevox has not published is a setting here, never a constant."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

TITLE: Final = "Peoplevox"


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one connection, in the words of the manifest."""

    client_id: str
    channel_name: str
    currency: str
    clock: str
    required_days: int
    partial_shipment: bool
    session_minutes: int
    page_size: int
    report_page_size: int
    columns: dict[str, str]
    service_map: str
    no_service: str
    payment_map: str
    unpaid_method_id: int
    country_map: str
    item_map: str
    custom_item: str
    gift_card_item: str
    item_barcode: Literal["hold", "code"]
    package_report: str
    passed_sites: list[str]
    bin_map: str
    window_hours: int
