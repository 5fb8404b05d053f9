"""The project that the journeys are made in, and what its processes may know of this machine."""

from __future__ import annotations

import os

ESTATE = """\
[estate]
name = "gifts"

[web]
port = 8471

[connections.shop]
system = "shopify"
url = "http://127.0.0.1:9"
hosts = ["127.0.0.1"]
[connections.shop.secrets]
access_token = "env:SHOP_TOKEN"
webhook_secret = "env:SHOP_SECRET"

[connections.office]
system = "orderwise"
url = "http://127.0.0.1:9"
hosts = ["127.0.0.1"]
[connections.office.secrets]
user = "env:OFFICE_USER"
password = "file:office-password"
[connections.office.settings]
session_id = 12
customer_id = 1044
orders_definition = 101
lines_definition = 102
tax_map = { "0.2" = 1, "0" = 2 }

[maps.delivery.values]
"Next day" = "3"
"""

ROUTE = """\
document = "order"
source = "shop"
target = "office"
owner = "operations"
switch = "on"
"""

SECRETS = {"SHOP_TOKEN": "shpat_journey", "SHOP_SECRET": "hush", "OFFICE_USER": "counterfoil"}


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", **more}
