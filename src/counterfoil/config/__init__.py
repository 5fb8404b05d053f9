"""Configuration: what a project folder says, checked before anything moves.

    counterfoil.toml        the estate: connections, value maps, the web door, workers
    routes/NAME.toml        one route each
    secrets/NAME            one secret a file; never in TOML
    .env                    a laptop's environment, under the real one

Order, fixed: flag, environment (COUNTERFOIL__A__B=…), secret file, TOML, default.
"""

from counterfoil.config.load import PROJECT_FILE, Several, load
from counterfoil.config.origin import origins
from counterfoil.config.shape import (
    Budget,
    Config,
    Connection,
    Estate,
    File,
    Map,
    Origin,
    Web,
    Worker,
)

__all__ = [
    "PROJECT_FILE",
    "Budget",
    "Config",
    "Connection",
    "Estate",
    "File",
    "Map",
    "Origin",
    "Several",
    "Web",
    "Worker",
    "load",
    "origins",
]
