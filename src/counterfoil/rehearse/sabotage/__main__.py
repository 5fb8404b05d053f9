"""`python -m counterfoil.rehearse.sabotage`: planted defects."""

import sys

from counterfoil.rehearse.sabotage.sabotage import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
