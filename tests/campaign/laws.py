"""What must hold in every campaign at any time, asked of the tables alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from smc.campaign.moments import midnight
from smc.campaign.program import size
from smc.campaign.slots import Schedule, schedule
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.step import ControlStep, LimitStep, SplitStep, Step, every
from smc.model.keys import bucket_of
from smc.warehouse import Warehouse
from tests.campaign.test_slots import allowed
from tests.campaign.world import ZONE, World

COUNTING = "('planned', 'queued', 'claimed', 'accepted', 'unknown')"
_LEAVING = """
    select m.message_key, m.campaign, m.version, m.customer_key, m.category, m.arm, m.state_at,
        i.customer_id, c.active, c.email, s.state as consent, g.customer_key is not null as in_global,
        b.address is not null and m.channel = 'email' as blocked,
        coalesce(list(t.tag) filter (where t.tag is not null), []) as tags
    from message as m
    join customer as c using (customer_key)
    join customer_ident as i on i.customer_key = m.customer_key
    left join subscription as s
        on s.customer_key = m.customer_key and s.channel = m.channel and s.category = m.category
    left join (
        select distinct customer_key from control_member
        where control_group = 'global' and coalesce(starts_on <= $day, true) and coalesce(ends_on >= $day, true)
    ) as g on g.customer_key = m.customer_key
    left join (select distinct address from suppression where removed_at is null) as b on b.address = c.email
    left join tag_member as t on t.customer_key = m.customer_key
    where m.state in ('planned', 'queued')
        or (m.state = 'accepted' and not list_contains($gone::varchar[], m.message_key))
    group by all
