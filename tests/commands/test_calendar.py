"""smc calendar: what is ahead, by day."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from smc.cli import app
from smc.errors import UsageError
from tests.scenarios.harness import ShopFolder

BIRTHDAY = """title: Birthday
category: marketing
trigger: {anniversary: {of: birth_date}}
valid_to: 2026-03-20
steps: [{email: {template: welcome}}]
"""
CHAIN = """title: Chain
category: marketing
trigger: {registered: {}}
steps:
  - wait: 3 days
  - email: {template: welcome}
"""
SPRING = """title: Spring
category: marketing
audience: everyone
send_on: 2026-03-09
send_at: "09:30"
template: welcome
"""
OFF = SPRING.replace("2026-03-09", "2026-03-10") + "status: draft\n"
SEGMENTS = "segments:\n  everyone: {title: All, rule: {attribute: {field: email, empty: false}}}\n"
CUSTOMERS = (
    "card,first_name,last_name,email,born,joined\n"
    "1,A,A,a@example.com,1990-03-06,2026-03-02 10:00:00\n"
    "2,B,B,b@example.com,1990-03-25,2026-01-02 10:00:00\n"
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {
        "campaigns/birthday.yaml": BIRTHDAY, "campaigns/chain.yaml": CHAIN, "campaigns/welcome.yaml": None,
        "mailings/spring.yaml": SPRING, "mailings/off.yaml": OFF, "segments/all.yaml": SEGMENTS,
    }  # fmt: skip
    made = ShopFolder.create(tmp_path_factory.mktemp("calendar") / "shop", files)
    settings = (made.folder / "smc.yaml").read_text(encoding="utf-8")
    made.change({"smc.yaml": settings + "sending: {holidays: [{dates: [2026-03-08, 2026-12-25]}]}\n"})
    made.arrive({"customers_1.csv": CUSTOMERS})
    made.night(date(2026, 3, 2))
    return made.folder


def rows(shop: Path, *words: str) -> list[tuple[Any, ...]]:
    command = ["calendar", "--json", "--project", str(shop), *words]
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return [(row["day"], row["weekday"], row["campaign"], row["what"], row["customers"])
            for row in json.loads(done.stdout)]  # fmt: skip


def test_everything_that_is_ahead_has_its_day(shop: Path) -> None:
    assert rows(shop, "--days", "30") == [
        ("2026-03-05", "Thu", "chain", "step 2 “E-mail “welcome”” is due", 1),
        ("2026-03-06", "Fri", "birthday", "may enter", 1),
        ("2026-03-08", "Sun", "", "holiday: all channels", None),
        ("2026-03-09", "Mon", "spring", "sends E-mail “welcome” at 09:30", 2),
        ("2026-03-20", "Fri", "birthday", "ends", None),
    ]


def test_what_is_overdue_is_due_on_the_first_day(shop: Path) -> None:
    assert rows(shop, "--from", "2026-03-10", "--days", "2")[0] == (
        "2026-03-10", "Tue", "chain", "step 2 “E-mail “welcome”” is due", 1,
    )  # fmt: skip


def test_it_is_a_table_for_people(shop: Path) -> None:
    done = CliRunner().invoke(app, ["calendar", "--project", str(shop)], env={"COLUMNS": "200"})
    assert "Ahead" in done.stdout
    assert "sends E-mail “welcome” at 09:30" in done.stdout


def test_before_the_first_night_it_says_so(tmp_path: Path) -> None:
    made = ShopFolder.create(tmp_path / "shop", {})
    made.arrive({"customers_1.csv": CUSTOMERS})
    assert CliRunner().invoke(app, ["import", "--project", str(made.folder)]).exit_code == 0
    done = CliRunner().invoke(app, ["calendar", "--project", str(made.folder)])
    assert isinstance(done.exception, UsageError)
    assert "no night yet" in done.exception.what
    assert rows(made.folder, "--from", "2026-03-02") == [("2026-03-02", "Mon", "welcome", "may enter", 1)]
