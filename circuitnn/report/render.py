"""A page as HTML: templates filled in, with all text escaped and all scripts and numbers inside.

A deck is untrusted, and so are titles and names that come from it. Text reaches the page through Jinja, which escapes
it, or as JSON without ``<``, ``>`` and ``&``. The page's policy allows only the scripts inserted here, by their
digests, and no network address.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timezone
from hashlib import sha256
from importlib.resources import files
from typing import Any

from circuitnn.errors import AnalysisError
from circuitnn.machine.text import decoded
from circuitnn.report.page import Page
from circuitnn.results.origin import versions

EXTRA = "pip install 'circuitnn[report]'"
SCRIPTS = {"waves": "waves.js", "map": "maps.js", "wires": "wires.js", "plain": "plain.js"}
# Control characters other than newline and tab, and those that change the direction of text.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def rendered(page: Page) -> bytes:
    """Write a page.

    Parameters
    ----------
    page : Page

    Returns
    -------
    bytes
        HTML in UTF-8.

    Raises
    ------
    AnalysisError
        Jinja2 or Plotly is missing.
    """
    jinja2, library = _needed()
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("circuitnn.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    kinds = {drawing.kind for section in page.sections for drawing in section.drawings}
    names = ["common.js", *(script for kind, script in SCRIPTS.items() if kind in kinds), "start.js"]
    scripts = [library(), *map(_part, names)] if kinds else []
    text: str = environment.get_template("page.html").render(
        page=page,
        scripts=[Markup(inline(script)) for script in scripts],
        policy=" ".join(f"'sha256-{_digest(inline(script))}'" for script in scripts) or "'none'",
        style=Markup(_part("page.css")),
        contents=lambda drawing: Markup(embedded(drawing.content)),
        created=f"{_now()} by circuitnn {versions()['circuitnn']}",
    )
    return text.encode("utf-8")


def _needed() -> tuple[Any, Any]:
    """Import Jinja2, and the function that returns Plotly's script."""
    try:
        import jinja2
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise AnalysisError(f"a page needs Jinja2 and Plotly ({error}): {EXTRA}") from None
    return jinja2, get_plotlyjs


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _part(name: str) -> str:
    return decoded(files("circuitnn.report").joinpath("templates").joinpath(name).read_bytes())


def visible(text: str) -> str:
    """Make invisible characters, and those that change the direction of text, visible.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Without control characters, marks of direction and lone surrogates.
    """
    return _HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def embedded(content: Mapping[str, Any]) -> str:
    """JSON that is safe between the tags of a script.

    Parameters
    ----------
    content : mapping

    Returns
    -------
    str
    """
    text = json.dumps(_seen(content), allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _seen(content: Any) -> Any:
    if isinstance(content, str):
        return visible(content)
    if isinstance(content, Mapping):
        return {key: _seen(value) for key, value in content.items()}
    return [_seen(value) for value in content] if isinstance(content, (list, tuple)) else content


def inline(script: str) -> str:
    """A script that is safe between its tags.

    Parameters
    ----------
    script : str

    Returns
    -------
    str
    """
    return script.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
