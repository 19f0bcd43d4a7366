"""Killed at any moment, cut off, or out of disk: after the next run everything is as if nothing had happened."""

from __future__ import annotations

# ruff: noqa: S311 - seeded rows and moments are no secret
import csv
import io
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smc.warehouse import Warehouse
from tests.import_.conftest import tables_of
from tests.servers.flaky import put

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
DEATHS = 10
MARKERS = ".ok"
RETURNING = {"near": "customer-1.csv", "far": "product-1.csv"}


def rows(item: str, *lines: str) -> str:
    heads = {
        "category": "category_id,parent_id,name",
        "product": "product_id,name,brand,category_id,price",
        "customer": "customer_id,email,birth_date",
        "subscription": "customer_id,channel,category,state,changed_at",
        "receipt": "receipt_id,customer_id,store_id,purchased_at,status,total",
        "receipt_line": "receipt_id,line_no,product_id,quantity,amount",
    }
    return "\n".join([heads[item], *lines, ""])


def drop(root: Path) -> None:
    """A night's drops: good rows, bad ones, duplicates, corrections in a second file."""
    draw = random.Random(5)
    for name in ("near", "far", "queue", "rows"):
        (root / name).mkdir(parents=True)
    put(root / "near", "category-1.csv", rows("category", "k0,top,", "k1,k0,", "k2,k1,"))
    put(root / "far", "product-1.csv", rows("product", *(f"p{i},n,b,k{i % 3}," for i in range(8)), "p1,n,b,k1,"))
    put(root / "near", "customer-1.csv", rows("customer", *(f"c{i},{i}@example.com," for i in range(15)), ",x,"))
    for number in (1, 2, 3):
        said = [f"c{draw.randrange(20)},email,news,{draw.choice(['yes', 'no'])},2017-12-2{number} 10:00:{i:02}"
                for i in range(10)]  # fmt: skip
        put(root / "queue", f"subscription-{number}", rows("subscription", *said, "c1,email,news,perhaps,2017-12-01"))
    for number in (1, 2):
        day = [f"r{i},c{draw.randrange(20)},,2017-12-{draw.randrange(1, 29):02} 10:00:00,paid,{i}.50"
               for i in range(300)]  # fmt: skip
        put(root / "far", f"receipt-{number}.csv", rows("receipt", *day, "bad,,,,,"))
        put(root / "far", f"receipt-{number}.csv{MARKERS}", "")
        lines = [f"r{i},{n},p{draw.randrange(9)},1,{draw.randrange(99)}" for i in range(60) for n in range(1, 4)]
        put(root / "rows", f"receipt_line-{number}", rows("receipt_line", *lines))


