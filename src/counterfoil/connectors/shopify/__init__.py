"""Shopify: orders out of the GraphQL Admin API, its webhooks and its bulk operations."""

from counterfoil.connectors.shopify.session import CONNECTOR

__all__ = ["CONNECTOR"]