"""


@dataclass(frozen=True, slots=True)
class Texts:
    """Every text of a campaign that was ever entered."""

    of: dict[tuple[str, int], CampaignSpec]

    @classmethod
    def read(cls, warehouse: Warehouse) -> Texts:
        rows = warehouse.rows("select campaign, version, spec from campaign_version where kind = 'campaign'")
        return cls({
            (name, number): CampaignSpec.model_validate(json.loads(text, parse_float=Decimal))
            for name, number, text in rows
        })  # fmt: skip


def breaches(world: World) -> Iterator[str]:
    """What holds at any time, whatever happened since the last run."""
    with world.open() as warehouse:
        texts = Texts.read(warehouse)
        yield from _doubles(warehouse)
        yield from _sent_twice(warehouse)
        yield from _nowhere(warehouse, texts)
        yield from _out_of_time(warehouse, world, texts)
        yield from _over_caps(warehouse, world)
        yield from _over_limits(warehouse, texts)
        yield from _drawn_wrongly(warehouse, texts)
        yield from _global_group(warehouse, world)


def refused(world: World, gone: Sequence[str]) -> Iterator[str]:
    """What holds behind a run that hands over: who must not be messaged now has nothing on its way, and got nothing.

    ``gone``: the messages that had left before the run.
    """
    with world.open() as warehouse:
        texts, categories = Texts.read(warehouse), world.project.settings.categories
        drawn = drawn_for_all(warehouse, world)
        for row in warehouse.records(_LEAVING, day=world.today, gone=list(gone)):
            spec, needs = texts.of[row["campaign"], row["version"]], categories[row["category"]].needs("email")
            present = world.project.campaigns.get(row["campaign"])
            spared = spec.control_group.tag if spec.control_group else None
            in_global = row["in_global"] or row["customer_id"] in drawn
            why = {
                "is control": row["arm"] == "control" or held_back(spec, row["customer_id"]),
                "is in the global control group": spec.global_control == "exclude" and in_global,
                "is in the control group by tag": spared is not None and spared in row["tags"],
                "has no consent": row["consent"] == "no" or (needs == "required" and row["consent"] != "yes"),
                "is on the suppression list": row["blocked"],
                "is no customer any more": row["active"] is False,
                "is of a campaign that is off": present is None or not present.active,
            }
            yield from (f"{row['customer_key']} {what}: {row['message_key']}" for what, wrong in why.items() if wrong)


def stuck(world: World, *, night: bool) -> Iterator[str]:
    """Behind a run nobody is due in a campaign that is on; a tick leaves to the night what a new day brings."""
    on = [name for name, spec in world.project.campaigns.items() if spec.active]
    left = [] if night else [midnight(world.today, ZONE)]
    with world.open() as warehouse:
        rows = warehouse.rows(
            "select campaign, customer_key, step from entry where exited_on is null and due_at <= $now"
            " and list_contains($on::varchar[], campaign) and not list_contains($left::timestamptz[], due_at)",
            now=world.now, on=on, left=left,
        )  # fmt: skip
    yield from (f"{customer} is due at step {step} of {name} and stands there" for name, customer, step in rows)


def _doubles(warehouse: Warehouse) -> Iterator[str]:
    keys = {
        "message": ("message_key", "entry_key, step, channel"),
        "entry": ("entry_key", "campaign, customer_key, occurrence"),
        "step_log": ("entry_key, step, visit",), "limit_use": ("entry_key, step",), "task": ("task_key",),
    }  # fmt: skip
    for table, columns in keys.items():
        for some in columns:
            rows = warehouse.rows(f"select {some} from {table} group by all having count(*) > 1")
            yield from (f"twice in {table}: {row}" for row in rows)


def _sent_twice(warehouse: Warehouse) -> Iterator[str]:
    """A step sends one message, a cascade too."""
    rows = warehouse.rows(
        "select entry_key, step, list(channel) from message where state = 'accepted' group by all having count(*) > 1"
    )
    yield from (f"sent twice: {row}" for row in rows)


def _nowhere(warehouse: Warehouse, texts: Texts) -> Iterator[str]:
    """Everyone who entered stands at a step of his text, or left for a reason."""
    for row in warehouse.records("select * from entry"):
        spec = texts.of[row["campaign"], row["version"]]
        inside = row["step"] is not None and 1 <= row["step"] <= size(spec.steps) and row["due_at"] is not None
        if not (inside if row["exited_on"] is None else row["step"] is None and row["exit_reason"]):
            yield f"nowhere: {row}"


def _out_of_time(warehouse: Warehouse, world: World, texts: Texts) -> Iterator[str]:
    rows = warehouse.rows(
        "select m.campaign, m.version, m.category, m.state_at, c.timezone from message as m"
        " join customer as c using (customer_key) where m.state = 'accepted'"
    )
    for name, version, category, at, zone in rows:
        spec, sending = texts.of[name, version], world.project.settings.sending
        rules: Schedule = schedule(sending, "email", category, spec.window)
        if (spec.if_missed or sending.if_missed) == "send":
            rules = rules.awake
        local = at.astimezone(ZoneInfo(zone or ZONE.key)).replace(tzinfo=None)
        if not allowed(rules, local):
            yield f"{name} left at {local}, in {zone}"


def _over_caps(warehouse: Warehouse, world: World) -> Iterator[str]:
    rows: list[tuple[Any, ...]] = warehouse.rows(
        "select m.customer_key, m.category, m.channel, m.due_at, c.timezone from message as m"
        f" join customer as c using (customer_key) where m.state in {COUNTING}"
    )
    for cap in world.project.settings.caps:
        places: dict[int, list[int]] = {}
        length = cap.length * (1 if cap.calendar else 3_600_000_000)
        for customer, category, channel, due, zone in rows:
            if cap.category in (None, category) and cap.channel in (None, channel):
                places.setdefault(customer, []).append(_place(due, zone or ZONE.key, calendar=cap.calendar))
        for customer, found in places.items():
            if any(sum(last - length < one <= last for one in found) > cap.messages for last in found):
                yield f"{customer} has more than {cap}: {sorted(found)}"


def _place(due: datetime, zone: str, *, calendar: bool) -> int:
    """The day of his calendar, or microseconds."""
    return due.astimezone(ZoneInfo(zone)).toordinal() if calendar else round(due.timestamp() * 1_000_000)


def drawn(salt: str, percent: Decimal, customer: str) -> bool:
    """Whether a share takes him. Not as the engine asks: its answer is what is judged."""
    return bucket_of(salt, customer) < percent * 100


def held_back(spec: CampaignSpec, customer: str) -> bool:
    """Whether the campaign's own share takes him."""
    group = spec.control_group
    return group is not None and group.percent is not None and drawn(group.salt, group.percent, customer)


