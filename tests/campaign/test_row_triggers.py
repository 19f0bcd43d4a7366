"""Triggers by rows: what is found, what makes an occurrence, which data it keeps; late rows and corrections."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from smc.campaign.held import held
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.project import FieldsSpec
from smc.warehouse import sql
from tests.campaign.shop import DAY, Shop, campaign, noon

NIGHT = date(2026, 3, 4)
NOON = noon(NIGHT)
HOUR = timedelta(hours=1)
CODES = FieldsSpec.model_validate(
    {"order_statuses": {"payment": {code: {"title": code} for code in ("new", "waiting", "paid", "cancelled")}}}
)


def spec_of(trigger: dict[str, Any], **more: Any) -> CampaignSpec:
    return campaign(trigger=trigger, steps=[{"tag": {"add": "seen"}}], **more)


def found(shop: Shop, trigger: dict[str, Any], *, days: int = 0) -> list[tuple[int, str]]:
    """Customers and occurrences of a night that looks so many days back."""
    return [row[:2] for row in hits_of(shop, trigger, days=days)]


def hits_of(shop: Shop, trigger: dict[str, Any], *, days: int = 0) -> list[tuple[Any, ...]]:
    from smc.campaign.triggers import hits

    spec = spec_of(trigger, look_back=days)
    shop.watch(NIGHT, {"c": spec})
    return sorted(shop.warehouse.rows(sql("select * from $q as q", q=hits(spec, NIGHT - days * DAY, NIGHT))))


def data(shop: Shop, trigger: dict[str, Any]) -> dict[str, Any]:
    ((_, _, _, _, context),) = hits_of(shop, trigger)
    told: dict[str, Any] = json.loads(context)
    return told


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Two customers; tea (with green tea below it) and a cup, which a further classifier has among gifts."""
    for key, name, parent in ((1, "tea", None), (2, "green", 1), (3, "gifts", None), (4, "small", 3)):
        shop.put("category_ident", category_key=key, category_id=name)
        shop.put("category", category_key=key, name=name.title())
        for ancestor in {key, parent} - {None}:
            shop.put("category_ancestor", category_key=key, ancestor_key=ancestor, depth=int(ancestor != key))
    shop.product(1, "Sencha", category=2, brand="Leaf")
    shop.product(2, "Cup", brand="Clay")
    shop.put("product_category", product_key=2, classifier="occasion", category_key=4)
    shop.fields = CODES
    for key in (1, 2):
        shop.customer(key)
    return shop


def test_a_receipt_has_its_lines(stocked: Shop) -> None:
    stocked.receipts(1, NIGHT, total=30)
    stocked.line(1000, 1, 1, NIGHT, amount="12.50")
    stocked.line(1000, 1, 2, NIGHT, number=2, amount="17.50")
    told = data(stocked, {"receipt": {"total_at_least": 20, "where": {"total": {"less": 31}}}})
    assert (told["receipt_id"], told["total"], told["status"]) == ("r1000", 30, "paid")
    assert [(line["product"], line["name"], line["amount"]) for line in told["lines"]] == [
        ("P1", "Sencha", 12.5),
        ("P2", "Cup", 17.5),
    ]
    assert found(stocked, {"receipt": {"where": {"total": {"more": 30}}}}) == []


@pytest.mark.parametrize(
    ("goods", "expected"),
    [
        ({"product": "P1"}, [(1, "r1000")]),
        ({"category": "tea"}, [(1, "r1000")]),
        ({"category": "Gifts"}, [(2, "r2000")]),
        ({"category": ["gifts", "tea"]}, [(1, "r1000"), (2, "r2000")]),
        ({"brand": ["Leaf", "Clay"]}, [(1, "r1000"), (2, "r2000")]),
        ({"where": {"amount": {"at_least": 11}}}, [(2, "r2000")]),
        ({}, [(1, "r1000"), (2, "r2000")]),
    ],
)
def test_bought(stocked: Shop, goods: dict[str, Any], expected: list[tuple[int, str]]) -> None:
    stocked.receipts(1, NIGHT)
    stocked.receipts(2, NIGHT)
    stocked.line(1000, 1, 1, NIGHT)
    stocked.line(1000, 1, 1, NIGHT, number=2)
    stocked.line(2000, 2, 2, NIGHT, amount="20.00")
    assert found(stocked, {"bought": goods}) == expected


