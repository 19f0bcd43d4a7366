"""Events: known by id or content, never changed, and visitors who become customers when they are recognised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.import_.load.follow import RECOGNISED_WITHIN

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

CLOCK = {"datetime": "%Y-%m-%d %H:%M", "timezone": "America/New_York"}
EVENT = "event_id,customer_id,name,occurred_at,context\n"
WEB = "event_id,visitor,customer_id,name,occurred_at,product_id,price\n"
SENT = "mailing,customer_id,state,occurred_at,detail\n"


def feed(shop: Shop, item: str, head: str, **more: Any) -> Any:
    return shop.feed(item, {name: name for name in head.strip().split(",")}, **{"format": CLOCK, **more})


def touched(shop: Shop) -> set[str]:
    return {
        row[0] for row in shop.rows("select customer_id from customer_touched join customer_ident using (customer_key)")
    }


def test_events_of_customers_and_of_nobody(shop: Shop) -> None:
    file = shop.one(
        "event-1.csv",
        EVENT
        + 'e1,c1,birthday_card,2017-12-01 23:30,"{""b"": 1, ""a"": ""x""}"\ne2,,back_in_stock,2017-12-01 12:00,\n',
        event=feed(shop, "event", EVENT),
    )
    assert file.accepted == 2
    assert shop.rows(
        "select event_id, customer_id, name, context, day::varchar from event "
        "left join customer_ident using (customer_key) order by all"
    ) == [
        ("e1", "c1", "birthday_card", {"a": "x", "b": "1"}, "2017-12-01"),
        ("e2", None, "back_in_stock", None, "2017-12-01"),
    ]
    assert touched(shop) == {"c1"}


def test_a_web_event_has_details_by_name(shop: Shop) -> None:
    head = WEB.replace("price", "context")
    row = '1,v,c1,view,2017-12-01 12:00,p,"{""came_by"": ""search""}"\n'
    assert shop.one("web_event-1.csv", head + row, web=feed(shop, "web_event", head)).accepted == 1
    assert shop.rows("select context from web_event") == [({"came_by": "search"},)]


def test_an_event_never_changes(shop: Shop) -> None:
    event = feed(shop, "event", EVENT)
    shop.one("event-1.csv", EVENT + 'e1,c1,call,2017-12-01 12:00,"{""a"": 1}"\n', event=event)
    file = shop.one(
        "event-2.csv",
        EVENT + 'e1,c1,call,2017-12-01 12:00,"{""a"": 2}"\ne1x,c1,call,2017-12-01 12:00,\n',
        event=event,
    )
    assert (file.accepted, file.unchanged, file.rejected) == (1, 0, 1)
    assert "never changes" in shop.rejects()[0][4]
    file = shop.one("event-3.csv", EVENT + 'e1,c1,call,2017-12-01 12:00,"{""a"":1}"\n', event=event)
    assert (file.accepted, file.unchanged, file.rejected) == (0, 1, 0)
    assert shop.rows("select event_id, context from event order by all") == [("e1", {"a": "1"}), ("e1x", None)]


def test_without_an_id_the_content_is_the_identity(shop: Shop) -> None:
    bare = {name: name for name in ("customer_id", "name", "occurred_at")}
    head = "customer_id,name,occurred_at\n"
    event = shop.feed("event", bare, format=CLOCK)
    file = shop.one(
        "event-1.csv", head + "c1,a,2017-12-01 12:00\nc1,b,2017-12-01 12:00\nc1,a,2017-12-01 12:00\n", event=event
    )
    assert (file.accepted, file.duplicate) == (2, 1)
    file = shop.one("event-2.csv", head + "c1,a,2017-12-01 12:00\nc2,a,2017-12-01 12:00\n", event=event)
    assert (file.accepted, file.unchanged) == (1, 1)
    some = feed(shop, "event", EVENT, files="some-*")
    file = shop.one("some-1.csv", EVENT + "e9,c1,z,2017-12-01 12:00,\n,c1,z,2017-12-01 12:00,\n", some=some)
    assert file.accepted == 2
    assert shop.rows(
        "select count(*), count(distinct event_id), count(*) filter (where event_id like 'row:%') from event"
    ) == [(5, 5, 4)]


def test_a_column_that_is_mapped_later_and_empty_makes_no_new_event(shop: Shop) -> None:
    bare = {name: name for name in ("customer_id", "name", "occurred_at")}
    shop.one(
        "event-1.csv",
        "customer_id,name,occurred_at\nc1,a,2017-12-01 12:00\n,a,2017-12-01 12:00\n",
        event=shop.feed("event", bare, format=CLOCK),
    )
    more = shop.feed("event", {**bare, "source": "via"}, format=CLOCK)
    head = "customer_id,name,occurred_at,via\n"
    file = shop.one("event-2.csv", head + "c1,a,2017-12-01 12:00,\n,a,2017-12-01 12:00,\n", event=more)
    assert (file.accepted, file.unchanged) == (0, 2)
    odd = "c1,\"a', 'source': 'x\",2017-12-01 12:00,\nc1,a,2017-12-01 12:00,x\nc1,a,2017-12-01 12:00,c1\n"
    assert shop.one("event-3.csv", head + odd, event=more).accepted == 3


def test_numbers_of_a_map_stay_as_they_are_written(shop: Shop) -> None:
    written = {
        "a": "1.10", "b": "1e5", "c": "12345678901234567890123", "d": "-0", "e": "0.10000000000000000001",
        "f": "9007199254740993", "g": "1E+2",
    }  # fmt: skip
    text = '{"t": ":5,\\"6\\\\", "z" :true, "n": null, "5": "7", "u": "\\u0435", ' + ", ".join(
        f'"{name}": {number}' for name, number in written.items()
    )
    cell = f"{text}}}".replace('"', '""')
    event = feed(shop, "event", EVENT)
    shop.one("event-1.csv", f'{EVENT}e1,c1,call,2017-12-01 12:00,"{cell}"\n', event=event)
    lines = shop.feed(
        "event", {name: name for name in EVENT.strip().split(",")}, files="lines*", format={**CLOCK, "kind": "ndjson"}
    )
    row = f'{{"event_id":"e2","name":"call","occurred_at":"2017-12-01 12:00","context":{text}}}}}\n'
    shop.one("lines-1.json", row, lines=lines)
    kept = {**written, "t": ':5,"6\\', "z": "true", "5": "7", "u": "\u0435"}
    assert shop.rows("select context from event order by event_id") == [(dict(sorted(kept.items())),)] * 2
    bad = (
        '{""a"": 01}',
        '{""a"": 1.}',
        '{""a"" 1}',
        '{""a"": \x02}',
        '{""a"": \x021\x03}',
        '{""a"": 1e}',
        '{""a"": -}',
    )
    rows = "".join(f'x{i},c1,call,2017-12-01 12:00,"{one}"\n' for i, one in enumerate(bad))
    assert shop.one("event-2.csv", EVENT + rows, event=event).rejected == len(bad)


def test_an_id_names_one_event_whenever_it_comes_again(shop: Shop) -> None:
    event = feed(shop, "event", EVENT)
    shop.one("event-1.csv", EVENT + "1,c1,a,2017-01-01 12:00,\n", event=event)
    later = EVENT + "1,c1,a,2017-12-01 12:00,\n"
    for number, more in enumerate(("", "2,c1,a,2016-12-02 12:00,\n")):
        file = shop.one(f"event-{number + 2}.csv", later + more, event=event)
        assert (file.accepted, file.rejected) == (number, 1)
        assert shop.rejects()[-1][4] == "occurred_at is there already and never changes"
    assert shop.rows("select event_id, occurred_at::date::varchar from event order by occurred_at") == [
        ("2", "2016-12-02"), ("1", "2017-01-01"),
    ]  # fmt: skip


def test_a_web_event_moves_in_time(shop: Shop) -> None:
    shop.one("web_event-1.csv", WEB + "1,v,,view,2017-01-01 12:00,,\n", web=web(shop))
    file = shop.one("web_event-2.csv", WEB + "1,v,,view,2017-12-01 12:00,,\n", web=web(shop))
    assert file.accepted == 1
    assert shop.rows("select event_id, occurred_at::date::varchar from web_event") == [("1", "2017-12-01")]


def web(shop: Shop) -> Any:
    return feed(shop, "web_event", WEB)


def owners(shop: Shop) -> dict[str, str | None]:
    return dict(shop.rows("select event_id, customer_id from web_event left join customer_ident using (customer_key)"))


FILES = (
    WEB + "1,v,,view,2017-10-01 12:00,p,9.90\n2,v,,view,2017-11-01 12:00,q,\n",
    WEB + "3,v,c1,login,2017-12-01 12:00,,\n4,w,c9,login,2017-12-01 12:00,,\n",
    WEB + "5,v,,view,2017-12-02 12:00,,\n6,v,c2,login,2017-12-03 12:00,,\n7,,,view,2017-12-02 12:00,,\n",
    WEB + "8,v,,view,2017-12-04 12:00,,\n9,u,,view,2017-12-01 11:00,,\n",
)


@pytest.mark.slow
@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_visitors_are_recognised_whatever_file_comes_first(shop: Shop, order: tuple[int, ...]) -> None:
    for number in order:
        shop.one(f"web_event-{number}.csv", FILES[number], web=web(shop))
    assert owners(shop) == {
        "1": None,  # 61 days before the visitor was recognised
        "2": "c1", "3": "c1", "4": "c9",
        "5": "c2",  # whoever comes next is the visitor's customer, for a device may be shared
        "6": "c2", "7": None, "8": None, "9": None,
    }  # fmt: skip
    assert touched(shop) == {"c1", "c2", "c9"}


def test_a_correction_takes_events_away_again(shop: Shop) -> None:
    shop.one("web_event-1.csv", FILES[0] + FILES[1].removeprefix(WEB), web=web(shop))
    shop.warehouse.run("delete from customer_touched")
    shop.one("web_event-2.csv", WEB + "3,v,c7,login,2017-12-01 12:00,,\n", web=web(shop))
    assert owners(shop)["2"] == owners(shop)["3"] == "c7"
    assert touched(shop) == {"c1", "c7"}
    shop.one("web_event-3.csv", WEB + "3,v,,login,2017-12-01 12:00,,\n", web=web(shop))
    assert owners(shop) == {"1": None, "2": None, "3": None, "4": "c9"}
    file = shop.one("web_event-4.csv", FILES[0] + "\n", web=web(shop))
    assert (file.accepted, file.unchanged) == (0, 2)


def test_events_that_go_take_what_they_gave(shop: Shop) -> None:
    shop.one("web_event-1.csv", FILES[0] + FILES[1].removeprefix(WEB), web=web(shop))
    gone = shop.feed(
        "web_event",
        {"event_id": "event_id", "name": "event_id", "occurred_at": "event_id"},
        mode="delete",
        files="gone-*",
    )
    shop.one("gone-1.csv", "event_id\n3\n", gone=gone)
    assert owners(shop) == {"1": None, "2": None, "4": "c9"}


START = datetime(2017, 1, 1, 17, tzinfo=UTC)
steps = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from("vw"), st.sampled_from(["", "", "", "a", "b"])),
    min_size=1, max_size=12, unique_by=lambda step: step[:2],
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps, cuts=st.lists(st.integers(0, 12), max_size=3), order=st.randoms(use_true_random=False))
def test_owners_equal_those_of_a_plain_computation(shop: Shop, steps: list[Any], cuts: list[int], order: Any) -> None:
    for name in ("web_event", "import_file", "customer_touched", "import_seen"):
        shop.warehouse.run(f"delete from {name}")
    for old in shop.drops.iterdir():
        old.unlink()
    rows = [
        f"{number},{visitor},{customer},view,{START + timedelta(days=day):%Y-%m-%d} 12:00,,\n"
        for number, (day, visitor, customer) in enumerate(steps)
    ]
    order.shuffle(rows)
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for number, (low, high) in enumerate(pairwise(edges)):
        if low < high:
            shop.one(f"web_event-{number}.csv", WEB + "".join(rows[low:high]), web=web(shop))

    def owner(day: int, visitor: str, customer: str) -> str | None:
        later = sorted(step for step in steps if step[1] == visitor and step[2] and step[0] >= day)
        if customer or not later or later[0][0] - day > RECOGNISED_WITHIN:
            return customer or None
        return str(later[0][2])

    assert owners(shop) == {str(number): owner(*step) for number, step in enumerate(steps)}


def test_what_happened_to_past_messages(shop: Shop) -> None:
    past = feed(shop, "past_message_event", SENT)
    file = shop.one(
        "past_message_event-1.csv",
        SENT + "m,c1,opened,2017-12-01 12:00,\nm,c1,clicked,2017-12-01 12:00,a\nm,c1,clicked,2017-12-01 12:00,b\n"
        "m,c1,read,2017-12-01 12:00,\nm,c1,opened,2017-12-01 12:00,\n",
        past=past,
    )
    assert (file.accepted, file.duplicate, file.rejected) == (3, 1, 1)
    assert shop.rows("select state, detail from past_message_event order by all") == [
        ("clicked", "a"), ("clicked", "b"), ("opened", None),
    ]  # fmt: skip
