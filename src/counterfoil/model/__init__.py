"""The documents that move, exact and frozen."""
