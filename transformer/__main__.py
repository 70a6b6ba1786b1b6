"""`python -m transformer` is the same as the console script."""

import sys

from transformer.cli import main

if __name__ == "__main__":
    sys.exit(main())
