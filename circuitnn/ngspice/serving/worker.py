"""A worker: a forked process that takes on the state of its client process."""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import resource
import signal
import socket
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from circuitnn import __version__
from circuitnn.ngspice.serving.request import Refused, Request, check, received, received_descriptors
from circuitnn.ngspice.serving.spares import GOOD, STALE

LIMITS = [number for name, number in vars(resource).items() if name.startswith("RLIMIT_")]
SIGNALS = range(1, 32)
IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class Worker:
    """A process for one command line.

    Parameters
    ----------
    connection : socket
        To the client.
    client : int
        Process of the client.
    initial : dict of bytes to bytes
        Variables that the server was started with.
    place : str
        Folder of the server's commands.
    channel : socket, optional
        To the server, which is still checking whether its version is the installed one.
    """

    def __init__(
        self,
        connection: socket.socket,
        client: int,
        initial: Mapping[bytes, bytes],
        place: str,
        channel: socket.socket | None = None,
    ) -> None:
        self.connection, self.client, self.initial = connection, client, initial
        self.place, self.channel = place, channel

    def request(self) -> list[str]:
        """Take on the client's state.

        Returns
        -------
        list of str
            The command line, without the program's name.

        Raises
        ------
        Refused
            This process cannot run it; the client has been told.
        """
        self._say("H")
        try:
            request = received(self.connection)
            check(request, self.initial, self.place)
            self._become(request)
            self._take_descriptors(received_descriptors(self.connection))
            self._hear_of_the_server()
        except Refused as refused:
            self._say(f"N {refused}")
            raise
        self.connection.settimeout(None)
        if not self._say(f"P {os.getpid()}"):  # the client has waited too long and runs by itself
            raise Refused("the client has gone")
        return request.arguments

    def _hear_of_the_server(self) -> None:
        if self.channel is None:
            return
        with self.channel:
            try:
                reply = self.channel.recv(1)
            except ConnectionError:
                reply = b""
        if reply != GOOD:
            raise Refused("another version has been installed" if reply == STALE else "the server has gone")

    def _say(self, line: str) -> bool:
        """Send a line to the client; return whether the client is still there."""
        try:
            self.connection.sendall(os.fsencode(line.replace("\n", " ")[:200]) + b"\n")
        except OSError:
            return False
        return True

    def end(self, code: int) -> None:
        """End this process with an exit code, without tearing down the memory that it shares with the server.

        Tearing down would copy all of that memory and take three times as long as a small run. If there are other
        threads, or the output cannot be written, this returns and the process ends as usual; then the server tells
        the client how.

        Parameters
        ----------
        code : int
            Exit code.
        """
        if len(os.listdir("/proc/self/task")) > 1:
            return
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except BrokenPipeError:
            pass
        except OSError:
            return
        atexit._run_exitfuncs()
        self._say(f"X {code}")
        os._exit(code)

    def _become(self, request: Request) -> None:
        self._take_limits()
        os.umask(request.umask)
        self._take_environment(request.environment)
        sys.argv = [os.path.join(request.home, "circuitnn"), *request.arguments]
        for number in SIGNALS:
            handling = _handling(number, request.ignored)
            if number not in (signal.SIGKILL, signal.SIGSTOP) and signal.getsignal(number) != handling:
                signal.signal(number, handling)
        signal.pthread_sigmask(signal.SIG_SETMASK, [k for k in SIGNALS if request.blocked >> k & 1])

    @staticmethod
    def _take_descriptors(descriptors: list[int]) -> None:
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        os.fchdir(descriptors[3])
        for descriptor in descriptors:
            if descriptor > 2:
                os.close(descriptor)
        sys.stdin = sys.__stdin__ = _stream(0, "r", sys.__stdin__)  # type: ignore[misc]
        sys.stdout = sys.__stdout__ = _stream(1, "w", sys.__stdout__)  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = _stream(2, "w", sys.__stderr__)  # type: ignore[misc]

    def _take_environment(self, wanted: Mapping[bytes, bytes]) -> None:
        # Variables that this process added at its start stay: a new process would add them, too.
        for name in [name for name in os.environb if name in self.initial and name not in wanted]:
            del os.environb[name]
        os.environb.update({name: value for name, value in wanted.items() if os.environb.get(name) != value})

    def _take_limits(self) -> None:
        """Take the client's limits, priority and processors, as set by `ulimit`, `nice` and `taskset`."""
        try:
            if os.stat(f"/proc/{self.client}/ns/mnt").st_ino != os.stat("/proc/self/ns/mnt").st_ino:
                raise Refused("the client sees other files (another mount namespace)")
            for number in LIMITS:
                wanted = resource.prlimit(self.client, number)
                if wanted != resource.getrlimit(number):
                    resource.setrlimit(number, wanted)
            priority = os.getpriority(os.PRIO_PROCESS, self.client)
            if priority != os.getpriority(os.PRIO_PROCESS, 0):
                os.setpriority(os.PRIO_PROCESS, 0, priority)
            processors = os.sched_getaffinity(self.client)
            if processors != os.sched_getaffinity(0):
                os.sched_setaffinity(0, processors)
        except (OSError, ValueError) as error:
            raise Refused(f"the client's limits cannot be taken over ({error})") from None


def rehearse_request(initial: Mapping[bytes, bytes], place: str) -> None:
    """Take a request of this process's own, so that it has its own copy of the memory that taking a request writes to.

    Parameters
    ----------
    initial : dict of bytes to bytes
        Variables that the server was started with.
    place : str
        Folder of the server's commands.
    """
    umask = os.umask(0o077)
    os.umask(umask)
    folder = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    client, connection = socket.socketpair()
    client.setblocking(False)
    # an environment may be larger than a socket's buffer: then this worker does without
    with client, connection, contextlib.suppress(BlockingIOError):
        client.sendall(Request(__version__, place, umask, 0, 0, [], dict(initial)).content())
        socket.send_fds(client, [b"D"], [0, 1, 2, folder])
        Worker(connection, os.getpid(), initial, place).request()
    os.close(folder)


def _handling(number: int, ignored: int) -> Any:
    if ignored >> number & 1 or number in IGNORED_BY_PYTHON:
        return signal.SIG_IGN
    return signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL


def _stream(number: int, mode: str, usual: TextIO | None) -> io.TextIOWrapper:
    """Make a standard stream as the interpreter does at its start."""
    through = bool(getattr(usual, "write_through", False))
    raw = open(number, f"{mode}b", buffering=0 if through and mode == "w" else -1, closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(
        raw,
        encoding=getattr(usual, "encoding", None),
        errors=getattr(usual, "errors", None),
        newline="\n",
        line_buffering=number == 2 or os.isatty(number),
        write_through=through,
    )
