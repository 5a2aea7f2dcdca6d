"""Requests of clients, and whether this process can answer them exactly as a new one would."""

from __future__ import annotations

import array
import os
import socket
import struct
from collections.abc import Mapping

from circuitnn import __version__
from circuitnn.errors import CircuitnnError
from circuitnn.records import dataclass

MOST_BYTES = 16_000_000
PATIENCE = 10.0  # s, for a client to send its request
# Variables that act when a process starts or loads its libraries: too late to change them here.
AT_START = (
    b"PYTHON", b"LD_", b"GLIBC_", b"MALLOC_", b"OMP_", b"GOMP_", b"KMP_", b"OPENBLAS_", b"MKL_", b"BLIS_",
    b"NPY_", b"LANG", b"LC_", b"TZ", b"HOME", b"VIRTUAL_ENV",
)  # fmt: skip


class Refused(CircuitnnError):
    """A request that needs a process of its own, and why."""


@dataclass
class Request:
    """A command line, and the state of the client process.

    Parameters
    ----------
    version, home : str
        Version and folder of the client.
    umask : int
    ignored, blocked : int
        Signals: bit k for signal k.
    arguments : list of str
        Without the program's name.
    environment : dict of bytes to bytes
    descriptors : list of int
        stdin, stdout, stderr, and the current folder.
    """

    version: str
    home: str
    umask: int
    ignored: int
    blocked: int
    arguments: list[str]
    environment: dict[bytes, bytes]
    descriptors: list[int]


def received(connection: socket.socket) -> Request:
    """Read a request.

    Raises
    ------
    Refused
        It is not a request, or is incomplete.
    """
    connection.settimeout(PATIENCE)
    try:
        size, descriptors = _head(connection)
        content = _exactly(connection, size)
    except (OSError, EOFError, struct.error) as error:
        raise Refused(f"the request does not end ({error})") from None
    connection.settimeout(None)
    version, place, umask, ignored, blocked, count, *rest = content.split(b"\0")[:-1]
    entries = (entry.partition(b"=") for entry in rest[int(count) :])
    return Request(
        os.fsdecode(version),
        os.fsdecode(place),
        int(umask),
        int(ignored),
        int(blocked),
        [os.fsdecode(word) for word in rest[: int(count)]],
        {name: value for name, _, value in entries},
        descriptors,
    )


def _head(connection: socket.socket) -> tuple[int, list[int]]:
    numbers = array.array("i")
    content, ancillary, *_ = connection.recvmsg(4, socket.CMSG_LEN(4 * numbers.itemsize))
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
    (size,) = struct.unpack("=I", content)
    if len(numbers) != 4 or size > MOST_BYTES:
        raise EOFError("its head is damaged")
    return size, list(numbers)


def _exactly(connection: socket.socket, size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        block = connection.recv(size - len(content))
        if not block:
            raise EOFError("the client has gone")
        content += block
    return bytes(content)


def check(request: Request, initial: Mapping[bytes, bytes], place: str) -> None:
    """Check that a worker forked from this process behaves as a new process would.

    Parameters
    ----------
    request : Request
    initial : dict of bytes to bytes
        Variables that this process was started with.
    place : str
        The folder of this installation's commands.

    Raises
    ------
    Refused
        It does not.
    """
    if request.version != __version__:
        raise Refused(f"the client is of version {request.version}, the server of {__version__}")
    if request.home != place:
        raise Refused(f"the client is installed in {request.home}, the server in {place}")
    for name in initial.keys() | request.environment.keys():
        if name.startswith(AT_START) and initial.get(name) != request.environment.get(name):
            raise Refused(f"the server was started with another {os.fsdecode(name)}")
