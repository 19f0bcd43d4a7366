"""smc segment as marketers and analysts meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from smc.pipeline import open_workspace
from smc.project import load_project
from smc.warehouse.migrate import is_current, migrations
from tests.commands.line import smc
from tests.commands.test_cli import ROOT, data
from tests.scenarios.harness import ShopFolder

NIGHTS = ("2026-03-01", "2026-03-02")
SEGMENTS = """\
segments:
  asked:
    title: May get offers by e-mail
    rule: {subscribed: {channel: email, category: marketing}}
  buyers:
    title: Bought something
    rule:
      all:
        - metric: {name: receipts, at_least: 1}
        - any:
            - in_segment: asked
            - not: {bought: {receipts: {at_least: 2}, amount: {at_least: 20}}}
"""
CUSTOMERS = """\
card,first_name,last_name,email,born,joined
001,Anna,A,anna@example.com,,2026-03-01 10:00:00
1e5,Bob,B,bob@example.com,,2026-03-01 10:00:00
007,Cleo,C,,,2026-03-01 10:00:00
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights; Anna may be written to and buys, Bob buys on the second day, Cleo does nothing."""
    made = ShopFolder.create(tmp_path_factory.mktemp("segment") / "shop", {"segments/base.yaml": SEGMENTS})
    receipts = "receipt,card,store,time,status,total\n{},{},s1,{} 10:00:00,paid,12.50\n"
    made.arrive(
        {
            "customers_1.csv": CUSTOMERS,
            "subscriptions_1.csv": "card,channel,category,state,changed\n001,email,marketing,yes,2026-03-01 10:00:00\n",
            "receipts_1.csv": receipts.format("r1", "001", NIGHTS[0]),
        }
    )
    made.night(date.fromisoformat(NIGHTS[0]))
    made.arrive({"receipts_2.csv": receipts.format("r2", "1e5", NIGHTS[1])})
    made.night(date.fromisoformat(NIGHTS[1]))
    return made.folder


def piped(text: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smc", "segment", "size", *words], cwd=folder, input=text, capture_output=True,
        text=True, check=False, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )  # fmt: skip


def test_list_has_every_figure(shop: Path) -> None:
    _, buyers = data("segment", "list", folder=shop)
    assert (buyers["members"], buyers["entered"], buyers["revenue"], buyers["average_receipt"]) == (2, 1, "25.00", 12.5)
    assert buyers["reachable"] == {"email": 1}
    assert "reachable email" in smc("segment", "list", folder=shop).stdout


def test_explain(shop: Path) -> None:
    found = data("segment", "explain", "buyers", folder=shop)
    assert (found["customers"], found["members"], found["as_of"]) == (3, 2, NIGHTS[1])
    first, second = found["rule"]["parts"]
    assert (first["rule"], first["customers"], first["remaining"]) == ("metric: {name: receipts, at_least: 1}", 2, 2)
    assert (second["rule"], second["customers"], second["remaining"]) == ("any", 3, 2)
    assert found["cost"]["segment_receipt"]["rows"] == {"receipt": 2}
    words = smc("segment", "explain", "buyers", folder=shop).stdout
    assert "    in_segment: asked" in words
    assert "receipt 2" in words


def test_why(shop: Path) -> None:
    found = data("segment", "why", "1e5", "buyers", folder=shop)
    assert (found["member"], found["has_profile"]) == (True, True)
    assert found["stays"] == [{"entered_on": NIGHTS[1], "left_on": None, "initial": False}]
    assert found["rule"]["parts"][0]["has"] == "1"
    words = smc("segment", "why", "007", "buyers", folder=shop).stdout
    assert "never a member" in words
    assert "receipts 0, amount 0" in words
    unknown = smc("segment", "why", "1", "buyers", folder=shop)
    assert unknown.returncode == 2
    assert "no customer has the id '1'" in unknown.stderr
    assert "Did you mean 'buyers'?" in smc("segment", "why", "001", "buyer", folder=shop).stderr


def test_the_sql_runs_on_the_snapshot(shop: Path) -> None:
    text = smc("segment", "sql", "buyers", folder=shop).stdout
    assert text.startswith(f"-- Customers in buyers on {NIGHTS[1]}\n")
    with ShopFolder(shop).snapshot() as warehouse:
        assert warehouse.rows(text) == [("001",), ("1e5",)]


def test_overlap(shop: Path) -> None:
    (pair,) = data("segment", "overlap", "asked", "buyers", folder=shop)
    assert (pair["both"], pair["share_of_a"], pair["share_of_b"], pair["jaccard"]) == (1, 1.0, 0.5, 0.5)
    assert len(data("segment", "overlap", folder=shop)) == 1
    assert len(data("segment", "overlap", "asked", folder=shop)) == 1
    assert "buyers" in smc("segment", "overlap", folder=shop).stdout


def test_diff(shop: Path) -> None:
    found = data("segment", "diff", "buyers", folder=shop)
    assert (found["before"], found["after"], found["entered"], found["left"]) == (1, 2, 1, 0)
    assert found["moved"] == [{"customer_id": "1e5", "change": "entered", "happened_on": NIGHTS[1]}]
    assert "is not before" in smc("segment", "diff", "buyers", "--since", NIGHTS[1], folder=shop).stderr
    assert "1e5" in smc("segment", "diff", "buyers", "--since", NIGHTS[0], folder=shop).stdout


@pytest.mark.parametrize(
    "text", ["metric: {name: receipts, at_least: 1}", "title: X\nrule:\n  metric: {name: receipts, at_least: 1}\n"]
)
def test_size_of_a_rule_from_standard_input(shop: Path, text: str) -> None:
    found = piped(text, "--json", folder=shop)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == {
        "as_of": NIGHTS[1], "customers": 2, "base_share": 2 / 3, "reachable": {"email": 1},
    }  # fmt: skip


def test_size_of_a_file_may_name_segments(shop: Path) -> None:
    (shop / "draft.txt").write_text("all:\n  - not: {in_segment: asked}\n", encoding="utf-8")
    assert data("segment", "size", "draft.txt", folder=shop)["customers"] == 2
    assert data("segment", "list", folder=shop)[0]["name"] == "asked"
    assert len(data("segment", "list", folder=shop)) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("any:\n  - metric: {name: recepts, at_least: 1}\n", "standard input:2:20: There is no metric 'recepts'"),
        ("rule:\n  metric: {name: receipts, at_least: many}\n", "standard input:2:38: 'many' is not a number."),
        ("metric: {name: receipts}\n", "standard input:1"),
        ("in_segment: nobody\n", "standard input:1:13: There is no segment 'nobody'."),
        ("segments: {a: {title: A, rule: {tag: x}}}\n", "This file has segments, not a rule."),
        ("", "standard input"),
        ("- 1\n", "standard input"),
        ("nonsense\n", "standard input"),
        ("a: [\n", "standard input:2:1: This is not YAML"),
        ("metric: {name: receipts, at_least: 1}\ntag: x\n", "standard input:2:1: One key stands here"),
    ],
)
def test_a_wrong_rule_is_told_with_its_place(shop: Path, text: str, told: str) -> None:
    done = piped(text, folder=shop)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_not_there(shop: Path) -> None:
    assert smc("segment", "size", "nowhere.yaml", folder=shop).returncode == 2


def test_export_to_a_feed(shop: Path) -> None:
    done = smc("segment", "export", "buyers", "receipts:out/buyers.csv", "--column", "first_name", folder=shop)
    assert done.stdout == "2 customers written to receipts:out/buyers.csv\n", done.stderr
    assert (shop / "inbox" / "out" / "buyers.csv").read_text().splitlines()[1] == "001,2026-03-01,Anna"
    wrong = smc("segment", "export", "buyers", "customers:receipts_9.csv", folder=shop)
    assert wrong.returncode == 2
    assert "feed 'receipts' would read this file" in wrong.stderr
    assert data("segment", "export", "buyers", "here.csv", folder=shop)["customers"] == 2


def test_a_snapshot_of_an_older_smc_can_be_asked(tmp_path: Path) -> None:
    """It lacks what the last migration brings, and is not changed."""
    made = ShopFolder.create(tmp_path / "shop", {})
    snapshot = made.folder / "data" / "snapshot.duckdb"
    snapshot.parent.mkdir()
    with duckdb.connect(str(snapshot)) as old:
        old.execute("create table schema_version (version integer not null)")
        for number, text in migrations()[:-1]:
            old.execute(text)
            old.execute("insert into schema_version values (?)", [number])
    before = snapshot.read_bytes()
    with open_workspace(load_project(made.folder)) as warehouse:
        assert is_current(warehouse.connection)
    assert snapshot.read_bytes() == before
    assert [path.name for path in snapshot.parent.iterdir()] == [snapshot.name]