def drawn_for_all(warehouse: Warehouse, world: World) -> set[str]:
    """Whom the global control group takes. The machine changes neither its share nor its salt, and it has no months."""
    group = world.project.settings.global_control
    everybody = [customer for (customer,) in warehouse.rows("select customer_id from customer_ident")]
    return {one for one in everybody if group is not None and drawn(group.salt, group.percent, one)}


def _global_group(warehouse: Warehouse, world: World) -> Iterator[str]:
    """Behind a run who is drawn is a member; who is not was brought by a list, which says of no day."""
    rows = warehouse.rows(
        "select i.customer_id, m.starts_on from control_member as m join customer_ident as i using (customer_key)"
        " where m.control_group = 'global' and coalesce(m.ends_on >= $day, true)", day=world.today,
    )  # fmt: skip
    taken = drawn_for_all(warehouse, world)
    yield from (f"{one} is not in the global control group" for one in taken - {customer for customer, _ in rows})
    yield from (f"{one} was not drawn" for one, begins in rows if begins is not None and one not in taken)


def _drawn_wrongly(warehouse: Warehouse, texts: Texts) -> Iterator[str]:
    """Arms of entries, and ways from splits and control groups, are a function of the salt and the customer's id."""
    who = "join customer_ident as i using (customer_key)"
    listed = {key for (key,) in warehouse.rows("select customer_id from control_member as m " + who)}
    for name, version, customer, arm in warehouse.rows(f"select campaign, version, customer_id, arm from entry {who}"):
        spec = texts.of[name, version]
        tagged = spec.control_group is not None and spec.control_group.tag is not None
        other = tagged or (spec.global_control == "exclude" and customer in listed)
        if held_back(spec, customer) != (arm == "control") and not (other and arm == "control"):
            yield f"{customer} is {arm} in {name}"
    rows = warehouse.rows(
        "select e.campaign, e.version, i.customer_id, l.step, l.outcome from step_log as l"
        f" join entry as e using (entry_key) {who}"
    )
    for name, version, customer, number, outcome in rows:
        steps = [step for _, step in every(texts.of[name, version].steps)]
        if way(steps[number - 1], customer) not in (None, outcome):
            yield f"{customer} took {outcome} at step {number} of {name}"


def way(step: Step, customer: str) -> str | None:
    """The way that a draw gives him; None where nothing is drawn."""
    match step:
        case ControlStep(control=group):
            return "control" if drawn(group.salt, group.percent, customer) else "test"
        case SplitStep(split=split):
            whole = Decimal(0)
            return next(arm.name for arm in split.arms if drawn(split.salt, whole := whole + arm.share, customer))
        case _:
            return None


def _over_limits(warehouse: Warehouse, texts: Texts) -> Iterator[str]:
    """``per: total`` alone is drawn by the machine; a text that was replaced may have had more room."""
    most: dict[tuple[str, str], int] = {}
    for (name, _), spec in texts.of.items():
        for _, step in every(spec.steps):
            if isinstance(step, LimitStep):
                key = (name, step.limit.name)
                most[key] = max(most.get(key, 0), step.limit.customers)
        if spec.limit is not None:
            most[name, ""] = max(most.get((name, ""), 0), spec.limit.entries)
        else:
            most[name, ""] = 10**9
    rows = warehouse.rows("select campaign, name, count(*) from limit_use group by all")
    rows += warehouse.rows("select campaign, '', count(*) from entry group by all")
    yield from (f"{count} passed {key}" for *key, count in rows if count > most.get((key[0], key[1]), 10**9))
