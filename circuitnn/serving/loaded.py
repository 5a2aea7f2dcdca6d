"""The modules that a process has loaded, and whether their files have changed since."""

from __future__ import annotations

import os
import sys


class Loaded:
    """Snapshot of the files of this package's modules that this process has loaded."""

    def __init__(self) -> None:
        loaded = [
            getattr(module, "__file__", None)
            for name, module in list(sys.modules.items())
            if name.partition(".")[0] == "circuitnn"
        ]
        self.paths = [path for path in loaded if path]
        self.stamps = self._stamps()

    def unchanged(self) -> bool:
        """Whether the files are still the same; if not, another version has been installed."""
        return self._stamps() == self.stamps

    def _stamps(self) -> list[tuple[int, int, int]]:
        found = []
        for path in self.paths:
            try:
                about = os.stat(path)
                found.append((about.st_mtime_ns, about.st_size, about.st_ino))
            except OSError:
                found.append((0, 0, 0))
        return found
