"""Type checkers know the package: ten scripts raise no false alarm in strict mode, and the usual slips are found."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import circuitnn

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "scripts").glob("*.py"))
PACKAGE = Path(circuitnn.__file__).parents[1]


def mypy(folder):
    """Lines with errors of mypy: file name and number."""
    pytest.importorskip("mypy", reason="no type checker (mypy)")
    call = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", "."]
    done = subprocess.run(
        call, cwd=folder, capture_output=True, text=True, env=os.environ | {"MYPYPATH": str(PACKAGE)}
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = re.findall(r"^(\S+\.py):(\d+): error: (.*)", done.stdout, re.MULTILINE)
    return {(Path(name).name, int(line)): said for name, line, said in found}


def pyright(folder):
    """Lines with errors of pyright in strict mode."""
    pytest.importorskip("pyright", reason="no type checker (pyright)")
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    settings = {"typeCheckingMode": "strict", "include": ["."], "extraPaths": [str(PACKAGE)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    call = [
        sys.executable,
        "-m",
        "pyright",
        "--outputjson",
        "--pythonpath",
        sys.executable,
        "-p",
        str(folder),
    ]
    own = os.environ | {"PYRIGHT_PYTHON_GLOBAL_NODE": "1", "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, env=own)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = [d for d in json.loads(done.stdout)["generalDiagnostics"] if d["severity"] == "error"]
    return {(Path(d["file"]).name, d["range"]["start"]["line"] + 1): d["message"] for d in found}


@pytest.mark.long
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_ten_scripts_and_the_usual_slips(checker, tmp_path):
    for script in [*SCRIPTS, HERE / "slips.py"]:
        shutil.copy(script, tmp_path)
    found = checker(tmp_path)
    wanted = {
        ("slips.py", number)
        for number, line in enumerate((HERE / "slips.py").read_text().splitlines(), 1)
        if "# slip:" in line
    }
    assert len(wanted) > 5 and len(SCRIPTS) == 10
    missed = sorted(wanted - found.keys())
    assert not missed
    false = {place: said for place, said in found.items() if place not in wanted}
    assert not false


@pytest.mark.thinned(5)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_scripts_run(script, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
