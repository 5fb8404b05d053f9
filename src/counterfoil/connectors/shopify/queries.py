"""Every GraphQL document that this connector sends, and nothing that computes.

A test holds each against the vendor's published schema of two versions: valid, and free of
deprecated fields but one (who else sends a line, for which nothing else stands in an order). Shop
money is asked for, the currency that the shop books in; of what the customer saw the total only.
"""

from __future__ import annotations

from typing import Final

_MONEY = "{ shopMoney { amount } }"
_TAX = f"taxLines {{ title rate channelLiable priceSet {_MONEY} }}"
_DISCOUNTS = f"discountAllocations {{ allocatedAmountSet {_MONEY} }}"
_ADDRESS = "{ firstName lastName name company address1 address2 city province provinceCode zip countryCodeV2 phone }"  # noqa: E501
_TOTALS = " ".join(
    f"{name} {_MONEY}"
    for name in (
        "totalPriceSet",
        "totalTaxSet",
        "currentTotalTaxSet",
        "currentShippingPriceSet",
        "totalOutstandingSet",
        "totalTipReceivedSet",
        "refundDiscrepancySet",
        "originalTotalDutiesSet",
        "currentTotalDutiesSet",
        "originalTotalAdditionalFeesSet",
        "currentTotalAdditionalFeesSet",
    )
)
_HEAD = f"""
    id legacyResourceId name createdAt processedAt updatedAt cancelledAt test
    currencyCode presentmentCurrencyCode taxesIncluded dutiesIncluded
    email phone note tags customerLocale sourceName poNumber discountCodes
    displayFinancialStatus paymentGatewayNames
    customAttributes {{ key value }}
    customer {{ id }}
    retailLocation {{ id }}
    purchasingEntity {{ ... on PurchasingCompany {{ company {{ id }} location {{ id }} }} }}
    paymentTerms {{ paymentTermsName paymentTermsType dueInDays }}
    transactions(first: 20) {{ kind status gateway paymentId amountSet {_MONEY} }}
    shippingAddress {_ADDRESS}
    billingAddress {_ADDRESS}
    currentTotalPriceSet {{ shopMoney {{ amount }} presentmentMoney {{ amount }} }}
    {_TOTALS}
"""
_LINE = f"""
    id sku name quantity currentQuantity unfulfilledQuantity isGiftCard requiresShipping taxable
    variant {{ id }}
    fulfillmentService {{ handle }}
    customAttributes {{ key value }}
    originalUnitPriceSet {_MONEY}
    duties {{ {_TAX} }}
    {_DISCOUNTS}
    {_TAX}
"""
_SHIPPING = f"""
    id title code
    originalPriceSet {_MONEY}
    {_DISCOUNTS}
    {_TAX}
"""
_PAGE = "pageInfo { hasNextPage endCursor }"
_FRAGMENT = f"""
fragment Whole on Order {{
    {_HEAD}
    shippingLines(first: 5) {{ {_PAGE} nodes {{ {_SHIPPING} }} }}
    lineItems(first: $lines) {{ {_PAGE} nodes {{ {_LINE} }} }}
}}"""

ORDERS: Final = f"""
query Orders($first: Int!, $lines: Int!, $after: String, $query: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    {_PAGE}
    nodes {{ ...Whole }}
  }}
}}{_FRAGMENT}"""

LINES: Final = f"""
query Lines($id: ID!, $first: Int!, $after: String!) {{
  order(id: $id) {{
    updatedAt
    lineItems(first: $first, after: $after) {{ {_PAGE} nodes {{ {_LINE} }} }}
  }}
}}"""

CENSUS: Final = f"""
query Census($first: Int!, $after: String, $query: String!, $counted: Boolean!) {{
  orders(first: $first, after: $after, query: $query, sortKey: CREATED_AT) {{
    {_PAGE}
    nodes {{ legacyResourceId name createdAt updatedAt currencyCode currentTotalPriceSet {_MONEY} }}
  }}
  ordersCount(query: $query, limit: null) @include(if: $counted) {{ count precision }}
}}"""

PROBE: Final = "query Probe { shop { name myshopifyDomain currencyCode } }"

BULK_RUN: Final = """
mutation BulkRun($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: true) {
    bulkOperation { id status }
    userErrors { field message code }
  }
}"""

BULK_POLL: Final = """
query BulkPoll($id: ID!) {
  bulkOperation(id: $id) { id status errorCode rootObjectCount url partialDataUrl }
}"""


def bulk(search: str) -> str:
    """The query that a bulk operation runs: every order that `search` finds, with all lines."""
    return f"""{{
  orders(query: {_quoted(search)}) {{ edges {{ node {{
    __typename {_HEAD}
    shippingLines {{ edges {{ node {{ __typename {_SHIPPING} }} }} }}
    lineItems {{ edges {{ node {{ __typename {_LINE} }} }} }}
  }} }} }}
}}"""


def orders_by_id(count: int) -> str:
    """The query for `count` orders by their identities, as variables k0, k1, ..."""
    declared = " ".join(f"$k{at}: ID!" for at in range(count))
    asked = "\n".join(f"  o{at}: order(id: $k{at}) {{ ...Whole }}" for at in range(count))
    return f"query Read($lines: Int!, {declared}) {{\n{asked}\n}}{_FRAGMENT}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
