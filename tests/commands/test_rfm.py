"""smc rfm on the command line: tables for people, JSON for programs, errors that say what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.line import smc
from tests.scenarios.harness import ShopFolder

ROOT = Path(__file__).parent.parent.parent
COMMANDS = ("matrix", "cells", "history", "migration", "show", "fill")
RFM = """period: 365
cells:
  best: {title: The best, recency: [4, 5]}
  lost: {title: Lost ones, recency: [1]}
"""


def data(*words: str | Path, folder: Path) -> Any:
    """What ``--json`` prints on stdout, which must be JSON and nothing else."""
    done = smc(*words, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five customers who bought in the five months before March 2026, one each; computed at two ends of months."""
    made = ShopFolder.create(tmp_path_factory.mktemp("rfm") / "shop", {"rfm.yaml": RFM})
    people = "".join(f"00{n},A,B,a{n}@example.com,,2025-10-01 10:00:00\n" for n in range(1, 6))
    days = ("2025-10-05", "2025-11-05", "2025-12-05", "2026-01-05", "2026-02-05", "2026-03-20")
    sales = "".join(f"r{n},00{min(n, 5)},s1,{on} 10:00:00,paid,{n}0.00\n" for n, on in enumerate(days, start=1))
    made.arrive(
        {
            "customers_1.csv": f"card,first_name,last_name,email,born,joined\n{people}",
            "receipts_1.csv": f"receipt,card,store,time,status,total\n{sales}",
        }
    )
    for words in (("import", "--as-of", "2026-02-28"), ("compute", "--as-of", "2026-02-28"),
                  ("compute", "--as-of", "2026-03-31")):  # fmt: skip
        done = smc(*words, folder=made.folder)
        assert done.returncode == 0, done.stderr
    return made.folder


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches(command: str) -> None:
    done = smc("rfm", command, "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 5


def test_matrix_has_25_fields_with_bounds(shop: Path) -> None:
    cells = data("rfm", "matrix", "rm", folder=shop)
    assert len(cells) == 25
    assert sum(cell["customers"] for cell in cells) == 5
    best = cells[4]
    assert (best["recency"], best["monetary"], best["customers"]) == (5, 5, 1)
    assert (best["recency_from"], best["recency_to"]) == ("0", "11")
    assert (best["monetary_from"], best["monetary_to"]) == ("110.00", None)
    shown = smc("rfm", "matrix", "rf", "--as-of", "2026-03-01", folder=shop)
    assert "Customers on 2026-02-28" in shown.stdout
    assert "R5  0-23 days" in shown.stdout
    assert "F2  nobody" in shown.stdout


def test_cells_carry_their_titles(shop: Path) -> None:
    rows = data("rfm", "cells", folder=shop)
    assert [(row["cell"], row["title"], row["customers"]) for row in rows] == [
        ("best", "The best", 2), ("lost", "Lost ones", 1), (None, "Without a name", 2),
    ]  # fmt: skip


@pytest.mark.slow
def test_history_and_migration_by_month_and_after_a_fill(shop: Path) -> None:
    assert "2026-02-28" in smc("rfm", "migration", folder=shop).stdout
    filled = smc("rfm", "fill", "--from", "2025-11", folder=shop)
    assert "months 3" in filled.stdout, filled.stderr
    assert "nothing to do" in smc("rfm", "fill", "--from", "2025-11", folder=shop).stdout
    months = [row["month"] for row in data("rfm", "history", folder=shop)]
    assert list(dict.fromkeys(months)) == ["2026-03-01", "2026-02-01", "2026-01-01", "2025-12-01", "2025-11-01"]
    text = smc("rfm", "history", folder=shop).stdout
    assert "The best" in text
    assert "2025-11" in text
    moved = data("rfm", "migration", "--from", "2025-12", "--to", "2026-02", folder=shop)
    assert sum(row["customers"] for row in moved if row["from_cell"] == "(new)") == 2
    assert "Came newly" in smc("rfm", "migration", "--from", "2025-12", "--to", "2026-02", folder=shop).stdout


def test_one_customer_is_explained(shop: Path) -> None:
    found = data("rfm", "show", "005", folder=shop)
    assert (found["cell"], found["changed"], [part["score"] for part in found["parts"]]) == ("best", False, [5, 5, 5])
    text = smc("rfm", "show", "001", "--as-of", "2026-02-28", folder=shop).stdout
    assert "Lost ones" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("matrix", "rx"), "rx"),
        (("matrix", "rf", "--segment", "nobody"), "there is no segment 'nobody'"),
        (("matrix", "rf", "--as-of", "2020-01-01"), "no RFM scores have been computed up to 2020-01-01"),
        (("migration", "--from", "2020-01"), "no RFM scores were computed in 2020-01"),
        (("show", "5"), "no customer has the id '5'"),
        (("fill", "--from", "0001-01"), "--from 0001-01 is no month of a shop"),
        (("fill", "--from", "9999-12"), "Give a month of the years 1970 to 2200"),
    ],
)
def test_mistakes_are_said_and_exit_2(shop: Path, words: tuple[str, ...], says: str) -> None:
    done = smc("rfm", *words, folder=shop)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
