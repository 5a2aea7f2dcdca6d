"""Configuration of the documentation site: ``make docs``.

Warnings are errors. Pages with code run it, so that their pictures and numbers are what the code gives.
"""

from pathlib import Path

from sphinx.application import Sphinx

import circuitnn
from circuitnn.cli import analyses, elements, engines, models, options
from circuitnn.models import catalogue

project = "circuitnn"
author = "The circuitnn developers"
version = release = circuitnn.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "sphinx.ext.viewcode"]
source_suffix = {".md": "myst-nb", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
root_doc = "index"
html_theme = "furo"
html_title = f"circuitnn {version}"
templates_path = ["_templates"]

myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings have types, shapes and units
numpydoc_show_class_members = False
numpydoc_validation_checks: set[str] = set()
# Names of generic aliases and of parameters that are no documents of this site.
nitpicky = False
suppress_warnings = ["misc.highlighting_failure", "myst.xref_missing"]


def write_reference(app: Sphinx) -> None:
    """Write the pages that follow from the code: tables of options, elements …, and a page for each model."""
    folder = Path(app.srcdir) / "generated"
    folder.mkdir(exist_ok=True)
    for kind in (analyses, elements, engines, options):
        (folder / f"{kind.__name__.rpartition('.')[2]}.md").write_text(kind.page(), encoding="utf-8")
    if models.write_pages([model for _, model in sorted(catalogue().items())], folder / "models"):
        raise RuntimeError("decks that show models failed")


def setup(app: Sphinx) -> None:
    """Let Sphinx write the generated pages before it looks for sources."""
    app.connect("builder-inited", write_reference)
