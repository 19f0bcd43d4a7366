"""What one run of the campaign stage does, counted: shown by ``smc plan``, executed by the night, and compared.

A look counts what the tables hold of a day; the difference of two looks, before and behind the stage, is what the run
did. So a plan and the night that follows it are counted by the same statements, whatever the stage consists of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256

from smc.campaign.plan import PlanResult
from smc.campaign.tables import query
from smc.warehouse import Warehouse

Programme = tuple[str, str]
"""Id, and whether it is a campaign or a mailing."""
NOTHING = (0, 0, 0, 0)
SMS = "sms"


@dataclass(frozen=True, slots=True)
class Group:
    """Messages of one step by one channel with one reason not to go; ``reason`` None: they go."""

    campaign: str
    step: int
    channel: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """What there is of a day. ``stays``: entered, control, ended, steps done. ``messages``: count and sum of keys."""

    stays: Mapping[Programme, tuple[int, int, int, int]]
    messages: Mapping[Group, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign or mailing. ``messages``: those that go, by channel; ``suppressed``: the others by reason.

    ``digest`` is that of its messages, sent or not. ``segments``: of its text messages; None: not counted.
    """

    name: str
    kind: str
    entered: int
    control: int
    steps: int
    ended: int
    messages: Mapping[str, int]
    suppressed: Mapping[str, int]
    digest: str
    segments: int | None = None

    @property
    def billed(self) -> dict[str, int]:
        """What is paid for, by channel: messages, and segments of text messages."""
        return {**self.messages, **({} if self.segments is None else {SMS: self.segments})}


@dataclass(frozen=True, slots=True)
class Tally:
    """``digest`` stands for the list of all messages: who gets what, and who does not and why."""

    lines: tuple[Line, ...]
    digest: str

    @property
    def channels(self) -> dict[str, int]:
        """Messages that go, by channel."""
        found: dict[str, int] = {}
        for line in self.lines:
            for channel, count in line.messages.items():
                found[channel] = found.get(channel, 0) + count
        return found

    @property
    def billed(self) -> dict[str, int]:
        """As ``Line.billed``, of all."""
        found: Counter[str] = Counter()
        for line in self.lines:
            found.update(line.billed)
        return dict(found)

    @property
    def messages(self) -> int:
        return sum(self.channels.values())

    @property
    def suppressed(self) -> int:
        return sum(sum(line.suppressed.values()) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Planned:
    """What the stage returned, and the list of its messages."""

    result: PlanResult
    tally: Tally

    def counts(self) -> dict[str, int | str]:
        """Counts of the stage, and the digest of its list."""
        return {**asdict(self.result), "list": self.tally.digest}


def look(warehouse: Warehouse, as_of: date) -> Look:
    """Count what there is of a day."""
    stays: dict[Programme, tuple[int, int, int, int]] = {}
    for campaign, kind, *counts in warehouse.rows(query("tally_entries"), as_of=as_of):
        entered, control, ended = counts
        stays[campaign, kind] = (entered, control, ended, 0)
    for campaign, kind, steps in warehouse.rows(query("tally_steps"), as_of=as_of):
        entered, control, ended, _ = stays.get((campaign, kind), NOTHING)
        stays[campaign, kind] = (entered, control, ended, steps)
    rows = warehouse.rows(query("tally_messages"), as_of=as_of)
    return Look(stays, {Group(*row[:4]): (row[4], int(row[5])) for row in rows})


def tally(before: Look, after: Look, programmes: Mapping[str, str]) -> Tally:
    """What happened between two looks. ``programmes``: kind by name of all that the project has; each has a line."""
    names = dict.fromkeys(sorted((kind, name) for name, kind in programmes.items()))
    names |= dict.fromkeys(sorted((kind, name) for name, kind in after.stays))
    kinds = {name for _, name in names}
    names |= dict.fromkeys(sorted(("campaign", one.campaign) for one in after.messages if one.campaign not in kinds))
    groups = {
        one: (messages - before.messages.get(one, (0, 0))[0], keys - before.messages.get(one, (0, 0))[1])
        for one, (messages, keys) in after.messages.items()
    }
    groups = {one: count for one, count in groups.items() if count[0]}
    lines = (_line(name, kind, before, after, groups) for kind, name in names)
    return Tally(tuple(lines), _digest(groups.items()))


def _line(name: str, kind: str, before: Look, after: Look, groups: Mapping[Group, tuple[int, int]]) -> Line:
    then, now = before.stays.get((name, kind), NOTHING), after.stays.get((name, kind), NOTHING)
    entered, control, ended, steps = (new - old for old, new in zip(then, now, strict=True))
    own = {one: count for one, count in groups.items() if one.campaign == name}
    sent: dict[str, int] = {}
    kept: dict[str, int] = {}
    for one, (messages, _) in sorted(own.items(), key=repr):
        if one.reason is None:
            sent[one.channel] = sent.get(one.channel, 0) + messages
        else:
            kept[one.reason] = kept.get(one.reason, 0) + messages
    return Line(name, kind, entered, control, steps, ended, sent, kept, _digest(own.items()))


def _digest(groups: Iterable[tuple[Group, tuple[int, int]]]) -> str:
    """Twelve signs that are the same for the same messages with the same reasons, and for no others; empty for none."""
    parts = sorted(
        f"{one.campaign} {one.step} {one.channel} {one.reason} {messages} {keys}" for one, (messages, keys) in groups
    )
    return sha256("\n".join(parts).encode()).hexdigest()[:12] if parts else ""
