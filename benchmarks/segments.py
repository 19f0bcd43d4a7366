"""Fifty segments by one refresh against fifty separate queries, written as an analyst would write them.

Both sides end with a table of members. smc also keeps the history and compares it with yesterday's; that is counted
against it. The members must be equal, segment by segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter

from benchmarks.timing import Took, best, forget_peak, peak_mb, row
from smc.config.specs.project import FieldsSpec, MetricsSpec, RfmSpec
from smc.config.specs.rule import SegmentSpec
from smc.metric.compute import compute
from smc.segment.refresh import refresh
from smc.warehouse import Warehouse

_SPEC: TypeAdapter[SegmentSpec] = TypeAdapter(SegmentSpec)


@dataclass(frozen=True, slots=True)
class Case:
    """One segment both ways. ``query`` gives the customer keys and may read ``hand_member`` for segments before it."""

    name: str
    rule: dict[str, Any]
    query: str


def run(warehouse: Warehouse, as_of: date) -> list[dict[str, Any]]:
    """Times of both ways; raises ``ValueError`` when members differ.

    The queries by hand run twice and the better counts, so that they too find the tables in memory. The first refresh
    meets an empty history and writes every member; the second evaluates everyone again, compares and writes changes.
    """
    cases = tuple(_cases(as_of))
    segments = specs(as_of)
    _compute(warehouse, as_of)
    by_hand = best(Took.by(lambda: _by_hand(warehouse, cases)) for _ in range(2))
    forget_peak()
    first = Took.by(lambda: refresh_all(warehouse, segments, as_of))
    again = Took.by(lambda: refresh_all(warehouse, segments, as_of, full=True))
    peak = peak_mb()
    _require_equal(warehouse)
    members = warehouse.value("select count(*) from hand_member")
    rows = {"first night": first, "a later run in full": again}
    return [
        {**row(f"{len(cases)} segments, {what}", by_hand, took, members), "peak_mb": peak}
        for what, took in rows.items()
    ]


def specs(as_of: date) -> dict[str, SegmentSpec]:
    """The fifty segments as a project has them."""
    return {case.name: _SPEC.validate_python({"title": case.name, "rule": case.rule}) for case in _cases(as_of)}


def _compute(warehouse: Warehouse, as_of: date) -> None:
    if warehouse.value("select as_of from watermark where name = 'metric'") != as_of:
        compute(warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=as_of)


def refresh_all(warehouse: Warehouse, segments: dict[str, SegmentSpec], as_of: date, *, full: bool = False) -> None:
    """All segments of a day; ``full`` evaluates everyone."""
    refresh(warehouse, segments=segments, rules=(), fields=FieldsSpec(), metrics=MetricsSpec(), as_of=as_of, full=full)


def _by_hand(warehouse: Warehouse, cases: tuple[Case, ...]) -> None:
    with warehouse.transaction():
        warehouse.run("create or replace table hand_member (customer_key bigint, segment varchar)")
        for case in cases:
            profile = f"select customer_key from customer where customer_key in ({case.query})"
            warehouse.run(f"insert into hand_member select customer_key, '{case.name}' from ({profile})")


def _require_equal(warehouse: Warehouse) -> None:
    differ = warehouse.rows(
        """select segment, count(h.customer_key), count(m.customer_key)
        from hand_member h
        full join (select * from segment_member where left_on is null) m using (segment, customer_key)
        group by segment having count(h.customer_key) <> count(*) or count(m.customer_key) <> count(*)"""
    )
    if differ:
        raise ValueError(f"members differ (segment, by hand, smc): {differ}")


def _below(category: str) -> str:
    return (
        "select a.category_key from category_ancestor a join category_ident i on i.category_key = a.ancestor_key "
        f"where i.category_id = '{category}'"
    )


def _lines(where: str, since: date, as_of: date, having: str = "") -> str:
    """Customers by their lines on paid and returned receipts; without ``having`` any line of a paid one."""
    if not having:
        return f"""select l.customer_key from receipt_line l join receipt r using (receipt_key)
            where r.status = 'paid' and l.day between date '{since}' and date '{as_of}' and {where}"""
    return f"""select l.customer_key from receipt_line l join receipt r using (receipt_key)
        where r.status <> 'cancelled' and l.day between date '{since}' and date '{as_of}' and {where}
        group by l.customer_key
        having count(distinct r.receipt_key) filter (r.status = 'paid') >= 1 and {having}"""


def _category(category: str) -> str:
    return f"l.category_key in ({_below(category)})"


def _cases(as_of: date) -> Iterator[Case]:
    def days(count: int) -> date:
        return as_of - timedelta(days=count - 1)

    yield from _buyers(as_of, days)
    yield from _lapsed(as_of, days)
    yield from _brands_and_stores(as_of, days)
    yield from _profiles(as_of, days)
    yield from _signs(as_of, days)
    yield from _offers(as_of, days)
    yield from _nested(as_of, days)


def _buyers(as_of: date, days: Any) -> Iterator[Case]:
    for number in range(8):
        category, times = f"D{number * 2}", 2 + number % 3
        yield Case(
            f"regular_{number}",
            {"bought": {"category": category, "within": 90, "receipts": {"at_least": times}}},
            _lines(
                _category(category), days(90), as_of,
                f"count(distinct r.receipt_key) filter (r.status = 'paid') >= {times}",
            ),
        )  # fmt: skip
    for number in range(6):
        category = f"G{number * 7}"
        yield Case(
            f"recent_{number}",
            {"bought": {"category": category, "within": 30}},
            _lines(_category(category), days(30), as_of),
        )


def _lapsed(as_of: date, days: Any) -> Iterator[Case]:
    for number in range(6):
        category = f"D{number * 2 + 1}"
        bought = {"bought": {"category": category, "within": 365}}
        lately = {"bought": {"category": category, "within": 60}}
        yield Case(
            f"lapsed_{number}",
            {"all": (bought, {"not": lately})},
            f"{_lines(_category(category), days(365), as_of)} except {_lines(_category(category), days(60), as_of)}",
        )


def _brands_and_stores(as_of: date, days: Any) -> Iterator[Case]:
    for number in range(4):
        brand = f"Brand {number * 3}"
        yield Case(
            f"brand_{number}",
            {"bought": {"brand": brand, "within": 180, "amount": {"at_least": 10}}},
            _lines(
                f"l.product_key in (select product_key from product where brand = '{brand}')",
                days(180), as_of, "sum(l.amount) >= 10",
            ),
        )  # fmt: skip
    for number in range(4):
        store = f"S{number * 11}"
        yield Case(
            f"store_{number}",
            {"bought": {"store": store, "within": 90, "amount": {"at_least": 20}}},
            f"""select customer_key from receipt where status <> 'cancelled' and store_id = '{store}'
            and day between date '{days(90)}' and date '{as_of}' group by customer_key
            having count(*) filter (status = 'paid') >= 1 and sum(total) >= 20""",
        )


def _profiles(as_of: date, days: Any) -> Iterator[Case]:
    for number in range(4):
        yield Case(
            f"town_{number}",
            {
                "all": (
                    {"attribute": {"field": "city", "in": (f"City {number}", f"City {number + 20}")}},
                    {"metric": {"name": "receipts_90d", "at_least": number + 1}},
                    {"not": {"attribute": {"field": "email", "empty": True}}},
                )
            },
            f"""select c.customer_key from customer c join customer_metric m using (customer_key)
            where c.city in ('City {number}', 'City {number + 20}') and m.receipts_90d >= {number + 1}
            and c.email is not null""",
        )
    for number, category in enumerate(("D1", "D4", "D9")):
        yield Case(
            f"valuable_{number}",
            {
                "all": (
                    {"rfm": {"recency": (4, 5), "monetary": (4, 5)}},
                    {"bought": {"category": category, "within": 180, "quantity": {"at_least": 3}}},
                )
            },
            f"""select customer_key from rfm where recency in (4, 5) and monetary in (4, 5)
            intersect {_lines(_category(category), days(180), as_of, "sum(l.quantity) >= 3")}""",
        )


def _rows(table: str, where: str, since: date, as_of: date, having: str = "") -> str:
    """Customers by rows of another table."""
    found = f"select customer_key from {table} where day between date '{since}' and date '{as_of}' and {where}"
    return f"{found} and customer_key is not null" + (f" group by customer_key having {having}" if having else "")


def _signs(as_of: date, days: Any) -> Iterator[Case]:
    """What customers did beside buying: events, visits, reactions to mailings."""
    yield Case("asked", {"event": {"name": "asked", "within": 30}}, _rows("event", "name = 'asked'", days(30), as_of))
    yield Case(
        "complained",
        {"event": {"name": "complained", "where": {"context.topic": "delivery"}, "within": 180}},
        _rows("event", "name = 'complained' and context['topic'] = 'delivery'", days(180), as_of),
    )
    yield Case(
        "silent",
        {
            "all": (
                {"metric": {"name": "receipts_365d", "at_least": 3}},
                {"not": {"event": {"name": "app_opened", "within": 90}}},
            )
        },
        f"""select customer_key from customer_metric where receipts_365d >= 3
        except {_rows("event", "name = 'app_opened'", days(90), as_of)}""",
    )
    yield Case(
        "viewed",
        {
            "all": (
                {"web_event": {"name": "view", "category": "D3", "within": 60}},
                {"not": {"bought": {"category": "D3", "within": 60}}},
            )
        },
        f"""{_rows("web_event", f"name = 'view' and category_key in ({_below('D3')})", days(60), as_of)}
        except {_lines(_category("D3"), days(60), as_of)}""",
    )
    yield Case(
        "left_a_cart",
        {"all": ({"web_event": {"name": "cart_add", "within": 7}}, {"not": {"bought": {"within": 7}}})},
        f"""{_rows("web_event", "name = 'cart_add'", days(7), as_of)}
        except {_rows("receipt", "status = 'paid'", days(7), as_of)}""",
    )
    yield Case(
        "opens_often",
        {"reaction": {"kind": "opened", "within": 180, "count": {"at_least": 2}}},
        _rows("past_message_event", "state = 'opened'", days(180), as_of, "count(*) >= 2"),
    )
    yield Case(
        "clicked",
        {"all": ({"reaction": {"kind": "clicked", "within": 90}}, {"rfm": {"recency": (1, 2, 3)}})},
        f"""{_rows("past_message_event", "state = 'clicked'", days(90), as_of)}
        intersect select customer_key from rfm where recency in (1, 2, 3)""",
    )


def _offers(as_of: date, days: Any) -> Iterator[Case]:
    """Orders, goods on one receipt, birthdays."""
    yield Case(
        "orders",
        {"ordered": {"within": 365, "sum": {"field": "total", "at_least": 60}}},
        _rows("customer_order", "counted", days(365), as_of, "sum(total) >= 60"),
    )
    for number, (one, other) in enumerate((("D0", "D2"), ("D1", "D4"))):
        yield Case(
            f"together_{number}",
            {"bought": {"within": 90, "same_receipt": ({"category": one}, {"category": other})}},
            f"""select customer_key from (
                select l.customer_key, l.receipt_key from receipt_line l join receipt r using (receipt_key)
                where r.status = 'paid' and l.day between date '{days(90)}' and date '{as_of}'
                group by l.customer_key, l.receipt_key
                having bool_or({_category(one)}) and bool_or({_category(other)}))""",
        )
    week = ", ".join(f"'{as_of + timedelta(days=step):%m-%d}'" for step in range(7))
    yield Case(
        "birthday",
        {
            "all": (
                {"tag": "club"},
                {"not": {"tag": "staff"}},
                {"subscribed": {"channel": "email", "category": "promo"}},
                {"attribute": {"field": "birth_date", "anniversary": {"within": 7}}},
            )
        },
        f"""select customer_key from customer where strftime(birth_date, '%m-%d') in ({week})
        intersect select customer_key from tag_member where tag = 'club'
        intersect select customer_key from subscription
        where channel = 'email' and category = 'promo' and state = 'yes'
        except select customer_key from tag_member where tag = 'staff'""",
    )


def _nested(as_of: date, days: Any) -> Iterator[Case]:
    for number in range(4):
        category = f"G{number * 9 + 1}"
        new = {"bought": {"category": category, "within": 120}}
        yield Case(
            f"cross_{number}",
            {
                "all": (
                    {"any": ({"in_segment": f"regular_{number}"}, {"in_segment": f"valuable_{number % 3}"})},
                    {"not": new},
                    {"not": {"in_segment": f"lapsed_{number}"}},
                )
            },
            f"""select customer_key from hand_member where segment in ('regular_{number}', 'valuable_{number % 3}')
            except {_lines(_category(category), days(120), as_of)}
            except select customer_key from hand_member where segment = 'lapsed_{number}'""",
        )
