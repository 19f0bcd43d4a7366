"""Mistakes of meaning in triggers: unknown names, and data that no feed brings. Light imports only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce

from smc.campaign.dated import METRIC_DATES
from smc.campaign.watches import rows_of
from smc.config.document import Document
from smc.config.objects import custom_of
from smc.config.problem import Problem, nearest
from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.config.specs.rule import only_key
from smc.config.specs.step import Path
from smc.config.specs.trigger import EnteredSegment, OnDate, Registered, SystemEvent, Trigger
from smc.config.specs.trigger_change import (
    BackInStock,
    Interest,
    LeftSegment,
    LowStock,
    PriceChanged,
    RfmCellChanged,
    Unsubscribed,
)
from smc.config.specs.trigger_day import (
    Anniversary,
    BonusesExpire,
    DaysSince,
    DaysSinceLastReceipt,
    OnDateOf,
    Repeat,
)
from smc.config.specs.trigger_poll import OnPoll
from smc.config.specs.watch import Row, Watched
from smc.model.objects import OBJECTS

_DATES = ("date", "datetime")
_METRIC_DATES = {**{name: table for name, table in METRIC_DATES.items() if name.endswith("receipt")}, "first_order": ""}
"""What an anniversary may be of, beside the customer's fields."""
_OF_METRIC = {
    "first_receipt": ("receipt", "purchased_at"), "last_receipt": ("receipt", "purchased_at"),
    "first_order": ("order", "ordered_at"), "last_order": ("order", "ordered_at"),
    "last_site_visit": ("web_event", "occurred_at"),
}  # fmt: skip
_OF_INTEREST = {
    "viewed": ("web_event", "product_id"), "bought": ("receipt_line", "product_id"),
    "container": ("container", "product_id"),
}  # fmt: skip
_SEGMENTS: dict[type[Spec], tuple[str, ...]] = {
    EnteredSegment: ("entered_segment",), LeftSegment: ("left_segment",), OnDate: ("date", "segment"),
    Repeat: ("repeat", "segment"), SystemEvent: ("system_event", "segment"),
}  # fmt: skip
"""Where a trigger names a segment."""
_NEEDS: dict[type[Spec], tuple[tuple[str, str], ...]] = {
    Registered: (("customer", "registered_at"),),
    DaysSinceLastReceipt: (("receipt", "purchased_at"),),
    SystemEvent: (("event", "occurred_at"),),
    RfmCellChanged: (("receipt", "purchased_at"),),
    BonusesExpire: (("bonus_balance", "expires_on"),),
    PriceChanged: (("product", "price"),),
    LowStock: (("product", "stock"),),
    BackInStock: (("product", "stock"),),
    Unsubscribed: (("subscription", "state"),),
}
"""What a trigger needs whatever its settings: field of object."""
_OF_ROWS = {
    "receipts": ("receipt", "purchased_at"), "lines": ("receipt_line", "product_id"),
    "orders": ("order", "ordered_at"), "order_lines": ("order_line", "product_id"),
    "order_changes": ("order", "order_id"), "events": ("event", "occurred_at"),
    "web_events": ("web_event", "occurred_at"), "containers": ("container", "added_at"),
    "poll_answers": ("poll_answer", "answered_at"), "promocodes": ("promocode_use", "used_on"),
}  # fmt: skip
"""What a trigger by rows needs, by the fact of its rows."""
_INSTEAD = {"promocodes": (("receipt", "promocode"),)}
"""What brings such rows as well: receipts show the use of codes of campaigns."""


@dataclass(frozen=True, slots=True)
class TriggerNames:
    """What triggers may name. ``brought``: by object the fields that feeds bring; None when a feed could not be read.

    ``cells``: those of rfm.yaml; None when it could not be read.
    """

    segments: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    fields: FieldsSpec | None = None
    cells: frozenset[str] | None = None
    brought: Mapping[str, frozenset[str]] | None = field(default=None)
    polls: frozenset[str] | None = None


def fields_brought(feeds: Iterable[FeedSpec]) -> dict[str, frozenset[str]]:
    """By object the fields that feeds bring."""
    found: dict[str, frozenset[str]] = {}
    for feed in feeds:
        for item, fields in feed.parts.items():
            found[item] = found.get(item, frozenset()) | fields.keys()
    return found


@dataclass(frozen=True, slots=True)
class Need:
    """A field of an object without which a trigger or a row never happens, and the key of the trigger that asks for it.

    ``instead``: others that do as well.
    """

    item: str
    field: str
    key: Path = ()
    instead: tuple[tuple[str, str], ...] = ()


def segment_of(trigger: Trigger) -> str | None:
    """The segment that a trigger names."""
    place = _SEGMENTS.get(type(trigger))
    return str(reduce(getattr, place, trigger)) if place else None


def trigger_problems(doc: Document[CampaignSpec], names: TriggerNames) -> Iterator[Problem]:
    """What is wrong with the trigger of a campaign."""
    trigger = doc.spec.trigger
    unknown = list(_unknown(doc, trigger, names))
    yield from unknown
    if isinstance(trigger, Watched) and not doc.spec.look_back:
        yield doc.problem(
            ("look_back",), "rows of a day come in the drop of the next one, so this trigger would never see them",
            "Look back 1 day at least.",
        )  # fmt: skip
    if isinstance(trigger, EnteredSegment | LeftSegment) and not doc.spec.look_back:
        yield doc.problem(
            ("look_back",), "who comes or goes between two nights does so on the day of the first and would be missed",
            "Look back 1 day at least.",
        )  # fmt: skip
    if names.brought is None:
        return
    own = names.fields or FieldsSpec()
    for need in needs(trigger) if not unknown else ():
        yield from _unfed(doc, ("trigger", *need.key), need, names.brought, own)
    for path, row in rows_of(doc.spec):
        if path[0] != "trigger":
            yield from _unfed(doc, path, row_need(row), names.brought, own)


