"""The command line as people, cron and CI meet it: help, exit codes, data on stdout, words on stderr."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smc.pipeline.store import lock
from smc.project import load_project
from smc.warehouse import Warehouse
from tests.commands.line import smc
from tests.scenarios.harness import ShopFolder

ROOT = Path(__file__).parent.parent.parent
NIGHT = "2026-03-01"
COMMANDS = [
    [], ["init"], ["validate"], ["schema"], ["import"], ["compute"], ["plan"], ["send"], ["report"], ["demo"],
    ["run"], ["run", "nightly"], ["segment"], ["segment", "list"], ["segment", "count"], ["segment", "show"],
    ["segment", "refresh"], ["segment", "export"], ["segment", "size"], ["segment", "diff"], ["segment", "overlap"],
    ["segment", "explain"], ["segment", "why"], ["segment", "sql"], ["customer"], ["customer", "show"],
    ["source"], ["source", "list"], ["source", "check"], ["quality"], ["feed"], ["feed", "detect"],
    ["import", "rejects"], ["import", "replay"], ["customer", "duplicates"], ["customer", "merge"],
    ["customer", "unmerge"], ["campaign"], ["campaign", "list"], ["campaign", "show"], ["campaign", "graph"],
    ["campaign", "diff"], ["mailing"], ["mailing", "list"], ["mailing", "show"], ["why"], ["calendar"], ["simulate"],
]  # fmt: skip

TAUGHT = [
    ["import"], ["import", "rejects"], ["import", "replay"], ["source", "list"], ["source", "check"], ["quality"],
    ["feed", "detect"], ["customer", "duplicates"], ["customer", "merge"], ["customer", "unmerge"],
    ["segment", "list"], ["segment", "count"], ["segment", "size"], ["segment", "show"], ["segment", "diff"],
    ["segment", "overlap"], ["segment", "explain"], ["segment", "why"], ["segment", "sql"], ["segment", "export"],
    ["campaign", "list"], ["campaign", "show"], ["campaign", "graph"], ["campaign", "diff"],
    ["mailing", "list"], ["mailing", "show"],
    ["plan"], ["why"], ["calendar"], ["simulate"],
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after one night with two customers."""
    made = ShopFolder.create(tmp_path_factory.mktemp("cli") / "shop", {})
    made.arrive(
        {
            "customers_1.csv": "card,first_name,last_name,email,born,joined\n"
            "001,Anna,A,anna@example.com,,2026-03-01 10:00:00\n1e5,Bob,B,bob@example.com,,2026-03-01 10:00:00\n",
            "subscriptions_1.csv": "card,channel,category,state,changed\n001,email,marketing,yes,2026-03-01 10:00:00\n",
            "receipts_1.csv": "receipt,card,store,time,status,total\nr1,001,s1,2026-03-01 10:00:00,paid,12.50\n",
        }
    )
    made.night(date(2026, 3, 1))
    return made.folder


