"""The last plan: a small file beside the snapshot, so that the next plan and the night can say what is different."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from smc.campaign.codes import Supply
from smc.campaign.tally import SMS, Line, Tally
from smc.config.document import Document, read
from smc.config.problem import Problem, sentence
from smc.config.specs.promocode import CodeGroup, PromocodesSpec
from smc.project import Project
from smc.warehouse import Warehouse

_COUNTS = ("entered", "control", "steps", "ended")


@dataclass(frozen=True, slots=True)
class Plan:
    """What ``smc plan`` showed: for which day, when it was made (UTC), and what it counted."""

    as_of: date
    made_at: datetime
    tally: Tally


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of a campaign or mailing in a plan, and now. ``what`` is ``list``: as many messages, to other people."""

    campaign: str
    what: str
    then: int
    now: int


def plan_path(project: Project) -> Path:
    return project.path(project.settings.warehouse.snapshot).with_name("plan.json")


def last_plan(project: Project) -> Plan | None:
    """The last plan; None when there is none, or none that this smc can read: it is only compared with."""
    try:
        found = json.loads(plan_path(project).read_text(encoding="utf-8"))
        lines = tuple(Line(**line) for line in found["lines"])
        made_at = datetime.fromisoformat(found["made_at"])
        return Plan(date.fromisoformat(found["as_of"]), made_at, Tally(lines, found["digest"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_plan(project: Project, as_of: date, done: Tally) -> bool:
    """Put the plan in the place of the last one; False when the folder cannot be written."""
    path = plan_path(project)
    text = json.dumps(
        {
            "as_of": as_of.isoformat(), "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "digest": done.digest, "lines": [asdict(line) for line in done.lines],
        },
        indent=1, ensure_ascii=False,
    )  # fmt: skip
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_text(text + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError:
        return False
    return True


def lacking_codes(project: Project, supplied: Iterable[Supply]) -> list[Problem]:
    """Groups of promocodes that have too few codes for the night, where they stand in ``promocodes.yaml``."""
    lacking = [one for one in supplied if one.needed > one.given]
    found = read(project.path("promocodes.yaml"), PromocodesSpec)[0] if lacking else None
    return [_lack(found, one, project.promocodes.groups[one.group]) for one in lacking] if found else []


def _lack(doc: Document[PromocodesSpec], one: Supply, group: CodeGroup) -> Problem:
    lack = one.needed - one.given
    message = f"{one.needed} customers need a code of '{one.group}', and there are {one.given}: {lack} will get none"
    remedy = f"Before the night: smc promocode import FILE {one.group}"
    made = f", or smc promocode generate {one.group} {lack}" if group.format else ""
    return doc.problem(("groups", one.group), sentence(message), f"{remedy}{made}.")


def changes(then: Tally, now: Tally) -> tuple[Change, ...]:
    """What is different, figure by figure, in the order of the lines now."""
    before = {(line.kind, line.name): line for line in then.lines}
    after = {(line.kind, line.name): line for line in now.lines}
    return tuple(
        change for key in dict.fromkeys([*after, *before]) for change in _changed(before.get(key), after.get(key))
    )


def _changed(then: Line | None, now: Line | None) -> Iterator[Change]:
    line = now or then
    if line is None:
        return
    counted = not (then and now) or None not in (then.segments, now.segments)
    old, new = _figures(then, segments=counted), _figures(now, segments=counted)
    found = [
        Change(line.name, what, old.get(what, 0), new.get(what, 0))
        for what in dict.fromkeys([*new, *old])
        if old.get(what, 0) != new.get(what, 0)
    ]
    yield from found
    if not found and then and now and then.digest != now.digest:
        messages = sum(now.messages.values()) + sum(now.suppressed.values())
        yield Change(line.name, "list", messages, messages)


def _figures(line: Line | None, *, segments: bool) -> dict[str, int]:
    """``segments``: compare those; a night does not count them."""
    if line is None:
        return {}
    told = {name: getattr(line, name) for name in _COUNTS}
    told |= {"segments": line.segments} if segments and line.segments else {}
    return told | dict(line.messages) | {f"not sent: {reason}": count for reason, count in line.suppressed.items()}


def compared(project: Project, as_of: date, done: Tally) -> Iterator[str]:
    """What a night says of the plan of its day: that it did just that, or what was different."""
    plan = last_plan(project)
    if plan is None or plan.as_of != as_of:
        return
    made = f"plan of {plan.made_at:%Y-%m-%d %H:%M} UTC"
    if plan.tally.digest == done.digest:
        yield f"plan: the list {done.digest or 'of nobody'} was executed just as in the {made}"
        return
    yield f"plan: the list is {done.digest or 'empty'}, and in the {made} it was {plan.tally.digest or 'empty'}"
    yield from (f"plan: {text(change)}" for change in changes(plan.tally, done))


def text(change: Change) -> str:
    """``welcome: email 12, now 13``."""
    if change.what == "list":
        return f"{change.campaign}: as many messages ({change.now}), but to others"
    return f"{change.campaign}: {change.what} {change.then}, now {change.now}"


def with_segments(project: Project, warehouse: Warehouse, as_of: date, done: Tally) -> Tally:
    """Count segments of the text messages that are planned in this warehouse."""
    if not done.channels.get(SMS):
        return done
    from smc.send.segments import segments

    found = segments(
        warehouse, templates=project.templates, settings=project.settings, metrics=project.metrics,
        fields=project.fields, as_of=as_of,
    )  # fmt: skip
    lines = (replace(line, segments=found.get(line.name, 0)) if SMS in line.messages else line for line in done.lines)
    return replace(done, lines=tuple(lines))


def prices(project: Project) -> dict[str, Decimal]:
    """What a message costs, of ``sms`` a segment, by channel, in the project's currency."""
    return {name: channel.price for name, channel in project.channels if channel is not None and channel.price}


def cost(messages: Mapping[str, int], by_channel: Mapping[str, Decimal]) -> Decimal:
    """What messages cost, given what is billed by channel; channels without a price cost nothing. To the cent."""
    whole = sum((count * by_channel.get(channel, Decimal(0)) for channel, count in messages.items()), Decimal(0))
    return whole.quantize(Decimal("0.01"), ROUND_HALF_UP)
