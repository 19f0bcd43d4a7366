"""Promocodes: given in sets, never to two customers, repeated, used on receipts, and what is said when none is left."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.campaign.codes import Supply, settle_codes, stock_notes, supply
from smc.campaign.pool import stock
from smc.config.specs.promocode import PromocodesSpec
from smc.pipeline.rewind import bring, rewind
from smc.warehouse import Warehouse
from tests.campaign.shop import Shop, campaign, noon

DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)
MAIL = {"email": {"template": "gift"}}


def groups(**more: Any) -> PromocodesSpec:
    return PromocodesSpec.model_validate({"groups": {"gift": {"title": "Gift", **more}}})


def codes(warehouse: Warehouse, *names: str, pool: str = "gift", **columns: Any) -> None:
    row = {"status": "active"} | columns
    fields, holes = ", ".join(row), ", ".join(f"${name}" for name in row)
    for code in names:
        warehouse.run(
            f"insert into promocode (code, pool, {fields}) values ($code, $pool, {holes})", code=code, pool=pool, **row
        )


def given_to(shop: Shop) -> list[tuple[str, str]]:
    return shop.warehouse.rows(
        "select i.customer_id, p.code from promocode_issue p join customer_ident i using (customer_key) order by all"
    )


def comes(shop: Shop, text: str, code: str = "a") -> None:
    """What an import does: a row with the code, and a note of it."""
    shop.warehouse.run(text)
    shop.warehouse.run("insert into code_touched values ($code)", code=code)


def step(**more: Any) -> dict[str, Any]:
    return {"promocode": {"group": "gift", **more}}


@pytest.fixture
def gifts(shop: Shop) -> Shop:
    """Three customers who registered today, and a campaign that gives each a code."""
    for key in (1, 2, 3):
        shop.customer(key, registered_at=noon(DAY))
    shop.promocodes, shop.coded = groups(), frozenset({"gift"})
    shop.campaigns = {"welcome": campaign(steps=[step(), MAIL])}
    return shop


def test_everyone_gets_one_of_his_own_and_a_second_run_gives_none(gifts: Shop) -> None:
    codes(gifts.warehouse, "A", "B", "C", "D")
    gifts.night(DAY)
    assert sorted(code for _, code in given_to(gifts)) == ["A", "B", "C"]
    before = gifts.state()
    gifts.night(DAY)
    assert gifts.state() == before
    assert [reason for _, _, reason in gifts.messages()] == [None, None, None]


def test_who_got_none_gets_no_letter_with_a_code(gifts: Shop) -> None:
    codes(gifts.warehouse, "A")
    gifts.night(DAY)
    assert Counter(reason for _, _, reason in gifts.messages()) == {None: 1, "no_promocode": 2}
    assert list(stock_notes(gifts.warehouse, gifts.promocodes, DAY)) == [
        "promocodes: 2 customers got no code, for none is left in 'gift'"
    ]


def test_who_got_none_goes_the_other_way(gifts: Shop) -> None:
    codes(gifts.warehouse, "A")
    plain = {"email": {"template": "plain"}}
    gifts.campaigns = {"welcome": campaign(steps=[step(otherwise=[plain]), MAIL])}
    gifts.night(DAY)
    assert Counter(template for _, template, _ in gifts.messages()) == {"gift": 1, "plain": 2}
    reasons = gifts.warehouse.rows("select exit_reason, count(*) from entry group by all order by all")
    assert reasons == [("finished", 1), ("no promocode", 2)]


def two_gifts(gifts: Shop, **more: Any) -> None:
    """A code of one group, a letter, and a day later a code of another group with its letter."""
    both = {"groups": {"gift": {"title": "10 %"}, "other": {"title": "30 %"}}}
    gifts.promocodes, gifts.coded = PromocodesSpec.model_validate(both), frozenset({"gift", "more"})
    other = {"promocode": {"group": "other", **more}}
    steps = [step(), MAIL, {"wait": "1 day"}, other, {"email": {"template": "more"}}]
    gifts.campaigns = {"welcome": campaign(steps=steps)}
    codes(gifts.warehouse, "A", "B", "C")


def reasons(shop: Shop, template: str) -> Counter[str | None]:
    return Counter(reason for _, said, reason in shop.messages() if said == template)


def test_the_code_of_an_earlier_step_is_no_substitute(gifts: Shop) -> None:
    two_gifts(gifts)
    codes(gifts.warehouse, "X", pool="other")
    gifts.night(DAY)
    gifts.night(NEXT)
    assert reasons(gifts, "gift") == {None: 3}
    assert reasons(gifts, "more") == {None: 1, "no_promocode": 2}


@pytest.mark.parametrize(
    "change",
    [
        "update promocode set status = 'void' where pool = 'other'",
        "update promocode set uses_left = 0 where pool = 'other'",
        "update promocode set valid_to = date '2026-03-03' where pool = 'other'",
        "update promocode_issue set used_on = date '2026-03-04' where pool = 'other'",
    ],
)
def test_the_code_of_an_earlier_step_is_none_when_the_last_one_is_gone(gifts: Shop, change: str) -> None:
    two_gifts(gifts)
    (text,) = gifts.campaigns.values()
    steps = [*text.model_dump(mode="json", by_alias=True, exclude_unset=True)["steps"]]
    steps.insert(4, {"wait": "1 day"})
    gifts.campaigns = {"welcome": campaign(steps=steps)}
    codes(gifts.warehouse, "X", "Y", "Z", pool="other")
    gifts.night(DAY)
    gifts.night(NEXT)
    gifts.warehouse.run(change)
    gifts.night(NEXT + timedelta(days=1))
    assert reasons(gifts, "more") == {"no_promocode": 3}


def test_a_group_that_runs_low_is_told(gifts: Shop) -> None:
    gifts.promocodes = groups(low=5)
    codes(gifts.warehouse, *"ABCDEF")
    gifts.night(DAY)
    assert list(stock_notes(gifts.warehouse, gifts.promocodes, DAY)) == [
        "promocodes: 3 codes are left in 'gift', fewer than 5"
    ]


def test_codes_that_are_not_free_are_not_given(gifts: Shop) -> None:
    codes(gifts.warehouse, "VOID", status="void")
    codes(gifts.warehouse, "USED", status="used")
    codes(gifts.warehouse, "HIS", customer_key=1)
    codes(gifts.warehouse, "OVER", valid_to=DAY - timedelta(days=1))
    codes(gifts.warehouse, "LATER", valid_from=NEXT)
    codes(gifts.warehouse, "EMPTY", uses_left=0)
    codes(gifts.warehouse, "SEEN")
    gifts.warehouse.run("insert into promocode_use values ('seen', 'other', 2, $day)", day=DAY)
    codes(gifts.warehouse, "GOOD")
    gifts.night(DAY)
    assert [code for _, code in given_to(gifts)] == ["GOOD"]


def test_control_customers_get_none(gifts: Shop) -> None:
    codes(gifts.warehouse, "A", "B", "C")
    gifts.campaigns = {"welcome": campaign(steps=[step(), MAIL], control_group={"percent": 50, "salt": "s"})}
    for key in range(4, 30):
        gifts.customer(key, registered_at=noon(DAY))
    gifts.night(DAY)
    arms = "select distinct e.arm from promocode_issue p join entry e using (entry_key)"
    assert gifts.warehouse.rows(arms) == [("test",)]
    control = "select distinct l.outcome from step_log l join entry e using (entry_key) where arm = 'control'"
    assert ("held back",) in gifts.warehouse.rows(control)
    assert not {("given",), ("no code",)} & set(gifts.warehouse.rows(control))


def test_the_last_code_again(gifts: Shop) -> None:
    codes(gifts.warehouse, *"ABCDEF")
    gifts.promocodes = groups(lifetime="10 days")
    again = campaign(trigger={"receipt": {}}, steps=[step(repeat_last=True), MAIL])
    gifts.campaigns |= {"thanks": again, "more": again}
    gifts.night(DAY)
    first = dict(given_to(gifts))
    gifts.receipts(1, NEXT)
    gifts.night(NEXT)
    assert [code for who, code in given_to(gifts) if who == "c1"] == [first["c1"]] * 3
    ends = gifts.warehouse.rows("select distinct expires_on from promocode_issue where customer_key = 1")
    assert ends == [(DAY + timedelta(days=10),)]
    late = DAY + timedelta(days=11)
    gifts.receipts(2, late)
    gifts.night(late)
    assert len({code for who, code in given_to(gifts) if who == "c2"}) == 2


def test_a_code_of_two_groups_is_given_once(gifts: Shop) -> None:
    gifts.promocodes = PromocodesSpec.model_validate({"groups": {"gift": {"title": "G"}, "other": {"title": "O"}}})
    codes(gifts.warehouse, "A")
    codes(gifts.warehouse, "a", pool="other")
    gifts.campaigns["second"] = campaign(steps=[{"promocode": {"group": "other"}}])
    gifts.night(DAY)
    assert len(given_to(gifts)) == 1


@pytest.mark.parametrize("row", [{"customer_key": 7}, {"status": "void"}, {"uses_left": 0}])
@pytest.mark.parametrize("pool", ["gift", "another"])
def test_a_code_of_which_one_row_is_taken_is_nobody_elses(gifts: Shop, row: dict[str, Any], pool: str) -> None:
    codes(gifts.warehouse, "x", pool=pool, **row)
    codes(gifts.warehouse, "X", "GOOD")
    gifts.night(DAY)
    assert [code for _, code in given_to(gifts)] == ["GOOD"]


def test_the_stock_has_no_code_that_another_group_holds(gifts: Shop) -> None:
    gifts.promocodes = PromocodesSpec.model_validate(
        {"groups": {"gift": {"title": "Gift"}, "other": {"title": "Other"}}}
    )
    codes(gifts.warehouse, "A", "B", "C", "D", "E", "F")
    codes(gifts.warehouse, "a", pool="other", status="void")
    codes(gifts.warehouse, "b", pool="other", customer_key=9)
    codes(gifts.warehouse, "c", pool="other", uses_left=0)
    gifts.put("promocode_use", code="d", pool="other", customer_key=9, used_on=DAY)
    gifts.night(DAY)
    given = sorted(code for _, code in given_to(gifts))
    (left,) = supply(gifts.warehouse, gifts.promocodes, DAY)
    assert (given, left) == (["E", "F"], Supply("gift", 3, 2, 0))


def test_a_code_that_is_over_when_the_letter_is_due_is_not_sent(gifts: Shop) -> None:
    """The night is at noon: letters of eight in the morning are due on the next day."""
    codes(gifts.warehouse, "A", valid_to=DAY)
    codes(gifts.warehouse, "B", "C", valid_to=NEXT)
    gifts.night(DAY, hour=17)
    assert gifts.warehouse.value("select min(cast(due_at as date)) from message") == NEXT
    assert Counter(reason for _, _, reason in gifts.messages()) == {None: 2, "no_promocode": 1}
    assert {code for _, code in given_to(gifts)} == {"B", "C"}, "nobody gets a code of today in vain"


@pytest.mark.parametrize(("more", "wanted"), [({}, 3), ({"at_least": "0 days"}, 4), ({"at_least": 9}, 2)])
def test_a_code_is_given_only_if_it_is_valid_long_enough(gifts: Shop, more: dict[str, Any], wanted: int) -> None:
    gifts.promocodes = groups(low=9, **more)
    codes(gifts.warehouse, "TODAY", valid_to=DAY)
    codes(gifts.warehouse, "TOMORROW", valid_to=NEXT)
    codes(gifts.warehouse, "NINE", valid_to=DAY + timedelta(days=9))
    codes(gifts.warehouse, "EVER")
    codes(gifts.warehouse, "LATER", valid_from=NEXT)
    gifts.customer(4, registered_at=noon(DAY))
    (before,) = stock(gifts.warehouse, gifts.promocodes, DAY)
    assert (before.free, before.ready, before.low) == (5, wanted, True)
    gifts.night(DAY)
    assert len(given_to(gifts)) == wanted
    (left,) = supply(gifts.warehouse, gifts.promocodes, DAY)
    assert left == Supply("gift", 4, wanted, 0)


def test_the_last_code_is_not_repeated_when_it_is_about_to_end(gifts: Shop) -> None:
    codes(gifts.warehouse, *"ABCD")
    gifts.promocodes = groups(lifetime="10 days", at_least="3 days")
    gifts.campaigns = {"thanks": campaign(trigger={"receipt": {}}, steps=[step(repeat_last=True), MAIL])}
    days = [DAY, DAY + timedelta(days=7), DAY + timedelta(days=8)]
    for number, day in enumerate(days, start=1):
        gifts.receipts(number, day)
        gifts.warehouse.run("update receipt set customer_key = 1")
        gifts.night(day)
    found = gifts.warehouse.rows("select issued_on, repeated from promocode_issue order by all")
    assert found == [(days[0], False), (days[1], True), (days[2], False)]


def test_uses_are_recognised_from_receipts_and_taken_back(gifts: Shop) -> None:
    codes(gifts.warehouse, "A", "B", "C")
    gifts.night(DAY)
    assert settle_codes(gifts.warehouse, DAY) == 0
    assert gifts.warehouse.value("select count(customer_key) from promocode") == 0, "a second run sees no trace"
    owner = {code: int(who[1:]) for who, code in given_to(gifts)}
    gifts.receipts(owner["A"], NEXT)
    comes(gifts, "update receipt set promocode = ' a '")
    assert settle_codes(gifts.warehouse, NEXT) == 1
    assert settle_codes(gifts.warehouse, NEXT) == 0
    assert gifts.warehouse.rows("from promocode_seen") == [("gift", "A", owner["A"], NEXT)]
    assert gifts.warehouse.rows("select used_on from promocode_issue where code = 'A'") == [(NEXT,)]
    held = gifts.warehouse.rows("select code, customer_key from promocode order by code")
    assert held == sorted(owner.items())
    comes(gifts, "update receipt set status = 'cancelled'")
    assert settle_codes(gifts.warehouse, NEXT) == 1
    assert gifts.warehouse.rows("from promocode_seen") == gifts.warehouse.rows("from promocode_use") == []
    assert gifts.warehouse.rows("select count(used_on) from promocode_issue") == [(0,)]


def test_a_simulation_gives_the_codes_of_its_days_anew(gifts: Shop) -> None:
    codes(gifts.warehouse, "A", "B", "C")
    gifts.night(DAY)
    owner = {code: int(who[1:]) for who, code in given_to(gifts)}
    gifts.receipts(owner["A"], NEXT)
    comes(gifts, "update receipt set promocode = 'A'")
    settle_codes(gifts.warehouse, NEXT)
    assert gifts.warehouse.value("select count(*) from promocode_seen") == 1
    rewind(gifts.warehouse, ["welcome"], DAY)
    assert gifts.warehouse.value("select count(*) from promocode_seen") == 0
    bring(gifts.warehouse, DAY)
    gifts.night(DAY)
    assert len(given_to(gifts)) == 3


@pytest.mark.parametrize("code", ["A", "a"])
def test_what_a_feed_says_of_a_use_stays(gifts: Shop, code: str) -> None:
    codes(gifts.warehouse, "A", "B", "C")
    gifts.night(DAY)
    gifts.warehouse.run("insert into promocode_use values ($code, 'gift', 3, $day)", code=code, day=NEXT)
    assert settle_codes(gifts.warehouse, NEXT) == 1
    assert settle_codes(gifts.warehouse, NEXT) == 0
    assert gifts.warehouse.value("select count(*) from promocode_use") == 1


def test_a_use_that_a_feed_reports_stays_when_the_sale_of_that_day_is_cancelled(gifts: Shop) -> None:
    codes(gifts.warehouse, "A", "B", "C")
    gifts.night(DAY)
    owner = next(int(who[1:]) for who, code in given_to(gifts) if code == "A")
    gifts.receipts(owner, NEXT)
    comes(gifts, "update receipt set promocode = 'A'")
    settle_codes(gifts.warehouse, NEXT)
    gifts.put("promocode_use", code="A", pool="gift", customer_key=owner, used_on=NEXT)
    comes(gifts, "select 1")
    assert settle_codes(gifts.warehouse, NEXT + timedelta(days=1)) == 1
    comes(gifts, "update receipt set status = 'cancelled'")
    settle_codes(gifts.warehouse, NEXT + timedelta(days=2))
    assert gifts.warehouse.rows("from promocode_use") == [("A", "gift", owner, NEXT)]
    assert gifts.warehouse.rows("from promocode_seen") == []
    assert gifts.warehouse.rows("select used_on from promocode_issue where code = 'A'") == [(NEXT,)]


def test_a_use_follows_its_receipt_to_another_customer(gifts: Shop) -> None:
    codes(gifts.warehouse, "A", "B", "C")
    gifts.night(DAY)
    gifts.receipts(1, NEXT)
    comes(gifts, "update receipt set promocode = 'A'")
    settle_codes(gifts.warehouse, NEXT)
    comes(gifts, "update receipt set customer_key = 2")
    gifts.warehouse.run("delete from customer_touched")
    assert settle_codes(gifts.warehouse, NEXT) == 1
    assert gifts.warehouse.rows("from promocode_seen") == [("gift", "A", 2, NEXT)]
    assert {1, 2} <= {key for (key,) in gifts.warehouse.rows("select customer_key from customer_touched")}


NIGHTS = st.lists(
    st.tuples(
        st.integers(0, 4),  # new customers
        st.integers(0, 4),  # new codes
        st.booleans(),      # the night runs twice
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=12)
@given(nights=NIGHTS, campaigns=st.lists(st.booleans(), min_size=1, max_size=3))
def test_no_code_is_ever_given_to_two_customers(nights: list[tuple[int, int, bool]], campaigns: list[bool]) -> None:
    from pathlib import Path

    with Warehouse.open(Path(":memory:"), timezone="America/New_York", memory="1GB", threads=1) as warehouse:
        shop = Shop(warehouse, promocodes=groups(lifetime="2 days"), coded=frozenset({"gift"}))
        shop.campaigns = {
            f"number_{number}": campaign(steps=[step(repeat_last=last), {"wait": "1 day"}, step(), MAIL])
            for number, last in enumerate(campaigns)
        }
        customers = stock = 0
        for night, (newcomers, fresh, twice) in enumerate(nights):
            day = DAY + timedelta(days=night)
            for _ in range(newcomers):
                customers += 1
                shop.customer(customers, registered_at=noon(day))
            codes(warehouse, *(f"K{stock + number}" for number in range(fresh)))
            stock += fresh
            for _ in range(1 + twice):
                settle_codes(warehouse, day)
                shop.night(day)
        owners = warehouse.rows("select lower(code), count(distinct customer_key) from promocode_issue group by all")
        assert all(count == 1 for _, count in owners)
        places = "select count(*), count(distinct (entry_key, step, visit)) from promocode_issue"
        assert len(set(warehouse.rows(places)[0])) == 1
