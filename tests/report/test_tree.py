"""Steps in words have the numbers that programs give them, whatever branches there are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smc.config.specs.step import branches, every
from smc.report.words import steps_in_words, tree
from tests.campaign.shop import campaign

TAG = {"tag": {"add": "x"}}
OTHERWISE = {"otherwise": [TAG, {"exit": "out"}]}
BRANCHED: dict[str, dict[str, Any]] = {
    "filter": {"filter": {"where": {"tag": "x"}, **OTHERWISE}},
    "control": {"control": {"percent": 10, "salt": "s", **OTHERWISE}},
    "limit": {"limit": {"customers": 3, **OTHERWISE}},
    "promocode": {"promocode": {"group": "gift", **OTHERWISE}},
    "promocode, all go on": {"promocode": {"group": "gift"}},
    "wait_for": {"wait_for": {"where": {"receipt": {}}, "within": "3 days", **OTHERWISE}},
    "split": {"split": {"salt": "s", "arms": [
        {"name": "a", "share": 50, "steps": [TAG, TAG]}, {"name": "b", "share": 50}]}},
}  # fmt: skip


@pytest.mark.parametrize("name", BRANCHED)
def test_words_number_the_steps_as_programs_do(name: str) -> None:
    spec = campaign(steps=[TAG, BRANCHED[name], {"exit": "end"}])
    stored = json.loads(spec.model_dump_json(by_alias=True))["steps"]
    kinds = [next(key for key in step.model_fields_set) for _, step in every(spec.steps)]
    assert [text.kind for text in steps_in_words(stored, {})] == kinds
    (node,) = [one for one in tree(stored, {}) if one.number == 2]
    assert [branch.label for branch in node.branches] == [branch.label for branch in branches(spec.steps[1])]
