"""Moves documents, durably, once in effect."""
