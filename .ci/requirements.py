"""Print the requirements of the package, or of the named extras, one a line.

pip cannot install a project's dependencies without building the project.
"""

import re
import sys
from pathlib import Path

text = Path(__file__).resolve().parent.parent.joinpath("pyproject.toml").read_text()
for name in sys.argv[1:] or ["dependencies"]:
    # Python 3.10 has no tomllib; the lists are plain lists of strings.
    listed = re.search(rf"^{name} = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    if not listed:
        raise SystemExit(f"pyproject.toml has no list {name}")
    print(*re.findall(r'"([^"]+)"', listed[1]), sep="\n")