def run(root: Path, deadly: int = 0, most: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.import_.import_driver", str(root), str(deadly), str(most)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def tables(root: Path) -> dict[str, list[tuple[Any, ...]]]:
    with Warehouse.open(root / "w.duckdb", timezone="America/New_York", memory="500MB", threads=1) as warehouse:
        return tables_of(warehouse)


def places(root: Path) -> dict[str, list[str]]:
    """What lies at every source, and what is left in the landing folder."""
    folders = ("near", "near/done", "far", "far/done", "queue", "rows", "landing")
    return {
        name: sorted(item.name for item in (root / name).iterdir() if item.is_file())
        for name in folders
        if (root / name).exists()
    }


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("promises") / "fresh"
    drop(root)
    return root


@pytest.fixture(scope="module")
def calm(fresh: Path) -> tuple[Path, int]:
    """An undisturbed import, and the number of its events."""
    root = fresh.with_name("calm")
    shutil.copytree(fresh, root)
    done = run(root)
    assert done.returncode == 0, done.stderr
    events, failures = map(int, done.stdout.split("\n")[:2])
    assert (events > 150, failures) == (True, 0), done.stdout
    return root, events


def test_every_row_of_every_file_is_accounted_for(calm: tuple[Path, int], fresh: Path) -> None:
    """What was read is counted here by another reader."""
    found = {}
    for folder in ("near", "far", "queue", "rows"):
        for path in (fresh / folder).iterdir():
            if path.is_file() and path.suffix != MARKERS:
                found[path.name] = len(list(csv.reader(io.StringIO(path.read_text())))) - 1
    with Warehouse.open(calm[0] / "w.duckdb", timezone="America/New_York") as warehouse:
        ledger = warehouse.rows(
            "select name, rows_read, rows_accepted + rows_unchanged + rows_rejected + rows_duplicate from import_file"
        )
    assert {name: (count, count) for name, count in found.items()} == {name: counts for name, *counts_ in ledger
                                                                       for counts in [tuple(counts_)]}  # fmt: skip


def test_everything_is_finished_where_it_came_from(calm: tuple[Path, int]) -> None:
    assert places(calm[0]) == {
        "near": [], "near/done": ["customer-1.csv"], "far": [], "queue": [], "landing": [],
        "far/done": ["product-1.csv", *(f"receipt-{n}.csv{end}" for n in (1, 2) for end in ("", MARKERS))],
        "rows": ["receipt_line-1", "receipt_line-2"],
    }  # fmt: skip


@pytest.mark.slow
def test_killed_at_any_moment(calm: tuple[Path, int], fresh: Path, tmp_path: Path) -> None:
    undisturbed, events = calm
    expected = tables(undisturbed)
    for deadly in sorted(random.Random().sample(range(1, events + 1), DEATHS)):
        root = tmp_path / str(deadly)
        shutil.copytree(fresh, root)
        died = run(root, deadly)
        assert died.returncode == -signal.SIGKILL or deadly > events * 0.9, died.stderr  # threads: a count may differ
        again = run(root)
        assert again.returncode == 0, again.stderr
        assert again.stdout.split("\n")[1] == "0", again.stdout
        assert tables(root) == expected, f"killed at event {deadly} of {events}"
        assert places(root) == places(undisturbed), f"killed at event {deadly} of {events}"


@pytest.mark.slow
def test_killed_twice_and_once_more(calm: tuple[Path, int], fresh: Path, tmp_path: Path) -> None:
    undisturbed, events = calm
    root = tmp_path / "often"
    shutil.copytree(fresh, root)
    draw = random.Random()
    for _ in range(4):
        run(root, draw.randrange(1, events))
    assert run(root).returncode == 0
    assert tables(root) == tables(undisturbed)
    assert places(root) == places(undisturbed)


@pytest.mark.slow
def test_content_that_returns_is_loaded_once_though_killed_often(calm: tuple[Path, int], tmp_path: Path) -> None:
    root = tmp_path / "returned"
    shutil.copytree(calm[0], root)
    first = {place: (root / place / "done" / name).read_text() for place, name in RETURNING.items()}
    for text in ("without", "with"):
        for place, name in RETURNING.items():
            put(root / place, name, first[place] if text == "with" else first[place].split("\n")[0] + "\n")
        if text == "without":
            assert run(root).returncode == 0
    often = root.with_name("often")
    shutil.copytree(root, often)
    done = run(root)
    assert done.returncode == 0, done.stderr
    most = int(done.stdout.split("\n")[0])
    with Warehouse.open(root / "w.duckdb", timezone="America/New_York") as warehouse:
        names = warehouse.rows("select name from import_file group by name having count(*) = 3 order by all")
    assert names == sorted((name,) for name in RETURNING.values())
    for _ in range(4):
        run(often, random.Random().randrange(1, most))
    assert run(often).returncode == 0
    assert tables(often) == tables(root)
    assert places(often) == places(root)


@pytest.mark.slow
def test_disk_full_while_downloading(calm: tuple[Path, int], fresh: Path, tmp_path: Path) -> None:
    """The limit lies above the size of the warehouse, so that it is the download that meets it."""
    root = tmp_path / "full"
    shutil.copytree(fresh, root)
    assert run(root).returncode == 0
    noise = "".join(f"q{i},{random.Random(i).randbytes(120).hex()},b,k1,\n" for i in range(60_000))
    before, undisturbed = tables(root), root.with_name("undisturbed")
    shutil.copytree(root, undisturbed)
    large = put(root / "far", "product-9.csv", rows("product") + noise)
    put(undisturbed / "far", "product-9.csv", rows("product") + noise)
    assert large.stat().st_size > 14_000_000 > (root / "w.duckdb").stat().st_size
    full = run(root, most=14_000_000)
    assert full.returncode == 1
    assert "DiskFullError" in full.stderr
    assert large.exists()
    assert tables(root) == before == tables(calm[0])
    for place in (root, undisturbed):
        again = run(place)
        assert again.returncode == 0, again.stderr
    found, expected = tables(root), tables(undisturbed)
    assert len(expected["product"]) == len(before["product"]) + 60_000
    assert [name for name in expected if found[name] != expected[name]] == []
    assert places(root) == places(undisturbed)
