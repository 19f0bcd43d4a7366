"""Random rules, as the data that YAML would give."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter

from smc.config.specs.rule import Rule, SegmentSpec
from tests.segment.worlds import BRANDS, CATEGORY_KEYS, CHANNELS, MAIN_KEYS, PRODUCT_IDS, STORES, TAGS, TEXTS

RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
Data = dict[str, Any]


def rule(data: Data) -> Rule:
    return RULE.validate_python(data)


def segment(data: Data) -> SegmentSpec:
    return SegmentSpec(title="Test", rule=rule(data))


def _operators(values: st.SearchStrategy[Any], *, ordered: bool) -> st.SearchStrategy[Data]:
    same = [st.fixed_dictionaries({operator: values}) for operator in ("equals", "not_equals")]
    lists = [
        st.fixed_dictionaries({operator: st.lists(values, min_size=1, max_size=3).map(tuple)})
        for operator in ("in", "not_in")
    ]
    order = [st.fixed_dictionaries({operator: values}) for operator in ("less", "at_most", "more", "at_least")]
    empty = st.fixed_dictionaries({"empty": st.booleans()})
    return st.one_of(*same, *lists, empty, *(order if ordered else []))


_NUMBERS = st.integers(-2, 11) | st.sampled_from(tuple(map(Decimal, ("0.01", "9.99", "10.01", "5.0", "-5"))))
_DAYS = st.sampled_from(
    ("today", "today - 7 days", "today - 1 week", "today - 30 days", "today + 1 day", "2017-06-29", "2017-05-31")
)
_TIMES = st.sampled_from(
    ("2017-06-30 00:00", "2017-06-29T23:59:59", "2017-06-30T04:00:00Z", "2017-06-23 20:00:01-04:00")
)
_PAIRS = st.tuples(st.integers(-2, 5), st.integers(6, 12)).map(lambda pair: {"between": pair})
_DAY_PAIRS = st.just({"between": ("today - 30 days", "today")}) | st.just({"between": ("2017-05-31", "2017-06-30")})
_TEXT = _operators(st.sampled_from(TEXTS), ordered=False) | st.one_of(
    *(
        st.fixed_dictionaries(
            {operator: st.sampled_from(("bos", "'", "%", "_", "0%", "A", "ä", "\u041c\u041e\u0421\u041a", '"', "\\"))}
        )
        for operator in ("contains", "starts_with")
    )
)
_NUMBER = _operators(_NUMBERS, ordered=True) | _PAIRS
_DATE = _operators(_DAYS, ordered=True) | _DAY_PAIRS
_DATETIME = _operators(_DAYS | _TIMES, ordered=True) | _DAY_PAIRS
_BOOLEAN = st.one_of(*(st.fixed_dictionaries({key: st.booleans()}) for key in ("equals", "not_equals", "empty")))
_BRAND = _operators(st.sampled_from(BRANDS), ordered=False)
_CATEGORY = _operators(st.sampled_from(tuple(CATEGORY_KEYS)), ordered=False)
_FAVOURITE = _operators(st.sampled_from(tuple(MAIN_KEYS)), ordered=False)


def _of(key: str, kinds: dict[str, st.SearchStrategy[Data]], condition: str) -> st.SearchStrategy[Data]:
    def condition_of(name: str, data: Data) -> Data:
        return {condition: {key: name, **data}}

    return st.one_of(*(kind.map(partial(condition_of, name)) for name, kind in kinds.items()))


ATTRIBUTE = _of(
    "field",
    {
        "customer_id": _TEXT, "first_name": _TEXT, "city": _TEXT, "note": _TEXT, "birth_date": _DATE, "since": _DATE,
        "registered_at": _DATETIME, "seen": _DATETIME, "size": _NUMBER, "points": _NUMBER, "club": _BOOLEAN,
    },
    "attribute",
)  # fmt: skip
METRIC = _of(
    "name",
    {
        "receipts": _NUMBER, "revenue": _NUMBER, "average_receipt": _NUMBER, "median_receipt": _NUMBER,
        "last_receipt": _DATE, "days_since_last_receipt": _NUMBER, "favourite_category": _FAVOURITE,
        "favourite_brand": _BRAND, "own_total": _NUMBER, "own_best": _NUMBER,
    },
    "metric",
)  # fmt: skip


def _range(ends: tuple[str, ...]) -> st.SearchStrategy[Data]:
    """A lower end, an upper end, or both in their order; ``ends`` ascend."""
    both = st.sampled_from(ends).flatmap(
        lambda low: st.sampled_from(ends[ends.index(low) :]).map(lambda high: {"at_least": low, "at_most": high})
    )
    single = st.sampled_from(("at_least", "at_most")).flatmap(
        lambda key: st.sampled_from(ends).map(lambda end: {key: end})
    )
    return (single | both).map(lambda data: {key: Decimal(text) for key, text in data.items()})


def _some(*options: Data) -> st.SearchStrategy[Data]:
    """One of several sets of keys, each with its own values."""
    return st.sampled_from(options).flatmap(st.fixed_dictionaries)


_CATEGORIES = {"category": st.sampled_from(tuple(CATEGORY_KEYS))}
_BRANDS = {"brand": st.sampled_from(BRANDS)}
_PRODUCTS = {"product": st.sampled_from(PRODUCT_IDS)}
_RECEIPTS = {"receipts": _range(("1", "2", "3"))}
_QUANTITIES = {"quantity": _range(("0", "0.5", "1", "2", "3"))}
_AMOUNTS = {"amount": _range(("-5", "0", "5", "9.99", "10", "10.01", "20"))}
_LINE = {
    "line": _some(
        {"quantity": st.just({"at_least": 2})}, {"amount": st.just({"more": Decimal("9.99")})},
        {"brand": st.just({"not_equals": "Zed"}), "quantity": st.just({"less": 3})},
        {"price": st.just({"empty": True})},
        {"store_id": st.just({"in": ("S1",)}), "amount": st.just({"at_least": 0, "less": 10})},
    )
}  # fmt: skip
_WHEN = _some(
    {}, {"within": st.sampled_from((1, 7, 8, 30, 31))},
    {"between": st.sampled_from((("2017-05-31", "2017-06-23"), ("today - 7 days", "today - 1 day")))},
    {"since": st.just("today - 7 days")}, {"until": st.sampled_from(("today - 1 day", "today + 1 day"))},
)  # fmt: skip
_ITEM = st.builds(
    lambda what, bound: {**what, **bound},
    _some(_CATEGORIES, _BRANDS, _PRODUCTS, _LINE, {**_CATEGORIES, **_LINE}), _some({}, {}, _QUANTITIES, _AMOUNTS),
)  # fmt: skip
TOGETHER = st.builds(
    lambda items, where, when, bound: {"bought": {"same_receipt": tuple(items), **where, **when, **bound}},
    st.lists(_ITEM, min_size=1, max_size=2), _some({}, {}, {"store": st.sampled_from(STORES)}), _WHEN,
    _some({}, {}, _RECEIPTS),
)  # fmt: skip
BOUGHT = TOGETHER | st.builds(
    lambda what, where, when, bound: {"bought": {**what, **where, **when, **bound}},
    _some(
        {},
        {},
        _CATEGORIES,
        _CATEGORIES,
        _BRANDS,
        _PRODUCTS,
        {**_CATEGORIES, **_BRANDS},
        {**_PRODUCTS, **_BRANDS},
        _LINE,
        {**_CATEGORIES, **_LINE},
    ),
    _some({}, {}, {"store": st.sampled_from(STORES)}),
    _WHEN,
    _some({}, _RECEIPTS, _QUANTITIES, _AMOUNTS, {**_RECEIPTS, **_QUANTITIES, **_AMOUNTS}),
)
SUBSCRIBED = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(CHANNELS),
        "category": st.sampled_from(("promo", "service")),
        "state": st.sampled_from(("yes", "no", "unknown")),
    }
).map(lambda data: {"subscribed": data})
RFM = (
    st.dictionaries(
        st.sampled_from(("recency", "frequency", "monetary")),
        st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple),
        min_size=1, max_size=2,
    )
    | st.sampled_from(("lost", "best")).map(lambda cell: {"cell": cell})
).map(lambda data: {"rfm": data})  # fmt: skip
SAMPLE = st.builds(
    lambda percent, salt: {"sample": {"percent": percent, "salt": salt}},
    st.sampled_from(tuple(map(Decimal, ("0.01", "25", "50.5", "100")))),
    st.sampled_from(("a", "b'c")),
)
TAG = st.sampled_from(TAGS).map(lambda tag: {"tag": tag})
# The wide rule alone needs more atoms than one word holds.
WIDE = st.lists(st.sampled_from(TAGS), max_size=10).map(
    lambda out: {
        "any": tuple(
            {"not": {"all": ({"tag": tag}, {"tag": TAGS[-1]})}} if tag in out else {"tag": tag} for tag in TAGS
        )
    }
)


LEAF = st.one_of(ATTRIBUTE, METRIC, BOUGHT, BOUGHT, BOUGHT, SUBSCRIBED, RFM, SAMPLE, TAG)


def trees(segments: tuple[str, ...]) -> st.SearchStrategy[Data]:
    """A rule over all conditions and the segments named."""
    leaf = LEAF
    if segments:
        leaf |= st.sampled_from(segments).map(lambda name: {"in_segment": name})
    return nested(nested(leaf, leaf), leaf)


def nested(inner: st.SearchStrategy[Data], leaf: st.SearchStrategy[Data]) -> st.SearchStrategy[Data]:
    parts = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        leaf,
        parts.map(lambda found: {"all": tuple(found)}),
        parts.map(lambda found: {"any": tuple(found)}),
        inner.map(lambda part: {"not": part}),
    )


@st.composite
def projects(draw: st.DrawFn) -> tuple[dict[str, SegmentSpec], tuple[Rule, ...]]:
    """Segments, each of which may ask for those before it, one with very many tags; and filters of campaigns.

    Most filters are a single condition, so that a fault in one of them cannot hide behind the others.
    """
    segments = {"wide": segment(draw(WIDE))}
    for index in range(8):
        segments[f"s{index}"] = segment(draw(trees(tuple(segments))))
    backwards = dict(reversed(segments.items()))
    single = [*(draw(BOUGHT) for _ in range(8)), *(draw(ATTRIBUTE) for _ in range(8)), *(draw(LEAF) for _ in range(6))]
    return backwards, tuple(rule(data) for data in (draw(trees(tuple(segments))), *single))
