"""Deferred: a package that is slow to load and is loaded when something is first asked of it.

A command that only reads the configuration, or says how it is used, never waits for what opens a
connection or serves a queue.
"""

from __future__ import annotations

from importlib import import_module


class Deferred:
    """Stands for the package `name` until something is asked of it: then for what it has.

    A type checker is told of the package itself, under `TYPE_CHECKING`.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, member: str) -> object:
        value = getattr(import_module(self._name), member)
        setattr(self, member, value)  # the next time it is found without asking
        return value
