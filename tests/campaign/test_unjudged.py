"""What a simulation says it cannot judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smc.config.specs.project import MetricsSpec
from smc.config.specs.rule import SegmentSpec
from smc.pipeline.unjudged import BETWEEN, unjudged
from smc.project import load_project
from tests.campaign.shop import campaign
from tests.scenarios.harness import ShopFolder

DAY = date(2026, 3, 2)
NOW = "it reads {} as they are now"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ()),
        ({"trigger": {"receipt": {}}, "steps": [{"wait": "3 days"}, {"email": {"template": "a"}}]}, ()),
        ({"trigger": {"abandoned_cart": {"after": "30 minutes"}}}, (NOW.format("carts and other lists"), BETWEEN)),
        ({"trigger": {"bonuses_expire": {"days": 7}}}, (NOW.format("bonus accounts"),)),
        ({"exit_when": {"where": {"container": {"name": "cart"}}}}, (NOW.format("carts and other lists"),)),
        ({"exit_when": {"where": {"not": {"in_segment": "held"}}}}, (NOW.format("bonus accounts"),)),
        ({"exit_when": {"where": {"metric": {"name": "own", "at_least": 1}}}}, (NOW.format("carts and other lists"),)),
        ({"exit_when": {"where": {"reachable": {"channel": "email"}}}}, (NOW.format("addresses"),)),
        ({"exit_when": {"happens": {"added_to": {"container": "cart"}}}}, (NOW.format("carts and other lists"),)),
        ({"steps": [{"wait": "2 hours"}, {"email": {"template": "a"}}]}, (BETWEEN,)),
        ({"steps": [{"wait_until": {"at": "10:00"}}, {"email": {"template": "a"}}]}, (BETWEEN,)),
    ],
)
def test_what_has_no_history_is_named(tmp_path: Path, more: dict[str, Any], expected: tuple[str, ...]) -> None:
    project = load_project(ShopFolder.create(tmp_path / "shop", {}).folder)
    spec = campaign(**more)
    used = "own" in str(more)
    own = {"own": {"title": "O", "aggregate": "count", "over": "containers"}}
    metrics = MetricsSpec.model_validate({"metrics": own if used else {}})
    held = SegmentSpec.model_validate({"title": "H", "rule": {"bonus": {"balance": {"at_least": 1}}}})
    segments = {"held": held} if "in_segment" in str(more) else {}
    assert unjudged(replace(project, segments=segments, metrics=metrics), spec, DAY) == expected
