"""What people and programs see: tables, progress, problems. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
_PLAIN_WIDTH = 200
"""Columns of a table that goes into a file or a pipe; narrower ones would cut names."""


def table(rows: Sequence[Row], *, title: str = "", as_json: bool = False) -> None:
    """Print rows as a table, or as a JSON list of objects."""
    if as_json:
        print(json.dumps([dict(row) for row in rows], default=_plain, ensure_ascii=False, indent=2))
        return
    if not rows:
        note(f"{title}: nothing." if title else "Nothing.")
        return
    from rich.table import Table

    if title:
        print(title)
    shown = Table(header_style="bold", show_edge=False, pad_edge=False)
    for name in rows[0]:
        numeric = all(isinstance(row[name], int | float | Decimal | None) for row in rows)
        shown.add_column(name.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_cell(value) for value in row.values()))
    _rich(sys.stdout).print(shown)


def card(row: Row, *, title: str = "", as_json: bool = False) -> None:
    """Print one thing: a name and a value a line."""
    if as_json:
        print(json.dumps(dict(row), default=_plain, ensure_ascii=False, indent=2))
        return
    if title:
        print(title)
    told = {name: value for name, value in row.items() if value is not None and value != ""}
    width = max((len(name) for name in told), default=0)
    for name, value in told.items():
        print(f"  {name.replace('_', ' '):<{width}}  {_cell(value)}")


def line(text: str) -> None:
    """One line of data."""
    print(text)


def note(text: str) -> None:
    """One line for people; never part of the data."""
    print(text, file=sys.stderr)


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

    columns = (SpinnerColumn(), BarColumn(bar_width=24), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def move(text: str, done: float | None = None) -> None:
            bar.update(task, description=text, completed=done)

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

    return Console(file=file, highlight=False, markup=False, width=None if file.isatty() else _PLAIN_WIDTH)


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
            return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
