"""The one exception tree of smc.

SmcError
├── UsageError          the command line or the project folder is wrong          exit 2
│   └── ConfigError     YAML has mistakes; carries every Problem                  exit 2
├── LockedError         another run holds the lock; names its owner               exit 3
└── RunError            a run had failures                                        exit 1
    ├── FeedError       a file cannot be taken; the rest of the run goes on
    │   ├── SourceDownError   the place of a feed cannot be reached now; trying again can help
    │   └── FileChangedError  a file is no longer the one that was listed; left for the next run
    ├── UnknownNamesError  definitions name what the warehouse does not know
    ├── DiskFullError   no space left; nothing half-committed
    ├── WarehouseError  DuckDB refused; the transaction is rolled back
    └── RenderError     a letter cannot be made for one customer; the others go on
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from smc.config.problem import Problem


class SmcError(Exception):
    """What happened, where, what to do about it, and whether trying again can help."""

    exit_code: ClassVar[int] = 1
    retry: ClassVar[bool] = False

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    @property
    def short(self) -> str:
        """What happened, for a line that says itself what became of it."""
        return self.what

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  {self.remedy}" if self.remedy else text


class UsageError(SmcError):
    exit_code = 2


class ConfigError(UsageError):
    """All mistakes of a project at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(f"{count} problem{'' if count == 1 else 's'} in the project")
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n\n".join(str(problem) for problem in self.problems)


class LockedError(SmcError):
    exit_code = 3
    retry = True


class RunError(SmcError):
    pass


class UnknownNamesError(RunError):
    """``told``: what is wrong with each name, without who uses it."""

    def __init__(self, what: str, told: Sequence[str], *, remedy: str = "") -> None:
        super().__init__(what, remedy=remedy)
        self.told = tuple(told)

    @property
    def short(self) -> str:
        return "; ".join(self.told)


class FeedError(RunError):
    pass


class SourceDownError(FeedError):
    retry = True


class FileChangedError(FeedError):
    retry = True


class DiskFullError(RunError):
    retry = True


class WarehouseError(RunError):
    pass


class RenderError(RunError):
    pass


@contextmanager
def writing(path: Path, what: str, error: type[SmcError] = RunError, *, remedy: str) -> Iterator[None]:
    """What the system says against writing to ``path`` becomes ``error``; a full disk is a ``DiskFullError``."""
    try:
        yield
    except BrokenPipeError:  # nobody reads the progress any more
        raise
    except OSError as said:
        if said.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError(
                f"the disk is full, {what} is not written",
                where=str(path),
                remedy="Free some space and run the same command again.",
            ) from said
        inside = f" ({said.filename})" if said.filename not in {None, path, str(path)} else ""
        why = f"{what} cannot be written: {said.strerror or said}{inside}"
        raise error(why, where=str(path), remedy=remedy) from said
