"""A plan and the night behind it do the same, in every scenario: one list of messages, by one sign."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc import pipeline
from smc.pipeline import plans
from smc.project import load_project
from tests.scenarios.harness import ShopFolder, read, scenarios


@pytest.mark.slow
@pytest.mark.parametrize("path", scenarios(), ids=lambda path: path.stem)
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