def test_orders_by_what_is_in_them_and_when_they_are_made(stocked: Shop) -> None:
    stocked.order(1, 1, NOON, total=20)
    stocked.order(2, 2, NOON, counted=False)
    for order, key, product in ((1, 1, 1), (2, 2, 1)):
        stocked.put("order_line", order_key=order, line_no=1, product_key=product, quantity=1, amount=20,
                    customer_key=key, day=NIGHT, counted=order == 1, category_key=2)  # fmt: skip
    assert found(stocked, {"order": {}}) == [(1, "o1")]
    assert found(stocked, {"ordered": {"category": "tea"}}) == [(1, "o1")]
    assert data(stocked, {"order": {}})["lines"][0]["product"] == "P1"


def test_an_order_changes_its_status(stocked: Shop) -> None:
    stocked.order(1, 1, NOON - 9 * DAY, payment_status="paid", counted=False, total=20)
    stocked.becomes(1, "new", None, NOON - 9 * DAY, NIGHT - 9 * DAY)
    stocked.becomes(1, "paid", "new", NOON, NIGHT)
    stocked.becomes(1, "paid", "paid", NOON + HOUR, NIGHT)  # told again, no change
    stocked.order(2, 2, NOON)
    stocked.becomes(2, "paid", "waiting", None, NIGHT)  # the row carried no time
    paid: dict[str, Any] = {"order": {"becomes": {"payment": "paid"}}}
    assert found(stocked, paid) == [(1, "o1 payment paid"), (2, "o2 payment paid")]
    assert found(stocked, {"order": {**paid["order"], "from": ["new"]}}) == [(1, "o1 payment paid")]
    assert found(stocked, {"order": {"becomes": {"payment": ["cancelled"]}}}) == []
    told = data(stocked, {"order": {**paid["order"], "from": "new"}})
    assert (told["order_id"], told["becomes"], told["before"], told["total"]) == ("o1", "paid", "new", 20)


def test_events_and_their_details(stocked: Shop) -> None:
    stocked.event("e1", 1, "scored", NOON, score="9")
    stocked.event("e2", 2, "scored", NOON, score="3")
    assert found(stocked, {"event": {"name": "scored"}}) == [(1, "e1"), (2, "e2")]
    happy = {"event": {"name": "scored", "where": {"context.score": {"at_least": 8}}}}
    assert found(stocked, happy) == [(1, "e1")]
    assert data(stocked, happy)["context"] == {"score": "9"}


def test_an_event_of_nobody_lets_members_of_its_day_in(stocked: Shop) -> None:
    for number, (day, name) in enumerate(((NIGHT - DAY, "sale"), (NIGHT, "other"))):
        stocked.put("event", event_id=f"e{number}", name=name, occurred_at=noon(day), day=day)
    stocked.event("own", 2, "sale", NOON)
    stocked.member(1, "vip", NIGHT - DAY)
    stocked.member(2, "vip", NIGHT)  # too late
    stocked.member(3, "vip", NIGHT - 9 * DAY, left=NIGHT - DAY)
    stocked.member(4, "vip", NIGHT - 9 * DAY, left=NIGHT)
    assert found(stocked, {"system_event": {"name": "sale", "segment": "vip"}}, days=3) == [(1, "e0"), (4, "e0")]


