"""Customers under several ids: found, merged, redirected, parted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from smc.config.specs.duplicates import DuplicatesSpec
from smc.errors import RunError, UsageError
from smc.import_.duplicates.find import Found, find
from smc.import_.duplicates.part import unmerge
from smc.import_.duplicates.run import MergeResult, merge_by_hand, merge_by_rules
from smc.import_.duplicates.tables import tables_of

if TYPE_CHECKING:
    from smc.config.specs.feed import FeedSpec
    from tests.import_.conftest import Shop

DAY, NEXT = date(2018, 1, 5), date(2018, 1, 9)
PEOPLE = ("customer_id", "first_name", "last_name", "phone", "email", "birth_date", "gender", "registered_at")
OWNERS = (
    "select receipt_id, customer_id from receipt join receipt_ident using (receipt_key) "
    "join customer_ident using (customer_key) order by all"
)
RULES: dict[str, Any] = {
    "card": {"same": ["card"]},
    "phone": {"same": ["phone", "birth_date"]},
    "email": {"same": ["email", "last_name", "first_name"]},
}


def spec(**more: Any) -> DuplicatesSpec:
    return DuplicatesSpec.model_validate({"rules": RULES, **more})


def feeds(shop: Shop) -> dict[str, FeedSpec]:
    """Feeds of the objects that the tests drop."""
    made = {
        "customer": {name: name for name in PEOPLE},
        "card": {"card_id": "card_id", "customer_id": "customer_id"},
        "bonus_balance": {name: name for name in ("customer_id", "account", "active", "changed_at")},
        "event": {name: name for name in ("event_id", "customer_id", "name", "occurred_at")},
        "web_event": {name: name for name in ("event_id", "visitor", "customer_id", "name", "occurred_at")},
        "container": {name: name for name in ("customer_id", "container", "product_id", "quantity", "added_at")},
        "control_member": {name: name for name in ("customer_id", "starts_on", "ends_on")},
        "contact_point": {name: name for name in ("channel", "address", "customer_id", "changed_at")},
    }
    return {**shop.feeds, **{item: shop.feed(item, fields) for item, fields in made.items()}}


def drop(shop: Shop, item: str, *rows: str, number: int = 1) -> Any:
    """Load a file of an object; the columns are those of its feed."""
    feed = feeds(shop)[item]
    assert feed.fields is not None
    head = ",".join(str(mapped.column) for mapped in feed.fields.values())
    name = f"{item}-{number}.csv"
    file = shop.one(name, "\n".join((head, *rows, "")), **{item: feed})
    assert file.state == "loaded", file.reason
    assert file.rejected == 0, shop.rejects()
    assert file.read == file.accepted + file.unchanged + file.rejected + file.duplicate
    return file


def people(shop: Shop, *rows: str, number: int = 1) -> Any:
    """id,first,last,phone,email,birth date,gender,registered"""
    timed = [row if row.endswith(",") else f"{row} 00:00:00" for row in rows]
    return drop(shop, "customer", *timed, number=number)


def merge(shop: Shop, **more: Any) -> MergeResult:
    return merge_by_rules(shop.warehouse, spec(**more), as_of=DAY)


def found(shop: Shop, **more: Any) -> dict[tuple[str, ...], str | None]:
    return {group.ids: group.why for group in find(shop.warehouse, spec(**more)).first}


ANN = "Ann,Lee,+79161234567,ann@example.org,1990-05-01,f"


def test_groups_and_what_speaks_against_them(shop: Shop) -> None:
    people(
        shop,
        f"a1,{ANN},2015-01-01", f"a2,{ANN},2014-01-01", "a3,ANN,LEE,,Ann@Example.org,,,2016-01-01",
        "b1,Bo,Fox,+79161234568,,1980-01-01,m,", "b2,Bo,Fox,+79161234568,,1981-01-01,m,",
        "c1,Cy,Day,+79161234569,,1970-01-01,,", "c2,Di,Day,+79161234569,,1970-01-01,,",
        "d1,Ed,Ash,+79161234570,,1991-01-01,m,", "d2,Ed,Ash,+79161234570,,1991-01-01,f,",
        "e1,El,Oak,no phone,,1992-01-01,f,", "e2,El,Oak,no phone,,1992-01-01,f,",
        "f1,,,,,1993-01-01,,", "f2,,,,,1993-01-01,,",
        *(f"g{n},Gil,Elm,+79161234571,,1994-01-01,m," for n in range(5)),
    )  # fmt: skip
    assert found(shop) == {
        ("a2", "a1", "a3"): None,  # a3 by the e-mail and the name, without case
        ("b1", "b2"): "weak",  # a shared phone alone
        ("c1", "c2"): "weak",  # the birth date stands for nothing
        ("d1", "d2"): "conflict",
        ("g0", "g1", "g2", "g3", "g4"): "too_large",
    }
    whole: Found = find(shop.warehouse, spec(), most=1)
    assert (whole.groups, whole.customers, whole.too_large, whole.conflict, whole.weak) == (1, 3, 1, 1, 2)
    assert [(one.rules, one.signs) for one in whole.first] == [
        (("email", "phone"), ("birth_date", "email", "first_name", "last_name", "phone"))
    ]
    assert find(shop.warehouse, spec(), rule="card").first == ()
    assert set(found(shop, survivor="last_registered")) >= {("a3", "a1", "a2")}
    assert set(found(shop, largest_group=5)) >= {("g0", "g1", "g2", "g3", "g4")}
    assert found(shop, largest_group=2)["a2", "a1", "a3"] == "too_large"


def test_a_conflict_anywhere_in_a_chain_stops_it(shop: Shop) -> None:
    people(shop, "a,,,,,1990-01-01,,", "b,,,,,,,", "c,,,,,1991-01-01,,")
    for number, holder in enumerate("abc"):
        drop(shop, "card", f"k,{holder}", f"l{number},{holder}", number=number)
    assert found(shop) == {("a", "b", "c"): "conflict"}
    assert merge(shop).merged == 0
    assert found(shop, conflict=[]) == {("a", "b", "c"): None}


def test_most_receipts_survive_and_who_is_not_active_does_not(shop: Shop) -> None:
    people(shop, f"a,{ANN},2014-01-01", f"b,{ANN},2015-01-01", f"c,{ANN},2016-01-01")
    drop(shop, "receipt", "r1,b,,2017-01-01 10:00:00,paid,1", "r2,c,,2017-01-01 10:00:00,paid,1",
         "r3,c,,2017-01-02 10:00:00,paid,1", "r4,c,,2017-01-03 10:00:00,cancelled,1")  # fmt: skip
    assert list(found(shop, survivor="most_receipts")) == [("c", "b", "a")]
    shop.warehouse.run("update customer set active = false where registered_at < timestamptz '2014-06-01 00:00:00Z'")
    assert list(found(shop)) == [("b", "c", "a")]


def test_fields_survive_as_the_project_says(shop: Shop) -> None:
    people(
        shop,
        "a,Ann,,+79161234567,bad address,1990-05-01,,2015-01-01",
        "b,Anna,Lee,+79161234567,b@example.org,1990-05-01,f,2014-01-01",
        "c,Annie,Lee,+79161234567,c@example.org,1990-05-01,,2016-01-01",
    )
    result = merge(shop, survivor="last_registered", fields={"gender": "survivor", "first_name": "newest"})
    assert (result.merged, result.survivors) == (2, 1)
    names = "customer_id, first_name, last_name, email, email_status, gender, registered_at::date::varchar"
    assert shop.rows(f"select {names} from customer join customer_ident using (customer_key)") == [
        ("c", "Annie", "Lee", "c@example.org", 0, None, "2014-01-01")
    ]
    assert shop.rows("select rule, undone_on from customer_merge") == [("phone", None)] * 2


def test_custom_fields(shop: Shop) -> None:
    feed = shop.feed("customer", {"customer_id": "id", "registered_at": "at", "custom.note": "n", "custom.size": "s"})
    shop.one("customer-1.csv", "id,at,n,s\na,2015-01-01 00:00:00,old,1\nb,2016-01-01 00:00:00,new,\n", customer=feed)
    kept = spec(fields={"custom.note": "newest"})
    merge_by_hand(shop.warehouse, kept, "a", "b", as_of=DAY)
    assert shop.rows("select custom from customer") == [({"note": "new", "size": "1"},)]
    unmerge(shop.warehouse, kept, "b", as_of=NEXT)
    assert shop.rows("select custom from customer order by registered_at") == [
        ({"note": "old", "size": "1"},), ({"note": "new"},),
    ]  # fmt: skip


def test_a_merged_id_that_comes_again_is_the_survivor(shop: Shop) -> None:
    people(shop, f"a,{ANN},2015-01-01", f"b,{ANN},2016-01-01")
    drop(shop, "receipt", "r1,b,,2017-01-01 10:00:00,paid,1")
    merge(shop)
    assert shop.rows(OWNERS) == [("r1", "a")]
    again = drop(shop, "receipt", "r1,b,,2017-01-01 10:00:00,paid,1", "r2,b,,2017-01-02 10:00:00,paid,1", number=2)
    assert (again.accepted, again.unchanged) == (1, 1)
    assert shop.rows(OWNERS) == [("r1", "a"), ("r2", "a")]
    both = people(shop, f"b,{ANN},2016-01-01", "a,Anna,Lee,+79161234567,,1990-05-01,f,2015-01-01", number=2)
    assert (both.accepted, both.duplicate) == (1, 1)
    assert shop.rows("select first_name from customer") == [("Anna",)]
    alone = people(shop, "b,Annie,Lee,,,1990-05-01,f,2016-01-01", number=3)
    assert alone.accepted == 1
    assert shop.rows("select first_name from customer") == [("Annie",)]
    one = drop(shop, "tag_member", "a,vip", "b,vip", "b,new")
    assert (one.accepted, one.duplicate) == (2, 1)


def test_a_no_is_never_lost(shop: Shop) -> None:
    people(shop, f"a,{ANN},2015-01-01", f"b,{ANN},2016-01-01")
    drop(
        shop, "subscription",
        "a,email,news,yes,2017-01-01 00:00:00", "b,email,news,no,2017-01-01 00:00:00",
        "a,sms,news,no,2016-01-01 00:00:00", "b,sms,news,yes,2017-01-01 00:00:00",
        "b,push,news,no,2017-01-01 00:00:00",
    )  # fmt: skip
    merge(shop)
    state = "select channel, state from subscription order by all"
    assert shop.rows(state) == [("email", "no"), ("push", "no"), ("sms", "yes")]
    same = drop(
        shop, "subscription", "a,post,news,yes,2017-02-01 00:00:00", "b,post,news,no,2017-02-01 00:00:00", number=2
    )
    assert (same.accepted, same.duplicate) == (1, 1)
    assert ("post", "no") in shop.rows(state)
    shop.warehouse.run("delete from subscription where channel = 'push'")
    unmerge(shop.warehouse, spec(), "b", as_of=NEXT)
    assert shop.rows(
        "select customer_id, channel, state from subscription join customer_ident using (customer_key) order by all"
    ) == [
        ("a", "email", "yes"), ("a", "post", "yes"), ("a", "sms", "no"),
        ("b", "email", "no"), ("b", "post", "no"), ("b", "push", "no"), ("b", "sms", "yes"),
    ]  # fmt: skip


def test_accounts_are_not_added_and_control_groups_grow(shop: Shop) -> None:
    people(shop, f"a,{ANN},2015-01-01", f"b,{ANN},2016-01-01")
    drop(
        shop,
        "bonus_balance",
        "a,main,5,2017-01-01 00:00:00",
        "b,main,7,2017-02-01 00:00:00",
        "b,gift,1,2017-01-01 00:00:00",
    )
    drop(shop, "control_member", "a,2017-02-01,2017-03-01", "b,2017-01-01,")
    assert merge(shop).accounts == 1
    assert shop.rows("select account, active::integer from bonus_balance order by all") == [("gift", 1), ("main", 5)]
    assert shop.rows("select starts_on, ends_on from control_member") == [(date(2017, 1, 1), None)]


def test_a_dry_run_and_a_merge_by_hand(shop: Shop) -> None:
    people(shop, f"a,{ANN},2015-01-01", f"b,{ANN},2016-01-01", "c,Cy,Fox,,,,m,")
    assert merge_by_rules(shop.warehouse, spec(), as_of=DAY, dry_run=True).merged == 1
    assert shop.rows("select * from customer_merge") == []
    merge_by_hand(shop.warehouse, spec(), "c", "b", as_of=DAY)
    assert shop.rows("select rule from customer_merge") == [("by hand",)]
    for one, other, said in (("b", "c", "one customer already"), ("b", "zz", "no customer has the id")):
        with pytest.raises(UsageError, match=said):
            merge_by_hand(shop.warehouse, spec(), one, other, as_of=DAY)
    with pytest.raises(UsageError, match="no rule 'x'"):
        merge_by_rules(shop.warehouse, spec(), as_of=DAY, rule="x")
    with pytest.raises(UsageError, match="was not merged"):
        unmerge(shop.warehouse, spec(), "b", as_of=DAY)


def test_who_was_parted_is_not_merged_again_by_a_rule(shop: Shop) -> None:
    people(shop, f"a,{ANN},2015-01-01", f"b,{ANN},2016-01-01")
    merge(shop)
    part = unmerge(shop.warehouse, spec(), "b", as_of=NEXT)
    assert (part.customer_id, part.parted_from) == ("b", "a")
    assert found(shop) == {("a", "b"): "apart"}
    assert merge(shop).merged == 0
    merge_by_hand(shop.warehouse, spec(), "a", "b", as_of=NEXT)
    assert found(shop) == {}


def test_one_of_three_is_parted_and_the_others_stay(shop: Shop) -> None:
    people(shop, *(f"{name},{ANN},201{n}-01-01" for n, name in enumerate("abcd")))
    for number, name in enumerate("abcd"):
        drop(shop, "receipt", f"r{name},{name},,2017-01-01 10:00:00,paid,1", number=number)
    merge_by_hand(shop.warehouse, spec(), "c", "d", as_of=DAY)
    merge_by_hand(shop.warehouse, spec(), "b", "c", as_of=DAY)
    merge_by_hand(shop.warehouse, spec(), "a", "d", as_of=DAY)  # d means b by now
    drop(shop, "receipt", "rd2,d,,2017-01-02 10:00:00,paid,1", number=9)
    assert {row[1] for row in shop.rows(OWNERS)} == {"a"}
    unmerge(shop.warehouse, spec(), "c", as_of=NEXT)
    assert shop.rows(OWNERS) == [("ra", "a"), ("rb", "a"), ("rc", "c"), ("rd", "c"), ("rd2", "c")]
    unmerge(shop.warehouse, spec(), "d", as_of=NEXT)
    assert shop.rows(OWNERS) == [("ra", "a"), ("rb", "a"), ("rc", "c"), ("rd", "d"), ("rd2", "d")]
    unmerge(shop.warehouse, spec(), "b", as_of=NEXT)
    assert [row[1] for row in shop.rows(OWNERS)] == ["a", "b", "c", "d", "d"]
    for table in ("customer_alias", "customer_moved", "apart_customer"):
        assert shop.rows(f"select * from {table}") == []


ENTRY = (
    "insert into entry by name select '{key}' as entry_key, 'camp' as campaign, 'campaign' as kind, 1 as version, "
    "customer_key, '{occurrence}' as occurrence, date '2018-01-01' as entered_on, 'test' as arm, {step} as step, "
    "{left} as exited_on, {due} as due_at, timestamptz '2018-01-01 09:00:00Z' as happened_at, "
    "'{{\"total\": 5}}' as context, timestamptz '2018-01-02 03:00:00Z' as entered_at, {due} as waiting_since, "
    "timestamptz '2018-01-02 03:00:00Z' as counts_from from customer_ident where customer_id = '{who}'"
)
MESSAGE = (
    "insert into message by name select '{key}' as message_key, '{key}' as entry_key, 'camp' as campaign, "
    "'campaign' as kind, 1 as version, 1 as step, customer_key, 'email' as channel, 'news' as category, "
    "'t' as template, 'test' as arm, date '2018-01-01' as planned_on, timestamptz '2018-01-01 10:00:00Z' as due_at, "
    "timestamptz '2018-01-09 10:00:00Z' as expires_at, '{state}' as state "
    "from customer_ident where customer_id = '{who}'"
)
STAYS = "insert into segment_member select customer_key, 's', date '2018-01-01', null, false from customer"
INSIDE = {"step": 2, "due": "timestamptz '2018-01-10 00:00:00Z'", "left": "null"}
LEFT = {"step": "null", "due": "null", "left": "date '2018-01-03'"}


def test_nobody_goes_through_a_campaign_twice(shop: Shop) -> None:
    people(shop, f"a,{ANN},2015-01-01", f"b,{ANN},2016-01-01")
    for key, who, occurrence, state in (
        ("a1", "a", "x", LEFT), ("b1", "b", "x", INSIDE), ("b2", "b", "y", INSIDE), ("b3", "b", "z", LEFT),
    ):  # fmt: skip
        shop.warehouse.run(ENTRY.format(key=key, who=who, occurrence=occurrence, **state))
        shop.warehouse.run(MESSAGE.format(key=key, who=who, state="planned"))
    shop.warehouse.run(
        "insert into segment_member select customer_key, 's', date '2018-01-01', null, false from customer"
    )
    stays = (
        "select entry_key, customer_id, step, due_at, exit_reason "
        "from entry join customer_ident using (customer_key) order by all"
    )
    before, whole = shop.rows(stays), shop.rows("from entry order by entry_key")
    merge(shop)
    assert [(row[0], row[1], row[4]) for row in shop.rows(stays)] == [
        ("a1", "a", None), ("b1", "a", "merged"), ("b2", "a", None), ("b3", "a", None),
    ]  # fmt: skip
    assert shop.rows("select waiting_since from entry where entry_key = 'b1'") == [(None,)]
    assert shop.rows("select message_key, state, reason from message where state <> 'planned'") == [
        ("b1", "suppressed", "merged")
    ]
    assert shop.rows("select count(distinct customer_key) from message") == [(1,)]
    assert shop.rows("select left_on from segment_member order by customer_key") == [(None,), (DAY,)]
    unmerge(shop.warehouse, spec(), "b", as_of=NEXT)
    assert shop.rows(stays) == before
    assert shop.rows("from entry order by entry_key") == whole
    assert shop.rows("select left_on from segment_member") == [(None,), (None,)]


@pytest.mark.parametrize("state", ["planned", "queued"])
def test_what_has_not_left_goes_once(shop: Shop, state: str) -> None:
    people(shop, f"a,{ANN},2015-01-01", f"b,{ANN},2016-01-01")
    for who in ("a", "b"):
        shop.warehouse.run(ENTRY.format(key=who, who=who, occurrence="x", **LEFT))
        shop.warehouse.run(MESSAGE.format(key=who, who=who, state=state))
    merge(shop)
    assert shop.rows("select message_key, state, reason from message order by all") == [
        ("a", state, None), ("b", "suppressed", "merged"),
    ]  # fmt: skip


def test_a_profile_that_is_taken_out_leaves_nothing_under_the_other_id(shop: Shop) -> None:
    people(shop, f"a,{ANN},2015-01-01", f"b,{ANN},2016-01-01")
    merge(shop)
    shop.one(
        "gone-1.csv",
        "customer_id\nb\n",
        gone=shop.feed("customer", {"customer_id": "customer_id"}, files="gone-*", mode="delete"),
    )
    assert shop.rows("select * from customer") == shop.rows("select * from apart_customer") == []
    unmerge(shop.warehouse, spec(), "b", as_of=NEXT)
    assert shop.rows("select * from customer") == []


def test_every_table_with_customers_is_known(shop: Shop) -> None:
    assert tables_of(shop.warehouse).keyed[0].name == "customer"
    shop.warehouse.run("create table strange (customer_key bigint)")
    with pytest.raises(RunError, match="how strange follows"):
        tables_of(shop.warehouse)
