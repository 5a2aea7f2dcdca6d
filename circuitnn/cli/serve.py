"""``circuitnn serve``: a warm process that runs the decks of ``circuitnn-batch``."""

from __future__ import annotations

import os
import signal
import sys

import click

from circuitnn.cli.outcome import FAILED, WRONG_COMMAND

IDLE = 600.0  # s


@click.command()
@click.option(
    "--idle",
    type=click.FloatRange(0, min_open=True),
    default=IDLE,
    show_default=True,
    metavar="SECONDS",
    help="End after so long without a run.",
)
@click.option("--background", is_flag=True, help="Return as soon as it serves.")
@click.option("--stop", "ended", is_flag=True, help="End the server: it takes no more runs.")
def serve(idle: float, background: bool, ended: bool) -> int:
    """Keep a warm process that runs the decks of circuitnn-batch.

    The program circuitnn-batch, installed beside circuitnn, takes the same arguments and gives the same results. If no
    server answers, it runs circuitnn and starts a server for the next run, unless CIRCUITNN_SERVE is "off". So there is
    no need to start one, except to choose how long it lives.
    """
    if not sys.platform.startswith("linux"):
        raise click.UsageError("serve needs Linux")
    from circuitnn.ngspice.serving.address import socket_path
    from circuitnn.ngspice.serving.server import Server, server_at

    path = socket_path()
    if ended:
        pid = server_at(path)
        if not pid:
            print(f"Error: nothing serves at {path}", file=sys.stderr)
            return FAILED
        os.kill(pid, signal.SIGTERM)
        return 0
    _keep_standard_streams()
    from circuitnn.cli.warm import rehearse, warm

    warm()
    descriptor = _into_background() if background else -1
    if descriptor is None:
        return 0
    server = Server(path, idle, rehearse)
    worker = server.run(lambda: _say_ready(path, descriptor))
    if worker is None:
        return 0
    from circuitnn.cli import execute_alone
    from circuitnn.ngspice.serving.request import Refused

    try:
        arguments = worker.request()
    except Refused:
        return WRONG_COMMAND
    code = execute_alone(arguments)
    worker.end(code)
    return code


def _keep_standard_streams() -> None:
    """Occupy descriptors below 3, even if this process was started without standard streams."""
    while True:
        number = os.open(os.devnull, os.O_RDWR)
        if number > 2:
            os.close(number)
            return


def _into_background() -> int | None:
    """Fork. Returns None in the parent, after the child has reported; in the child, the descriptor to report to."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            report = pipe.read()
        sys.stdout.write(report.decode())
        if not report:
            sys.exit(FAILED)  # the child has said why
        return None
    os.close(reading)
    os.setsid()
    return writing


def _say_ready(path: str, descriptor: int) -> None:
    message = f"circuitnn serves at {path} (process {os.getpid()})\n"
    if descriptor < 0:
        sys.stdout.write(message)
        sys.stdout.flush()
        return
    os.write(descriptor, message.encode())
    os.close(descriptor)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.close(nowhere)
    os.chdir("/")
