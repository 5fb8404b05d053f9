"""`python -m counterfoil` is the command `counterfoil`."""

from counterfoil.surfaces.cli.main import run

if __name__ == "__main__":
    run()
