"""All recipes at once, on the tiny shop: its history, and a night up to the letters."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from smc.demo import HISTORY_STAGES, TINY
from smc.pipeline import run
from smc.pipeline.store import open_warehouse
from smc.project import load_project
from smc.recipe import add, recipes
from tests.recipes.test_recipes import SHOP

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NIGHT = ("import", "compute", "segment", "campaign", "hand over")
NEEDED = ("welcome_chain", "birthday_gift", "win_back_days")
"""Somebody enters these on the night, by what the tiny shop was made for."""


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


def test_all_recipes_run_on_the_tiny_shop(shop: Path) -> None:
    for one in recipes().values():
        add(one, shop, name=one.name, language="en")
        file = shop / "campaigns" / f"{one.name}.yaml"
        file.write_text(
            file.read_text(encoding="utf-8").replace("active: false # look", "active: true # look"), encoding="utf-8"
        )
    project = load_project(shop)
    drops = ROOT / "sample_data" / "tiny"
    arrive(shop, drops / "history")
    first = run(project, command="test", stages=HISTORY_STAGES, as_of=TINY.loaded_until, progress=lambda *_: None)
    assert not first.failures
    (day, *_) = sorted((drops / "days").iterdir())
    arrive(shop, day)
    night = TINY.loaded_until.fromisoformat(day.name)
    report = run(project, command="test", stages=NIGHT, as_of=night, progress=lambda *_: None)
    assert [text for text in report.failures if "campaign" in text or "letter" in text or "template" in text] == []
    with open_warehouse(project) as warehouse:
        entered = dict(warehouse.rows("select campaign, count(*) from entry group by campaign"))
        broken = warehouse.rows("select campaign, template from message where reason = 'template_error'")
    assert broken == []
    assert [name for name in NEEDED if not entered.get(name)] == []
