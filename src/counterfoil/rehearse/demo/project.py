"""A rehearsal's project folder: the same files that a real estate has, pointed at the twins.

Only two things differ from a real one: the hosts are this machine's, and `[rehearsal]` says how
the twins behave. Where it is resumed, the folder is found as it was left.
"""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

import msgspec

from counterfoil.config import Config, load
from counterfoil.rehearse.traffic.sales import Traffic
from counterfoil.rehearse.traffic.shop import SHIPPING_TITLES
from counterfoil.twins.orderwise.site import Site

CALLS_PER_S = 600
"""What the OrderWise twin's account may call; a rehearsal has no day to spend on 4 a second."""
SLOTS = 8
POINTS_PER_S = 1000
"""The Shopify twin's restore rate: that of the Plus plan."""
PATIENCE_S = 1.0
READ_LAG_S = (0.2, 1.0)
SETTLE_S = 4.0


class Rehearsal(msgspec.Struct, frozen=True):
    """How the twins of this folder behave, and where they listen (loopback ports)."""

    seed: int
    faults: str
    shopify_port: int
    orderwise_port: int


def rehearsal(config: Config) -> Rehearsal | None:
    """The folder's rehearsal, or None where it is a real estate."""
    found = config.file.rehearsal
    return msgspec.convert(found, Rehearsal) if found else None


def write(folder: Path, *, seed: int, faults: str, traffic: Traffic) -> Config:
    """Write a new rehearsal folder and return its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "routes").mkdir(exist_ok=True)
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    web, shopify, orderwise = _ports(3)
    for name in ("shop-token", "shop-secret", "office-password"):
        (folder / "secrets" / name).write_text(secrets.token_hex(16), "utf-8")
    (folder / "secrets" / "office-user").write_text("counterfoil", "utf-8")
    numbers = (web, shopify, orderwise)
    (folder / "counterfoil.toml").write_text(_estate(numbers, seed, faults), "utf-8")
    (folder / "routes" / "orders.toml").write_text(_ROUTE, "utf-8")
    (folder / ".counterfoil").mkdir(exist_ok=True)
    (folder / ".counterfoil" / "traffic.json").write_bytes(msgspec.json.encode(traffic))
    return load(folder)


def traffic(config: Config) -> Traffic:
    """The traffic that the folder was made for."""
    return msgspec.json.decode((config.state / "traffic.json").read_bytes(), type=Traffic)


def _ports(count: int) -> tuple[int, ...]:
    """Free ports of the loopback address, all different."""
    doors = [socket.socket() for _ in range(count)]
    try:
        for door in doors:
            door.bind(("127.0.0.1", 0))
        return tuple(door.getsockname()[1] for door in doors)
    finally:
        for door in doors:
            door.close()


def _estate(ports: tuple[int, ...], seed: int, faults: str) -> str:
    web, shopify, orderwise = ports
    site = Site()
    rates = {rate.id: rate.basis_points for rate in site.tax_rates}
    methods = [one.id for one in site.delivery_methods if rates[one.tax_rate_id] == _VAT]
    delivery = "\n".join(
        f'"{title}" = "{methods[at % len(methods)]}"' for at, title in enumerate(SHIPPING_TITLES)
    )
    return f"""\
# A rehearsal: everything here is as in a real estate, but the two systems are twins.
[estate]
name = "rehearsal-{secrets.token_hex(3)}"

[web]
port = {web}

[connections.shop]
system = "shopify"
url = "http://127.0.0.1:{shopify}"
hosts = ["127.0.0.1"]
timeout_s = {PATIENCE_S}
secrets = {{ access_token = "file:shop-token", webhook_secret = "file:shop-secret" }}
limits = {{ cost = {{ size = {POINTS_PER_S * 16}, per_s = {POINTS_PER_S * 0.9} }} }}
settings = {{ orders_per_page = 20 }} # so that a small day has listings of several pages too

[connections.office]
system = "orderwise"
url = "http://127.0.0.1:{orderwise}"
hosts = ["127.0.0.1"]
timeout_s = {PATIENCE_S}
secrets = {{ user = "file:office-user", password = "file:office-password" }}

[connections.office.limits]
calls = {{ size = {CALLS_PER_S // 8}, per_s = {CALLS_PER_S * 0.9} }}
slots = {{ size = {SLOTS} }}

[connections.office.settings]
session_id = 12
customer_id = 1044
orders_definition = 101
lines_definition = 102
stock_location_id = 3
tax_map = {{ "0.2" = 1, "0" = 2 }}

[maps.delivery.values]
{delivery}

[rehearsal]
seed = {seed}
faults = "{faults}"
shopify_port = {shopify}
orderwise_port = {orderwise}
"""


_VAT = 2000  # basis points: the shop's postage has VAT in it, so its delivery methods have too

_ROUTE = f"""\
document = "order"
source = "shop"
target = "office"
owner = "operations"
mode = "near-real-time"
switch = "on"
confirm = "every"
cadence_s = 2.0
overlap_s = 6.0
latency_s = 5.0
settle_s = {SETTLE_S}
census_s = 5.0
window_s = 30.0
"""
