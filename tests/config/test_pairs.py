"""What is found in a spec from top to bottom."""

from __future__ import annotations

from smc.config.pairs import pairs
from tests.campaign.shop import campaign


def test_every_key_with_its_value_and_nothing_that_the_user_named() -> None:
    arms = [{"name": "a", "share": 50, "steps": [{"email": {"template": "in"}}]}, {"name": "b", "share": 50}]
    split = {"split": {"salt": "s", "arms": arms}}
    hook = {"webhook": {"to": "crm", "body": {"template": "no"}}}
    spec = campaign(steps=[{"email": {"template": "out"}}, split, hook])
    assert [value for key, value in pairs(spec) if key == "template"] == ["out", "in"]
