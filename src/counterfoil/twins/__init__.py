"""Vendors that never sleep and fail on command: for rehearsals and tests, never for real work."""
