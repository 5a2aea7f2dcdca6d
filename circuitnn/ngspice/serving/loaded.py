"""The modules that a process has loaded, and whether their files have changed since."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys

# Where the kernel sees every change. Another machine may write to what a network holds.
LOCAL = {b"btrfs", b"ext2", b"ext3", b"ext4", b"f2fs", b"overlay", b"tmpfs", b"xfs", b"zfs"}


class Loaded:
    """Snapshot of the files of this package's modules that this process has loaded.

    Where it can, the kernel tells of changes in their folders. Otherwise the files are looked at each time, which takes
    longer than all else between a client and its run.
    """

    def __init__(self) -> None:
        loaded = [
            getattr(module, "__file__", None)
            for name, module in list(sys.modules.items())
            if name.partition(".")[0] == "circuitnn"
        ]
        self.paths = [path for path in loaded if path]
        self.folders = sorted({os.path.dirname(path) for path in self.paths})
        self._watched: list[int] = []  # descriptors of folders
        self._told = False  # that something may have changed
        self._watch()
        self.stamps, self.places = _stamps(self.paths), _places(self.folders)

    def unchanged(self) -> bool:
        """Whether the files are still the same; if not, another version has been installed."""
        if not self._told and _places(self.folders) == self.places:
            return True
        self._told = not self._watched  # first: of what changes from here on there will be word again
        return _stamps(self.paths) == self.stamps

    def close(self) -> None:
        """Close the folders; from now on the files are looked at."""
        for folder in self._watched:
            os.close(folder)
        self._watched, self._told = [], True

    def _watch(self) -> None:
        """Ask to be told of changes in all folders."""
        types = _types_of_file_systems()
        signal.signal(signal.SIGIO, self._hear)
        try:
            for folder in self.folders:
                if types.get(os.stat(folder).st_dev) not in LOCAL:
                    raise OSError
                self._watched.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
                fcntl.fcntl(self._watched[-1], fcntl.F_NOTIFY, _every_change())
        except OSError:  # a network's folder, one that has gone, or a kernel without this
            self.close()

    def _hear(self, *_: object) -> None:
        self._told = True


def _stamps(paths: list[str]) -> list[tuple[int, int, int]]:
    """What changes with a file's contents."""
    stamps = []
    for path in paths:
        try:
            about = os.stat(path)
            stamps.append((about.st_mtime_ns, about.st_size, about.st_ino))
        except OSError:
            stamps.append((0, 0, 0))
    return stamps


def _places(folders: list[str]) -> list[int]:
    """What changes when another folder takes the place of one: who watches the old one is not told."""
    inodes = []
    for folder in folders:
        try:
            inodes.append(os.stat(folder).st_ino)
        except OSError:
            inodes.append(0)
    return inodes


def _every_change() -> int:
    once = fcntl.DN_MODIFY | fcntl.DN_CREATE | fcntl.DN_DELETE | fcntl.DN_RENAME | fcntl.DN_ATTRIB
    return once | fcntl.DN_MULTISHOT


def _types_of_file_systems() -> dict[int, bytes]:
    """Map devices to the types of the file systems on them; nothing where the system does not say."""
    types = {}
    with contextlib.suppress(OSError), open("/proc/self/mountinfo", "rb") as table:
        for row in table:
            mount, _, source = row.partition(b" - ")
            major, _, minor = mount.split()[2].partition(b":")
            types[os.makedev(int(major), int(minor))] = source.split()[0]
    return types
