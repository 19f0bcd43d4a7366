"""One clock for all benchmarks."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds on the wall and of all cores of this process. On a machine that does other work trust the latter."""

    seconds: float
    cpu: float

    @classmethod
    def by(cls, work: Callable[[], object]) -> Self:
        before = _cpu()
        return cls(timed(work), _cpu() - before)

    def __add__(self, other: Took) -> Took:
        return Took(self.seconds + other.seconds, self.cpu + other.cpu)

    def __mul__(self, times: int) -> Took:
        return Took(self.seconds * times, self.cpu * times)


def best(tries: Iterable[Took]) -> Took:
    """The try that took least of the cores."""
    return min(tries, key=lambda took: took.cpu)


def row(what: str, baseline: Took, smc: Took, rows: int) -> dict[str, Any]:
    """One line of the results."""
    return {
        "what": what, "rows": rows, "baseline_s": baseline.seconds, "smc_s": smc.seconds,
        "baseline_cpu_s": baseline.cpu, "smc_cpu_s": smc.cpu,
    }  # fmt: skip


def forget_peak() -> None:
    """Measure the peak of memory anew from here on, where the system can."""
    with suppress(OSError):
        _CLEAR.write_text("5", encoding="ascii")


def peak_mb() -> int:
    """The most memory that this process has had resident, since ``forget_peak`` where the system can tell."""
    if _STATUS.exists():
        lines = _STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
