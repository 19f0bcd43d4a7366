"""A tree of steps becomes a flat program that cannot loop and loses no step."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smc.campaign.program import FILTERED, FINISHED, program, rules, size, steps_of
from smc.config.specs.campaign import CampaignSpec, MailingSpec

SIMPLE: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{"email": {"template": "a"}}, {"wait": 2}, {"tag": {"add": "x"}}, {"tag": {"remove": "x"}}, {"exit": "enough"}]
)
STEPS: st.SearchStrategy[list[dict[str, Any]]] = st.recursive(
    st.lists(SIMPLE, min_size=1, max_size=4),
    lambda inner: st.lists(
        SIMPLE | inner.map(lambda steps: {"filter": {"where": {"tag": "x"}, "otherwise": steps}}),
        min_size=1,
        max_size=4,
    ),
    max_leaves=12,
)


def spec_of(steps: list[dict[str, Any]]) -> CampaignSpec:
    return CampaignSpec.model_validate({"title": "t", "category": "c", "trigger": {"registered": {}}, "steps": steps})


@given(STEPS)
def test_numbers_are_gapless_and_only_lead_forward(steps: list[dict[str, Any]]) -> None:
    spec = spec_of(steps)
    lines = program(spec)
    assert [line.step for line in lines] == list(range(1, size(spec.steps) + 1))
    for line in lines:
        for target in (line.next_step, line.else_step):
            assert target is None or line.step < target <= len(lines)
        assert (line.next_step is None) == (line.next_reason is not None)


@given(STEPS)
def test_otherwise_never_returns_to_the_main_path(steps: list[dict[str, Any]]) -> None:
    lines = {line.step: line for line in program(spec_of([*steps, {"email": {"template": "last"}}]))}
    for line in lines.values():
        reason = line.else_reason
        walker = lines[line.else_step] if line.else_step else None
        while walker is not None:
            assert line.next_step is None or walker.step < line.next_step
            reason = walker.next_reason
            walker = lines[walker.next_step] if walker.next_step else None
        assert reason in {None, FILTERED, "enough"}


def test_branches_and_reasons() -> None:
    steps: list[dict[str, Any]] = [
        {"filter": {"where": {"tag": "vip"}, "otherwise": [{"tag": {"add": "seen"}}]}},
        {"wait": "2 days"},
        {"email": {"template": "offer"}},
    ]
    told = [(x.step, x.action, x.next_step, x.next_reason, x.else_step) for x in program(spec_of(steps))]
    assert told == [
        (1, "filter", 3, None, 2),
        (2, "tag", None, FILTERED, None),
        (3, "wait", 4, None, None),
        (4, "email", None, FINISHED, None),
    ]


def test_a_filter_without_otherwise_lets_the_others_out() -> None:
    (line, _) = program(spec_of([{"filter": {"where": {"tag": "vip"}}}, {"email": {"template": "offer"}}]))
    assert (line.else_step, line.else_reason) == (None, FILTERED)


def test_a_mailing_is_the_smallest_campaign() -> None:
    mailing = MailingSpec.model_validate(
        {"title": "t", "category": "c", "audience": "all_", "send_on": "2017-12-30", "template": "new_year"}
    )
    assert [(line.action, line.argument, line.next_reason) for line in program(mailing)] == [
        ("email", "new_year", FINISHED)
    ]


def test_rules_are_found_in_every_branch() -> None:
    inner = {"filter": {"where": {"tag": "b"}, "otherwise": [{"exit": "no"}]}}
    spec = spec_of([{"filter": {"where": {"tag": "a"}, "otherwise": [inner]}}])
    assert [rule.tag for rule in rules(steps_of(spec))] == ["a", "b"]  # type: ignore[union-attr]  # both are tag rules
