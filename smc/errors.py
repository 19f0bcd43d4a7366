"""The one exception tree of smc.

SmcError
├── UsageError          the command line or the project folder is wrong          exit 2
│   └── ConfigError     YAML has mistakes; carries every Problem                  exit 2
├── LockedError         another run holds the lock; names its owner               exit 3
└── RunError            a run had failures                                        exit 1
    ├── FeedError       a file cannot be taken; the rest of the run goes on
    ├── DiskFullError   no space left; nothing half-committed
    ├── WarehouseError  DuckDB refused; the transaction is rolled back
    ├── ChannelError    a route cannot be used (bad address, no connection)
    └── RenderError     a letter cannot be made for one customer; the others go on
"""

from __future__ import annotations

from collections.abc import Sequence
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


class FeedError(RunError):
    pass


class DiskFullError(RunError):
    retry = True


class WarehouseError(RunError):
    pass


class ChannelError(RunError):
    retry = True


class RenderError(RunError):
    pass
