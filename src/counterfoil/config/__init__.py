"""Configuration: what a project folder says, checked before anything moves.

    counterfoil.toml        the estate: connections, value maps, the web door, workers
    routes/NAME.toml        one route each
    secrets/NAME            one secret a file; never in TOML
    .env                    a laptop's environment, under the real one

Order, fixed: flag, environment (COUNTERFOIL__A__B=…), secret file, TOML, default. The environment
says what is the machine's; what is governed is said by the files alone.
"""

from counterfoil.config.content import PROJECT_FILE, Content
from counterfoil.config.load import Several, from_content, load
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
    "Content",
    "Estate",
    "File",
    "Map",
    "Origin",
    "Several",
    "Web",
    "Worker",
    "from_content",
    "load",
    "origins",
]
