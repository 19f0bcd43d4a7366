"""The committed tiny shop is what its script makes, and holds the cases that tests and docs rely on."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

from sample_data.drops import COLUMNS
from sample_data.people import CUSTOMER_COLUMNS, SUBSCRIPTION_COLUMNS

TINY = Path(__file__).resolve().parents[2] / "sample_data" / "tiny"


def content(file: Path) -> bytes:
    """The bytes of a file, unpacked: how zlib packs is its own affair."""
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def table(name: str, day: str) -> list[dict[str, str]]:
    folder = TINY / "history" if day == "2026-02-27" else TINY / "days" / day
    text = content(next(folder.glob(f"{name}_{day}.csv*"))).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_script_makes_what_is_committed(make: Callable[[str, Path], None], tmp_path: Path) -> None:
    make("tiny", tmp_path)
    made = {file.relative_to(tmp_path): content(file) for file in tmp_path.rglob("*.csv*")}
    assert made == {file.relative_to(TINY): content(file) for file in TINY.rglob("*.csv*")}


def test_it_stays_small() -> None:
    assert sum(file.stat().st_size for file in TINY.rglob("*.csv*")) < 1_000_000


def test_its_files_have_the_columns_of_the_demo_shop() -> None:
    wanted = {**COLUMNS, "customers": CUSTOMER_COLUMNS, "subscriptions": SUBSCRIPTION_COLUMNS}
    for file in TINY.rglob("*.csv*"):
        name = file.name.split("_2026")[0]
        assert content(file).decode().splitlines()[0].split(",") == list(wanted[name]), file.name


def test_wrong_rows_are_few_and_in_the_history_only() -> None:
    customers, receipts = table("customers", "2026-02-27"), table("receipts", "2026-02-27")
    bad = [row for row in customers if None in row or row["birth_date"] == "1990-02-31"]
    assert len(bad) == 2
    wrong = [row for row in receipts if row["status"] == "void" or row["purchased_at"].startswith("2026-02-30")]
    keys = [row["receipt_id"] for row in receipts]
    assert len(wrong) == 2
    assert len(keys) - len(set(keys)) == 1
    assert len(bad) * 100 < len(customers)
    assert len(wrong) * 100 < len(receipts)


def test_nights_bring_corrections_returns_and_a_late_receipt() -> None:
    saturday = {row["receipt_id"]: row["status"] for row in table("receipts", "2026-02-28")}
    sunday = table("receipts", "2026-03-01")
    cancelled = [row["receipt_id"] for row in sunday if row["status"] == "cancelled"]
    assert len(cancelled) == 2
    assert all(saturday[key] == "paid" for key in cancelled)
    assert any(row["status"] == "returned" and float(row["total"]) < 0 for row in sunday)
    late = [row for row in table("receipts", "2026-03-02") if row["purchased_at"] < "2026-03-01"]
    assert [row["purchased_at"][:10] for row in late] == ["2026-02-20"]
    assert any(row["receipt_id"] == late[0]["receipt_id"] for row in table("lines", "2026-03-02"))


def test_it_holds_the_people_that_matter() -> None:
    people = {row["customer_id"]: row for row in table("customers", "2026-02-27")}
    assert {"00123", "123", "1e5", "100000"} <= set(people)
    assert people["1e5"]["full_name"] == "Анна Петрова"
    assert sum(row["birth_date"].endswith("-02-29") for row in people.values()) >= 4
    assert any("," in row["full_name"] for row in people.values())
    assert any('"' in row["full_name"] for row in people.values())
    assert any(row["email"] and "@" not in row["email"] for row in people.values())
    assert any(not row["customer_id"] for row in table("receipts", "2026-02-27"))


def test_totals_are_the_sums_of_the_lines() -> None:
    for day in ("2026-02-28", "2026-03-01", "2026-03-02"):
        lines = table("lines", day)
        for receipt in table("receipts", day):
            amounts = [float(row["amount"]) for row in lines if row["receipt_id"] == receipt["receipt_id"]]
            assert receipt["status"] == "cancelled" or round(sum(amounts), 2) == float(receipt["total"])
