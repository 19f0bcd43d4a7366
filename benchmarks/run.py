"""``python -m benchmarks.run load|delta|metrics|segments|startup|all --customers N``: measure and keep in README.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.generate import DATA, drops_name, generate

HERE = Path(__file__).parent
AS_OF = date(2025, 12, 30)
"""The last day of the generated receipts."""

GOALS = {
    "load": "at most 1.8 times the baseline",
    "delta": "the cost follows the delta, not the base",
    "metrics": "at most 1.5 times the baseline",
    "segments": "faster than the baseline",
    "startup": "under 0.3 s",
}
BASELINES = {
    "load": "bare `read_csv` of all VARCHAR with the dialect given, and insert",
    "delta": "bare `read_csv` and insert of the same 1 % of the base",
    "metrics": "one hand-written statement, by_hand.sql, without RFM",
    "segments": "fifty hand-written queries",
    "startup": "`python -c pass`",
}
_BEGIN, _END = "<!-- results -->", "<!-- end of results -->"

Record = dict[str, Any]
"""One benchmark of one size: benchmark, customers, peak_mb, machine, versions, rows (what, baseline_s, smc_s, rows)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmark", choices=[*GOALS, "all"])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--receipts", type=int, default=10, help="of a customer on average")
    parser.add_argument("--memory", default="50%", help="DuckDB's limit in load and delta, such as 2GB")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help="measure in this process and print JSON")
    given = parser.parse_args()
    if given.here:
        print(json.dumps(_measured(given.benchmark, given)))
        return
    for benchmark in GOALS if given.benchmark == "all" else [given.benchmark]:
        if benchmark != "startup":
            generate(DATA, customers=given.customers, seed=given.seed, receipts=given.receipts)
        record = _in_a_process(benchmark, given)
        print(table([record]))
        keep(record, HERE)


def _in_a_process(benchmark: str, given: argparse.Namespace) -> Record:
    """A process of its own, so that the peak of memory is that of this benchmark alone."""
    named = ("customers", "receipts", "memory", "seed")
    size = [word for name in named for word in (f"--{name}", str(getattr(given, name)))]
    command = [sys.executable, "-m", "benchmarks.run", benchmark, "--here", *size]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    record: Record = json.loads(done.stdout)
    return record


def _measured(benchmark: str, given: argparse.Namespace) -> Record:
    rows = _rows(benchmark, given)
    who = resource.RUSAGE_CHILDREN if benchmark == "startup" else resource.RUSAGE_SELF
    return {
        "benchmark": benchmark,
        "customers": 0 if benchmark == "startup" else given.customers,
        "receipts": given.receipts,
        "memory": given.memory if benchmark in {"load", "delta"} else "",
        "peak_mb": resource.getrusage(who).ru_maxrss // 1024,
        "machine": _machine(),
        "versions": f"Python {platform.python_version()}, DuckDB {version('duckdb')}",
        "rows": rows,
    }


def _rows(benchmark: str, given: argparse.Namespace) -> list[Record]:
    """Load only what the benchmark needs: what is imported counts for its memory."""
    drops = DATA / drops_name(given.customers, given.seed, given.receipts)
    with tempfile.TemporaryDirectory(dir=DATA if drops.is_dir() else None) as folder:
        scratch = Path(folder)
        match benchmark:
            case "startup":
                from benchmarks import startup

                return startup.run(scratch)
            case "load":
                from benchmarks import load

                return load.run(drops, scratch, AS_OF, given.memory)
            case "delta":
                from benchmarks import delta

                return delta.run(drops, scratch, AS_OF, given.memory)
            case _:
                from benchmarks import metrics, segments
                from benchmarks.filled import filled

                run = metrics.run if benchmark == "metrics" else segments.run
                with filled(drops, scratch) as warehouse:
                    return run(warehouse, AS_OF)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def table(records: list[Record]) -> str:
    """Markdown; the ratio is smc's time by the baseline's, so below 1 smc is faster."""
    lines = [
        "| benchmark | customers | what | rows | baseline, s | smc, s | ratio | memory limit | peak RSS, MB |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for record in records:
        for row in record["rows"]:
            base, ours = row["baseline_s"], row["smc_s"]
            cells = (
                record["benchmark"], f"{record['customers']:,}" if record["customers"] else "", row["what"],
                f"{row['rows']:,}", f"{base:.2f}", f"{ours:.2f}", f"{ours / base:.2f}", record.get("memory", ""),
                f"{record['peak_mb']:,}",
            )  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def keep(record: Record, folder: Path) -> None:
    """Put the record in the place of the last one of its kind and size, and write README.md's part anew."""
    store = folder / "results.json"
    records: list[Record] = json.loads(store.read_text(encoding="utf-8")) if store.exists() else []
    records = [other for other in records if _kind(other) != _kind(record)] + [record]
    records.sort(key=lambda other: (list(GOALS).index(other["benchmark"]), other["customers"]))
    store.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    readme = folder / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    readme.write_text(f"{before}{_BEGIN}\n{results(records)}\n{_END}{after}", encoding="utf-8")


def _kind(record: Record) -> tuple[Any, ...]:
    return record["benchmark"], record["customers"], record.get("receipts", 10)


def results(records: list[Record]) -> str:
    """The part of README.md that is measured."""
    told = {record["benchmark"] for record in records}
    goals = [f"- {name}: {goal}. Baseline: {BASELINES[name]}." for name, goal in GOALS.items() if name in told]
    machines = sorted({f"{record['machine']}; {record['versions']}" for record in records})
    size = " --customers N" if told != {"startup"} else ""
    commands = [f"python -m benchmarks.run {name}{'' if name == 'startup' else size}" for name in GOALS if name in told]
    repeat = "\n".join(commands)
    return f"\n{table(records)}\n\nGoals:\n\n" + "\n".join(goals) + (
        f"\n\nMeasured on: {'. '.join(machines)}.\n\nRepeat with:\n\n```\n{repeat}\n```\n"
    )  # fmt: skip


if __name__ == "__main__":
    main()
