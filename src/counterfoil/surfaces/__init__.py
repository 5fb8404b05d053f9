"""Doors and windows: the command line and the web."""
