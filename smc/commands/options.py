"""Options that many commands share, and the way from a folder to a Project."""

from __future__ import annotations

import getpass
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.project import Project

ProjectFolder = Annotated[
    Path, typer.Option("--project", "-p", envvar="SMC_PROJECT", help="Folder of the project (where smc.yaml is).")
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="Day to work for, YYYY-MM-DD. Default: today in the project's time zone.",
    ),
]
SeenOn = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="Day to look at, YYYY-MM-DD. Default: the last computed day.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait while another run is at work.")]

HERE = Path()


def day(value: datetime | None) -> date | None:
    """The date of an ``--as-of``."""
    return value.date() if value else None


def person() -> str:
    """Who is at the keyboard, as the machine knows him; under cron or in a container there may be nobody."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def readable(file: Path) -> None:
    """``UsageError`` when FILE is no plain file that can be opened. A pipe is not opened: that would wait for ever."""
    remedy = "Give a file that is there and that you may read."
    try:
        if file.exists() and not file.is_file():
            what = "this is a folder" if file.is_dir() else "this is a pipe or a device"
            raise UsageError(f"{what}, not a file", where=str(file), remedy=remedy)
        file.open("rb").close()
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", where=str(file), remedy=remedy) from error


def known(what: str, name: str, names: Collection[str]) -> None:
    """``UsageError`` with the nearest name when there is no such segment, campaign or mailing."""
    from smc.config.problem import nearest

    if name not in names:
        raise UsageError(f"there is no {what} '{name}'", remedy=nearest(name, names))


def load(folder: Path) -> Project:
    """The project, or a ConfigError with every mistake in it."""
    from smc.project import load_project

    return load_project(folder)
