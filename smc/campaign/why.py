"""Why one customer is in a campaign or not: what its trigger finds of him, and the gates from there to an entry.

Only reading: triggers are asked as a night asks them, for this customer alone; the gates are those of
``queries/create_newcomer.sql``, told one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlglot import exp

from smc.campaign.enter import again_after, audience_name, days_looked_at, has_turn
from smc.campaign.held import held
from smc.campaign.moments import period_began
from smc.campaign.program import buckets
from smc.campaign.tables import query
from smc.campaign.triggers import drawn_days, hits, newer
from smc.campaign.versions import Spec, Version
from smc.config.days import days_until
from smc.config.pairs import pairs
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.policy import GLOBAL
from smc.model.keys import bucket_of
from smc.warehouse import Warehouse, sql, union


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that the trigger found: its occurrence, when it was, and what was so at that moment (JSON)."""

    occurrence: str
    happened_on: date
    happened_at: datetime | None
    context: str | None


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition of entering. ``has``: what there is of it."""

    gate: str
    passed: bool
    has: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay with its steps (number, day, outcome). ``step`` is where he stands; None when he has left."""

    key: str
    version: int
    occurrence: str
    entered_on: date
    arm: str
    step: int | None
    due_at: datetime | None
    exited_on: date | None
    exit_reason: str | None
    happened_at: datetime | None
    steps: tuple[tuple[int, date, str], ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One campaign or mailing and one customer. ``days``: first and last day whose occurrences a night takes in."""

    name: str
    kind: str
    days: tuple[date, date]
    hits: tuple[Hit, ...]
    gates: tuple[Gate, ...]
    stays: tuple[Stay, ...]
    messages: tuple[Mapping[str, Any], ...]

    @property
    def stopped(self) -> Gate | None:
        """The first gate that is shut."""
        return next((gate for gate in self.gates if not gate.passed), None)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asked about, and what triggers look at in him."""

    key: int
    id: str
    profile: Mapping[str, Any]
    segments: Mapping[str, date | None]
    lists: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Past:
    """What earlier nights have used up: entries of the present period by campaign, and audiences, by watermark.

    ``stopped``: why campaigns did nothing in the last night.
    """

    rooms: Mapping[str, int]
    drawn: frozenset[str]
    stopped: Mapping[str, str]


def reasons(
    warehouse: Warehouse, specs: Mapping[str, Spec], key: int, own_id: str, *, as_of: date, now: datetime
) -> tuple[Reason, ...]:
    """One for each campaign and mailing, in their order. A few statements for all of them, and one of hits."""
    person = _person(warehouse, key, own_id, as_of)
    on = {row[0]: row[3] for row in warehouse.rows(query("latest_versions")) if row[3]}
    versions = [Version(name, 0, spec, on.get(name, as_of)) for name, spec in specs.items()]
    found = _hits(warehouse, versions, key, as_of, now)
    stopped = held(warehouse, {name: spec for name, spec in specs.items() if isinstance(spec, CampaignSpec)})
    stays, messages = _stays(warehouse, key), warehouse.records(query("why_messages"), key=key)
    drawn = warehouse.rows(query("why_audiences"), as_of=as_of)
    past = _Past(_rooms(warehouse, versions, as_of), frozenset(row[0] for row in drawn), stopped)
    return tuple(
        Reason(
            one.campaign, one.kind, days_looked_at(one, as_of), tuple(found.get(one.campaign, ())),
            tuple(_gates(one, person, found.get(one.campaign, []), stays.get(one.campaign, []), past=past,
                         as_of=as_of)),
            tuple(stays.get(one.campaign, ())), tuple(row for row in messages if row["campaign"] == one.campaign),
        )
        for one in versions
    )  # fmt: skip


def _person(warehouse: Warehouse, key: int, own_id: str, as_of: date) -> Person:
    profile = next(iter(warehouse.records(query("why_profile"), key=key)), {})
    segments = {
        segment: None if initial else entered
        for segment, entered, initial in warehouse.rows(query("why_segments"), key=key)
    }
    lists = frozenset((kind, name) for kind, name in warehouse.rows(query("why_lists"), key=key, as_of=as_of))
    return Person(key, own_id, profile, segments, lists)


def _hits(
    warehouse: Warehouse, versions: Sequence[Version], key: int, as_of: date, now: datetime
) -> dict[str, list[Hit]]:
    """What all triggers find of the customer, in one statement; what is due later than ``now`` has not happened yet."""
    asked: list[exp.Expr] = []
    for version in versions:
        since, until = days_looked_at(version, as_of)
        if since <= until:
            text = """
                select $campaign as campaign, occurrence, happened_on, happened_at, context
                from $found as found where customer_key = $key and $past
            """
            found, past = hits(version.spec, since, until), has_turn(version.spec, now)
            asked.append(sql(text, campaign=version.campaign, found=found, key=key, past=past))
    if not asked:
        return {}
    told: dict[str, list[Hit]] = {}
    for campaign, *rest in sorted(warehouse.rows(union(asked)), key=lambda row: (row[0], row[2], row[1])):
        told.setdefault(campaign, []).append(Hit(*rest))
    return told


def _stays(warehouse: Warehouse, key: int) -> dict[str, list[Stay]]:
    steps: dict[str, list[tuple[int, date, str]]] = {}
    for entry, step, done_on, outcome in warehouse.rows(query("why_steps"), key=key):
        steps.setdefault(entry, []).append((step, done_on, outcome))
    found: dict[str, list[Stay]] = {}
    for entry, campaign, _, *rest in warehouse.rows(query("why_entries"), key=key):
        values: tuple[Any, ...] = (entry, *rest, tuple(steps.get(entry, ())))
        found.setdefault(campaign, []).append(Stay(*values))
    return found


def _rooms(warehouse: Warehouse, versions: Sequence[Version], as_of: date) -> dict[str, int]:
    """Entries in the present period of campaigns that limit them."""
    limited = {
        version.campaign: period_began(version.spec.limit.per, as_of)
        for version in versions
        if not isinstance(version.spec, MailingSpec) and version.spec.limit
    }
    if not limited:
        return {}
    rows = warehouse.rows(query("why_rooms"), campaigns=list(limited), since=list(limited.values()))
    return dict.fromkeys(limited, 0) | dict(rows)


def _gates(
    version: Version,
    person: Person,
    found: Sequence[Hit],
    stays: Sequence[Stay],
    *,
    past: _Past,
    as_of: date,
) -> Iterator[Gate]:
    """In the order in which a night asks."""
    spec = version.spec
    yield Gate("switched on", spec.active, "" if spec.active else "active: false")
    if problem := past.stopped.get(version.campaign):
        yield Gate("names are known", False, problem)
    since, until = days_looked_at(version, as_of)
    if since > until:
        yield Gate("valid", False, "no day that it looks at is within valid_from and valid_to")
    yield Gate("trigger", bool(found), _matched(found, since, until) or _values(spec, person, as_of))
    if found:
        yield from _fresh(version, found, stays, drawn=past.drawn, as_of=as_of)
    yield from _again(spec, stays, as_of)
    if not isinstance(spec, MailingSpec) and spec.limit:
        left = spec.limit.entries - past.rooms[version.campaign]
        yield Gate("limit of entries", left > 0, f"{max(left, 0)} of {spec.limit.entries} left")
    yield from _held_back(spec, person)


def _fresh(
    version: Version, found: Sequence[Hit], stays: Sequence[Stay], *, drawn: frozenset[str], as_of: date
) -> Iterator[Gate]:
    """Whether something of what was found has not been entered for, and still may be."""
    spec = version.spec
    entered = {stay.occurrence: stay.entered_on for stay in stays}
    fresh = [hit for hit in found if hit.occurrence not in entered]
    if not fresh:
        day = entered[found[-1].occurrence]
        yield Gate("new occurrence", False, f"entered for {found[-1].occurrence} on {day}")
        return
    last = max((stay.happened_at for stay in stays if stay.happened_at), default=None)
    if last and newer(spec):
        yield Gate(
            "newer than before",
            any(hit.happened_at > last for hit in fresh if hit.happened_at),
            f"entered for what happened at {last:%Y-%m-%d %H:%M}",
        )
    if drawn_days(spec, *days_looked_at(version, as_of)) is not None:
        late = all(audience_name(version.campaign, hit.happened_on) in drawn for hit in fresh)
        has = f"that of {fresh[-1].happened_on} was drawn before, and stays as it was" if late else ""
        yield Gate("audience", not late, has)


def _held_back(spec: Spec, person: Person) -> Iterator[Gate]:
    """Control groups: who is in one enters, and is never messaged."""
    if (group := spec.control_group) and group.percent:
        bucket, below = bucket_of(group.salt, person.id), buckets(group.percent)
        yield Gate("not in the control group", bucket >= below, f"drawn {bucket} of 10000, control is below {below}")
    if group and group.tag:
        yield Gate("not in the control group", ("tag", group.tag) not in person.lists, f"those tagged {group.tag}")
    if spec.global_control == "exclude" and ("control", GLOBAL) in person.lists:
        yield Gate("not in the global control group", passed=False, has="")


def _again(spec: Spec, stays: Sequence[Stay], as_of: date) -> Iterator[Gate]:
    """Re-entry and being inside."""
    if not stays or (not isinstance(spec, MailingSpec) and spec.concurrent and spec.re_entry == "always"):
        return
    last = max(stay.entered_on for stay in stays)
    after = again_after(spec)
    if after is None:
        yield Gate("re-entry", False, f"once in a life, and entered on {last}")
    else:
        again = last + timedelta(days=after)
        yield Gate("re-entry", again <= as_of, f"last entered on {last}, again from {again} on")
    inside = next((stay for stay in stays if stay.exited_on is None), None)
    ended = max((stay.exited_on for stay in stays if stay.exited_on), default=None)
    if isinstance(spec, MailingSpec) or not spec.concurrent:
        has = f"inside since {inside.entered_on}" if inside else f"left on {ended}" if ended else ""
        yield Gate("not inside", inside is None and (ended is None or ended < as_of), has)


def _matched(found: Sequence[Hit], since: date, until: date) -> str:
    if not found:
        return ""
    last = found[-1]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"found {last.occurrence} of {last.happened_on} within {since} to {until}{more}"


_PROFILE = {
    "birth_date": "birth date", "registered_at": "registered", "first_receipt": "first receipt",
    "last_receipt": "last receipt",
}  # fmt: skip
_LOOKED_AT = {"days_since_last_receipt": "last_receipt", "receipt": "last_receipt", "registered": "registered_at"}
_LONG_AGO = 3650
"""Days beyond which nobody counts them."""
_SEGMENTS = frozenset({"entered_segment", "left_segment", "segment"})


def _values(spec: Spec, person: Person, as_of: date) -> str:
    """What the customer has of that which the trigger asks for, where it asks for a date or a segment."""
    if isinstance(spec, MailingSpec):
        bought = _bought(spec, person, as_of)
        return ", ".join([f"the day is {spec.send_on}", _memberships([spec.audience, *spec.exclude], person), *bought])
    asked = list(pairs(spec.trigger))
    wanted = [*(name for name in _PROFILE if any(value == name for _, value in asked))]
    wanted += [name for key, name in _LOOKED_AT.items() if any(one == key for one, _ in asked)]
    dates = [f"{_PROFILE[name]}: {_dated(person.profile.get(name), as_of)}" for name in dict.fromkeys(wanted)]
    segments = [value for key, value in asked if key in _SEGMENTS and isinstance(value, str)]
    return ", ".join(filter(None, [*dates, _memberships(segments, person)])) or "nothing found"


def _bought(spec: MailingSpec, person: Person, as_of: date) -> Iterator[str]:
    """The days of which he must have a receipt, and his last one."""
    if spec.bought is not None:
        first, last = days_until(spec.bought, spec.send_on)
        span = f"from {first} to {last}" if first else f"up to {last}"
        yield f"a receipt {span} is needed, last receipt: {_dated(person.profile.get('last_receipt'), as_of)}"


def _dated(value: Any, as_of: date) -> str:
    if value is None:
        return "none"
    day = value.date() if isinstance(value, datetime) else value
    days = (as_of - day).days
    return f"{day}, {days} days before {as_of}" if 0 <= days <= _LONG_AGO else str(day)


def _memberships(segments: Sequence[str], person: Person) -> str:
    return ", ".join(_membership(segment, person) for segment in segments)


def _membership(segment: str, person: Person) -> str:
    if segment not in person.segments:
        return f"not in {segment}"
    entered = person.segments[segment]
    return f"in {segment} since {entered}" if entered else f"in {segment} since its first computation"