def _unknown(doc: Document[CampaignSpec], trigger: Trigger, names: TriggerNames) -> Iterator[Problem]:
    if segment := segment_of(trigger):
        yield from known(doc, ("trigger", *_SEGMENTS[type(trigger)]), "segment", segment, names.segments)
    match trigger:
        case Anniversary(anniversary=of) if names.fields is not None:
            yield from _date(doc, ("trigger", "anniversary", "of"), "customer", of.of, names.fields)
        case OnDateOf(on_date_of=of) if names.fields is not None:
            yield from _date(doc, ("trigger", "on_date_of", "field"), of.object, of.field, names.fields)
        case RfmCellChanged(rfm_cell=of) if names.cells is not None:
            for key, cell in (*(("to", one) for one in of.to or ()), *(("from", one) for one in of.from_ or ())):
                yield from known(doc, ("trigger", "rfm_cell", key), "RFM cell", cell, names.cells)
        case Unsubscribed(unsubscribed=of) if of.category is not None:
            place = ("unsubscribed", "category")
            yield from known(doc, ("trigger", *place), "message category", of.category, names.categories)
        case OnPoll(poll=of) if of.completed and names.polls is not None:
            for poll in of.poll or ():
                yield from known(doc, ("trigger", "poll", "poll"), "poll", poll, names.polls)
        case _:
            pass


def known(doc: Document[CampaignSpec], path: Path, what: str, name: str, names: frozenset[str]) -> Iterator[Problem]:
    if name not in names:
        yield doc.problem(path, f"there is no {what} '{name}'", nearest(name, names))


def _date(doc: Document[CampaignSpec], path: Path, item: str, name: str, fields: FieldsSpec) -> Iterator[Problem]:
    types = {one.name: one.type for one in OBJECTS[item].fields}
    types |= {own: spec.type for own, spec in custom_of(fields, item).items()}
    dates = {own for own, kind in types.items() if kind in _DATES}
    if path[1] == "anniversary":
        dates |= _METRIC_DATES.keys()
    if name in types and name not in dates:
        yield doc.problem(path, f"'{name}' is no date", f"Dates of {item} are: {', '.join(sorted(dates))}.")
    else:
        yield from known(doc, path, f"date of {item} named", name, frozenset(dates))


def _unfed(
    doc: Document[CampaignSpec], place: Path, need: Need, brought: Mapping[str, frozenset[str]], own: FieldsSpec
) -> Iterator[Problem]:
    if any(field in brought.get(item, ()) for item, field in need.instead):
        return
    fields = brought.get(need.item)
    what = "trigger" if place[0] == "trigger" else "row"
    if fields is None:
        yield doc.problem(
            place, f"no feed brings the object '{need.item}', so this {what} never happens",
            f"Add a feed with 'object: {need.item}', or take another {what}.",
        )  # fmt: skip
    elif need.field not in fields and not _misspelt(need.item, fields, own):
        yield doc.problem(
            place, f"no feed brings '{need.field}' of {need.item}, so this {what} never happens",
            f"Map '{need.field}' in a feed of '{need.item}', or take another {what}.",
        )  # fmt: skip


def _misspelt(item: str, fields: Iterable[str], own: FieldsSpec) -> bool:
    """Whether a feed maps a field that is none; it is told so, and may have meant the one that is needed."""
    custom = {f"custom.{name}" for name in custom_of(own, item)}
    return any(name not in custom and OBJECTS[item].field(name) is None for name in fields)


def needs(trigger: Trigger) -> tuple[Need, ...]:
    """The data without which a trigger never happens. What a segment needs is the segment's to say."""
    fixed = tuple(Need(*of, (only_key(trigger) or "",)) for of in _NEEDS.get(type(trigger), ()))
    match trigger:
        case Watched():
            return (row_need(trigger.row, only_key(trigger) or ""),)
        case DaysSince(days_since=of):
            return (_of_customer(of.of, ("days_since", "of")),)
        case Anniversary(anniversary=of):
            return (_of_customer(of.of, ("anniversary", "of")),)
        case OnDateOf(on_date_of=of):
            return (_field(of.object, of.field, ("on_date_of", "field")),)
        case PriceChanged(price_changed=of) | LowStock(low_stock=of) | BackInStock(back_in_stock=of):
            return (*fixed, _of_interest(of.of, only_key(trigger) or ""))
        case _:
            return fixed


def row_need(row: Row, *key: str) -> Need:
    """The data without which such a row is never there."""
    return Need(*_OF_ROWS[row.over], key, _INSTEAD.get(row.over, ()))


def _of_customer(name: str, key: Path) -> Need:
    return Need(*_OF_METRIC[name], key) if name in _OF_METRIC else _field("customer", name, key)


def _field(item: str, name: str, key: Path) -> Need:
    return Need(item, name if OBJECTS[item].field(name) else f"custom.{name}", key)


def _of_interest(of: Interest, kind: str) -> Need:
    given = next(name for name in _OF_INTEREST if getattr(of, name) is not None)
    return Need(*_OF_INTEREST[given], (kind, "of", given))
