"""``python -m circuitnn``."""

import sys

from circuitnn.cli import main

if __name__ == "__main__":
    sys.exit(main())
