"""Waits for rows, what ends a stay, and goals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from smc.campaign.check import rules_of
from smc.campaign.plan import rules_needed
from smc.config.specs.rule import rule_key
from tests.campaign.shop import DAY, Shop, campaign, noon

FIRST = date(2026, 3, 2)
HOUR = timedelta(hours=1)
LATER: list[dict[str, Any]] = [{"wait": "20 days"}, {"email": {"template": "late"}}]


def run_at(day: date) -> datetime:
    """The moment of a night of the shop."""
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def waiting(**more: Any) -> list[dict[str, Any]]:
    wait = {"where": {"event": {"name": "opened"}}, "within": "2 days"} | more
    return [{"wait_for": wait}, {"email": {"template": "thanks"}}]


def sent(shop: Shop) -> list[tuple[str, str]]:
    return [row[:2] for row in shop.messages()]


def left(shop: Shop) -> dict[int, str | None]:
    return dict(shop.warehouse.rows("select customer_key, exit_reason from entry order by customer_key"))


def entering(shop: Shop, count: int = 3, **more: Any) -> None:
    for key in range(1, count + 1):
        shop.customer(key, registered_at=noon(FIRST))
    shop.campaigns = {"c": campaign(**more)}


def test_a_row_wakes_and_time_runs_out(shop: Shop) -> None:
    entering(shop, steps=waiting(otherwise=[{"email": {"template": "reminder"}}]))
    shop.night(FIRST)
    before = shop.state()
    shop.night(FIRST)
    assert shop.state() == before
    shop.event("e1", 1, "opened", run_at(FIRST) + 2 * HOUR)
    shop.event("e2", 2, "opened", run_at(FIRST) - 2 * HOUR)  # before he waited
    shop.night(FIRST + DAY)
    assert sent(shop) == [("c1", "thanks")]
    assert shop.night(FIRST + DAY).moved == 0
    shop.event("e3", 3, "opened", run_at(FIRST + 2 * DAY) + HOUR)  # after the end of his time
    shop.night(FIRST + 3 * DAY)
    assert sent(shop) == [("c1", "thanks"), ("c2", "reminder"), ("c3", "reminder")]
    assert left(shop) == {1: "finished", 2: "waited in vain", 3: "waited in vain"}
    logged = shop.warehouse.rows(
        "select outcome, visit, count(*) from step_log where step = 1 group by all order by all"
    )
    assert logged == [("passed", 2, 1), ("refused", 2, 2), ("waiting", 1, 3)]


def test_a_row_in_time_counts_when_the_night_comes_later(shop: Shop) -> None:
    """The wait ended between two nights, and the row lies before its end."""
    entering(shop, 2, steps=waiting(within="30 hours"))
    shop.night(FIRST)
    shop.event("e1", 1, "opened", run_at(FIRST) + 29 * HOUR)
    shop.event("e2", 2, "opened", run_at(FIRST) + 31 * HOUR)
    shop.night(FIRST + 2 * DAY)
    assert sent(shop) == [("c1", "thanks")]
    assert left(shop) == {1: "finished", 2: "waited in vain"}


def test_waits_within_branches_and_one_after_the_other(shop: Shop) -> None:
    steps = [
        {"wait_for": {"where": {"event": {"name": "a"}}, "within": "2 days", "otherwise": waiting(within="1 hour")}},
        *waiting(),
    ]
    entering(shop, 1, steps=steps)
    shop.night(FIRST)
    shop.event("e1", 1, "a", run_at(FIRST) + HOUR)
    shop.event("e2", 1, "opened", run_at(FIRST) + 2 * HOUR)  # before the second wait begins
    shop.night(FIRST + DAY)
    assert sent(shop) == []
    shop.event("e3", 1, "opened", run_at(FIRST + DAY) + HOUR)
    shop.night(FIRST + 2 * DAY)
    assert sent(shop) == [("c1", "thanks")]


def test_a_row_with_a_day_alone_counts_from_the_day_on(shop: Shop) -> None:
    entering(shop, 1, steps=waiting(where={"promocode_used": {}}))
    shop.night(FIRST)
    shop.put("promocode_use", pool="p", code="A", customer_key=1, used_on=FIRST)
    shop.night(FIRST + DAY)
    assert sent(shop) == [("c1", "thanks")]


def test_who_waits_keeps_the_row_of_the_text_he_entered(shop: Shop) -> None:
    entering(shop, 1, steps=waiting())
    shop.night(FIRST)
    shop.campaigns = {"c": campaign(steps=[{"exit": "new text"}])}
    shop.event("e1", 1, "opened", run_at(FIRST) + HOUR)
    shop.night(FIRST + DAY)
    assert sent(shop) == [("c1", "thanks")]


def test_a_row_that_happened_since_ends_a_stay(shop: Shop) -> None:
    entering(shop, exit_when={"happens": {"receipt": {"total_at_least": 5}}}, steps=LATER)
    shop.night(FIRST)
    shop.receipts(1, FIRST + DAY)
    shop.receipts(2, FIRST + DAY, total=1)
    shop.receipts(3, FIRST - 9 * DAY)
    shop.night(FIRST + 2 * DAY)
    assert left(shop) == {1: "exit condition", 2: None, 3: None}
    before = shop.state()
    shop.night(FIRST + 2 * DAY)
    assert shop.state() == before


def test_a_rule_ends_a_stay_before_the_next_step(shop: Shop) -> None:
    rule = {"attribute": {"field": "city", "equals": "York"}}
    entering(shop, 2, exit_when={"where": rule}, steps=[{"wait": "1 day"}, {"email": {"template": "late"}}])
    ((_, found),) = rules_of(shop.campaigns["c"])
    shop.night(FIRST)
    shop.warehouse.run("insert into rule_member values ($rule, 1)", rule=rule_key(found))
    shop.night(FIRST + DAY)
    assert sent(shop) == [("c2", "late")]
    assert left(shop) == {1: "exit condition", 2: "finished"}


def test_what_let_him_in_does_not_let_him_out(shop: Shop) -> None:
    shop.customer(1)
    shop.receipts(1, FIRST)
    shop.campaigns = {
        "c": campaign(
            trigger={"receipt": {}},
            steps=LATER,
            exit_when={"happens": {"receipt": {}}},
            goal={"happens": {"receipt": {}}},
        )
    }
    shop.night(FIRST)
    shop.night(FIRST + DAY)
    assert left(shop) == {1: None}
    assert shop.warehouse.value("select goal_at from entry") is None


@pytest.mark.parametrize("exits", [False, True])
def test_a_goal_is_reached_once_inside_and_after(shop: Shop, exits: bool) -> None:
    steps = [{"filter": {"where": {"tag": "x"}}}, *LATER]
    entering(shop, 4, goal={"happens": {"receipt": {}}, "exit": exits}, steps=steps, attribution="10 days")
    ((_, found),) = rules_of(shop.campaigns["c"])
    for key in (1, 2):
        shop.warehouse.run("insert into rule_member values ($rule, $key)", rule=rule_key(found), key=key)
    shop.night(FIRST)  # 3 and 4 leave at once
    shop.receipts(1, FIRST + DAY)
    shop.receipts(3, FIRST + 3 * DAY)
    for ahead in range(1, 5):
        shop.night(FIRST + ahead * DAY)
    shop.receipts(4, FIRST + 12 * DAY)  # too late
    shop.night(FIRST + 13 * DAY)
    reached = shop.warehouse.rows("select customer_key, goal_at from entry where goal_at is not null order by all")
    bought = "select customer_key, purchased_at from receipt where customer_key in (1, 3) order by all"
    assert reached == shop.warehouse.rows(bought)
    assert left(shop)[1] == ("goal reached" if exits else None)
    assert left(shop)[3] == "filtered"


def test_a_goal_is_reached_while_the_campaign_is_off(shop: Shop) -> None:
    entering(shop, 3, goal={"where": {"tag": "x"}, "happens": {"receipt": {}}}, steps=LATER, attribution="10 days")
    shop.night(FIRST)
    shop.campaigns = {name: spec.model_copy(update={"active": False}) for name, spec in shop.campaigns.items()}
    shop.receipts(1, FIRST + DAY)
    (rules, _) = rules_needed(shop.warehouse, shop.campaigns)
    shop.warehouse.run("insert into rule_member values ($rule, 2)", rule=rule_key(rules[0]))
    shop.night(FIRST + DAY)
    shop.night(FIRST + 2 * DAY)
    reached = shop.warehouse.rows("select customer_key from entry where goal_at is not null order by all")
    assert reached == [(1,), (2,)]


def test_a_late_receipt_reaches_a_goal_when_it_comes(shop: Shop) -> None:
    entering(shop, 1, goal={"happens": {"receipt": {}}}, steps=LATER, attribution="2 days")
    shop.night(FIRST)
    shop.night(FIRST + 3 * DAY)
    shop.receipts(1, FIRST + 2 * DAY)
    shop.night(FIRST + 4 * DAY)
    assert shop.warehouse.value("select goal_at is not null from entry")


def test_what_happened_before_a_cart_was_due_counts_when_it_comes_late(shop: Shop) -> None:
    """The cart was left at 20:00 and due at 22:00; the receipt of 21:00 came a day later."""
    shop.customer(1)
    shop.product(1, "Tea")
    left_at = noon(FIRST) + 8 * HOUR
    bought: dict[str, Any] = {"happens": {"receipt": {}}}
    trigger = {"abandoned_cart": {"after": "2 hours"}}
    shop.campaigns = {"c": campaign(trigger=trigger, steps=LATER, exit_when=bought, goal=bought)}
    shop.night(FIRST)
    shop.in_cart(1, 1, left_at)
    assert shop.night(FIRST + DAY).entered == 1
    shop.receipts(1, FIRST)
    shop.warehouse.run("update receipt set purchased_at = $at", at=left_at + HOUR)
    shop.night(FIRST + 2 * DAY)
    assert left(shop) == {1: "exit condition"}
    assert shop.warehouse.value("select goal_at from entry") == left_at + HOUR


def test_what_happened_between_the_occurrence_and_the_night_wakes_when_it_comes_late(shop: Shop) -> None:
    shop.customer(1)
    shop.customer(2)
    shop.product(1, "Tea")
    left_at = run_at(FIRST + DAY) - 5 * HOUR
    otherwise = [{"email": {"template": "reminder"}}]
    shop.campaigns = {"c": campaign(trigger={"abandoned_cart": {}}, steps=waiting(otherwise=otherwise))}
    shop.night(FIRST)
    for key in (1, 2):
        shop.in_cart(key, 1, left_at)
    assert shop.night(FIRST + DAY).entered == 2
    shop.event("e1", 1, "opened", left_at + HOUR)
    shop.event("e2", 2, "opened", left_at - HOUR)
    shop.night(FIRST + 2 * DAY)
    assert sent(shop) == [("c1", "thanks")]
    before = shop.state()
    shop.night(FIRST + 2 * DAY)
    assert shop.state() == before
    shop.night(FIRST + 3 * DAY)
    assert sent(shop) == [("c1", "thanks"), ("c2", "reminder")]


def test_a_wait_behind_another_counts_from_its_end(shop: Shop) -> None:
    """The wait of a day ended at the beginning of the local day, the night came an hour later."""
    entering(shop, 2, steps=[{"wait": "1 day"}, *waiting()])
    shop.night(FIRST)
    shop.night(FIRST + DAY)
    due = shop.warehouse.value("select max(counts_from) from entry")
    assert due < run_at(FIRST + DAY)
    shop.event("e1", 1, "opened", due + timedelta(minutes=1))
    shop.event("e2", 2, "opened", due - timedelta(minutes=1))
    shop.night(FIRST + 2 * DAY)
    assert sent(shop) == [("c1", "thanks")]


def test_a_row_with_a_day_alone_does_not_wake_or_end_the_stay_that_it_began(shop: Shop) -> None:
    shop.customer(1)
    used: dict[str, Any] = {"promocode_used": {}}
    wait = waiting(where=used)
    shop.campaigns = {
        "a": campaign(trigger=used, steps=wait),
        "b": campaign(trigger=used, steps=LATER, exit_when={"happens": used}, goal={"happens": used}),
    }
    shop.put("promocode_use", pool="p", code="A", customer_key=1, used_on=FIRST)
    assert shop.night(FIRST).entered == 2
    shop.night(FIRST + DAY)
    assert sent(shop) == []
    assert shop.warehouse.value("select count(*) from entry where exited_on is null and goal_at is null") == 2
    shop.put("promocode_use", pool="p", code="B", customer_key=1, used_on=FIRST + DAY)
    shop.night(FIRST + 2 * DAY)
    assert sent(shop) == [("c1", "thanks")]
    assert shop.warehouse.value(
        "select goal_at is not null and exit_reason = 'exit condition' from entry where campaign = 'b'"
    )


def test_what_happened_while_nights_were_missed_or_the_campaign_was_off_counts(shop: Shop) -> None:
    bought: dict[str, Any] = {"happens": {"receipt": {}}}
    steps = waiting(within="20 days", otherwise=[{"email": {"template": "reminder"}}])
    entering(shop, 2, steps=steps, look_back=1, exit_when=bought)
    shop.night(FIRST)
    shop.event("e1", 1, "opened", run_at(FIRST) + 2 * DAY)
    shop.receipts(2, FIRST + 2 * DAY)
    on = shop.campaigns
    shop.campaigns = {"c": on["c"].model_copy(update={"active": False})}
    shop.night(FIRST + 8 * DAY)
    shop.campaigns = on
    shop.night(FIRST + 9 * DAY)
    assert sent(shop) == [("c1", "thanks")]
    assert left(shop) == {1: "finished", 2: "exit condition"}


def test_what_others_ask_for_changes_no_wait(shop: Shop) -> None:
    """Two answers to one poll have the same key: the one before the wait hides the later one from nobody."""
    answered = {"poll": {"poll": "nps"}}
    entering(shop, 1, steps=waiting(where=answered))
    shop.campaigns["other"] = campaign(trigger=answered, look_back=30, steps=[{"tag": {"add": "x"}}])
    for question, at in (("q1", run_at(FIRST) - 9 * DAY), ("q2", run_at(FIRST) + HOUR)):
        shop.put("poll_answer", poll="nps", question=question, customer_key=1, answer="9", answered_at=at)
    shop.night(FIRST)
    shop.night(FIRST + DAY)
    assert sent(shop) == [("c1", "thanks")]


def test_an_old_text_keeps_the_days_of_its_rows(shop: Shop) -> None:
    """Another campaign asks for the same row, but not of so long ago."""
    entering(shop, 1, steps=waiting(within="20 days"), look_back=1)
    shop.night(FIRST)
    trigger = {"event": {"name": "opened"}}
    shop.campaigns = {"c": campaign(steps=[{"exit": "x"}]), "d": campaign(trigger=trigger, look_back=1, steps=LATER)}
    shop.event("e1", 1, "opened", run_at(FIRST) + DAY)
    shop.night(FIRST + 8 * DAY)
    assert sent(shop) == [("c1", "thanks")]


GONE = {"bought": {"product": "P9"}}


def forget_product(shop: Shop) -> None:
    for table in ("product", "product_ident"):
        shop.warehouse.run(f"delete from {table}")


def test_who_should_be_let_out_by_a_segment_that_is_gone_leaves(shop: Shop) -> None:
    rule = {"in_segment": "helped"}
    entering(shop, exit_when={"where": rule}, steps=[{"wait": "1 day"}, {"email": {"template": "late"}}])
    ((_, found),) = rules_of(shop.campaigns["c"])
    shop.night(FIRST)
    shop.put("rule_problem", rule=rule_key(found), problem="there is no segment 'helped'")
    shop.night(FIRST + DAY)
    assert (sent(shop), set(left(shop).values())) == ([], {None}), "a campaign that is held lets nobody out"
    shop.campaigns = {"c": campaign(steps=[{"wait": "1 day"}, {"email": {"template": "other"}}])}
    shop.night(FIRST + 2 * DAY)
    assert (sent(shop), set(left(shop).values())) == ([], {"exit condition no longer valid"})


def test_who_should_be_let_out_by_a_row_that_cannot_be_looked_for_leaves(shop: Shop) -> None:
    shop.product(9, "Tea")
    entering(shop, exit_when={"happens": GONE}, steps=[{"wait": "1 day"}, {"email": {"template": "late"}}])
    shop.night(FIRST)
    forget_product(shop)
    shop.campaigns = {"c": campaign()}
    shop.night(FIRST + DAY)
    assert (sent(shop), set(left(shop).values())) == ([], {"exit condition no longer valid"})


def test_whoever_waited_for_a_row_that_cannot_be_looked_for_leaves(shop: Shop) -> None:
    shop.product(9, "Tea")
    entering(shop, steps=waiting(where=GONE, otherwise=[{"email": {"template": "reminder"}}]))
    shop.night(FIRST)
    forget_product(shop)
    shop.campaigns = {"c": campaign()}
    shop.night(FIRST + 3 * DAY)
    assert (sent(shop), set(left(shop).values())) == ([], {"row no longer valid"})
