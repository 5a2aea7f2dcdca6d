"""Workers that wait for their clients.

A worker is forked and rehearses before its client comes. It then has its own copy of the memory that a run writes to;
copying these pages takes most of the time of a small run.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
from collections.abc import Callable

CLIENT = struct.Struct("i")  # process number of the client
READY = b"r"  # sent by a worker that has rehearsed
GOOD, STALE = b"g", b"s"  # the server's answer: whether its modules are up to date


class Spares:
    """The workers of a server that have no client yet.

    Parameters
    ----------
    rehearse : callable
        Prepares a worker before its client comes.
    """

    def __init__(self, rehearse: Callable[[], None]) -> None:
        self.rehearse = rehearse
        self.channels: dict[int, socket.socket] = {}  # process → channel to it

    def __len__(self) -> int:
        return len(self.channels)

    def fork(self) -> socket.socket | None:
        """Fork another worker. Returns the channel to the server in the worker, None in the server."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid:
            theirs.close()
            self.channels[pid] = ours
            return None
        ours.close()
        return theirs

    def wait(self, channel: socket.socket) -> tuple[socket.socket, int]:
        """In a worker: rehearse and wait for a client; a worker that gets none ends here.

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
        except ConnectionError:  # the server has ended before this worker was ready
            os._exit(0)
        if not descriptors:
            os._exit(0)
        return socket.socket(fileno=descriptors[0]), CLIENT.unpack(message)[0]

    def hand_over(self, connection: socket.socket, client: int) -> tuple[int, socket.socket] | None:
        """Give a client to a ready worker; return its process and channel, or None if no worker is ready."""
        ready, _, _ = select.select(self.channels.values(), [], [], 0.0)
        for pid, channel in list(self.channels.items()):
            if channel not in ready:
                continue
            del self.channels[pid]
            try:
                socket.send_fds(channel, [CLIENT.pack(client)], [connection.fileno()])
                return pid, channel
            except OSError:  # the worker has died
                channel.close()
                end(pid)
        return None

    def close(self) -> None:
        """Close the channels to all workers; when the server does so, they end."""
        for channel in self.channels.values():
            channel.close()

    def dismiss(self) -> None:
        """End all waiting workers."""
        self.close()
        for pid in self.channels:
            os.waitpid(pid, 0)
        self.channels.clear()


def end(pid: int) -> None:
    """Kill a worker that has no client, and wait for its end."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
