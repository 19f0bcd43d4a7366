"""Mistakes of meaning in triggers: names that are not there, and data that no feed brings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smc.campaign.check import CampaignNames, check_campaign
from smc.config.document import parse
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.project import FieldsSpec

FIELDS = FieldsSpec.model_validate({
    "customer": {"wedding": {"title": "Wedding", "type": "date"}, "size": {"title": "Size", "type": "string"}},
    "order": {"fitting": {"title": "Fitting", "type": "datetime"}},
})  # fmt: skip
BROUGHT = {
    "customer": frozenset({"customer_id", "birth_date", "registered_at", "custom.wedding"}),
    "receipt": frozenset({"receipt_id", "purchased_at"}),
    "product": frozenset({"product_id", "price"}),
    "container": frozenset({"product_id"}),
    "order": frozenset({"order_id", "delivery_on"}),
    "subscription": frozenset({"state"}),
}
NAMES = CampaignNames(
    frozenset({"vip"}), frozenset(), frozenset({"promo"}), frozenset({"email"}),
    fields=FIELDS, cells=frozenset({"lost"}), brought=BROUGHT,
)  # fmt: skip
HEAD = "title: T\ncategory: promo\nsteps: [{exit: done}]\ntrigger:\n  "


def said(trigger: str, names: CampaignNames = NAMES) -> list[str]:
    found, problems = parse(HEAD + trigger, CampaignSpec, file=Path("campaigns/t.yaml"))
    return [str(problem) for problem in (check_campaign(found, names) if found else problems)]


GOOD = [
    "registered: {}",
    "receipt: {}",
    "entered_segment: vip",
    "left_segment: vip",
    "anniversary: {of: birth_date}",
    "anniversary: {of: wedding, every: {months: 6}}",
    "anniversary: {of: last_receipt}",
    "days_since: {of: last_receipt, days: 30}",
    "repeat: {cron: 0 0 * * MON, segment: vip}",
    'repeat: {rrule: "FREQ=MONTHLY;BYDAY=1MO", start: 2026-01-01, segment: vip}',
    "on_date_of: {object: order, field: delivery_on, offset: -1}",
    "rfm_cell: {to: lost, direction: down}",
    "price_changed: {of: {container: cart}, drop: 10%}",
    "unsubscribed: {category: promo}",
    "credited: {kind: points, at_least: 10}",
    "bounced: {}",
    "merged: {}",
]


@pytest.mark.parametrize("trigger", ["receipt: {}", "abandoned_cart: {after: 2 hours}"])
def test_a_trigger_by_rows_looks_back(trigger: str) -> None:
    (found,) = [one for one in said(f"{trigger}\nlook_back: 0") if "look_back" in one or "drop of the next" in one]
    assert "Look back 1 day at least." in found
    assert not [one for one in said(f"{trigger}\nlook_back: 1") if "drop of the next" in one]


def test_a_trigger_by_members_looks_back() -> None:
    assert "Look back 1 day at least." in "\n".join(said("entered_segment: best\nlook_back: 0"))
    assert "Look back 1 day at least." not in "\n".join(said("entered_segment: best\nlook_back: 1"))


@pytest.mark.parametrize("trigger", GOOD)
def test_good_triggers(trigger: str) -> None:
    assert said(trigger) == []


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("left_segment: vips", "there is no segment 'vips'"),
        ("repeat: {cron: 0 0 * * 1, segment: vips}", "there is no segment 'vips'"),
        ("anniversary: {of: weding}", "there is no date of customer named 'weding'"),
        ("anniversary: {of: size}", "'size' is no date"),
        ("anniversary: {of: last_order}", "there is no date of customer named 'last_order'"),
        ("anniversary: {of: wedding, every: {years: 1, days: 2}}", "exactly one of: years, months, days"),
        ("anniversary: {of: first_order}", "no feed brings 'ordered_at' of order, so this trigger never happens"),
        ("days_since: {of: last_site_visit, days: 3}", "no feed brings the object 'web_event'"),
        ("on_date_of: {object: order, field: fitting}", "no feed brings 'custom.fitting' of order"),
        ("on_date_of: {object: receipt, field: total}", "'total' is no date"),
        ("bonuses_expire: {days: 7}", "no feed brings the object 'bonus_balance'"),
        ("rfm_cell: {to: [lost, best]}", "there is no RFM cell 'best'"),
        ("rfm_cell: {}", "needs to, from or direction"),
        ("price_changed: {of: {viewed: 30}}", "no feed brings the object 'web_event'"),
        ("price_changed: {of: {viewed: 30, bought: 3}}", "exactly one of: viewed, bought, container"),
        ("price_changed: {of: {container: cart}, drop: 5, rise: 5}", "takes drop or rise"),
        ("low_stock: {of: {container: cart}, at_most: 3}", "no feed brings 'stock' of product"),
        ("back_in_stock: {of: {bought: 9}}", "no feed brings the object 'receipt_line'"),
        ("unsubscribed: {category: nonsense}", "there is no message category 'nonsense'"),
        ("repeat: {segment: vip}", "needs either cron or rrule"),
        ("repeat: {cron: 0 9 * * 1, segment: vip}", "write 0 0 for minute and hour"),
        ("repeat: {cron: 0 0 31 2 *, segment: vip}", "this is no cron expression: bad day-of-month"),
        ("repeat: {cron: 0 0 29 2 1#6, segment: vip}", "this is no cron expression"),
        ("repeat: {cron: every day, segment: vip}", "needs five fields"),
        ("repeat: {rrule: FREQ=DAILY, segment: vip}", "needs start with rrule"),
        ("repeat: {rrule: FREQ=SOMETIMES, start: 2026-01-01, segment: vip}", "this is no RRULE"),
        ("repeat: {rrule: FREQ=HOURLY, start: 2026-01-01, segment: vip}", "a rule of days, weeks, months or years"),
        ('repeat: {rrule: "FREQ=DAILY;UNTIL=20250101", start: 2026-01-01, segment: vip}', "this day never comes"),
    ],
)
def test_mistakes(trigger: str, expected: str) -> None:
    problems = said(trigger)
    assert any(expected.casefold() in problem.casefold() for problem in problems), problems


@pytest.mark.parametrize(
    "waiting",
    [
        "exit_when: {happens: {event: {name: left}}}",
        "goal: {happens: {event: {name: left}}}",
        "steps: [{wait_for: {where: {event: {name: left}}, within: 2 days, otherwise: [{exit: done}]}}]",
    ],
)
def test_rows_that_are_waited_for_need_a_feed_too(waiting: str) -> None:
    head = HEAD.replace("steps: [{exit: done}]\n", "") if waiting.startswith("steps") else HEAD
    found, problems = parse(f"{head}receipt: {{}}\n{waiting}", CampaignSpec, file=Path("campaigns/t.yaml"))
    assert found is not None, problems
    (told,) = check_campaign(found, NAMES)
    assert "no feed brings the object 'event', so this row never happens" in told.message.lower()


def test_receipts_show_the_use_of_codes() -> None:
    names = replace(NAMES, brought={"receipt": frozenset({"purchased_at", "promocode"})})
    assert said("promocode_used: {}", names) == []
    assert "no feed brings the object 'promocode_use'" in said("promocode_used: {}")[0].lower()


def test_the_place_and_the_remedy_are_named() -> None:
    (problem,) = said("low_stock: {of: {container: cart}, at_most: 3}")
    assert problem.startswith("campaigns/t.yaml:5:14: ")
    assert "Map 'stock' in a feed of 'product', or take another trigger." in problem


def test_a_feed_that_could_not_be_read_may_bring_anything() -> None:
    unread = CampaignNames(frozenset(), frozenset(), frozenset({"promo"}), frozenset())
    assert said("bonuses_expire: {days: 7}", unread) == []
