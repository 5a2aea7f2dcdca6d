"""Address of a server: a socket in a private folder of its user, named after version and path of the installation."""

from __future__ import annotations

import os
import stat
import sys
import sysconfig

from circuitnn import __version__
from circuitnn.errors import CircuitnnError

VARIABLE = "CIRCUITNN_SOCKET"


def home() -> str:
    """Folder of this installation's commands and of the client, with links resolved."""
    called = sys.argv[0]
    installed = os.path.basename(called) == "circuitnn" and os.path.isfile(called)
    return os.path.realpath(os.path.dirname(called) if installed else sysconfig.get_path("scripts"))


def socket_path() -> str:
    """Path of the socket, as in ``client/circuitnn-batch.c``; creates its folder.

    Raises
    ------
    CircuitnnError
        The folder belongs to another user, or others have access to it.
    """
    configured = os.environ.get(VARIABLE)
    if configured:
        return os.path.abspath(configured)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = os.path.join(runtime, "circuitnn") if runtime else f"/tmp/circuitnn-{os.geteuid()}"
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        about = os.lstat(folder)
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
            raise CircuitnnError(f"{folder} must be a folder that you alone may use (mode 700)") from None
    return os.path.join(folder, f"{__version__}-{_fnv1a(os.fsencode(home())):016x}")


def _fnv1a(content: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in content:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value
