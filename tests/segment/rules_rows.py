"""Random conditions on rows, as the data that YAML would give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.segment.rules import (
    _BOOLEAN,
    _CATEGORY,
    _DATE,
    _DATETIME,
    _NUMBER,
    _TEXT,
    Data,
    _operators,
    _range,
    _some,
)
from tests.segment.worlds import BRANDS, CATEGORY_KEYS, PRODUCT_IDS, STORES, TEXTS

Fields = dict[str, st.SearchStrategy[Data]]
_TEXTS = st.sampled_from(TEXTS)
_PRODUCT = _operators(st.sampled_from(PRODUCT_IDS), ordered=False)
_STORE = _operators(st.sampled_from(STORES), ordered=False)
_BRAND = _operators(st.sampled_from(BRANDS), ordered=False)


def codes(*texts: str) -> st.SearchStrategy[Data]:
    return _operators(st.sampled_from(texts), ordered=False)


def one_or_more(*given: str) -> st.SearchStrategy[Any]:
    texts = [text for text in given if text]
    return st.sampled_from(texts) | st.lists(st.sampled_from(texts), min_size=1, max_size=2).map(tuple)


_STATUS = codes("new", "o'k", "void")
_CAMPAIGN = one_or_more("welcome", "it's")
_CHANNEL = one_or_more("email", "sms")
WINDOW = _some(
    {}, {}, {"within": st.sampled_from((1, 2, 7, 30))},
    {"between": st.sampled_from((("30 days ago", "yesterday"), ("2017-03-12", "2017-06-29"), ("2017-06-30", "today")))},
    {"since": st.sampled_from(("start of month", "2017-06-29", "in 1 days"))},
    {"until": st.sampled_from(("7 days ago", "yesterday", "2017-07-01"))},
    {"since": st.just("7 days ago"), "until": st.just("2 days ago")},
)  # fmt: skip
COUNT = _some({}, {}, {"count": _range(("0", "1", "2"))}, {"count": st.just({"at_most": Decimal(0)})}).filter(
    lambda data: data.get("count") != {"at_least": Decimal(0)}
)


def figures(*fields: str) -> st.SearchStrategy[Data]:
    """A figure over one of the fields, or none."""
    bound = st.builds(
        lambda name, ends: {"field": name, **ends},
        st.sampled_from(fields),
        _range(("-5", "0", "1", "9.99", "10", "20")),
    )
    kind = st.sampled_from(("sum", "min", "max", "avg", "distinct"))
    return st.just({}) | st.builds(lambda name, figure: {name: figure}, kind, bound)


def rows(
    key: str, short: dict[str, st.SearchStrategy[Any]], where: Fields, *numbers: str, dated: bool = True, **fixed: Any
) -> st.SearchStrategy[Data]:
    """Conditions of one kind: some of its short keys, some tests, a window, bounds."""
    tests = st.lists(st.sampled_from(sorted(where)), max_size=2, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: where[name] for name in names})
    )
    return st.builds(
        lambda some, asked, window, count, figure: {
            key: {**fixed, **some, **({"where": asked} if asked else {}), **window, **count, **figure}
        },
        st.fixed_dictionaries({}, optional=short), tests, WINDOW if dated else st.just({}), COUNT,
        figures(*numbers) if numbers else st.just({}),
    )  # fmt: skip


_GOODS = {"product": one_or_more(*PRODUCT_IDS), "category": one_or_more(*CATEGORY_KEYS), "brand": one_or_more(*BRANDS)}
ROWS: dict[str, tuple[str, st.SearchStrategy[Data]]] = {
    "receipt": ("receipts", rows(
        "receipt", {"store": one_or_more(*STORES)},
        {"status": codes("paid", "returned", "cancelled"), "total": _NUMBER, "promocode": _TEXT, "tip": _NUMBER,
         "purchased_at": _DATETIME, "day": _DATE, "store_id": _STORE}, "total", "tip",
    )),
    "ordered": ("orders", rows(
        "ordered", {"status": one_or_more("new", "o'k", "void"), "delivery": one_or_more("o'k"),
                    "payment": one_or_more("new", "void")},
        {"payment_status": _STATUS, "total": _NUMBER, "ordered_at": _DATETIME, "store_id": _STORE}, "total",
    )),
    "order_line": ("order_lines", rows(
        "order_line", _GOODS,
        {"quantity": _NUMBER, "amount": _NUMBER, "category_id": _CATEGORY, "product_id": _PRODUCT, "brand": _BRAND,
         "status": _STATUS, "product_tip": _NUMBER}, "quantity", "amount", "product_tip",
    )),
    "event": ("events", rows(
        "event", {"name": one_or_more(*TEXTS)},
        {"context.color": _TEXT, "context.it's": _TEXT, "context.size": st.sampled_from((
            {"more": Decimal("5.5")}, {"equals": 5}, {"in": (5, Decimal("9.99"))}, {"equals": True}, {"empty": True},
            {"at_least": "2017-06-29"}, {"less": "today"}, {"equals": "5"}, {"between": (1, 6)}, {"not_equals": 5},
        )), "occurred_at": _DATETIME, "source": _TEXT}, "context.size",
    )),
    "web_event": ("web_events", rows(
        "web_event", {"name": one_or_more("view", "search"), **_GOODS},
        {"page": _TEXT, "category_id": _CATEGORY, "price": _NUMBER, "brand": _BRAND, "product_tip": _NUMBER}, "price",
    )),
    "container": ("containers", rows(
        "container", {"name": one_or_more("cart", "it's"), **_GOODS},
        {"quantity": _NUMBER, "price": _NUMBER, "amount": _NUMBER, "added_at": _DATETIME, "day": _DATE, "tip": _NUMBER},
        "amount", "quantity",
    )),
    "message": ("messages", rows(
        "message", {"channel": _CHANNEL, "campaign": _CAMPAIGN, "category": one_or_more("promo", "service"),
                    "state": st.sampled_from(("sent", "delivered", "bounced", "suppressed", "waiting", "expired"))},
        {"kind": codes("campaign", "past"), "arm": codes("test"), "state": codes("accepted", "planned", "sent")},
    )),
    "reaction": ("reactions", rows(
        "reaction", {"kind": st.sampled_from(("opened", "clicked", "unsubscribed")), "channel": _CHANNEL,
                     "campaign": one_or_more("spring", "unknown")},
        {"detail": _TEXT, "occurred_at": _DATETIME, "reaction": codes("opened", "bounced")},
    )),
    "promocode": ("promocodes", rows(
        "promocode", {"group": one_or_more("A", "it's")}, {"valid_to": _DATE, "group": codes("A"), "tip": _NUMBER},
        "tip", state="used",
    ) | rows("promocode", {"group": one_or_more("A", "it's")}, {"valid_to": _DATE, "tip": _NUMBER}, state="issued")),
    "card": ("cards", rows(
        "card", {"status": one_or_more(*TEXTS), "level": one_or_more("gold", "o'k")},
        {"active": _BOOLEAN, "issued_at": _DATETIME, "level": codes("gold"), "tip": _NUMBER},
    )),
    "bonus": ("bonuses", rows(
        "bonus", {"account": one_or_more("main", "gift"), "balance": _range(("0", "9.99", "10")),
                  "expiring": _range(("-5", "5")), "expires_within": st.sampled_from((1, 2, 30))},
        {"expires_on": _DATE, "active": _NUMBER, "tip": _NUMBER}, "active", "tip", dated=False,
    )),
    "poll": ("poll_answers", rows(
        "poll",
        {"poll": one_or_more("nps", "it's"), "question": one_or_more("q1", "q2"), "answer": one_or_more(*TEXTS)},
        {"answer": _TEXT, "answered_at": _DATETIME},
    )),
    "mart": ("pets", rows(
        "mart", {}, {"pet": _TEXT, "born": _DATE, "weight": _NUMBER, "chip": _BOOLEAN}, "weight", dated=False,
        name="pets",
    )),
    "campaign": ("entries", rows(
        "campaign", {"name": _CAMPAIGN, "state": st.sampled_from(("in", "finished", "left")),
                     "arm": st.sampled_from(("test", "control"))},
        {"exit_reason": codes("finished", "rule"), "exited_on": _DATE},
    )),
    "campaign_step": ("steps", rows(
        "campaign_step",
        {"name": _CAMPAIGN, "step": st.integers(1, 3), "outcome": st.sampled_from(("passed", "messaged"))},
        {"step": _NUMBER}, "step",
    )),
}  # fmt: skip
"""Condition → its fact, and rules of that kind."""

CONTACTED = st.builds(
    lambda some, window, count: {"contacted": {**some, **window, **count}},
    st.fixed_dictionaries({}, optional={"channel": _CHANNEL, "category": one_or_more("promo", "service")}),
    WINDOW, COUNT,
)  # fmt: skip
REACHABLE = st.builds(
    lambda channel, category: {"reachable": {"channel": channel, **category}},
    st.sampled_from(("email", "sms", "push", "viber", "call", "messenger", "telegram", "in_app", "popup")),
    _some({}, {"category": st.sampled_from(("promo", "service", "legal"))}),
)
CONTROL = st.sampled_from(("global", "welcome", "it's")).map(lambda name: {"control_group": name})
DICTIONARY = st.builds(
    lambda where: {"dictionary": {"field": "source_code", "name": "sources", **where}},
    _some({}, {"where": _some(
        {"kind": codes("own", "O'Hara")}, {"title": codes("Shop", "Web")},
        {"code": st.sampled_from(({"in": ("a", "b'")}, {"not_equals": "a"}))},
        {"title": st.just({"empty": True})},
    )}),
)  # fmt: skip
ANNIVERSARY = st.sampled_from((
    {"within": 1}, {"within": 7}, {"within": 2}, {"within": 366}, {"on": "today"}, {"on": "in 1 days"},
    {"on": "2017-02-28"}, {"on": "2016-02-29"}, {"on": "2016-02-28"}, {"between": ("2016-12-31", "2017-02-28")},
    {"between": ("2016-02-28", "2016-03-01")}, {"between": ("30 days ago", "in 7 days")},
    {"between": ("2017-12-30", "2018-01-02")},
)).map(lambda asked: {"attribute": {"field": "birth_date", "anniversary": asked}})  # fmt: skip
