"""Start-up time of the command line: best of seven fresh processes, against a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_TIMES = 7
_SMC = (sys.executable, "-m", "smc")


def run(scratch: Path) -> list[dict[str, Any]]:
    """Seconds of ``smc --help`` and of ``smc validate`` for the project that ``smc init`` makes."""
    project = scratch / "project"
    _once([*_SMC, "init", str(project)])
    bare_s = _best([sys.executable, "-c", "pass"])
    commands = {"smc --help": ["--help"], "smc validate": ["validate", "--project", str(project)]}
    return [
        {"what": what, "baseline_s": bare_s, "smc_s": _best([*_SMC, *arguments]), "rows": _TIMES}
        for what, arguments in commands.items()
    ]


def _best(command: list[str]) -> float:
    return min(_once(command) for _ in range(_TIMES))


def _once(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command line
    return time.perf_counter() - start
