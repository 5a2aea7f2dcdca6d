"""The server: one warm process that forks a worker for each client."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import math
import os
import select
import signal
import socket
import stat
import struct
import time
from collections.abc import Callable

from circuitnn.errors import CircuitnnError
from circuitnn.ngspice.serving.address import VARIABLE, home
from circuitnn.ngspice.serving.loaded import Loaded
from circuitnn.ngspice.serving.spares import GOOD, STALE, Spares
from circuitnn.ngspice.serving.worker import Worker, rehearse_request

BACKLOG = 128
GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR
SPARES = 2  # one for the next client, one for a client that comes while another worker is prepared
# s after the start of a run before another worker is prepared: a run of a textbook deck has ended by then
QUIET = 0.05
LONGEST = 20  # digits of a process number in a lock file
_ELSEWHERE = f"choose another path for the socket ({VARIABLE})"


def check_alone() -> None:
    """Check that this process has one thread: a fork would lack the others and wait for locks that they hold.

    Raises
    ------
    CircuitnnError
        It has more.
    """
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise CircuitnnError(f"serve: this process has {threads} threads, and may not be copied")


def initial_environment() -> dict[bytes, bytes]:
    """Environment that this process was started with, regardless of later changes."""
    with open("/proc/self/environ", "rb") as file:
        entries = (entry.partition(b"=") for entry in file.read().split(b"\0") if entry)
        return {name: value for name, _, value in entries}


def server_at(path: str) -> int:
    """Process that listens at a path; 0 if none does."""
    try:
        lock, holder = opened_lock(path, os.O_RDONLY)
    except (OSError, CircuitnnError):
        return 0
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return holder
    finally:
        os.close(lock)
    return 0


def opened_lock(path: str, flags: int) -> tuple[int, int]:
    """Open the lock file beside a socket.

    Parameters
    ----------
    path : str
        Path of the socket.
    flags : int
        As for `os.open`.

    Returns
    -------
    (int, int)
        The descriptor, and the process that last held the lock; 0 if none did.

    Raises
    ------
    CircuitnnError
        The file is not a lock of a server's: it is left as it is.
    OSError
        It cannot be opened.
    """
    name = f"{path}.lock"
    try:
        lock = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise CircuitnnError(f"serve: {name} is a link; {_ELSEWHERE}") from None
    about = os.fstat(lock)
    content = os.pread(lock, LONGEST + 1, 0) if stat.S_ISREG(about.st_mode) else b"?"
    if about.st_uid != os.geteuid() or len(content) > LONGEST or not (content.isdigit() or not content):
        os.close(lock)
        raise CircuitnnError(f"serve: {name} is not the lock of a server; {_ELSEWHERE}")
    return lock, int(content or 0)


def _identity(path: str) -> tuple[int, int]:
    """Device and inode of a file, not of what it links to."""
    about = os.lstat(path)
    return about.st_dev, about.st_ino


class Server:
    """Listens, forks workers, and tells clients how their workers have ended.

    Parameters
    ----------
    path : str
        Path of the socket. A file beside it holds the process number and is locked while the server lives.
    idle : float
        Time without a run after which it ends. [s]
    rehearse : callable
        Prepares a worker before its client comes.

    Raises
    ------
    CircuitnnError
        There is a server already, or the socket cannot be made.
    """

    def __init__(self, path: str, idle: float, rehearse: Callable[[], None]) -> None:
        self.path, self.idle = path, idle
        self.initial, self.place = initial_environment(), home()
        self.spares = Spares(lambda: self._rehearse(rehearse))
        self.running: dict[int, socket.socket] = {}
        self.begun = -QUIET  # when the last run began [s]
        self.stopping = False
        self.loaded = Loaded()
        try:
            self._lock, before = opened_lock(path, os.O_RDWR | os.O_CREAT)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.listener: socket.socket | None = self._listener(before != 0)
        except BlockingIOError:
            raise CircuitnnError(f"serve: process {server_at(path)} serves at {path} already") from None
        except OSError as error:
            raise CircuitnnError(f"serve: {path}: {error.strerror or error}") from None

    def _listener(self, earlier: bool) -> socket.socket:
        """Listen at the path; a socket that an earlier server left there, which was killed, is replaced."""
        if os.path.lexists(self.path):
            if not (earlier and stat.S_ISSOCK(os.lstat(self.path).st_mode)):
                if not earlier:
                    os.unlink(f"{self.path}.lock")  # made just now
                raise CircuitnnError(f"serve: {self.path} is there already, and not a server's; {_ELSEWHERE}")
            os.unlink(self.path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(self.path)
        finally:
            os.umask(before)
        self._made = _identity(self.path)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        return listener

    def run(self, ready: Callable[[], None]) -> Worker | None:
        """Serve until idle or stopped by SIGTERM or SIGINT; runs that have begun are finished.

        Parameters
        ----------
        ready : callable
            Called when clients can connect.

        Returns
        -------
        Worker or None
            The worker, in a forked process; None in the server, at its end.
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
            worker = None
            if self._wait(used):
                worker = self._accept()
            elif self._until_next_spare() == 0.0:
                worker = self._next_spare()
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
        """Wait for an event; return whether a client may have come. Kill the workers of clients that have gone."""
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        if self.listener is not None:
            poll.register(self.listener, select.POLLIN)
        of_socket = {c.fileno(): pid for pid, c in self.running.items() if c.fileno() >= 0}
        for number in of_socket:
            poll.register(number, GONE)
        left = self._until_next_spare()
        if not self.running:
            left = min(left, max(0.0, used + self.idle - time.monotonic()))
        ready = {number for number, _ in poll.poll(None if left == math.inf else 1000.0 * left)}
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
        except OSError:  # the client has gone already
            return None
        size = struct.calcsize("3i")
        client, user, group = struct.unpack(
            "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        )
        if (user, group) != (os.geteuid(), os.getegid()):
            connection.close()
            return None
        self.begun = time.monotonic()
        if self._hand_over(connection, client):
            return None
        if not self.loaded.unchanged():
            connection.close()
            self._take_no_more()
            return None
        pid = os.fork()
        if pid:
            self.running[pid] = connection
            return None
        self._forget()
        return Worker(connection, client, self.initial, self.place)

    def _hand_over(self, connection: socket.socket, client: int) -> bool:
        """Give a client to a ready worker, if there is one; meanwhile, check for another installed version."""
        worker = self.spares.hand_over(connection, client)
        if worker is None:
            return False
        pid, channel = worker
        self.running[pid] = connection
        good = self.loaded.unchanged()
        with channel, contextlib.suppress(ConnectionError):  # the worker may have died
            channel.sendall(GOOD if good else STALE)
        if not good:  # the loaded modules are outdated
            self._take_no_more()
        return True

    def _until_next_spare(self) -> float:
        """Time until another worker should be forked. [s]"""
        if self.listener is None or len(self.spares) >= SPARES:
            return math.inf
        return max(0.0, self.begun + QUIET - time.monotonic()) if self.running else 0.0

    def _next_spare(self) -> Worker | None:
        """Fork a worker. The worker waits for a client, and ends if none comes."""
        channel = self.spares.fork()
        if channel is None:
            return None
        self._forget()
        connection, client = self.spares.wait(channel)
        return Worker(connection, client, self.initial, self.place, channel)

    def _rehearse(self, run: Callable[[], None]) -> None:
        run()
        rehearse_request(self.initial, self.place)

    def _forget(self) -> None:
        """In a worker: leave the server's terminal and close the server's files."""
        os.setsid()  # job control is up to the client
        signal.set_wakeup_fd(-1)
        os.close(self._wake)
        os.close(self._waking)
        for connection in self.running.values():
            connection.close()
        self.spares.close()
        self.loaded.close()  # what is forked is told of nothing
        if self.listener is not None:
            self.listener.close()
        os.close(self._lock)  # the server still holds the lock

    def _reap(self) -> None:
        """Tell clients how their workers have ended."""
        for pid in list(self.running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            code = os.waitstatus_to_exitcode(status)
            with (
                self.running.pop(pid) as connection,
                contextlib.suppress(OSError),
            ):  # the client may have gone
                connection.sendall(f"S {-code}\n".encode() if code < 0 else f"X {code}\n".encode())

    def _take_no_more(self) -> None:
        self.spares.dismiss()
        if self.listener is not None:
            with contextlib.suppress(FileNotFoundError):  # its folder may be gone
                if _identity(self.path) == self._made:
                    os.unlink(self.path)
            self.listener.close()
            self.listener = None
