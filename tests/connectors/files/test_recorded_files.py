"""Recordings of payout exports, and what must come of each."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from counterfoil.connectors.files import CONNECTOR
from counterfoil.kit.connector import Reading
from counterfoil.kit.contract import at_stage
from counterfoil.model.settlement import Presented, Settlement, check, sums
from tests.connectors.files.files_stage import folder_of

PAYOUTS = Path(__file__).resolve().parents[4] / "shared" / "cases" / "shopify" / "payouts"

pytestmark = pytest.mark.skipif(
    not PAYOUTS.is_dir(), reason="the recordings are not beside this checkout"
)

BECOMES = {
    "csv-export-aed-sar-2026.csv": ("148156579998", "AED", 297592, 6, 18875),
    "csv-export-eur-monthly-2026.csv": ("140769394954", "EUR", 3680, 1, 110),
}
"""By file: the payout, its currency and net, its entries, and their fees."""
NO_EXPORT = {"gql-access-denied.json"}
"""Answers of a call: tests/connectors/shopify/test_shopify_payouts.py reads them."""


def test_every_recording_has_its_row() -> None:
    assert {path.name for path in PAYOUTS.iterdir()} == {*BECOMES, *NO_EXPORT}


async def read(name: str) -> Reading[Settlement]:
    with at_stage(CONNECTOR, folder_of()) as case:
        folder = Path(case.stage.url.removeprefix("file://"))
        shutil.copyfile(PAYOUTS / name, folder / name)
        os.utime(folder / name, (0, 0))
        (reading,) = (await case.open().source("settlement").since(None, None)).readings
        return reading


@pytest.mark.parametrize("name", sorted(BECOMES))
async def test_an_export_becomes_its_payout(name: str) -> None:
    reading = await read(name)
    key, currency, net, entries, fees = BECOMES[name]
    payout = reading.document
    assert payout is not None, reading.problem
    check(payout)
    assert (payout.key, payout.currency, payout.net_minor) == (key, currency, net)
    assert (len(payout.rows), sums(payout.rows).fees_minor) == (entries, fees)
    assert payout.status == "paid"


async def test_a_foreign_card_is_told_with_what_it_was_charged() -> None:
    payout = (await read("csv-export-aed-sar-2026.csv")).document
    assert payout is not None
    foreign = {row.order_number: row.presented for row in payout.rows if row.presented.currency}
    assert foreign == {"#3439": Presented("SAR", 101040), "#3438": Presented("SAR", 91380)}


async def test_a_refund_keeps_the_fee_of_its_charge() -> None:
    payout = (await read("csv-export-aed-sar-2026.csv")).document
    assert payout is not None
    (refund,) = (row for row in payout.rows if row.kind == "refund")
    assert (refund.amount_minor, refund.fee_minor, refund.net_minor) == (-159870, 0, -159870)
