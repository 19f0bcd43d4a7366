"""Nights of campaigns: entering, moving, waiting, leaving, and never twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from smc.campaign.check import rules_of
from smc.campaign.plan import rules_needed
from smc.config.specs.campaign import CampaignSpec, MailingSpec, canonical
from smc.config.specs.rule import rule_key
from smc.errors import RunError
from tests.campaign.shop import DAY, Shop, campaign, noon

D28, D29, D30, D31 = (date(2017, 12, day) for day in (28, 29, 30, 31))


def test_a_second_run_of_the_night_changes_nothing(shop: Shop) -> None:
    for key in range(1, 30):
        shop.customer(key, registered_at=noon(D29))
    shop.campaigns = {"welcome": campaign(control_group={"percent": 30, "salt": "w"})}
    shop.night(D28)
    first = shop.night(D29)
    before = shop.state()
    second = shop.night(D29)
    assert first.entered == 29
    assert 0 < first.control < 29
    assert first.messages + first.suppressed == 29
    assert (second.entered, second.moved, second.messages, second.suppressed) == (0, 0, 0, 0)
    assert shop.state() == before


def test_missed_nights_are_caught_up_within_the_look_back(shop: Shop) -> None:
    shop.campaigns = {"welcome": campaign(look_back=2)}
    shop.night(D28 - 10 * DAY)
    shop.customer(1, registered_at=noon(D31 - 2 * DAY))
    shop.customer(2, registered_at=noon(D31 - 3 * DAY))
    shop.night(D31)
    assert [row[0] for row in shop.messages()] == ["c1"]


def test_a_new_campaign_does_not_reach_back_before_it_was_there(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D28))
    shop.customer(2, registered_at=noon(D29))
    shop.campaigns = {"welcome": campaign(look_back=30)}
    shop.night(D29)
    assert [row[0] for row in shop.messages()] == ["c2"]


def test_switching_on_does_not_reach_back_before_that_day(shop: Shop) -> None:
    """A draft, and a campaign that paused; who is inside goes on when it is soon, and leaves when it is not."""
    steps = [{"email": {"template": "now"}}, {"wait": 2}, {"email": {"template": "later"}}]

    def night(day: date, *, active: bool) -> None:
        shop.campaigns = {"welcome": campaign(look_back=2, steps=steps, active=active)}
        shop.night(day)

    night(D28, active=False)
    for number in range(8):
        shop.customer(number, registered_at=noon(D28 + number * DAY))
    night(D28 + DAY, active=True)
    night(D28 + 2 * DAY, active=True)
    night(D28 + 3 * DAY, active=False)
    night(D28 + 6 * DAY, active=True)
    night(D28 + 6 * DAY, active=True)
    night(D28 + 7 * DAY, active=True)
    assert sorted(shop.messages()) == [
        ("c1", "now", None), ("c2", "later", None), ("c2", "now", None), ("c6", "now", None), ("c7", "now", None),
    ]  # fmt: skip
    left = shop.warehouse.rows("select customer_key, exit_reason from entry where exited_on is not null order by 1")
    assert left == [(1, "campaign was off"), (2, "finished")]


def test_waits_filters_and_tags_over_days(shop: Shop) -> None:
    steps = [
        {"email": {"template": "first"}},
        {"wait": "2 days"},
        {"filter": {"where": {"tag": "vip"}, "otherwise": [{"tag": {"add": "cold"}}, {"exit": "not interested"}]}},
        {"email": {"template": "second"}},
    ]
    shop.campaigns = {"welcome": campaign(steps=steps)}
    for key in (1, 2):
        shop.customer(key, registered_at=noon(D29))
    ((rule,), _) = rules_needed(shop.warehouse, shop.campaigns)
    shop.warehouse.run("insert into rule_member values ($rule, 1)", rule=rule_key(rule))
    shop.night(D29)
    assert shop.warehouse.rows("select distinct step, cast(due_at as date) from entry") == [(3, D31)]
    shop.night(D30)
    assert len(shop.messages()) == 2
    shop.night(D31)
    assert shop.messages()[2:] == [("c1", "second", None)]
    assert shop.warehouse.rows("select customer_key, exit_reason from entry order by all") == [
        (1, "finished"),
        (2, "not interested"),
    ]
    assert shop.warehouse.rows("select customer_key, tag, added from tag_change") == [(2, "cold", True)]
    log = shop.warehouse.rows("select step, outcome, count(*) from step_log group by all order by step, outcome")
    assert log == [
        (1, "messaged", 2), (2, "waiting", 2), (3, "passed", 1), (3, "refused", 1),
        (4, "tagged", 1), (5, "exited", 1), (6, "messaged", 1),
    ]  # fmt: skip


def test_untag(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D29))
    shop.campaigns = {"welcome": campaign(steps=[{"tag": {"remove": "new"}}])}
    shop.night(D29)
    assert shop.warehouse.rows("select tag, added, changed_on from tag_change") == [("new", False, D29)]


@pytest.mark.parametrize(
    ("re_entry", "expected"),
    [("never", [D29]), ("always", [D29, D30, D31]), ({"after": 2}, [D29, D31])],
)
def test_re_entry(shop: Shop, re_entry: Any, expected: list[date]) -> None:
    shop.customer(1)
    shop.campaigns = {"thanks": campaign(trigger={"receipt": {}}, re_entry=re_entry, look_back=0)}
    for number, day in enumerate((D29, D30, D31), start=1):
        shop.warehouse.run("delete from receipt")
        shop.warehouse.run("delete from receipt_ident")
        shop.receipts(1, *[D29 + step * DAY for step in range(number)])
        shop.night(day)
    assert [row[0] for row in shop.warehouse.rows("select entered_on from entry order by all")] == expected


def test_a_customer_is_inside_a_campaign_once(shop: Shop) -> None:
    shop.customer(1)
    shop.receipts(1, D29, D29)
    steps = [{"wait": 1}, {"email": {"template": "thanks"}}]
    shop.campaigns = {"thanks": campaign(trigger={"receipt": {}}, steps=steps)}
    assert shop.night(D29).entered == 1
    # He leaves on the 30th; the second receipt of the 29th has its turn on the next day, however often the 30th is run.
    assert [shop.night(D30).entered for _ in range(3)] == [0, 0, 0]
    assert [shop.night(D31).entered for _ in range(2)] == [1, 0]
    assert shop.warehouse.rows("select occurrence from entry order by all") == [("r1000",), ("r1001",)]


def test_who_is_inside_keeps_the_text_he_entered(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D29))
    old = [
        {"wait": 1},
        {"filter": {"where": {"metric": {"name": "revenue", "at_least": 0.5}}}},
        {"email": {"template": "old"}},
    ]
    shop.campaigns = {"welcome": campaign(steps=old)}
    shop.night(D29)
    shop.campaigns = {"welcome": campaign(steps=[{"email": {"template": "new"}}])}
    shop.customer(2, registered_at=noon(D30))
    present, needed = rules_needed(shop.warehouse, shop.campaigns)
    assert present == ()
    assert [rule_key(rule) for rule in needed] == [rule_key(rule) for _, rule in rules_of(campaign(steps=old))]
    shop.warehouse.run("insert into rule_member values ($rule, 1)", rule=rule_key(needed[0]))
    shop.night(D30)
    assert [row[:2] for row in shop.messages()] == [("c1", "old"), ("c2", "new")]
    assert shop.warehouse.rows("select campaign, version from campaign_version order by version") == [
        ("welcome", 1),
        ("welcome", 2),
    ]


def test_several_receipts_of_a_day_enter_on_several_days(shop: Shop) -> None:
    shop.customer(1)
    shop.receipts(1, D29, D29, D29)
    shop.campaigns = {"thanks": campaign(trigger={"receipt": {}})}
    assert [shop.night(D29).entered for _ in range(3)] == [1, 0, 0]
    assert [shop.night(D30).entered for _ in range(3)] == [1, 0, 0]
    assert len(shop.messages()) == 2


@pytest.mark.parametrize("trigger", [{"receipt": {"first": True}}, {"anniversary": {"of": "birth_date"}}])
def test_a_correction_greets_nobody_twice(shop: Shop, trigger: dict[str, Any]) -> None:
    shop.customer(1, birth_date=date(1990, 12, 29))
    shop.receipts(1, D29)
    shop.campaigns = {"once": campaign(trigger=trigger)}
    shop.night(D28)
    assert shop.night(D29).entered == 1
    # A receipt from before comes late, and the birth date was wrong by two days.
    shop.warehouse.run("update receipt set day = $day, receipt_key = 7", day=D28)
    shop.warehouse.run("update customer_metric set first_receipt = $day", day=D28)
    shop.warehouse.run("insert into receipt_ident values (7, 'r7')")
    shop.warehouse.run("update customer set birth_date = date '1990-12-30'")
    assert shop.night(D30).entered == 0


def test_a_filter_that_is_no_longer_valid_lets_its_customers_out(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D29))
    steps = [{"wait": 1}, {"filter": {"where": {"in_segment": "gone"}, "otherwise": [{"email": {"template": "x"}}]}}]
    shop.campaigns = {"welcome": campaign(steps=[*steps, {"email": {"template": "y"}}])}
    shop.night(D29)
    shop.campaigns = {"welcome": campaign()}
    _, (rule,) = rules_needed(shop.warehouse, shop.campaigns)
    shop.warehouse.run("insert into rule_problem values ($rule, 'there is no segment')", rule=rule_key(rule))
    shop.night(D30)
    assert shop.messages() == []
    assert shop.warehouse.rows("select exit_reason from entry") == [("filter no longer valid",)]


@pytest.mark.parametrize("campaigns", [{}, {"welcome": campaign(active=False)}])
def test_campaigns_that_are_gone_or_off_ask_for_no_rules(shop: Shop, campaigns: dict[str, CampaignSpec]) -> None:
    shop.customer(1, registered_at=noon(D29))
    shop.campaigns = {"welcome": campaign(steps=[{"wait": 5}, {"filter": {"where": {"in_segment": "gone"}}}])}
    shop.night(D29)
    assert rules_needed(shop.warehouse, campaigns) == ((), ())


def test_switching_off_holds_customers_and_makes_no_version(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D29))
    steps = [{"wait": 1}, {"email": {"template": "late"}}]
    shop.campaigns = {"welcome": campaign(steps=steps)}
    shop.night(D29)
    shop.campaigns = {"welcome": campaign(steps=steps, active=False)}
    shop.night(D30)
    assert shop.messages() == []
    shop.campaigns = {"welcome": campaign(steps=steps)}
    shop.night(D31)
    assert [row[1] for row in shop.messages()] == ["late"]
    assert canonical(campaign(active=False)) == canonical(campaign())
    assert shop.warehouse.value("select count(*) from campaign_version") == 1


def test_a_removed_campaign_lets_its_customers_out(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D29))
    shop.campaigns = {"welcome": campaign(steps=[{"wait": 9}, {"email": {"template": "late"}}])}
    shop.night(D29)
    shop.campaigns = {}
    shop.night(D30)
    assert shop.warehouse.rows("select exit_reason, exited_on, step from entry") == [("campaign removed", D30, None)]


def test_validity_bounds_entries(shop: Shop) -> None:
    for key, day in enumerate((D28, D29, D30), start=1):
        shop.customer(key, registered_at=noon(day))
    shop.campaigns = {"welcome": campaign(valid_from=D29, valid_to=D29)}
    shop.night(D28 - 5 * DAY)
    shop.night(D31)
    assert [row[0] for row in shop.messages()] == ["c2"]


def test_due_at_the_sending_time_or_on_the_next_day(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D29))
    shop.customer(2, registered_at=noon(D30))
    shop.campaigns = {"welcome": campaign()}
    shop.night(D29, hour=8)
    shop.night(D30, hour=20)
    due = shop.warehouse.rows("select due_at, expires_at - due_at from message order by due_at")
    assert [at.astimezone(UTC) for at, _ in due] == [
        datetime(2017, 12, 29, 15, tzinfo=UTC),
        datetime(2017, 12, 31, 15, tzinfo=UTC),
    ]
    assert {lifetime for _, lifetime in due} == {timedelta(days=2)}


def test_a_day_before_the_last_planned_one_is_refused(shop: Shop) -> None:
    shop.night(D30)
    with pytest.raises(RunError, match="2017-12-29 cannot be planned any more"):
        shop.night(D29)


def test_customers_without_a_profile_are_nobody(shop: Shop) -> None:
    shop.receipts(7, D29)
    shop.campaigns = {"thanks": campaign(trigger={"receipt": {}})}
    assert shop.night(D29).entered == 0


def test_the_audience_of_a_mailing_is_drawn_once(shop: Shop) -> None:
    for key in (1, 2, 3):
        shop.customer(key)
    shop.member(1, "best", D29)
    shop.mailings = {
        "news": MailingSpec.model_validate(
            {"title": "n", "category": "marketing", "audience": "best", "send_on": D30, "template": "n", "look_back": 2}
        )
    }
    shop.night(D29)
    # The night of the 30th is missed; the 31st draws the audience, and who joins it later comes too late.
    shop.member(2, "best", D31)
    assert shop.night(D31).messages == 2
    shop.member(3, "best", D31 + DAY)
    assert shop.night(D31 + DAY).messages == 0
