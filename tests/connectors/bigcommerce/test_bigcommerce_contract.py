"""BigCommerce keeps the kit's contract, with prices that have tax in them and without."""

from __future__ import annotations

from counterfoil.connectors import bigcommerce
from counterfoil.kit.contract import suite
from tests.connectors.bigcommerce.bigcommerce_stage import store_of

test_contract = suite(bigcommerce, store_of(tax_included=True))
test_contract_with_tax_beside_the_prices = suite(bigcommerce, store_of(tax_included=False))
