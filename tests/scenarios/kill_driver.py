"""Runs a night and kills itself at the n-th statement: ``python -m tests.scenarios.kill_driver FOLDER AS_OF N [WORD]``.

Statements of the warehouse and of the outbox count alike; with a word only those of the warehouse that have it. With
n = 0 it lives, and prints how many there were. With -n it stands still there, until it is told to go on.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from smc.warehouse import Warehouse
from tests.scenarios.harness import ShopFolder

_counted = 0


def count(deadly: int) -> None:
    """One more statement; the deadly one is never executed, and before that of a negative number it stops."""
    global _counted  # noqa: PLW0603 - a counter for the whole process is what is wanted
    _counted += 1
    if _counted == abs(deadly):
        os.kill(os.getpid(), signal.SIGKILL if deadly > 0 else signal.SIGSTOP)


def main(folder: str, as_of: str, deadly: int, word: str = "") -> None:
    execute = Warehouse._execute  # noqa: SLF001 - the one door of all statements

    def counting(self: Warehouse, statement: Any, params: Any) -> Any:
        if word in str(statement):
            count(deadly)
        return execute(self, statement, params)

    Warehouse._execute = counting  # type: ignore[method-assign]  # noqa: SLF001 - see above
    if not word:
        event.listen(Engine, "before_cursor_execute", lambda *_: count(deadly))
    ShopFolder(Path(folder)).night(date.fromisoformat(as_of))
    print(_counted)  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
