"""``python -m circuitnn``."""

from circuitnn.cli import main

if __name__ == "__main__":
    main()
