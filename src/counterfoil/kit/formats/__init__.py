"""Bytes from outside, one strict door for each format: read exactly, or refused in one sentence."""
