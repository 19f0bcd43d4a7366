"""Mistakes of meaning in the steps of campaigns."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.campaign.check import CampaignNames, check_campaign
from smc.campaign.check_times import check_contact
from smc.config.document import parse
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.project import FieldsSpec
from tests.campaign.shop import settings

NAMES = CampaignNames(frozenset(), frozenset({"a"}), frozenset({"promo"}), frozenset({"email"}), fields=FieldsSpec())
HEAD = "title: T\ncategory: promo\ntrigger: {registered: {}}\n"
MAIL = "{email: {template: a}}"


def said(text: str, head: str = HEAD) -> list[str]:
    found, problems = parse(head + text, CampaignSpec, file=Path("campaigns/t.yaml"))
    return [str(problem) for problem in (check_campaign(found, NAMES) if found else problems)]


def split(first: str, second: str = "", shares: tuple[str, str] = ("50%", "50%")) -> str:
    arms = (("x", first, shares[0]), ("y", second, shares[1]))
    told = ", ".join(f"{{name: {name}, share: {share}, steps: [{steps}]}}" for name, steps, share in arms)
    return f"{{split: {{salt: s, arms: [{told}]}}}}"


@pytest.mark.parametrize(
    "steps",
    [
        f"{split('{wait: 2}', MAIL)}, {MAIL}",  # who waited goes on behind the split
        f"{split('{exit: no}', MAIL)}, {MAIL}",
        f"{{control: {{percent: 10, salt: s}}}}, {{wait: 3 hours}}, {MAIL}",
    ],
)
def test_good_steps(steps: str) -> None:
    assert said(f"steps: [{steps}]") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"steps: [{MAIL}, {{wait: 2}}]", "a wait at the end does nothing"),
        (f"steps: [{MAIL}, {{wait_until: {{at: '10:00'}}}}]", "a wait at the end does nothing"),
        (f"steps: [{{filter: {{where: {{tag: x}}, otherwise: [{{wait: 2}}]}}}}, {MAIL}]", "a wait at the end"),
        (f"steps: [{split(MAIL, '{wait: 2}')}]", "a wait at the end does nothing"),
        (f"steps: [{{exit: no}}, {MAIL}]", "nobody reaches this step"),
        (f"steps: [{split('{exit: no}', '{exit: no}')}, {MAIL}]", "nobody reaches this step"),
        (f"steps: [{split(MAIL, '', ('100%', '0%'))}]", "an arm of 0 % has nobody in it"),
        (f"steps: [{split(MAIL, '', ('0.005%', '99.995%'))}]", "0.005 % is finer than customers are drawn"),
        (f"steps: [{split(MAIL, '', ('50%', '40%'))}]", "add up to 90 %, not to 100 %"),
        (f"steps: [{split(MAIL).replace('name: x', 'name: next')}]", "an arm cannot be named 'next'"),
        (f"steps: [{split(MAIL).replace('name: x', 'name: y')}]", "two arms have the same name"),
        (f"steps: [{{control: {{percent: 0.001, salt: s}}}}, {MAIL}]", "0.001 % is finer"),
        (f"steps: [{MAIL}]\ncontrol_group: {{percent: 0, salt: s}}", "a control group of 0 % has nobody in it"),
        (f"steps: [{MAIL}]\ncontrol_group: {{percent: 0.001, salt: s}}", "0.001 % is finer"),
        (f"steps: [{MAIL}]\nconcurrent: true\nre_entry: never", "who never enters again has no stays at once"),
        (f"steps: [{{wait: 0}}, {MAIL}]", "a length of time is at least a minute"),
        (
            f"steps: [{MAIL}, {{wait_for: {{where: {{receipt: {{}}}}, within: 2 days}}}}]",
            "a wait at the end does nothing",
        ),
        (f"steps: [{{filter: {{otherwise: [{MAIL}]}}}}, {MAIL}]", "needs where, trigger, or both"),
        (f"steps: [{{filter: {{trigger: {{total: 5}}}}}}, {MAIL}]", "This trigger has no data"),
        (f"steps: [{MAIL}]\nexit_when: {{}}", "needs where, happens, or both"),
        (f"steps: [{MAIL}]\ngoal: {{exit: true}}", "needs where, happens, or both"),
        (f"steps: [{{wait_until: {{clock: customer}}}}, {MAIL}]", "needs a day, a weekday or a time"),
    ],
)
def test_mistakes(text: str, expected: str) -> None:
    problems = said(text)
    assert any(expected.casefold() in problem.casefold() for problem in problems), problems


BY_RECEIPT = HEAD.replace("registered: {}", "receipt: {}")


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("{total: {at_least: 5}, day: {less: today}, purchased_at: {more: 2026-01-01}}", ""),
        ("{totl: {at_least: 5}}", "campaigns/t.yaml:4:35: the data of the trigger have no field 'totl'"),
        ("{totl: {at_least: 5}}", "Did you mean 'total'?"),
        ("{total: many}", "'many' is not a number"),
        ("{total: {contains: many}}", "'contains' does not fit a number"),
        ("{status: {in: [paid, 5]}}", "5 is not text"),
    ],
)
def test_filters_on_what_a_trigger_knew(trigger: str, expected: str) -> None:
    problems = said(f"steps: [{{filter: {{trigger: {trigger}}}}}, {MAIL}]", BY_RECEIPT)
    assert (expected in problems[0]) if expected else problems == [], problems


def test_what_a_cascade_may_try_needs_what_a_message_needs() -> None:
    """A permission that a feed brings, and a window that opens."""
    text = (
        "title: T\ncategory: marketing\ntrigger: {registered: {}}\nwindow: {from: '03:00', until: '04:00'}\nsteps:\n"
        "  - cascade: {tries: [{viber: {text: a}, within: 1 hour}, {sms: {text: a}}]}\n"
    )
    campaign, problems = parse(text, CampaignSpec, file=Path("campaigns/t.yaml"))
    assert campaign, problems
    project = settings(sending={"windows": [{"channel": "sms", "from": "10:00", "until": "20:00"}]})
    found = [str(problem) for problem in check_contact(campaign, project, None, permitted=False)]
    assert sum("needs a yes for sms" in one or "needs a yes for viber" in one for one in found) == 2, found
    assert sum("never opens for sms" in one for one in found) == 1, found
