"""Counterfoil moves retail documents between systems and keeps the proof of every movement."""

__version__ = "0.1.0"