def test_visits_once_a_session(stocked: Shop) -> None:
    for number, session in enumerate(("s1", "s1", None)):
        stocked.web_event(f"w{number}", 1, "view", NOON + number * HOUR, session=session, product_key=1, page="/tea")
    stocked.web_event("w9", 2, "login", NOON)
    assert found(stocked, {"web_event": {"name": "view"}}) == [(1, "2026-03-04"), (1, "s1")]
    stocked.web_event("w8", 2, "view", NOON, product_key=2)
    assert found(stocked, {"web_event": {"category": "gifts", "once_per": "event"}}) == [(2, "w8")]
    once = {"web_event": {"category": "tea", "once_per": "event"}}
    assert found(stocked, once) == [(1, "w0"), (1, "w1"), (1, "w2")]
    assert found(stocked, {"web_event": {"page": "/tea", "once_per": "day"}}) == [(1, "2026-03-04")]
    assert found(stocked, {"web_event": {}}) == [(1, "2026-03-04"), (1, "s1"), (2, "2026-03-04")]


def test_products_put_into_a_list(stocked: Shop) -> None:
    stocked.in_cart(1, 1, NOON)
    stocked.in_cart(1, 2, NOON, container="favourites")
    assert found(stocked, {"added_to": {"container": "favourites"}}) == [(1, "favourites P2 2026-03-04")]
    told = data(stocked, {"added_to": {"container": "cart", "product": "P1"}})
    assert told["amount"] == 10.5
    assert [line["product"] for line in told["lines"]] == ["P1"]


def test_polls_and_promocodes(stocked: Shop) -> None:
    for question in ("q1", "q2"):
        stocked.put("poll_answer", poll="nps", question=question, customer_key=1, answer="9", answered_at=NOON)
    stocked.put("promocode_use", pool="spring", code="A1", customer_key=2, used_on=NIGHT)
    assert found(stocked, {"poll": {"poll": "nps"}}) == [(1, "nps")]
    assert found(stocked, {"promocode_used": {"code": "A1"}}) == [(2, "spring A1 2026-03-04")]


def test_a_cart_is_abandoned_once(stocked: Shop) -> None:
    """Left for two hours, nothing put in since, nothing bought since; the run is at 06:00 UTC."""
    night = datetime.combine(NIGHT, datetime.min.time(), NOON.tzinfo) + 6 * HOUR
    stocked.in_cart(1, 1, night - 5 * HOUR)
    stocked.in_cart(1, 2, night - 3 * HOUR)
    stocked.in_cart(2, 1, night - HOUR)  # not yet
    stocked.campaigns = {"cart": spec_of({"abandoned_cart": {}})}
    stocked.night(NIGHT)
    entered = "select customer_key, occurrence, happened_at, context from entry order by all"
    ((key, occurrence, at, context),) = stocked.warehouse.rows(entered)
    assert (key, occurrence, at) == (1, "cart P2 2026-03-03", night - 3 * HOUR)
    assert sorted(line["product"] for line in json.loads(context)["lines"]) == ["P1", "P2"]
    assert stocked.night(NIGHT).entered == 0
    assert stocked.night(NIGHT + DAY).entered == 1  # the other cart
    assert stocked.night(NIGHT + 2 * DAY).entered == 0


def test_who_tidies_his_cart_is_reminded_once(stocked: Shop) -> None:
    """What lies in it still was put in before what he was reminded of; what he puts in later is another cart."""
    stocked.in_cart(1, 1, NOON - DAY)
    stocked.in_cart(1, 2, NOON - DAY + HOUR)
    trigger: dict[str, Any] = {"abandoned_cart": {}}
    stocked.campaigns = {"one": spec_of(trigger), "all": spec_of(trigger, concurrent=True)}
    stocked.night(NIGHT - DAY)
    assert stocked.night(NIGHT).entered == 2
    stocked.warehouse.run("delete from container where product_key = 2")
    assert stocked.night(NIGHT + DAY).entered == 0
    stocked.in_cart(1, 2, NOON + DAY)
    assert stocked.night(NIGHT + 2 * DAY).entered == 2


