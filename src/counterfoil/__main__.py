"""`python -m counterfoil` is the command line."""

from counterfoil.surfaces.cli.main import run

run()
