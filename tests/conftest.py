"""What holds for all tests."""

import os
import re
import signal
import time
import zlib

import psutil
import pytest
from hypothesis import settings

# The same random inputs in each run, so that CI tells of a change and not of luck. CIRCUITNN_FUZZ=5000 makes so many
# for each fuzz test, and other ones each time.
settings.register_profile(
    "circuitnn", derandomize="CIRCUITNN_FUZZ" not in os.environ, database=None, print_blob=True
)
settings.load_profile("circuitnn")

# A shell starts background jobs with Ctrl-C ignored, and so would be the processes the tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What tests compare with, and what they say where it is missing. CIRCUITNN_REQUIRE names those that must be there,
# with blanks between, or all: then a test that misses one fails. Without it, as on a user's machine, it is skipped.
PEERS = {
    "ngspice": r"ngspice is not installed",
    "pyspice": r"'PySpice\b",
    "badcrossbar": r"'badcrossbar'",
    "spicelib": r"'spicelib\b",
    "torch": r"'torch'",
    "jax": r"'jax'",
    "openvaf": r"OpenVAF is not installed",
    "compiler": r"no C compiler",
    "suitesparse": r"SuiteSparse|KLU|_cext\.klu'|SciPy's",
    "browser": r"no browser",
    "types": r"no type checker",
    "source": r"source tree|checkout|README|documentation|documents|_cext\.derived'",
}
# Skipped for what the test itself is about, or for the lack of what no installation needs, whatever is required.
BY_NATURE = r"long double is no longer|gates at 0 V|^signals$|^Linux|^Node.js"


def must_run(reason, required):
    """Why a test that was skipped should have run; empty if it may be skipped.

    Parameters
    ----------
    reason : str
    required : str
        As CIRCUITNN_REQUIRE says it.
    """
    names = set(required.lower().split())
    unknown = names - PEERS.keys() - {"all"}
    if unknown:
        raise pytest.UsageError(
            f"CIRCUITNN_REQUIRE: there is no '{min(unknown)}'; known are {', '.join(PEERS)}"
        )
    if not names or re.search(BY_NATURE, reason):
        return ""
    missing = [name for name, said in PEERS.items() if re.search(said, reason)]
    if missing and "all" not in names and not names.intersection(missing):
        return ""
    return f"skipped, and must not be (CIRCUITNN_REQUIRE={required}): {reason}"


def _demand(report):
    """Let a skipped test or file fail where it must run."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        wrong = must_run(reason, os.environ.get("CIRCUITNN_REQUIRE", ""))
        if wrong:
            report.outcome, report.longrepr = "failed", wrong


def pytest_configure(config):
    """Leave out long tests, unless the command line says which tests to run."""
    if not config.option.markexpr and not any("::" in given for given in config.args):
        config.option.markexpr = "not long"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark those inputs of thinned tests as long that `make test` leaves out: always the same ones."""
    for item in items:
        thinned = item.get_closest_marker("thinned")
        if thinned and zlib.crc32(item.nodeid.encode()) % thinned.args[0]:
            item.add_marker(pytest.mark.long)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _demand(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _demand(report)
    return report


@pytest.fixture
def has_worked():
    """Waits until a process has used some seconds of processor time: on a busy machine that takes longer."""

    def wait(process, seconds):
        used = psutil.Process(process.pid)
        while process.poll() is None and sum(used.cpu_times()[:2]) < seconds:
            time.sleep(0.05)

    return wait
