"""``python -m benchmarks.run BENCHMARK|all --customers N``: measure and keep in README.md."""

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
from typing import TYPE_CHECKING, Any

from benchmarks.base import base, copied
from benchmarks.generate import DATA, drops_name, generate

if TYPE_CHECKING:
    from smc.warehouse import Warehouse

HERE = Path(__file__).parent
AS_OF = date(2025, 12, 30)
"""The last day of the generated receipts."""

GOALS = {
    "load": "at most 1.8 times the baseline",
    "delta": "the cost follows the delta, not the base",
    "metrics": "at most 1.3 times the baseline",
    "rfm": "under 2 s for 10 M customers",
    "segments": "at most 0.4 of the baseline in full",
    "night": "at most 10 s, and from 1 M to 10 M customers less than 2.5 times as long",
    "campaigns": "10 M customers, 2 M due steps, 1 M messages: under 3 minutes within 6 GB; without news under 10 s",
    "startup": "under 0.3 s",
}
BASELINES = {
    "load": "bare `read_csv` of all VARCHAR with the dialect given, and insert",
    "delta": "bare `read_csv` and insert of the same 1 % of the base",
    "metrics": "one hand-written statement, by_hand.sql, without RFM",
    "rfm": "three `ntile(5)` with ties by key, as one statement",
    "segments": "fifty hand-written queries",
    "night": "smc itself, everything in full",
    "campaigns": "the rows that the night wrote, ready-made, into bare tables",
    "startup": "`python -c pass`",
}
_BEGIN, _END = "<!-- results -->", "<!-- end of results -->"

