"""Figures as one page that needs nothing from the network, and each as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from core.evaluation.figures.values import EvidenceFigure

PAGE = "figures.html"

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; \
style-src 'unsafe-inline'; img-src data: blob:; font-src data:">
<title>{title}</title>
<style>body {{ font-family: "IBM Plex Sans", sans-serif; color: #16242c; max-width: 60rem; margin: 2rem auto; }}</style>
</head>
<body>
<h1>{title}</h1>
"""
_TAIL = "</body>\n</html>\n"


def write_figures(figures: Iterable[EvidenceFigure], folder: Path, title: str) -> tuple[Path, ...]:
    """Write `figures.html`, with all figures and their texts, and `<name>.json` for each.

    The page carries the drawing library and is forbidden to load anything.

    Raises
    ------
    OSError
        The folder cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / PAGE]
    parts = [_HEAD.format(title=escape(title))]
    for number, one in enumerate(figures):
        drawn = one.figure.to_html(
            full_html=False,
            include_plotlyjs=number == 0,
            div_id=one.name,
            config={"displaylogo": False, "responsive": True},
        )
        text = escape(one.text)
        parts.append(f'<figure aria-label="{text}">\n{drawn}\n<figcaption>{text}</figcaption>\n</figure>\n')
        path = folder / f"{one.name}.json"
        path.write_text(one.figure.to_json(), encoding="utf-8")
        written.append(path)
    written[0].write_text("".join([*parts, _TAIL]), encoding="utf-8")
    return tuple(written)
