"""smc validate: the whole project without data, without network and without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder

if TYPE_CHECKING:
    from smc.config.problem import Problem

FOUND = 2
"""Exit code when there is a problem, so that CI can stop a wrong change."""
_COUNTED = ("feeds", "segments", "campaigns", "mailings", "polls", "templates")


def validate(
    project: ProjectFolder = HERE,
    as_json: Json = False,
    secrets: Annotated[bool, typer.Option("--secrets", help="Also look whether every secret is there.")] = False,
) -> None:
    """Read the whole project and say everything that is wrong with it, each with file, line and column.

    Needs no data, no network and no secrets. Exit code 2 when there is a problem, so that CI can stop a wrong change.
    Hints, such as a text message that takes several segments, are no problems.
    """
    from smc.project import review_project

    found, problems, hints = review_project(project, secrets_needed=secrets)
    counts = {name: len(getattr(found, name)) for name in _COUNTED} if found else {}
    if as_json:
        console.card({**_data(problems, counts), "hints": _told(hints)}, as_json=True)
    else:
        for problem in (*problems, *hints):
            console.line(f"{problem}\n")
        console.line(_verdict(len(problems), len(hints), counts))
    if problems:
        raise typer.Exit(FOUND)


def _data(problems: Sequence[Problem], counts: dict[str, int]) -> dict[str, Any]:
    """Places and texts of all problems, and how many there are of each kind of thing in a valid project."""
    return {"valid": not problems, "counts": counts, "problems": _told(problems)}


def _told(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "file": str(problem.place.file),
            "line": problem.place.line,
            "column": problem.place.column,
            "message": problem.message,
            "remedy": problem.remedy,
        }
        for problem in problems
    ]


def _verdict(problems: int, hints: int, counts: dict[str, int]) -> str:
    if problems:
        return f"{problems} problem{'' if problems == 1 else 's'}."
    beside = f"; {hints} hint{'' if hints == 1 else 's'}" if hints else ""
    return f"Valid: {', '.join(f'{count} {name}' for name, count in counts.items())}{beside}."
