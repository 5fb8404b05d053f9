"""`python -m counterfoil.rehearse.chaos`: one round of chaos."""

import sys

from counterfoil.rehearse.chaos.chaos import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
