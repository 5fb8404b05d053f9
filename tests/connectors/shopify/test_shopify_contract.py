"""Shopify keeps the kit's contract, whichever way it is signed in to; the stage is its twin."""

from __future__ import annotations

from counterfoil.connectors import shopify
from counterfoil.kit.contract import CONNECTION, suite
from tests.connectors.shopify.shopify_stage import GRANT, TOKEN, shop_of

test_contract = suite(shopify, shop_of(TOKEN))
test_contract_with_a_granted_token = suite(
    shopify, shop_of(GRANT, sign_in="client-credentials"), CONNECTION
)
