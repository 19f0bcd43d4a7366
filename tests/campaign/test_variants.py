"""Mailings with several contents: stable arms, one winner for the rest, chosen once by a rule without exceptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.campaign.contest import variants_planned
from smc.campaign.program import program
from smc.config.specs.campaign import MailingSpec
from smc.config.specs.step import NEXT
from tests.campaign.shop import DAY, Shop, noon

SENT = date(2017, 12, 29)
DECIDED = SENT + 2 * DAY
AUDIENCE = 60


def mailing(**more: Any) -> MailingSpec:
    base = {"title": "Spring", "category": "marketing", "audience": "all", "send_on": SENT}
    return MailingSpec.model_validate(base | ({} if "variants" in more else {"template": "spring"}) | more)


def tried(by: str = "revenue", *, at_least: int = 1, test: int = 40) -> MailingSpec:
    arms = [{"name": "calm", "share": 50, "template": "calm"}, {"name": "loud", "share": 50, "template": "loud"}]
    winner = {"by": by, "test": test, "after": "2 days", "at_least": at_least}
    return mailing(variants={"salt": "spring", "arms": arms, "winner": winner})


def filled(shop: Shop, spec: MailingSpec, customers: int = AUDIENCE) -> Shop:
    shop.mailings = {"spring": spec}
    for key in range(1, customers + 1):
        shop.customer(key)
        shop.member(key, "all", SENT - DAY, initial=True)
    return shop


def got(shop: Shop, template: str) -> list[int]:
    """Customers on whom a content was tried."""
    rows = shop.warehouse.rows(
        "select customer_key from message where template = $template and planned_on = $day order by 1",
        template=template, day=SENT,
    )  # fmt: skip
    return [key for (key,) in rows]


def delivered(shop: Shop) -> None:
    at = datetime(SENT.year, SENT.month, SENT.day, 15, tzinfo=UTC)
    shop.warehouse.run("update message set state = 'accepted', state_at = $at where state = 'planned'", at=at)


def buys(shop: Shop, key: int, day: date, total: str, *, status: str = "paid") -> None:
    number = shop.warehouse.value("select count(*) + 1 from receipt")
    shop.put("receipt", receipt_key=number, customer_key=key, purchased_at=noon(day), day=day, status=status,
             total=Decimal(total))  # fmt: skip


def scores(shop: Shop) -> Mapping[str, tuple[int, float | None, bool, str]]:
    rows = shop.warehouse.rows("select variant, recipients, score, won, reason from variant_score")
    return {row[0]: row[1:] for row in rows}


def rest(shop: Shop) -> set[str]:
    """Contents that were planned after the first night."""
    return {row[0] for row in shop.warehouse.rows("select template from message where planned_on > $day", day=SENT)}


def test_everybody_gets_one_variant_and_always_the_same(shop: Shop) -> None:
    arms = [{"name": f"v{n}", "share": 20, "template": f"t{n}"} for n in range(5)]
    filled(shop, mailing(variants={"salt": "s", "arms": arms}))
    assert shop.night(SENT).messages == AUDIENCE
    before = shop.state()
    assert shop.night(SENT).messages == 0
    assert shop.state() == before
    first = {row[0]: row[1] for row in shop.messages()}
    assert set(first.values()) == {"t0", "t1", "t2", "t3", "t4"}
    for table in ("entry", "message", "step_log", "watermark"):
        shop.warehouse.run(f"delete from {table}")
    shop.mailings = {"renamed": shop.mailings["spring"]}
    shop.night(SENT)
    assert {row[0]: row[1] for row in shop.messages()} == first


def test_the_rest_waits_and_gets_what_won(shop: Shop) -> None:
    filled(shop, tried())
    first = shop.night(SENT).messages
    calm, loud = got(shop, "calm"), got(shop, "loud")
    assert first == len(calm) + len(loud) < AUDIENCE
    delivered(shop)
    buys(shop, loud[0], SENT + DAY, "30.00")
    buys(shop, calm[0], SENT - DAY, "99.00")  # before the letter
    buys(shop, calm[0], SENT + DAY, "99.00", status="cancelled")
    assert shop.night(SENT + DAY).messages == 0
    assert shop.night(DECIDED).messages == AUDIENCE - first
    assert rest(shop) == {"loud"}
    assert scores(shop) == {
        "calm": (len(calm), 0.0, False, "best"), "loud": (len(loud), pytest.approx(30 / len(loud)), True, "best"),
    }  # fmt: skip
    before = shop.state()
    buys(shop, calm[0], SENT + DAY, "500.00")  # what comes late changes nothing
    assert shop.night(DECIDED).messages == 0
    shop.night(DECIDED + DAY)
    assert shop.state() == before
    assert scores(shop)["loud"][2:] == (True, "best")


@pytest.mark.parametrize(
    ("by", "winner"), [("revenue", "calm"), ("receipts", "loud"), ("buyers", "calm"), ("unsubscribed", "loud")]
)
def test_each_measure_is_per_recipient(shop: Shop, by: str, winner: str) -> None:
    filled(shop, tried(by))
    shop.night(SENT)
    delivered(shop)
    calm, loud = got(shop, "calm"), got(shop, "loud")
    for key in calm[:2]:
        buys(shop, key, SENT + DAY, "100.00")
    for _ in range(9):
        buys(shop, loud[0], SENT + DAY, "1.00")
    shop.warehouse.run(
        "update subscription set state = 'no', changed_at = $at where customer_key = $key",
        key=calm[5], at=noon(SENT + DAY),
    )  # fmt: skip
    shop.night(DECIDED)
    assert rest(shop) == {winner}


def test_the_fewest_bounces_win(shop: Shop) -> None:
    filled(shop, tried("bounced"))
    shop.night(SENT)
    delivered(shop)
    shop.warehouse.run("update message set state = 'bounced' where customer_key = $key", key=got(shop, "calm")[0])
    shop.night(DECIDED)
    assert rest(shop) == {"loud"}


def test_of_equals_and_of_too_few_the_first_is_taken(shop: Shop) -> None:
    filled(shop, tried(at_least=1))
    shop.night(SENT)
    delivered(shop)
    shop.night(DECIDED)
    assert rest(shop) == {"calm"}
    assert {row[3] for row in scores(shop).values()} == {"tie"}


def test_too_few_recipients_decide_nothing(shop: Shop) -> None:
    filled(shop, tried(at_least=1000))
    shop.night(SENT)
    delivered(shop)
    for key in got(shop, "loud"):
        buys(shop, key, SENT + DAY, "10.00")
    shop.night(DECIDED)
    assert rest(shop) == {"calm"}
    assert {row[3] for row in scores(shop).values()} == {"too few"}


def test_letters_that_never_left_are_no_recipients(shop: Shop) -> None:
    filled(shop, tried(at_least=1))
    shop.night(SENT)
    shop.night(DECIDED)
    assert scores(shop) == {}
    shop.night(DECIDED + DAY)
    assert scores(shop) == {"calm": (0, None, True, "too few"), "loud": (0, None, False, "too few")}


def test_the_rest_waits_for_letters_that_may_still_leave(shop: Shop) -> None:
    filled(shop, tried())
    shop.night(SENT)
    open_ = "update message set state = 'queued' where customer_key = $key"
    delivered(shop)
    shop.warehouse.run(open_, key=(last := got(shop, "calm")[0]))
    buys(shop, got(shop, "loud")[0], SENT + DAY, "30.00")
    assert shop.night(DECIDED).messages == 0
    assert scores(shop) == {}
    before = shop.state()
    shop.night(DECIDED)
    assert shop.state() == before
    shop.warehouse.run("update message set state = 'accepted' where customer_key = $key", key=last)
    assert shop.night(DECIDED).messages == AUDIENCE - len(got(shop, "calm")) - len(got(shop, "loud"))
    assert rest(shop) == {"loud"}


def test_control_customers_of_the_rest_get_nothing(shop: Shop) -> None:
    spec = tried().model_copy(
        update={"control_group": mailing(control_group={"percent": 50, "salt": "c"}).control_group}
    )
    filled(shop, spec)
    shop.night(SENT)
    delivered(shop)
    shop.night(DECIDED)
    rows = shop.warehouse.rows(
        "select arm, reason, count(*) from message where planned_on = $day group by all order by 1",
                               day=DECIDED)  # fmt: skip
    assert [(arm, reason) for arm, reason, _ in rows] == [("control", "control_group"), ("test", None)]


def test_an_edit_between_leaves_the_rest_with_the_text_they_entered(shop: Shop) -> None:
    filled(shop, tried())
    shop.night(SENT)
    delivered(shop)
    shop.mailings = {"spring": mailing(template="other")}
    shop.night(DECIDED)
    assert rest(shop) == {"calm"}


def test_a_plan_counts_the_variants(shop: Shop) -> None:
    filled(shop, tried())
    shop.customer(99, consent=None)
    shop.member(99, "all", SENT - DAY, initial=True)
    shop.night(SENT)
    rows = variants_planned(shop.warehouse, SENT)
    assert [row["variant"] for row in rows] == ["calm", "loud"]
    assert sum(row["messages"] for row in rows) == len(got(shop, "calm")) + len(got(shop, "loud")) - sum(
        row["suppressed"] for row in rows
    )
    delivered(shop)
    shop.night(DECIDED)
    assert [row["variant"] for row in variants_planned(shop.warehouse, DECIDED)] == ["calm, the winner"]


@given(
    shares=st.lists(st.integers(1, 97), min_size=2, max_size=5).filter(lambda some: sum(some) < 100),
    test=st.decimals("0.5", "99.5", places=1),
)
def test_shares_of_the_tried_part_leave_no_bucket_over(shares: Sequence[int], test: Decimal) -> None:
    whole = [*shares[:-1], 100 - sum(shares[:-1])]
    arms = [{"name": f"v{n}", "share": share, "template": "t"} for n, share in enumerate(whole)]
    winner = {"by": "buyers", "test": test, "after": "1 days"}
    text = program(mailing(variants={"salt": "s", "arms": arms, "winner": winner}))
    parts = next(line.draw for line in text.instructions if line.action == "split")
    assert (parts[0].low, parts[-1].high) == (0, 10_000)
    assert [part.low for part in parts[1:]] == [part.high for part in parts[:-1]]
    assert parts[-1].high - parts[-1].low == 10_000 - int(test * 100)


def test_a_mailing_with_a_winner_as_a_program() -> None:
    text = program(tried())
    actions = [(line.step, line.action, line.argument) for line in text.instructions]
    assert actions == [
        (1, "split", "spring"), (2, "email", "calm"), (3, "email", "loud"), (4, "wait", ""), (5, "contest", "revenue"),
        (6, "email", "calm"), (7, "email", "loud"),
    ]  # fmt: skip
    assert [(one.step, one.variant, one.won) for one in tried().sends] == [
        (2, "calm", False), (3, "loud", False), (6, "calm", True), (7, "loud", True),
    ]  # fmt: skip
    assert all(way.reason == "finished" for way in text.ways if way.to is None and way.label == NEXT)
