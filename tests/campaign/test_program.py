"""A tree of steps becomes a flat program that cannot loop and loses no step."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.campaign.check import rules_of
from smc.campaign.program import FINISHED, Program, program, size
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.step import NEXT, OTHERWISE

pytestmark = pytest.mark.slow

Tree = list[dict[str, Any]]

SIMPLE: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"email": {"template": "a"}}, {"sms": {"text": "a"}}, {"wait": 2}, {"wait": "3 hours"},
        {"wait_until": {"at": "10:00"}},
        {"tag": {"add": "x"}}, {"tag": {"remove": "x"}}, {"exit": "enough"},
    ]
)  # fmt: skip


def nested(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[dict[str, Any]]:
    some: st.SearchStrategy[Tree] = inner | st.just([])
    return (
        some.map(lambda steps: {"filter": {"where": {"tag": "x"}, "otherwise": steps}})
        | some.map(lambda steps: {"control": {"percent": 10, "salt": "s", "otherwise": steps}})
        | some.map(lambda steps: {"limit": {"customers": 5, "otherwise": steps}})
        | st.tuples(some, some).map(
            lambda pair: {
                "split": {
                    "salt": "s",
                    "arms": [
                        {"name": "a", "share": "60%", "steps": pair[0]},
                        {"name": "b", "share": "40%", "steps": pair[1]},
                    ],
                }
            }
        )
    )


STEPS: st.SearchStrategy[Tree] = st.recursive(
    st.lists(SIMPLE, min_size=1, max_size=4),
    lambda inner: st.lists(SIMPLE | nested(inner), min_size=1, max_size=4),
    max_leaves=12,
)


def spec_of(steps: Tree) -> CampaignSpec:
    return CampaignSpec.model_validate({"title": "t", "category": "c", "trigger": {"registered": {}}, "steps": steps})


def ways(found: Program) -> list[tuple[int, str, int | None, str | None]]:
    return [(way.step, way.label, way.to, way.reason) for way in found.ways]


@given(STEPS)
def test_numbers_are_gapless_and_only_lead_forward(steps: Tree) -> None:
    spec = spec_of(steps)
    found = program(spec)
    numbers = [line.step for line in found.instructions]
    assert numbers == list(range(1, size(spec.steps) + 1))
    for way in found.ways:
        assert way.to is None or way.step < way.to <= len(numbers)
        assert (way.to is None) == (way.reason is not None)


@given(STEPS)
def test_every_label_leads_somewhere_and_only_one_way(steps: Tree) -> None:
    found = program(spec_of(steps))
    labels = {(way.step, way.label) for way in found.ways}
    assert len(labels) == len(found.ways)
    for line in found.instructions:
        assert (line.step, NEXT) in labels
        assert all((line.step, part.label) in labels for part in line.draw)
        assert (line.action in {"filter", "control", "limit"}) == ((line.step, OTHERWISE) in labels)


@given(STEPS)
def test_otherwise_never_returns_to_the_main_path(steps: Tree) -> None:
    found = program(spec_of([*steps, {"email": {"template": "last"}}]))
    main = {way.step: way.to for way in found.ways if way.label == NEXT}
    last = len(found.instructions)
    for way in found.ways:
        if way.label == OTHERWISE:
            step = way.to
            while step is not None:
                assert step != last
                step = main[step]


def test_branches_and_reasons() -> None:
    steps: Tree = [
        {"filter": {"where": {"tag": "vip"}, "otherwise": [{"tag": {"add": "seen"}}]}},
        {"wait": "2 days"},
        {"email": {"template": "offer"}},
    ]
    assert ways(program(spec_of(steps))) == [
        (1, NEXT, 3, None),
        (1, OTHERWISE, 2, None),
        (2, NEXT, None, "filtered"),
        (3, NEXT, 4, None),
        (4, NEXT, None, FINISHED),
    ]


def test_arms_meet_behind_the_split() -> None:
    arms = [
        {"name": "long", "share": 50, "steps": [{"email": {"template": "a"}}, {"email": {"template": "b"}}]},
        {"name": "short", "share": "25.5%", "steps": [{"email": {"template": "c"}}]},
        {"name": "none", "share": "24.5%"},
    ]
    found = program(spec_of([{"split": {"salt": "s", "arms": arms}}, {"email": {"template": "all"}}]))
    assert ways(found) == [
        (1, NEXT, 5, None),
        (1, "long", 2, None),
        (2, NEXT, 3, None),
        (3, NEXT, 5, None),
        (1, "short", 4, None),
        (4, NEXT, 5, None),
        (1, "none", 5, None),
        (5, NEXT, None, FINISHED),
    ]
    assert [(part.low, part.high, part.label) for part in found.instructions[0].draw] == [
        (0, 5000, "long"), (5000, 7550, "short"), (7550, 10000, "none"),
    ]  # fmt: skip


def test_a_filter_without_otherwise_lets_the_others_out() -> None:
    found = program(spec_of([{"filter": {"where": {"tag": "vip"}}}, {"email": {"template": "offer"}}]))
    assert (1, OTHERWISE, None, "filtered") in ways(found)


def test_a_mailing_is_the_smallest_campaign() -> None:
    mailing = MailingSpec.model_validate(
        {"title": "t", "category": "c", "audience": "all_", "send_on": "2017-12-30", "template": "new_year"}
    )
    found = program(mailing)
    assert [(line.action, line.argument) for line in found.instructions] == [("email", "new_year")]
    assert ways(found) == [(1, NEXT, None, FINISHED)]


def test_rules_are_found_in_every_branch() -> None:
    inner = {"filter": {"where": {"tag": "b"}, "otherwise": [{"exit": "no"}]}}
    split = {"split": {"salt": "s", "arms": [{"name": "x", "share": 100, "steps": [inner]}, {"name": "y", "share": 0}]}}
    spec = spec_of([{"filter": {"where": {"tag": "a"}, "otherwise": [split]}}])
    assert [rule.tag for _, rule in rules_of(spec)] == ["a", "b"]  # type: ignore[union-attr]  # both are tag rules


def test_shares_that_make_the_whole_leave_no_bucket_over() -> None:
    """Texts that were written down before `smc validate` refused more than two decimals are still walked."""
    shares = {"a": "33.333%", "b": "33.333%", "c": "33.334%"}
    arms = [{"name": name, "share": share, "steps": [{"exit": name}]} for name, share in shares.items()]
    (split, *_) = program(spec_of([{"split": {"salt": "s", "arms": arms}}])).instructions
    assert [(part.low, part.high) for part in split.draw] == [(0, 3333), (3333, 6666), (6666, 10000)]
