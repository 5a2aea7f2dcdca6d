"""The server: one warm process that forks a worker for each client.

The next worker is forked, and has rehearsed, before its client comes: memory that a run writes to is then its own
already. To copy it takes most of the time of a small run.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable

from circuitnn.errors import CircuitnnError
from circuitnn.serving.worker import Worker

BACKLOG = 128
CLIENT = struct.Struct("i")  # its process
READY = b"r"  # what the next worker says when it has rehearsed
GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR
Stamps = dict[str, "tuple[int, int, int] | None"]


def check_alone() -> None:
    """Check that this process has one thread: a copy of it would miss the others, and wait for what they hold.

    Raises
    ------
    CircuitnnError
        It has more.
    """
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise CircuitnnError(f"serve: this process has {threads} threads, and may not be copied")


def initial_environment() -> dict[bytes, bytes]:
    """Variables that this process was started with, whatever has become of them."""
    with open("/proc/self/environ", "rb") as file:
        entries = (entry.partition(b"=") for entry in file.read().split(b"\0") if entry)
        return {name: value for name, _, value in entries}


def server_at(path: str) -> int:
    """The process that listens there; 0 if none does."""
    try:
        with open(f"{path}.lock", "rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0)
    except OSError:
        pass
    return 0


class Server:
    """Listens, forks, and tells clients how their workers have ended.

    Parameters
    ----------
    path : str
        Of the socket. A file that holds the process beside it is locked while there is a server.
    idle : float
        Time without a run after which it ends. [s]
    rehearse : callable
        What a worker does before its client comes.

    Raises
    ------
    CircuitnnError
        There is a server already, or the socket cannot be made.
    """

    def __init__(self, path: str, idle: float, rehearse: Callable[[], None]) -> None:
        self.path, self.idle, self.rehearse = path, idle, rehearse
        self.spare: tuple[int, socket.socket] | None = None  # the next worker, and the way to it
        self.initial = initial_environment()
        self.running: dict[int, socket.socket] = {}
        self.stopping = False
        self.stamps = _stamps()
        try:
            self._lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.listener: socket.socket | None = self._listener()
        except BlockingIOError:
            raise CircuitnnError(f"serve: process {server_at(path)} serves at {path} already") from None
        except OSError as error:
            raise CircuitnnError(f"serve: {path}: {error.strerror or error}") from None

    def _listener(self) -> socket.socket:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)  # of a server that was killed: the lock was free
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(self.path)
        finally:
            os.umask(before)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        return listener

    def run(self, ready: Callable[[], None]) -> Worker | None:
        """Serve until idle, or told to stop by SIGTERM or SIGINT; runs that have begun go on to their end.

        Parameters
        ----------
        ready : callable
            Called when clients can come.

        Returns
        -------
        Worker or None
            In a forked process, its worker; None in the server, at its end.
        """
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)
        self._wake, self._waking = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(self._waking, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._asked_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        check_alone()
        ready()
        used = time.monotonic()
        while self.listener is not None or self.running:
            if self.listener is not None and self.spare is None:
                worker = self._next_worker()
                if worker is not None:
                    return worker
            if self._wait(used):
                worker = self._accept()
                if worker is not None:
                    return worker
            self._reap()
            if self.running:
                used = time.monotonic()
            if self.stopping or time.monotonic() - used >= self.idle:
                self._take_no_more()
        return None

    def _asked_to_stop(self, *_: object) -> None:
        self.stopping = True

    def _wait(self, used: float) -> bool:
        """Wait for something to do; whether a client may have come. A client that has gone takes its worker along."""
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        if self.listener is not None:
            poll.register(self.listener, select.POLLIN)
        of_socket = {c.fileno(): pid for pid, c in self.running.items() if c.fileno() >= 0}
        for number in of_socket:
            poll.register(number, GONE)
        left = max(0.0, used + self.idle - time.monotonic())
        ready = {number for number, _ in poll.poll(None if self.running else 1000.0 * left)}
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 4096)
        for number in ready & of_socket.keys():
            os.kill(of_socket[number], signal.SIGKILL)
            self.running[of_socket[number]].close()
        return self.listener is not None and self.listener.fileno() in ready

    def _accept(self) -> Worker | None:
        if self.listener is None:
            return None
        try:
            connection, _ = self.listener.accept()
        except OSError:  # it has gone already
            return None
        size = struct.calcsize("3i")
        client, user, group = struct.unpack(
            "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        )
        if (user, group) != (os.geteuid(), os.getegid()):
            connection.close()
            return None
        if _stamps() != self.stamps:  # another version has been installed: what is in memory is of no use
            connection.close()
            self._take_no_more()
            return None
        if self._hand_over(connection, client):
            return None
        pid = os.fork()
        if pid:
            self.running[pid] = connection
            return None
        self._forget()
        return Worker(connection, client, self.initial)

    def _next_worker(self) -> Worker | None:
        """Fork the next worker. In it, wait for a client; where none comes the process ends."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid:
            theirs.close()
            self.spare = pid, ours
            return None
        ours.close()
        self._forget()
        self.rehearse()
        theirs.sendall(READY)
        message, descriptors, _, _ = socket.recv_fds(theirs, CLIENT.size, 1)
        if not descriptors:  # the server has come to its end
            os._exit(0)
        theirs.close()
        (client,) = CLIENT.unpack(message)
        return Worker(socket.socket(fileno=descriptors[0]), client, self.initial)

    def _hand_over(self, connection: socket.socket, client: int) -> bool:
        """Give a client to the worker that waits; False if it is not ready, or has died."""
        if self.spare is None or not select.select([self.spare[1]], [], [], 0.0)[0]:
            return False
        (pid, channel), self.spare = self.spare, None
        with channel:
            try:
                socket.send_fds(channel, [CLIENT.pack(client)], [connection.fileno()])
            except OSError:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return False
        self.running[pid] = connection
        return True

    def _forget(self) -> None:
        """Close what is the server's, in a worker."""
        signal.set_wakeup_fd(-1)
        os.close(self._wake)
        os.close(self._waking)
        for connection in self.running.values():
            connection.close()
        if self.spare is not None:
            self.spare[1].close()
        if self.listener is not None:
            self.listener.close()
        os.close(self._lock)  # which does not give up the lock: it is the server's

    def _reap(self) -> None:
        """Tell clients of workers that have ended."""
        for pid in list(self.running):
            found, status = os.waitpid(pid, os.WNOHANG)
            if not found:
                continue
            code = os.waitstatus_to_exitcode(status)
            with (
                self.running.pop(pid) as connection,
                contextlib.suppress(OSError),
            ):  # the client may have gone
                connection.sendall(f"S {-code}\n".encode() if code < 0 else f"X {code}\n".encode())

    def _take_no_more(self) -> None:
        if self.spare is not None:
            (pid, channel), self.spare = self.spare, None
            channel.close()
            os.waitpid(pid, 0)
        if self.listener is not None:
            with contextlib.suppress(FileNotFoundError):  # its folder may be gone
                os.unlink(self.path)
            self.listener.close()
            self.listener = None


def _stamps() -> Stamps:
    """What tells the files that this process has loaded from those of another version."""
    found: Stamps = {}
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and name.partition(".")[0] == "circuitnn":
            try:
                about = os.stat(path)
                found[path] = about.st_mtime_ns, about.st_size, about.st_ino
            except OSError:
                found[path] = None
    return found
