"""The API Export Definitions that this platform hands to a customer, as OrderWise has them."""

from __future__ import annotations

from typing import Final

from counterfoil.twins.kit.stored_query import load

DEFINITIONS: Final = load(__package__ or "", "exports.toml")
CF_ORDERS, CF_ORDER_LINES, CF_DESPATCH, CF_DESPATCH_LINES = DEFINITIONS[:4]
