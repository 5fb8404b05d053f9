"""Two exports of one month's orders with differences that were put there, and are known."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from pathlib import Path

import msgspec

from counterfoil.values.money import exponent, plain

CURRENCIES = ("GBP", "EUR", "USD", "JPY", "KWD", "SEK", "BHD", "CLP", "NOK", "CHF", "AUD", "ISK")
Row = dict[str, str]


class Truth(msgspec.Struct):
    """What was put into two exports."""

    same: int = 0
    only_left: int = 0
    only_right: int = 0
    duplicates_left: int = 0
    duplicates_right: int = 0
    different: dict[str, int] = msgspec.field(default_factory=lambda: defaultdict(int))
    explained: dict[str, dict[str, int]] = msgspec.field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    unexplained: dict[str, int] = msgspec.field(default_factory=lambda: defaultdict(int))


def planted(seed: int, orders: int) -> tuple[list[Row], list[Row], Truth]:
    """The shop's rows and the ERP's, and what differs in them."""
    chance, truth = random.Random(seed), Truth()
    left: list[Row] = []
    right: list[Row] = []
    for number in range(10_000, 10_000 + orders):
        _order(chance, truth, number, left, right)
    chance.shuffle(right)
    return left, right, truth


def _order(
    chance: random.Random, truth: Truth, number: int, left: list[Row], right: list[Row]
) -> None:
    currency = chance.choice(CURRENCIES)
    worth = chance.randrange(1_000, 90_000) * 2 + 1
    shipping, fee = chance.randrange(100, 900), chance.randrange(901, 999)
    shop = {
        "Name": f"#{number}", "Total": plain(worth, currency), "Currency": currency,
        "Shipping": plain(shipping, currency), "Email": f"{number}@example.com",
    }  # fmt: skip
    erp = {
        "Order Ref": f"WEB-{number}", "Gross": plain(worth, currency), "Currency": currency,
        "Fee": plain(fee, currency), "Email": f"{number}@example.com",
    }  # fmt: skip
    happens = chance.randrange(40)
    causes, unexplained = truth.explained[currency], truth.unexplained
    rows = ([shop], [erp])
    match happens:
        case 0:
            rows = ([shop], [])
            truth.only_left += 1
            causes["missing"] += worth
        case 1:
            rows = ([], [erp])
            truth.only_right += 1
            causes["missing"] -= worth
        case 2:
            rows = ([shop], [erp, erp])
            truth.duplicates_right += 1
            truth.same += 1
            causes["duplicate"] -= worth
        case 3:
            rows = ([shop, shop], [erp])
            truth.duplicates_left += 1
            truth.same += 1
            causes["duplicate"] += worth
        case 4:
            erp["Gross"] = plain(worth - shipping, currency)
            truth.different["amount"] += 1
            causes["shipping"] += shipping
        case 5:
            erp["Gross"] = plain(worth - fee, currency)
            truth.different["amount"] += 1
            causes["fee"] += fee
        case 6:
            erp["Gross"] = plain(worth - 1, currency)
            truth.different["amount"] += 1
            unexplained[currency] += 1
        case 7:
            erp["Email"] = f"{number}@example.org"
            truth.different["Email"] += 1
        case 8:
            erp["Gross"] = plain(-worth, currency)
            truth.different["amount"] += 1
            causes["sign"] += 2 * worth
        case _:
            truth.same += 1
    left.extend(rows[0])
    right.extend(rows[1])


def written(path: Path, rows: list[Row], *, separator: str = ",", encoding: str = "utf-8") -> Path:
    """Rows as a CSV file."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


assert all(exponent(currency) in (0, 2, 3) for currency in CURRENCIES)
