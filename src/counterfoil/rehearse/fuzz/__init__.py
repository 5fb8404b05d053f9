"""Hostile bytes at every input of the house."""