def data(*words: str | Path, folder: Path) -> Any:
    """What ``--json`` prints on stdout, which must be JSON and nothing else."""
    done = smc(*words, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_teaches(command: list[str]) -> None:
    done = smc(*command, "--help")
    assert done.returncode == 0
    assert "Usage: " in done.stdout
    assert len(done.stdout.splitlines()) > 5


@pytest.mark.slow
@pytest.mark.parametrize("command", TAUGHT, ids=" ".join)
def test_help_has_an_example(command: list[str]) -> None:
    assert "Example" in smc(*command, "--help").stdout


def test_quality_says_what_its_day_means() -> None:
    assert "Day that nightly feeds must have reached" in smc("quality", "--help").stdout


def test_help_is_light() -> None:
    code = "import sys, smc.cli; print([m for m in sys.modules if m.partition('.')[0] in sys.argv[1:]])"
    heavy = [
        "aiohttp", "aiosmtplib", "altair", "asyncmy", "backports", "botocore", "charset_normalizer", "defusedxml",
        "duckdb", "email_validator", "fsspec", "httpx", "jinja2", "paramiko", "phonenumbers", "pika", "psycopg",
        "pydantic", "rapidfuzz", "rich", "s3fs", "sqlalchemy", "sqlglot", "structlog", "yaml",
    ]  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, *heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version() -> None:
    assert smc("--version").stdout == "smc 0.1.0\n"


def test_validate_says_yes_and_counts(shop: Path) -> None:
    assert data("validate", folder=shop)["counts"]["feeds"] == 4
    assert smc("validate", "--project", shop).stdout.startswith("Valid: 4 feeds")


def test_validate_says_every_problem_and_exits_2(tmp_path: Path) -> None:
    broken = {
        "segments/base.yaml": "segments:\n  a:\n    title: A\n    rule: {tagg: x}\n",
        "campaigns/welcome.yaml": "title: W\ncategory: nonsense\ntrigger: {registered: {}}\n"
        "steps: [{email: {template: x}}]\n",
    }
    folder = ShopFolder.create(tmp_path / "shop", broken).folder
    done = smc("validate", folder=folder)
    assert done.returncode == 2
    assert "segments/base.yaml:4:12" in done.stdout
    assert "campaigns/welcome.yaml:2:11" in done.stdout
    assert "problems." in done.stdout.splitlines()[-1]
    assert len(json.loads(smc("validate", "--json", folder=folder).stdout)["problems"]) >= 3
    run = smc("run", "nightly", folder=folder)
    assert run.returncode == 2
    assert "segments/base.yaml:4:12" in run.stderr


def test_a_folder_without_a_project_says_so(tmp_path: Path) -> None:
    done = smc("run", "nightly", "--project", tmp_path)
    assert done.returncode == 2
    assert "smc init" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_project_without_data_says_so(tmp_path: Path) -> None:
    folder = ShopFolder.create(tmp_path / "shop", {}).folder
    for command in (["segment", "list"], ["plan"], ["customer", "show", "1"]):
        done = smc(*command, folder=folder)
        assert done.returncode == 2
        assert "there is no data yet" in done.stderr


def test_validate_needs_no_secrets_unless_asked(shop: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(shop, clone, ignore=shutil.ignore_patterns("secrets", "data", "report"))
    assert smc("validate", folder=clone).returncode == 0
    asked = smc("validate", "--secrets", folder=clone)
    assert (asked.returncode, "secrets/link_secret" in asked.stdout) == (2, True)


@pytest.mark.slow
def test_looking_at_data_means_the_last_computed_day(tmp_path: Path) -> None:
    """In New York a letter of the evening is settled on the next day of UTC; that is no day of the shop."""
    settings = (ROOT / "smc" / "starter" / "smc.yaml").read_text(encoding="utf-8")
    settings = settings.replace("Europe/Berlin", "America/New_York")
    shop = ShopFolder.create(tmp_path / "shop", {"smc.yaml": settings})
    shop.night(date(2026, 2, 28))
    shop.arrive(
        {
            "customers_1.csv": "card,first_name,last_name,email,born,joined\n"
            "1,A,A,a@example.com,,2026-03-01 10:00:00\n",
            "subscriptions_1.csv": "card,channel,category,state,changed\n1,email,marketing,yes,2026-03-01 10:00:00\n",
            "receipts_1.csv": "receipt,card,store,time,status,total\nr1,1,s1,2026-03-01 10:00:00,paid,12.50\n",
        }
    )
    shop.night(date(2026, 3, 1))
    assert data("segment", "count", "lapsed", folder=shop.folder)["as_of"] == "2026-03-01"
    assert {row["name"]: row["entered"] for row in data("segment", "list", folder=shop.folder)}["reachable"] == 1
    assert data("customer", "show", "1", folder=shop.folder)["metrics"]["days_since_last_receipt"] == 0


def test_a_profile_has_the_headings_of_fields_yaml() -> None:
    from smc.commands.customer import _grouped

    found = {"profile": {"email": "a@example.com", "pet": "cat", "size": 40, "gift": None}, "tags": []}
    shown = _grouped(found, {"size": "Clothes", "pet": "At home"})
    assert list(shown) == ["profile", "profile: Clothes", "profile: At home", "tags"]
    assert (shown["profile"], shown["profile: At home"]) == ({"email": "a@example.com", "gift": None}, {"pet": "cat"})


def test_after_a_long_silence_the_day_must_be_said(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(shop, copy)
    path = copy / "data" / "warehouse.duckdb"
    with Warehouse.open(path, timezone="Europe/Berlin") as warehouse:
        warehouse.run("update watermark set as_of = date '2025-01-01' where name in ('segment', 'campaign')")
    done = smc("run", "nightly", folder=copy)
    assert (done.returncode, "is the clock right?" in done.stderr) == (2, True)


def test_the_future_is_refused(shop: Path) -> None:
    done = smc("run", "nightly", "--as-of", "2999-01-01", folder=shop)
    assert (done.returncode, "is in the future" in done.stderr) == (2, True)


def test_a_past_night_is_refused_before_anything_is_done(shop: Path) -> None:
    before = ShopFolder(shop).tables()
    done = smc("run", "nightly", "--as-of", "2026-02-01", folder=shop)
    assert done.returncode == 1
    assert "2026-03-01 is done, so 2026-02-01 cannot be run any more" in done.stderr
    assert ShopFolder(shop).tables() == before


def test_a_second_run_leaves_with_3_and_names_the_first(shop: Path) -> None:
    with lock(load_project(shop), "run nightly"):
        done = smc("run", "nightly", "--as-of", NIGHT, folder=shop)
    assert done.returncode == 3
    assert f"another run is at work: 'run nightly', pid {os.getpid()}" in done.stderr


@pytest.mark.slow
def test_segments(shop: Path, tmp_path: Path) -> None:
    rows = {row["name"]: row for row in data("segment", "list", folder=shop)}
    assert rows["reachable"]["members"] == 1
    assert data("segment", "count", "reachable", folder=shop)["members"] == 1
    assert data("segment", "show", "reachable", folder=shop) == [{"customer_id": "001", "entered_on": NIGHT}]
    target = tmp_path / "out.csv"
    assert smc("segment", "export", "reachable", target, "--column", "email", folder=shop).returncode == 0
    assert target.read_text(encoding="utf-8").splitlines()[1] == f"001,{NIGHT},anna@example.com"
    assert data("segment", "refresh", "--as-of", NIGHT, folder=shop)[0]["stage"] == "segment"
    unknown = smc("segment", "show", "reachible", folder=shop)
    assert (unknown.returncode, "Did you mean 'reachable'?" in unknown.stderr) == (2, True)
    wrong = smc("segment", "export", "reachable", tmp_path / "out.xls", folder=shop)
    assert (wrong.returncode, "End the name in .csv or .parquet." in wrong.stderr) == (2, True)


def test_plan_touches_nothing(shop: Path) -> None:
    before = ShopFolder(shop).tables()
    planned = data("plan", "--as-of", "2026-03-02", folder=shop)
    assert [line["name"] for line in planned["campaigns"]] == ["welcome"]
    assert ShopFolder(shop).tables() == before
    assert sorted(path.name for path in (shop / "data").iterdir() if path.name.startswith("scratch")) == []


def test_compute_goes_back_to_any_day_and_full_changes_nothing(shop: Path) -> None:
    for words in (["--as-of", "2026-02-01"], ["--as-of", NIGHT, "--full"], ["--as-of", NIGHT]):
        assert data("compute", *words, folder=shop)[0]["customers"] == (0 if "2026-02-01" in words else 1)


def test_customer_show(shop: Path) -> None:
    found = data("customer", "show", "001", folder=shop)
    assert found["profile"]["email"] == "anna@example.com"
    assert found["metrics"]["revenue"] == "12.50"
    assert [row["campaign"] for row in found["campaigns"]] == ["welcome"]
    assert "001" in smc("customer", "show", "001", folder=shop).stdout
    unknown = smc("customer", "show", "1", folder=shop)
    assert (unknown.returncode, "Ids are text: 00123 is not 123." in unknown.stderr) == (2, True)


def test_import_shows_files_and_rejects_on_stdout_and_progress_on_stderr(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {"feeds/receipts.yaml": _lenient()})
    shop.arrive({"receipts_1.csv": "receipt,card,time,total\nr1,a,2026-03-01 10:00:00,1.00\nr2,a,yesterday,1.00\n"})
    done = smc("import", "--as-of", NIGHT, folder=shop.folder)
    assert done.returncode == 0
    assert "receipts_1.csv" in done.stdout
    assert "yesterday" in done.stdout
    assert "Load the drops of all feeds" in done.stderr
    assert "Load the drops" not in done.stdout


def _lenient() -> str:
    return (
        "title: R\nobject: receipt\nsource: {local: {path: inbox}}\nfiles: receipts*.csv\nreject_limit: 60%\n"
        "fields: {receipt_id: receipt, customer_id: card, purchased_at: time, total: total}\n"
    )


def test_a_failed_feed_exits_1_and_says_which(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {})
    shop.arrive({"customers_1.csv": "card\n1\n"})
    done = smc("import", "--as-of", NIGHT, folder=shop.folder)
    assert done.returncode == 1
    assert "failed: " in done.stderr
    assert "customers_1.csv" in done.stderr


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_dead_route_is_a_failure_and_loses_nothing(tmp_path: Path, closed_port: int) -> None:
    """The night of yesterday leaves to senders what reaches people; they find nobody at the other end."""
    smtp = f"{{host: 127.0.0.1, port: {closed_port}, tls: none}}"
    route = f"email:\n  title: E\n  sender: a@example.com\n  route: {{smtp: {smtp}}}\n"
    shop = ShopFolder.create(tmp_path / "shop", {"channels.yaml": route})
    day = (datetime.now(ZoneInfo("Europe/Berlin")) - timedelta(days=1)).date()
    shop.arrive(
        {
            "customers_1.csv": f"card,first_name,last_name,email,born,joined\n1,A,A,a@example.com,,{day} 08:00:00\n",
            "subscriptions_1.csv": f"card,channel,category,state,changed\n1,email,marketing,yes,{day} 08:00:00\n",
        }
    )
    done = smc("run", "nightly", "--as-of", day.isoformat(), folder=shop.folder)
    assert done.returncode == 0, done.stderr
    with shop.snapshot() as warehouse:
        assert warehouse.rows("select state from message") == [("queued",)]
    sent = smc("send", "--json", folder=shop.folder)
    assert sent.returncode == 1
    assert "failed: " in sent.stderr
    assert "127.0.0.1" in sent.stderr
    assert json.loads(sent.stdout)["waiting"] == 1


def test_send_and_report(shop: Path) -> None:
    assert data("send", "--as-of", NIGHT, folder=shop)["accepted"] == 0
    assert [row["stage"] for row in data("report", "--as-of", NIGHT, folder=shop)] == ["settle", "report"]
    assert (shop / "report" / "index.html").exists()


def test_explain_lists_the_stages_of_the_night(shop: Path) -> None:
    names = [row["stage"] for row in data("run", "nightly", "--explain", folder=shop)]
    assert names == [
        "import", "compute", "predict", "segment", "campaign", "hand over", "tasks", "send", "settle", "post",
        "report",
    ]  # fmt: skip
    with ShopFolder(shop).snapshot() as warehouse:
        done = warehouse.rows("select stage from run_stage join run using (run_id) where command = 'run nightly'")
    assert {row[0] for row in done} >= set(names) - {"report"}


def test_init_never_overwrites(tmp_path: Path) -> None:
    assert smc("init", tmp_path / "new").returncode == 0
    again = smc("init", tmp_path / "new")
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)
    assert smc("validate", "--project", tmp_path / "new").returncode == 0
    assert (tmp_path / "new" / "secrets" / "link_secret").stat().st_mode & 0o077 == 0


def test_schema_is_printed_and_written(tmp_path: Path) -> None:
    assert json.loads(smc("schema", "campaign").stdout)["title"]
    assert smc("schema", "--folder", tmp_path / "schemas").returncode == 0
    assert (tmp_path / "schemas" / "campaign.json").exists()
    assert smc("schema", "nonsense").returncode == 2


def test_the_log_has_counts_and_no_addresses(shop: Path) -> None:
    text = (shop / "data" / "smc.log").read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    assert {"run begins", "stage done", "run ends"} <= {event["event"] for event in events}
    assert all(event["run"] for event in events)
    assert "@example.com" not in text