@pytest.mark.parametrize(("unless", "expected"), [(["bought", "ordered"], 0), (["ordered"], 1), ([], 1)])
def test_who_has_bought_has_abandoned_nothing(stocked: Shop, unless: list[str], expected: int) -> None:
    stocked.in_cart(1, 1, NOON - DAY)
    stocked.web_event("w1", 1, "view", NOON - DAY, product_key=1, session="s")
    stocked.receipts(1, NIGHT)
    stocked.warehouse.run("update receipt set purchased_at = $at", at=NOON - DAY + HOUR)
    for trigger in ({"abandoned_cart": {"unless": unless}}, {"abandoned_view": {"unless": unless, "after": "1 hour"}}):
        assert len(found(stocked, trigger, days=1)) == expected, trigger


def test_a_view_is_abandoned_by_session(stocked: Shop) -> None:
    stocked.web_event("w1", 1, "view", NOON - DAY, product_key=1, session="s")
    stocked.web_event("w2", 1, "view", NOON - DAY + HOUR, product_key=2, session="s")
    stocked.web_event("w3", 2, "login", NOON - DAY, session="t")
    ((key, occurrence, day, at, context),) = hits_of(stocked, {"abandoned_view": {}}, days=0)
    assert (key, occurrence, day, at) == (1, "s", NIGHT, NOON - DAY + HOUR)
    assert json.loads(context)["product_id"] == "P2"
    assert found(stocked, {"abandoned_view": {"category": "tea"}}) == [(1, "s")]
    assert found(stocked, {"abandoned_view": {"product": "P2", "after": "2 days"}}) == []


def test_late_rows_enter_within_the_look_back_and_once(stocked: Shop) -> None:
    stocked.campaigns = {"c": spec_of({"event": {"name": "scored"}})}
    first = NIGHT - 3 * DAY
    stocked.night(first)
    stocked.event("e1", 1, "scored", noon(NIGHT - 2 * DAY))
    assert stocked.night(NIGHT).entered == 1  # two nights were missed
    stocked.event("e2", 2, "scored", noon(NIGHT - DAY))
    assert stocked.night(NIGHT + DAY).entered == 1  # came late
    stocked.event("e3", 2, "scored", noon(NIGHT - 5 * DAY))
    assert stocked.night(NIGHT + 2 * DAY).entered == 0  # too late
    assert stocked.warehouse.rows("select occurrence from entry order by all") == [("e1",), ("e2",)]


def test_what_is_corrected_enters_nobody_twice(stocked: Shop) -> None:
    stocked.campaigns = {"c": spec_of({"receipt": {}})}
    stocked.receipts(1, NIGHT)
    assert stocked.night(NIGHT).entered == 1
    stocked.warehouse.run(
        "update receipt set total = 99, purchased_at = $at, day = $day", at=NOON + DAY, day=NIGHT + DAY
    )
    assert stocked.night(NIGHT + DAY).entered == 0
    assert json.loads(stocked.warehouse.value("select context from entry"))["total"] == 10  # as it was


def test_a_name_that_nobody_knows_holds_its_campaign_alone(stocked: Shop) -> None:
    stocked.campaigns = {"c": spec_of({"bought": {"product": "P9"}}), "d": spec_of({"receipt": {}})}
    stocked.receipts(1, NIGHT)
    assert stocked.night(NIGHT).entered == 1
    (problem,) = held(stocked.warehouse, stocked.campaigns).items()
    assert problem[0] == "c"
    assert "P9" in problem[1]


def test_the_same_row_is_looked_for_once(stocked: Shop) -> None:
    stocked.event("e1", 1, "scored", NOON)
    one = spec_of({"event": {"name": "scored"}})
    stocked.watch(NIGHT, {"a": one, "b": one, "c": spec_of({"event": {"name": ["scored"]}}, look_back=9)})
    assert stocked.warehouse.value("select count(*) from watch_row") == 1