Record = dict[str, Any]
"""One benchmark of one size: benchmark, customers, peak_mb, machine, versions, rows (what, baseline_s, smc_s, rows, and
of newer ones baseline_cpu_s and smc_cpu_s)."""
_USUAL = {"load": 10, "delta": 10}
"""Receipts of a customer where they are not given; 6 with the others, which need no drops."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "benchmark", choices=[*GOALS, "heart", "all"], help="heart: metrics, rfm, segments and night on one base"
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--receipts", type=int, help="of a customer on average: 10 in load and delta, 6 in the others")
    parser.add_argument("--memory", default="50%", help="DuckDB's limit, such as 4GB")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help="measure in this process and print JSON")
    given = parser.parse_args()
    if given.here:
        print(json.dumps(_measured(given.benchmark, given)))
        return
    for benchmark in (
        ("load", "delta", "heart", "campaigns", "startup") if given.benchmark == "all" else [given.benchmark]
    ):
        receipts = given.receipts or _USUAL.get(benchmark, 6)
        if benchmark in _USUAL:
            generate(DATA, customers=given.customers, seed=given.seed, receipts=receipts)
        elif benchmark != "startup":
            base(DATA, customers=given.customers, seed=given.seed, receipts=receipts)
        records = _in_a_process(benchmark, argparse.Namespace(**{**vars(given), "receipts": receipts}))
        print(table(records))
        for record in records:
            keep(record, HERE)


def _in_a_process(benchmark: str, given: argparse.Namespace) -> list[Record]:
    """A process of its own, so that the peak of memory is that of this benchmark alone."""
    named = ("customers", "receipts", "memory", "seed")
    size = [word for name in named for word in (f"--{name}", str(getattr(given, name)))]
    command = [sys.executable, "-m", "benchmarks.run", benchmark, "--here", *size]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    records: list[Record] = json.loads(done.stdout)
    return records


def _measured(benchmark: str, given: argparse.Namespace) -> list[Record]:
    found = {benchmark: _rows(benchmark, given)} if benchmark != "heart" else _heart(given)
    return [_record(name, rows, given) for name, rows in found.items()]


def _record(benchmark: str, rows: list[Record], given: argparse.Namespace) -> Record:
    who = resource.RUSAGE_CHILDREN if benchmark == "startup" else resource.RUSAGE_SELF
    return {
        "benchmark": benchmark,
        "customers": 0 if benchmark == "startup" else given.customers,
        "receipts": given.receipts,
        "memory": "" if benchmark == "startup" else given.memory,
        "peak_mb": resource.getrusage(who).ru_maxrss // 1024,
        "machine": _machine(),
        "versions": f"Python {platform.python_version()}, DuckDB {version('duckdb')}",
        "rows": rows,
    }


def _rows(benchmark: str, given: argparse.Namespace) -> list[Record]:
    """Load only what the benchmark needs: what is imported counts for its memory."""
    drops = DATA / drops_name(given.customers, given.seed, given.receipts)
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
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
                ready = base(DATA, customers=given.customers, seed=given.seed, receipts=given.receipts)
                with copied(ready, scratch, given.memory) as warehouse:
                    return _on_a_base(benchmark, warehouse, given)


def _heart(given: argparse.Namespace) -> dict[str, list[Record]]:
    from benchmarks import heart

    ready = base(DATA, customers=given.customers, seed=given.seed, receipts=given.receipts)
    size = {"customers": given.customers, "receipts": given.receipts, "seed": given.seed}
    with tempfile.TemporaryDirectory(dir=DATA) as folder, copied(ready, Path(folder), given.memory) as warehouse:
        return heart.run(warehouse, AS_OF, given.memory, **size)


def _on_a_base(benchmark: str, warehouse: Warehouse, given: argparse.Namespace) -> list[Record]:
    match benchmark:
        case "metrics":
            from benchmarks import metrics

            return metrics.run(warehouse, AS_OF, given.memory)
        case "rfm":
            from benchmarks import rfm

            return rfm.run(warehouse, AS_OF)
        case "segments":
            from benchmarks import segments

            return segments.run(warehouse, AS_OF)
        case "campaigns":
            from benchmarks import campaigns

            size = {"customers": given.customers, "receipts": given.receipts, "seed": given.seed}
            return campaigns.run(warehouse, AS_OF, **size)
        case _:
            from benchmarks import night

            return night.run(warehouse, AS_OF, customers=given.customers, receipts=given.receipts, seed=given.seed)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def table(records: list[Record]) -> str:
    """Markdown; a ratio is smc's time by the baseline's: below 1 smc is faster. CPU: seconds of all cores together."""
    names = (
        "benchmark", "customers", "what", "rows", "baseline, s", "smc, s", "ratio", "CPU: baseline, s", "smc, s",
        "ratio", "memory limit", "peak RSS, MB",
    )  # fmt: skip
    lines = [f"| {' | '.join(names)} |", f"|---|---:|---|{'---:|' * 9}"]
    for record in records:
        for row in record["rows"]:
            cells = (
                record["benchmark"], f"{record['customers']:,}" if record["customers"] else "", row["what"],
                f"{row['rows']:,}", *_compared(row, "_s"), *_compared(row, "_cpu_s"), record.get("memory", ""),
                f"{row.get('peak_mb', record['peak_mb']):,}",
            )  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _compared(row: Record, ending: str) -> tuple[str, str, str]:
    if f"smc{ending}" not in row:
        return "", "", ""
    baseline, smc = row[f"baseline{ending}"], row[f"smc{ending}"]
    return f"{baseline:.2f}", f"{smc:.2f}", f"{smc / baseline:.2f}"


def growth(records: list[Record]) -> list[str]:
    """How much longer the same night takes on ten times the base."""
    nights = {record["customers"]: record["rows"][-1] for record in records if record["benchmark"] == "night"}
    pairs = [(nights[small], nights[10 * small], small) for small in nights if 10 * small in nights]
    return [
        f"The same night on {10 * small:,} customers takes {large['smc_cpu_s'] / little['smc_cpu_s']:.2f} times the "
        f"CPU and {large['smc_s'] / little['smc_s']:.2f} times the time of {small:,}."
        for little, large, small in pairs
    ]


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
    repeat, grown = "\n".join(commands), "".join(f"{line}\n\n" for line in growth(records))
    return f"\n{table(records)}\n\n{grown}Goals:\n\n" + "\n".join(goals) + (
        f"\n\nMeasured on: {'. '.join(machines)}.\n\nRepeat with:\n\n```\n{repeat}\n```\n"
    )  # fmt: skip


if __name__ == "__main__":
    main()
