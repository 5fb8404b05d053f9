"""Reconcile: what two books say of the same documents, compared to the penny and explained."""
