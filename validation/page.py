"""Convert the report's Markdown to a self-contained HTML page."""

from __future__ import annotations

import html
import re

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:90em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;font-size:12px}th,td{border:1px solid #ccc;padding:.25em .5em;text-align:left}"
    "td{vertical-align:top}tr:nth-child(even){background:#f7f7f7}img{max-width:100%}"
    "td:nth-child(2){overflow-wrap:anywhere;min-width:18em}"  # names of tests have nothing to break at
)


def as_html(lines: list[str]) -> str:
    """Convert headings, paragraphs, lists, tables, links and pictures; other markup is not supported."""
    body: list[str] = []
    kind = ""  # of the block that is open: table, list, or none
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        now = "table" if line.startswith("|") else "ul" if line.startswith("* ") else ""
        if now != kind:
            body += [f"</{kind}>"] if kind else []
            body += [f"<{now}>"] if now else []
            kind = now
        body += _line(line, header=after.startswith("|---"))
    page = "\n".join([*body, f"</{kind}>" if kind else ""])
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Validation</title><style>{_STYLE}</style>\n"
        f"{page}\n</html>\n"
    )


def _line(line: str, header: bool) -> list[str]:
    text = html.escape(line, quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    if image := re.match(r"!\[(.*?)\]\((.*?)\)$", line):
        return [f'<p><img loading=lazy src="{image[2]}" alt="{html.escape(image[1])}"></p>']
    text = re.sub(r"\[(.+?)\]\((#?[\w./-]+)\)", r'<a href="\2">\1</a>', text)
    if line.startswith("|---") or not line:
        return []
    if line.startswith("|"):
        tag = "th" if header else "td"
        return ["<tr>" + "".join(f"<{tag}>{c.strip()}</{tag}>" for c in text.strip("|").split("|")) + "</tr>"]
    if line.startswith("* "):
        return [f"<li>{text[2:]}</li>"]
    if line.startswith("#"):
        level = len(line) - len(line.lstrip("#"))
        title = text.lstrip("# ")
        return [f'<h{level} id="{anchor(title)}">{title}</h{level}>']
    return [f"<p>{text}</p>"]


def anchor(title: str) -> str:
    """Anchor of a heading, as Markdown renderers make it."""
    return re.sub(r"[^\w-]", "", title.lower().replace(" ", "-"))
