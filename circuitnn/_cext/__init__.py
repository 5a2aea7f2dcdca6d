"""The compiled core."""

import os

# By default, waiting threads of an OpenMP team spin for milliseconds on processors that others need, perhaps even the
# thread they wait for. The runtime reads its policy once, when it is loaded; the environment is then restored, so that
# other libraries and child processes are not affected.
POLICY = "OMP_WAIT_POLICY"
if POLICY not in os.environ and "GOMP_SPINCOUNT" not in os.environ:
    os.environ[POLICY] = "passive"
    try:
        from circuitnn._cext import teams as teams
    finally:
        del os.environ[POLICY]
