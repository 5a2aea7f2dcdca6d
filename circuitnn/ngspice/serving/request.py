"""Requests of clients, and whether this process can answer them exactly as a new one would.

A request is its length in bytes, and then fields that end with a zero byte: version and folder of the client, its
umask, its ignored and its blocked signals, the number of arguments, the arguments, and the environment. The client's
descriptors follow when a worker has said that it is there: a server that is stopped would keep them open.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Mapping

from circuitnn import __version__
from circuitnn.errors import CircuitnnError
from circuitnn.records import dataclass

MOST_BYTES = 16_000_000
DESCRIPTORS = 4
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
    """

    version: str
    home: str
    umask: int
    ignored: int
    blocked: int
    arguments: list[str]
    environment: dict[bytes, bytes]

    def content(self) -> bytes:
        """The request as it is sent."""
        numbers = (self.umask, self.ignored, self.blocked, len(self.arguments))
        words = [self.version, self.home, *map(str, numbers), *self.arguments]
        fields = [os.fsencode(word) for word in words]
        fields += [name + b"=" + value for name, value in self.environment.items()]
        content = b"".join(field + b"\0" for field in fields)
        return struct.pack("=I", len(content)) + content


def received(connection: socket.socket) -> Request:
    """Read a request.

    Raises
    ------
    Refused
        It is not a request, or is incomplete.
    """
    connection.settimeout(PATIENCE)
    try:
        (size,) = struct.unpack("=I", _exactly(connection, 4))
        if size > MOST_BYTES:
            raise EOFError("it is too long")
        content = _exactly(connection, size)
    except (OSError, EOFError) as error:
        raise Refused(f"the request does not end ({error})") from None
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
    )


def received_descriptors(connection: socket.socket) -> list[int]:
    """Read the client's stdin, stdout, stderr, and current folder.

    Raises
    ------
    Refused
        They do not come.
    """
    connection.settimeout(PATIENCE)
    try:
        _, descriptors, _, _ = socket.recv_fds(connection, 1, DESCRIPTORS)
    except OSError as error:
        raise Refused(f"the client's descriptors do not come ({error})") from None
    if len(descriptors) != DESCRIPTORS:
        raise Refused("the client has gone")
    return descriptors


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
