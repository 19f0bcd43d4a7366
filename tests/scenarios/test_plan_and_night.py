"""A plan and the night behind it do the same, in every scenario: one list of messages, by one sign."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc import pipeline
from smc.pipeline import plans
from smc.pipeline.moment import moment_of
from smc.pipeline.stages import deliver_outbox
from smc.project import load_project
from tests.scenarios.harness import ALL, ShopFolder, read, scenarios

PLANNED = (
    "abandoned_cart", "cascade", "corrections", "gifts", "global_control", "mailing_winner", "send_windows",
    "triggers_of_days", "win_back",
)  # fmt: skip
"""Scenarios in which a plan has something of each kind to show."""
SCORES = "select variant, recipients, won, reason from variant_score order by variant"


@pytest.mark.slow
@pytest.mark.parametrize("path", [one for one in scenarios() if one.stem in PLANNED], ids=lambda path: path.stem)
def test_the_night_does_what_the_plan_showed(path: Path, tmp_path: Path) -> None:
    scenario = read(path)
    shop = ShopFolder.create(tmp_path / "shop", scenario.get("files", {}))
    for night in scenario["nights"]:
        as_of = night["as_of"]
        shop.change(night.get("files", {}))
        shop.arrive(night.get("drops", {}))
        project = load_project(shop.folder)
        pipeline.run(
            project, command="import", stages=["import"], as_of=as_of, publish=True, progress=shop.hear
        )  # a plan sees what has been loaded
        with pipeline.preview(project, as_of=as_of, progress=shop.hear) as session:
            planned = session.results["campaign"].tally
        assert plans.keep_plan(project, as_of, planned)
        done = shop.night(as_of)
        assert done.results["campaign"].tally == planned
        assert [note for note in done.notes if "just as in the plan" in note], done.notes


def test_a_plan_knows_what_has_left_since_the_last_night(tmp_path: Path) -> None:
    scenario = read(next(path for path in scenarios() if path.stem == "mailing_winner"))
    shop = ShopFolder.create(tmp_path / "shop", scenario["files"])
    first, second, third = scenario["nights"][:3]
    shop.arrive(first["drops"])
    project = load_project(shop.folder)
    stages = [name for name in ALL if name not in {"send", "settle"}]
    pipeline.run(project, command="run nightly", stages=stages, as_of=first["as_of"], progress=shop.hear)
    deliver_outbox(project, moment_of(project, first["as_of"]), shop.hear)
    shop.arrive(second["drops"])
    pipeline.run(project, command="import", stages=["import"], as_of=third["as_of"], publish=True, progress=shop.hear)
    outbox = project.path(project.settings.outbox.path)
    before = outbox.read_bytes()
    with pipeline.preview(project, as_of=third["as_of"], progress=shop.hear) as session:
        planned, won = session.results["campaign"].tally, session.warehouse.rows(SCORES)
    assert outbox.read_bytes() == before
    assert plans.keep_plan(project, third["as_of"], planned)
    done = shop.night(third["as_of"])
    assert [note for note in done.notes if "just as in the plan" in note], done.notes
    assert done.results["campaign"].tally == planned
    assert planned.messages == 4
    with shop.snapshot() as warehouse:
        assert warehouse.rows(SCORES) == won == [("calm", 1, False, "best"), ("loud", 3, True, "best")]


def test_the_night_says_what_differs_from_the_plan(tmp_path: Path) -> None:
    scenario = read(next(path for path in scenarios() if path.stem == "welcome"))
    shop = ShopFolder.create(tmp_path / "shop", scenario.get("files", {}))
    before, night = scenario["nights"][:2]
    shop.night(before["as_of"])
    project = load_project(shop.folder)
    with pipeline.preview(project, as_of=night["as_of"], progress=shop.hear) as session:
        plans.keep_plan(project, night["as_of"], session.results["campaign"].tally)
    shop.arrive(night["drops"])
    done = shop.night(night["as_of"])
    assert done.stage("campaign")["entered"] > 0
    said = [note for note in done.notes if note.startswith("plan: ")]
    assert f"the list is {done.stage('campaign')['list']}" in said[0]
    assert any("welcome: entered 0, now" in note for note in said)
