"""Workers that wait for their clients.

A worker is forked, and has rehearsed, before its client comes: memory that a run writes to is then its own already. To
copy it takes most of the time of a small run.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
from collections.abc import Callable

CLIENT = struct.Struct("i")  # its process
READY = b"r"  # what a worker says when it has rehearsed
GOOD, STALE = b"g", b"s"  # what the server then says of itself


class Spares:
    """The workers of a server that have no client yet.

    Parameters
    ----------
    rehearse : callable
        What a worker does before its client comes.
    """

    def __init__(self, rehearse: Callable[[], None]) -> None:
        self.rehearse = rehearse
        self.channels: dict[int, socket.socket] = {}  # of each process, the way to it

    def __len__(self) -> int:
        return len(self.channels)

    def fork(self) -> socket.socket | None:
        """Fork one more. In it, its way to the server; None in the server."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid:
            theirs.close()
            self.channels[pid] = ours
            return None
        ours.close()
        return theirs

    def wait(self, channel: socket.socket) -> tuple[socket.socket, int]:
        """In a worker: rehearse, and wait for a client; a worker that gets none ends here.

        Parameters
        ----------
        channel : socket
            To the server.

        Returns
        -------
        socket
            To the client.
        int
            The client's process.
        """
        try:
            self.rehearse()
            channel.sendall(READY)
            message, descriptors, _, _ = socket.recv_fds(channel, CLIENT.size, 1)
        except ConnectionError:  # the server has ended, and has not heard that this one is ready
            os._exit(0)
        if not descriptors:
            os._exit(0)
        return socket.socket(fileno=descriptors[0]), CLIENT.unpack(message)[0]

    def hand_over(self, connection: socket.socket, client: int) -> tuple[int, socket.socket] | None:
        """Give a client to a worker that is ready; its process and the way to it, or None if there is none."""
        ready, _, _ = select.select(self.channels.values(), [], [], 0.0)
        for pid, channel in list(self.channels.items()):
            if channel not in ready:
                continue
            del self.channels[pid]
            try:
                socket.send_fds(channel, [CLIENT.pack(client)], [connection.fileno()])
                return pid, channel
            except OSError:  # it has died
                channel.close()
                end(pid)
        return None

    def close(self) -> None:
        """Close the ways to all of them: where the server does, they end."""
        for channel in self.channels.values():
            channel.close()

    def dismiss(self) -> None:
        """End all of them."""
        self.close()
        for pid in self.channels:
            os.waitpid(pid, 0)
        self.channels.clear()


def end(pid: int) -> None:
    """Kill a worker that has no client, and wait for its end."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
