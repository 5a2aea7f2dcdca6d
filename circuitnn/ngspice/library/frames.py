"""Frames between the library and the engine; ``cext/libcircuitnn.c`` describes them."""

from __future__ import annotations

import select
import socket
import struct
import threading


class Channel:
    """One end of the socket.

    Parameters
    ----------
    end : socket.socket
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._writing = threading.Lock()
        self._main_writes = False

    def receive(self) -> tuple[str, bytes] | None:
        """Wait for a frame.

        Returns
        -------
        kind : str
        payload : bytes
            None if the other end is gone.
        """
        head = self._read(4)
        body = self._read(struct.unpack("=I", head)[0]) if head else b""
        return (chr(body[0]), body[1:]) if body else None

    def send(self, kind: str, *fields: bytes) -> None:
        """Send a frame; nothing happens if the other end is gone.

        Parameters
        ----------
        kind : str
        *fields : bytes
        """
        body = b"".join((kind.encode(), *fields))
        main = threading.current_thread() is threading.main_thread()
        # Set before the lock is taken and until it is released: halting in between would block all other threads.
        if main:
            self._main_writes = True
        try:
            with self._writing:
                self._end.sendall(struct.pack("=I", len(body)) + body)
        except OSError:
            return
        finally:
            if main:
                self._main_writes = False

    def wait_for_end(self) -> None:
        """Wait until the other end is gone, whatever it has sent before."""
        gone = select.poll()
        gone.register(self._end, 0)  # an end that hung up is told in any case
        gone.poll()

    @property
    def interrupted(self) -> bool:
        """Whether the main thread is sending a frame, which a signal may interrupt."""
        return self._main_writes

    def _read(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            try:
                more = self._end.recv(size - len(received))
            except OSError:
                return b""
            if not more:
                return b""
            received += more
        return bytes(received)


def text(value: str) -> bytes:
    """Make a field of text.

    Parameters
    ----------
    value : str

    Returns
    -------
    bytes
    """
    return value.replace("\0", "").encode() + b"\0"


def number(value: int) -> bytes:
    """Make a field of a 32-bit integer.

    Parameters
    ----------
    value : int

    Returns
    -------
    bytes
    """
    return struct.pack("=i", value)


def flag(value: bool) -> bytes:
    """Make a field of one byte.

    Parameters
    ----------
    value : bool

    Returns
    -------
    bytes
    """
    return bytes([bool(value)])


def texts(payload: bytes) -> list[str]:
    """Split a payload of texts, each of which ends with NUL.

    Parameters
    ----------
    payload : bytes

    Returns
    -------
    list of str
    """
    return [part.decode("utf-8", errors="surrogateescape") for part in payload.split(b"\0")[:-1]]
