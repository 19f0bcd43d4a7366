"""What people and programs see: tables, progress, problems. Data goes to stdout, everything else to stderr.

Ids, names of files, headers and what servers say come from others: nothing of it reaches a terminal but as text.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
_OURS = "\n\t"
"""What our own texts of several lines hold."""
_PLAIN_WIDTH = 200
"""Columns of a table that goes into a file or a pipe; narrower ones would cut names."""
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROL = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_BEYOND_JSON = re.compile(rf"[\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
"""What JSON may hold as it is, and a terminal obeys or cannot show."""
_PICTURES, _DELETE = 0x2400, 0x7F


def visible(text: str, *, keep: str = "") -> str:
    """The text with visible signs in place of those that a terminal obeys, as ``␛[31m``. ``keep``: those that stay.

    Control signs, overrides of the direction of writing, separators of lines, halves of surrogate pairs.
    """
    return _CONTROL.sub(lambda found: found[0] if found[0] in keep else _picture(ord(found[0])), text)


def _picture(code: int) -> str:
    if code < ord(" "):
        return chr(_PICTURES + code)
    return "\u2421" if code == _DELETE else f"\\u{code:04x}"


def _json(value: Any) -> None:
    text = json.dumps(value, default=_plain, ensure_ascii=False, indent=2)
    print(_BEYOND_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def table(rows: Sequence[Row], *, title: str = "", as_json: bool = False) -> None:
    """Print rows as a table, or as a JSON list of objects."""
    if as_json:
        _json([dict(row) for row in rows])
        return
    if not rows:
        note(f"{title}: nothing." if title else "Nothing.")
        return
    from rich.table import Table

    if title:
        line(title)
    shown = Table(header_style="bold", show_edge=False, pad_edge=False)
    for name in rows[0]:
        numeric = all(isinstance(row[name], int | float | Decimal | None) for row in rows)
        shown.add_column(visible(name.replace("_", " ")), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_cell(value) for value in row.values()))
    _rich(sys.stdout).print(shown)


def card(row: Row, *, title: str = "", as_json: bool = False) -> None:
    """Print one thing: a name and a value a line."""
    if as_json:
        _json(dict(row))
        return
    if title:
        line(title)
    told = {name: value for name, value in row.items() if value is not None and value != ""}
    width = max((len(name) for name in told), default=0)
    for name, value in told.items():
        print(f"  {visible(name.replace('_', ' ')):<{width}}  {_cell(value)}")


def line(text: str) -> None:
    """One line of data, or several of ours."""
    print(visible(text, keep=_OURS))


def note(text: str) -> None:
    """One line for people, or several; never part of the data."""
    print(visible(text, keep=_OURS), file=sys.stderr)


@contextmanager
def progress() -> Iterator[Callable[..., None]]:
    """A function that says what is being done, and what share of it is behind (see ``pipeline.session.Progress``).

    On a terminal it moves a bar; elsewhere, as under cron, it writes plain lines.
    """
    if not sys.stderr.isatty():
        yield _plain_lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    said = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), BarColumn(bar_width=24), TimeElapsedColumn(), said)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def move(text: str, done: float | None = None) -> None:
            bar.update(task, description=visible(text), completed=done)

        yield move


def _plain_lines() -> Callable[..., None]:
    """A line for each text; that only the share has moved needs none."""
    last = ""

    def say(text: str, _: float | None = None) -> None:
        nonlocal last
        if text != last:
            note(text)
        last = text

    return say


def _rich(file: Any) -> Any:
    from rich.console import Console

    width = None if file.isatty() else _PLAIN_WIDTH
    return Console(file=file, highlight=False, markup=False, emoji=False, width=width)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.3f}".rstrip("0").rstrip(".")
        case int() | Decimal():
            return f"{value:,}"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case _:
            return visible(str(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
