"""`python -m counterfoil.rehearse.worlds`: one seed, or a world that was kept."""

import sys

from counterfoil.rehearse.worlds.seeds import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
