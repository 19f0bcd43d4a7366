"""Random nights of a small shop: what happens between them, and which segments and filters it is about."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from smc.warehouse import Warehouse
from tests.segment.nights import (
    FIRST,
    TAGS,
    Change,
    Moment,
    Night,
    addressed,
    controlled,
    corrected,
    described,
    drawn,
    entered,
    filled_cart,
    given_bonuses,
    happened,
    listed,
    measured,
    measured_all,
    merged,
    moved_in_catalogue,
    permitted,
    placed,
    planned,
    scored,
    settled,
    sold,
    stepped,
    stocked,
    tagged,
    tagged_by_campaign,
    taken_back,
)
from tests.segment.rules import ATTRIBUTE, BOUGHT, LEAF, METRIC, RFM, SUBSCRIBED, Data, rule, segment, trees
from tests.segment.worlds import BRANDS, MONEY, QUANTITY, STORES, TEXTS, World, days_around, instants, maybe, worlds

_CUSTOMER = st.integers(1, 10)
_BUYER = st.sampled_from((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, None))
_STATUS = st.sampled_from(("paid", "paid", "returned", "cancelled"))
_NTH = st.integers(0, 30)
_FIRST_FEW = st.integers(0, 1)
_STATE = st.sampled_from(("planned", "suppressed", "accepted", "bounced"))
_ADDRESSES = ("a@b.example", "c@d.example", "+4915112345678")
_LISTED = {"customer": _CUSTOMER, "tag": st.sampled_from(TAGS), "inside": st.booleans()}
Deed = Callable[[Warehouse, Moment, dict[str, Any]], None]
DEEDS: dict[Deed, dict[str, st.SearchStrategy[Any]]] = {
    sold: {
        "customer": _BUYER, "store": maybe(st.sampled_from(STORES)), "day": days_around(), "status": _STATUS,
        "total": MONEY, "product": st.integers(1, 6), "quantity": QUANTITY,
    },
    corrected: {"nth": _NTH, "customer": _BUYER, "day": days_around(), "status": _STATUS, "total": MONEY},
    taken_back: {"nth": _NTH},
    described: {
        "customer": st.integers(1, 11), "city": st.sampled_from(TEXTS), "day": maybe(days_around()),
        "seen": maybe(instants()),
    },
    addressed: {
        "customer": _CUSTOMER, "email": maybe(st.sampled_from(_ADDRESSES[:2])),
        "phone": maybe(st.sampled_from(_ADDRESSES[2:])),
    },
    listed: {
        "customer": _CUSTOMER, "himself": st.booleans(), "address": st.sampled_from(_ADDRESSES), "off": st.booleans(),
        "channel": st.sampled_from((None, "email", "viber")),
    },
    permitted: {"customer": _CUSTOMER, "state": st.sampled_from(("yes", "no", "unknown", None))},
    tagged: _LISTED,
    tagged_by_campaign: _LISTED,
    measured: {
        "customer": _CUSTOMER, "gone": st.booleans(), "revenue": MONEY, "receipts": st.integers(0, 4),
        "day": days_around().filter(lambda day: day <= FIRST),
    },
    measured_all: {"more": st.sampled_from((Decimal(-5), Decimal(5)))},
    scored: {"customer": _CUSTOMER, "score": st.integers(0, 5)},
    moved_in_catalogue: {
        "product": st.integers(1, 6), "category": st.integers(1, 4), "brand": st.sampled_from(BRANDS),
    },
    placed: {"product": st.integers(1, 6), "category": st.sampled_from((6, 7, None))},
    merged: {"customer": _CUSTOMER},
    happened: {"customer": _CUSTOMER, "day": days_around()},
    given_bonuses: {"customer": _CUSTOMER, "day": maybe(days_around())},
    filled_cart: {"customer": _CUSTOMER, "product": st.integers(1, 6)},
    stocked: {"product": st.integers(1, 6), "stock": st.sampled_from((0, 5, None))},
    planned: {"customer": _CUSTOMER, "state": _STATE},
    settled: {"nth": _FIRST_FEW, "state": _STATE},
    entered: {"customer": _CUSTOMER, "arm": st.sampled_from(("test", "control"))},
    stepped: {"nth": _FIRST_FEW, "out": st.booleans()},
    drawn: {"percent": st.sampled_from((None, Decimal(20), Decimal(50))), "salt": st.sampled_from(("a", "b"))},
    controlled: {"customer": _CUSTOMER, "starts": maybe(days_around()), "ends": maybe(days_around())},
}  # fmt: skip
_BY_NAME = {deed.__name__: deed for deed in DEEDS}
_TAG = st.sampled_from(TAGS).map(lambda tag: {"tag": tag})


def _one(*rules: Data) -> st.SearchStrategy[Data]:
    return st.sampled_from(rules)


FAMILIES: dict[str, tuple[st.SearchStrategy[Data], tuple[Deed, ...]]] = {
    "bought": (
        BOUGHT
        | _one(
            {"receipt": {"where": {"day": {"at_least": "today - 7 days"}}}},
            {"bought": {"category": "F", "between": ("30 days ago", "7 days ago")}},
            {"bought": {"same_receipt": ({"category": "F"}, {"brand": "Zed"}), "within": 8}},
        ),
        (sold, corrected, taken_back, moved_in_catalogue, placed, merged),
    ),
    "profile": (
        ATTRIBUTE | _one({"attribute": {"field": "birth_date", "anniversary": {"within": 7}}}),
        (described, merged),
    ),
    "metric": (METRIC, (measured, measured_all)),
    "list": (_TAG | SUBSCRIBED, (tagged, tagged_by_campaign, permitted)),
    "rfm": (RFM, (scored,)),
    "reach": (_one({"reachable": "email"}, {"reachable": "viber"}, {"reachable": "in_app"}), (addressed, listed)),
    "event": (
        _one(
            {"event": {"name": "asked", "within": 7}},
            {"event": {"count": {"at_least": 2}}},
            {"event": {"where": {"day": {"less": "today - 7 days"}}}},
        ),
        (happened,),
    ),
    "stock": (
        _one(
            {"container": {"where": {"stock": {"at_least": 1}}}},
            {"container": {"category": "Season"}},
            {"bonus": {"expires_within": 7}},
            {"sql": "select customer_id from customers where city = 'Boston'"},
        ),
        (filled_cart, stocked, placed, given_bonuses, described),
    ),
    "message": (
        _one(
            {"message": {"within": 7, "state": "bounced"}},
            {"contacted": {"within": 7}},
            {"message": {"state": "waiting"}},
        ),
        (planned, settled),
    ),
    "campaign": (
        _one(
            {"campaign": {"name": "welcome", "state": "in"}},
            {"campaign": {"name": "welcome", "state": "finished"}},
            {"campaign_step": {"outcome": "passed"}},
            {"control_group": "welcome"},
            {"control_group": "global"},
        ),
        (entered, stepped, controlled),
    ),
    "drawn": (_one({"control_group": "global"}, {"not": {"control_group": "global"}}), (drawn,)),
    "any": (LEAF, tuple(DEEDS)),
}


def apply(warehouse: Warehouse, at: Moment, change: Change) -> None:
    name, data = change
    _BY_NAME[name](warehouse, at, data)


def _change(deeds: tuple[Deed, ...]) -> st.SearchStrategy[Change]:
    return st.sampled_from(deeds).flatmap(
        lambda deed: st.tuples(st.just(deed.__name__), st.fixed_dictionaries(DEEDS[deed]))
    )


_DAYS = st.sampled_from((0, 1, 1, 1, 2, 6, 7, 24))


@st.composite
def stories(draw: st.DrawFn, about: tuple[str, ...] = ()) -> tuple[World, tuple[Night, ...]]:
    """A shop and its nights, about the families named, or one or two of them, and what changes them.

    In some nights a segment or a filter has another rule than before, or is new or gone.
    """
    families = about or tuple(draw(st.lists(st.sampled_from(sorted(FAMILIES)), min_size=1, max_size=2)))
    leaf = st.one_of(*(FAMILIES[name][0] for name in families))
    deeds = tuple(deed for name in families for deed in FAMILIES[name][1])
    segments: dict[str, Data] = {f"s{index}": draw(leaf) for index in range(2)}
    segments["above"] = draw(trees(("s0", "s1")))
    rules = [draw(leaf), {"in_segment": "s0"}]
    nights = []
    for _ in range(draw(st.integers(2, 4))):
        match draw(st.sampled_from(("same", "same", "same", "segment", "rule", "gone"))):
            case "segment":
                segments = {**segments, draw(st.sampled_from(("s0", "s1", "new"))): draw(leaf)}
            case "rule":
                rules = [*rules[1:], draw(leaf)]
            case "gone":
                segments = {name: data for name, data in segments.items() if name != "new"}
                rules = rules[1:]
        project = {name: segment(data) for name, data in segments.items()}, tuple(map(rule, rules))
        changes = tuple(draw(st.lists(_change(deeds), max_size=3)))
        nights.append(Night(draw(_DAYS), changes, project))
    return draw(worlds()), tuple(nights)
