"""``python -m circuitnn``."""

import os
import sys

if (
    sys.path
    and sys.path[0] in ("", os.getcwd())
    and not os.path.isdir(os.path.join(sys.path[0], "circuitnn"))
):
    # `-m` puts the current folder first on the path; files that a deck writes there must never be imported.
    del sys.path[0]

from circuitnn.cli import main

if __name__ == "__main__":
    main()
