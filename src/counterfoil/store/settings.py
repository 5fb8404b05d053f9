"""How our private PostgreSQL is set: durable, quiet, and closed to everybody else."""

from __future__ import annotations

import os

from counterfoil.store.premises import Premises

DOORS = "local all all trust\n"
"""Who may come in: whoever can open the socket, and nobody by network."""

_MIB = 1024 * 1024
_DURABLE = {"fsync": "on", "full_page_writes": "on"}
_FAST = {"fsync": "off", "full_page_writes": "off"}


def settings(premises: Premises, *, fast: bool) -> str:
    """The text of the settings file; `fast` gives up what survives a power cut."""
    lines = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{premises.sockets}'",
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": "100",
        "shared_buffers": f"{_shared_buffers_mib()}MB",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "synchronous_commit": "on",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_checkpoints": "off",
        # A statement or the detail of an error could carry a customer's data into the log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        **(_FAST if fast else _DURABLE),
    }
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def _shared_buffers_mib() -> int:
    """An eighth of this machine's memory, between 32 and 256 MiB."""
    memory_mib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _MIB
    return min(256, max(32, memory_mib // 8))
