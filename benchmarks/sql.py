"""Pulling a query of 1,000,000 rows x 6 columns: smc's sources against connectorx alone, on servers of their own.

``python -m benchmarks.sql [ROWS]``. Needs PostgreSQL and MariaDB on this machine, and connectorx; what is missing is
passed over. The times are the best of three, one after the other; smc's hold its listing of the marks.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from smc.config.specs.source import SqlPlace
from tests.servers.lodging import lodging
from tests.servers.process import free_port, running

ROWS = 1_000_000
_TIMES = 3
_QUERY = "select id, customer, at, amount, quantity, note from receipt"
_COLUMNS = (
    "id bigint primary key, customer varchar(20), at timestamp, amount numeric(12,2), quantity int, note varchar(60)"
)
_POSTGRESQL = """insert into receipt select i, 'c' || i % 100003, timestamp '2024-01-01' + i * interval '1 second',
    i / 100.0, i % 7, case when i % 10 > 0 then 'bought at the till, no ' || i end from generate_series(1, {rows}) i"""
_MYSQL = """insert into receipt select seq, concat('c', seq % 100003), '2024-01-01' + interval seq second, seq / 100,
    seq % 7, if(seq % 10 > 0, concat('bought at the till, no ', seq), null) from seq_1_to_{rows}"""


def run(rows: int = ROWS) -> list[dict[str, Any]]:
    """Seconds of both, for each engine that is here."""
    if find_spec("connectorx") is None:
        print("connectorx is not installed: pip install connectorx")
        return []
    found = []
    for name, server in (("postgresql", _postgresql), ("mysql", _mysql)):
        with ExitStack() as stack:
            try:
                place, address = stack.enter_context(server(rows))
            except FileNotFoundError as error:
                print(f"{name}: {error.filename} is not installed")
                continue
            found.append({"what": name, "rows": rows, **_compared(name, place, address, rows)})
    return found


def _compared(name: str, place: dict[str, Any], address: str, rows: int) -> dict[str, float]:
    ours, theirs = [], []
    for _ in range(_TIMES):
        ours.append(_timed(lambda: _pull(name, place), rows))
        theirs.append(_timed(lambda: _connectorx(address), rows))
    return {"smc_s": min(ours), "baseline_s": min(theirs)}


def _timed(work: Callable[[], int], rows: int) -> float:
    begin = time.perf_counter()
    if work() != rows:
        raise ValueError("not all rows came")
    return time.perf_counter() - begin


def _pull(name: str, place: dict[str, Any]) -> int:
    made: Any = getattr(import_module(f"smc.import_.sources.{name}"), f"{name.title()}Source")
    source = made(SqlPlace.model_validate(place), Path())
    lines = 0
    for file in source.files("*"):
        with source.open(file) as stream:
            while chunk := stream.read(1 << 20):
                lines += chunk.count(b"\n")
        lines -= 1  # the header
    return lines


def _connectorx(address: str) -> int:
    import connectorx

    return int(connectorx.read_sql(address, _QUERY, return_type="arrow").num_rows)


def _place(port: int) -> dict[str, Any]:
    base = {"host": "127.0.0.1", "port": port, "database": "shop", "user": "joe", "password": "pw", "tls": "none"}
    return {**base, "query": _QUERY, "mark": "id"}


@contextmanager
def _postgresql(rows: int) -> Iterator[tuple[dict[str, Any], str]]:
    bins = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = shutil.which("initdb", path=str(bins[-1]) if bins else None)
    if initdb is None:
        raise FileNotFoundError(2, "missing", "initdb")
    with lodging("postgres") as (folder, user):
        port, data = free_port(), folder / "data"
        _do([initdb, "-A", "trust", "-U", "joe", "-N", "-D", str(data)], folder, user)
        command = [str(bins[-1] / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), "-c", "fsync=off"]
        with running(command, port, folder / "log", user=user, cwd=folder):
            time.sleep(1)
            for base, text in (("postgres", "create database shop"), ("shop", f"create table receipt ({_COLUMNS})"),
                               ("shop", _POSTGRESQL.format(rows=rows)), ("shop", "vacuum analyze")):  # fmt: skip
                psql = str(bins[-1] / "psql")
                _do([psql, "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "joe", "-c", text, base], folder, user)
            yield _place(port), f"postgresql://joe:pw@127.0.0.1:{port}/shop"


@contextmanager
def _mysql(rows: int) -> Iterator[tuple[dict[str, Any], str]]:
    server = shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
    if server is None:
        raise FileNotFoundError(2, "missing", "mariadbd")
    with lodging("mysql") as (folder, user):
        port, data, socket = free_port(), folder / "data", folder / "socket"
        as_user = [f"--user={user}"] if user else []
        _do(["mariadb-install-db", "--no-defaults", *as_user, f"--datadir={data}",
             "--auth-root-authentication-method=normal", "--skip-test-db"], folder, None)  # fmt: skip
        command = [server, "--no-defaults", *as_user, f"--datadir={data}", "--bind-address=127.0.0.1", f"--port={port}",
                   f"--socket={socket}", f"--pid-file={folder / 'pid'}", "--innodb-buffer-pool-size=512M"]  # fmt: skip
        with running(command, port, folder / "log", cwd=folder):
            text = (
                "create user joe@'127.0.0.1' identified by 'pw'; grant all on *.* to joe@'127.0.0.1';"
                f"create database shop; use shop; create table receipt ({_COLUMNS}) character set utf8mb4;"
                f"{_MYSQL.format(rows=rows)}"
            )
            _do(["mariadb", "--no-defaults", "-S", str(socket), "-u", "root", "-e", text], folder, None)
            yield _place(port), f"mysql://joe:pw@127.0.0.1:{port}/shop"


def _do(command: list[str], folder: Path, user: str | None) -> None:
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(command, cwd=folder, user=user, stdout=said, stderr=said, check=False)  # noqa: S603 - ours
        if done.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode(errors="replace"))


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    for row in run(rows):
        ratio = row["smc_s"] / row["baseline_s"]
        print(
            f"{row['what']}: smc {row['smc_s']:.2f} s, connectorx alone {row['baseline_s']:.2f} s for {rows:,} rows: "
            f"{ratio:.2f} times its time ({'kept' if ratio <= 2 else 'broken'}: at most 2)"
        )
    print(f"peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
