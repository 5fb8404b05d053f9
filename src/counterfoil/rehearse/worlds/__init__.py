"""Simulated worlds: the house between twins in virtual time, one seed each, and judges."""
