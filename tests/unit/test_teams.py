"""Threads of a team wait asleep, unless the user wants them to spin; the environment stays as it was."""

import os
import subprocess
import sys

import pytest

CODE = "import os, circuitnn._cext.assembly; print(os.environ.get('OMP_WAIT_POLICY'))"


@pytest.mark.skipif(sys.platform != "linux", reason="GCC's runtime is asked what it was told")
@pytest.mark.parametrize(("asked", "told"), [(None, "PASSIVE"), ("active", "ACTIVE")])
def test_threads_wait_as_asked(asked, told):
    environment = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    environment |= {"OMP_DISPLAY_ENV": "true"} | ({"OMP_WAIT_POLICY": asked} if asked else {})
    run = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == str(asked)
    if "OPENMP DISPLAY" not in run.stderr:
        pytest.skip("another runtime of OpenMP")
    assert f"OMP_WAIT_POLICY = '{told}'" in run.stderr
