"""``smc validate``: read the whole project and say everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smc.config.problem import Problem
from smc.project import Project, check_project


@dataclass(frozen=True, slots=True)
class Validation:
    """The project when it is valid, or at least one problem."""

    project: Project | None
    problems: tuple[Problem, ...]

    @property
    def exit_code(self) -> int:
        return 2 if self.problems else 0

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind there are; empty for a project with problems."""
        found = self.project
        names = ("feeds", "segments", "campaigns", "mailings", "templates")
        return {name: len(getattr(found, name)) for name in names} if found else {}

    def as_json(self) -> dict[str, Any]:
        """For ``--json``: places and texts of all problems, and the counts."""
        return {
            "valid": not self.problems,
            "counts": self.counts,
            "problems": [
                {
                    "file": str(problem.place.file),
                    "line": problem.place.line,
                    "column": problem.place.column,
                    "message": problem.message,
                    "remedy": problem.remedy,
                }
                for problem in self.problems
            ],
        }


def validate(folder: Path, *, secrets_needed: bool = False) -> Validation:
    """Check a project's folder; needs neither data nor network, and secrets only when told so."""
    project, problems = check_project(folder, secrets_needed=secrets_needed)
    return Validation(project, tuple(problems))
