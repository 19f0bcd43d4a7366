"""All recipes at once, on the tiny shop and on the one of the demo: the history, and a night up to the letters."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from smc.demo import GROCER, HISTORY_STAGES, TINY, Example
from smc.pipeline import run
from smc.pipeline.store import open_warehouse
from smc.project import load_project
from smc.recipe import add, recipes
from tests.recipes.test_recipes import SHOP

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NIGHT = ("import", "compute", "segment", "campaign", "hand over")
BOTH_ENTER = (
    "at_risk_offer", "birthday_gift", "feedback_request", "nps_poll", "permission_again", "replenishment",
    "welcome_chain", "win_back_days",
)  # fmt: skip
"""Somebody enters these on the night in both shops; the others wait for carts, orders, prices or bonuses."""
ENTERS = [
    (TINY, (*BOTH_ENTER, "first_purchase_thanks", "second_purchase_push")),
    (GROCER, (*BOTH_ENTER, "best_customers", "registration_anniversary", "win_back_lost")),
]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The example project without its own campaigns, with feeds and codes for everything that recipes need."""
    folder = tmp_path / "shop"
    left_out = shutil.ignore_patterns("data", "inbox", "report", "campaigns", "mailings", "templates")
    shutil.copytree(ROOT / "configs", folder, ignore=left_out)
    own = (folder / "fields.yaml").read_text(encoding="utf-8")
    shutil.copytree(SHOP, folder, dirs_exist_ok=True)
    codes = (SHOP / "fields.yaml").read_text(encoding="utf-8")
    (folder / "fields.yaml").write_text(f"{own}\n{codes}", encoding="utf-8")
    (folder / "inbox").mkdir()
    return folder


def arrive(shop: Path, drop: Path) -> None:
    for file in drop.iterdir():
        shutil.copyfile(file, shop / "inbox" / file.name)


def night_of(shop: Path, drops: Path, loaded_until: date) -> date:
    """What the example has until its first night lies in the inbox; the day of that night is answered."""
    night = loaded_until + timedelta(days=1)
    arrive(shop, drops / "history")
    for day in sorted((drops / "days").iterdir()):
        if date.fromisoformat(day.name) <= loaded_until:
            arrive(shop, day)
    return night


@pytest.mark.parametrize(("example", "enters"), ENTERS, ids=["tiny", "grocer"])
def test_all_recipes_run_together(shop: Path, tmp_path: Path, example: Example, enters: tuple[str, ...]) -> None:
    for one in recipes().values():
        add(one, shop, name=one.name, language="en")
        file = shop / "campaigns" / f"{one.name}.yaml"
        file.write_text(
            file.read_text(encoding="utf-8").replace("active: false # look", "active: true # look"), encoding="utf-8"
        )
    project = load_project(shop)
    drops = tmp_path / "drops"
    example.make_drops(drops, lambda _text: None)
    night = night_of(shop, drops, example.loaded_until)
    first = run(project, command="test", stages=HISTORY_STAGES, as_of=example.loaded_until, progress=lambda *_: None)
    assert not first.failures
    arrive(shop, drops / "days" / night.isoformat())
    report = run(project, command="test", stages=NIGHT, as_of=night, progress=lambda *_: None)
    assert [text for text in report.failures if "campaign" in text or "letter" in text or "template" in text] == []
    with open_warehouse(project) as warehouse:
        entered = dict(warehouse.rows("select campaign, count(*) from entry group by campaign"))
        broken = warehouse.rows("select campaign, template from message where reason = 'template_error'")
    assert broken == []
    assert [name for name in enters if not entered.get(name)] == []
