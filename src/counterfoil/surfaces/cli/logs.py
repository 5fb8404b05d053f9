"""Logs: the house's own lines, on standard error; JSON wherever no person is looking.

A line may quote strangers. JSON as it is written here is plain ASCII; what a person reads is inert.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from counterfoil.surfaces.cli.flags import Flags
from counterfoil.surfaces.desk.inert import inert, marked


def arrange(flags: Flags) -> None:
    """Send log lines to standard error: everything with --verbose, warnings only with --quiet."""
    level = logging.WARNING if flags.quiet else logging.DEBUG if flags.verbose else logging.INFO
    person = sys.stderr.isatty() and not flags.machine
    ends: Any = (
        [_inert, structlog.dev.ConsoleRenderer()]
        if person
        else [structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *ends,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[_Libraries()], force=True)


def _inert(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Every text of a line as a terminal may have it; of what is no text its `repr` is shown."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = "\n".join(marked(value)) if name == "exception" else inert(value)
    return event


class _Libraries(logging.Handler):
    """What libraries log, as a line of ours: their tracebacks only where ours are shown too."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        structlog.get_logger().log(
            record.levelno, record.getMessage(), library=record.name, error=str(error)[:300]
        )
