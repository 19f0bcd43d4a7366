"""Named lists (tags) as a person changes them: whole or not at all, with who, when and how; idempotent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Literal

from smc.config.problem import nearest
from smc.errors import RunError, UsageError
from smc.warehouse import Warehouse, statement

Command = Literal["add", "remove", "import", "from-segment"]

_AT_ONCE = 100_000
_HEADERS = ("customer_id", "customer_id;tag")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """A row of what a person asks for; ``line`` is its place in the file, or among the arguments, from 1."""

    line: int
    customer_id: str
    tag: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken, and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Order:
    """Who asks, how, on which day and when (UTC). ``limit``: percent of the rows that may be refused."""

    command: Command
    detail: str | None
    person: str
    as_of: date
    now: datetime
    limit: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class TagResult:
    """Customers put in and taken out, those who were as asked for already, and the rows that were refused."""

    rows: int
    added: int
    removed: int
    unchanged: int
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class TagFigures:
    """A list. ``sources``: feeds, campaign, command; ``last_change``: None while nobody was ever in it."""

    tag: str
    title: str
    members: int
    sources: str
    last_change: date | None


def overview(warehouse: Warehouse, titles: Mapping[str, str]) -> tuple[TagFigures, ...]:
    """Every declared list and every list that somebody is or was in. ``titles``: of the declared ones."""
    rows = {row[0]: row[1:] for row in warehouse.rows(statement("smc.segment", "tag_overview"))}
    nothing = (0, None, None)
    found = []
    for tag in sorted({*rows, *titles}):
        members, sources, last = rows.get(tag, nothing)
        found.append(TagFigures(tag, titles.get(tag, "(not declared)"), members, sources or "", last))
    return tuple(found)


def wishes(
    lines: Iterable[str], tag: str | None, declared: Iterable[str], *, heading: bool = False
) -> Iterator[Wish | Refused]:
    """Rows of a file: a customer id, or ``id;tag`` where ``tag`` is None. Empty lines are nothing.

    ``heading``: a first line ``customer_id`` or ``customer_id;tag`` names the columns.
    """
    known = frozenset(declared)
    for number, raw in enumerate(lines, 1):
        text = raw.strip().removeprefix("\ufeff")
        if text and not (heading and number == 1 and text.replace(" ", "").lower() in _HEADERS):
            yield _wish(number, text, tag, known)


def _wish(line: int, text: str, tag: str | None, known: frozenset[str]) -> Wish | Refused:
    customer, semicolon, own = (part.strip() for part in text.partition(";"))
    if not customer or any(ord(sign) < 0x20 for sign in text):  # noqa: PLR2004 - control characters
        return Refused(line, text, "this is no customer id")
    if semicolon and tag is not None:
        return Refused(line, text, f"the row names a tag of its own, but all rows are for '{tag}'")
    chosen = own if semicolon else tag
    if not chosen:
        return Refused(line, text, "the row names no tag; write id;tag, or say --tag")
    if chosen not in known:
        return Refused(line, text, f"there is no tag '{chosen}'. {nearest(chosen, known)}")
    return Wish(line, customer, chosen)


def change(warehouse: Warehouse, order: Order, rows: Iterable[Wish | Refused]) -> TagResult:
    """Put customers into lists, or take them out (command ``remove``), in one transaction.

    Too many refused rows stop everything with ``RunError``. What is as asked for already stays as it is. Raises
    ``RunError`` for a day before the last computed one.
    """
    with warehouse.transaction():
        _not_past(warehouse, order.as_of)
        count, refused = _stage(warehouse, rows)
        unknown = warehouse.rows(statement("smc.segment", "tag_refuse"))
        refused += [Refused(line, text, "no customer has this id") for line, text in unknown]
        refused.sort(key=lambda row: row.line)
        _within_limit(count, refused, order.limit)
        warehouse.run(statement("smc.segment", "tag_find"))
        return _apply(warehouse, order, count, refused, taken=order.command == "remove")


def from_segment(warehouse: Warehouse, order: Order, segment: str, tag: str, *, exactly: bool) -> TagResult:
    """Put the present members of a segment into a list. ``exactly``: everybody else is taken out of it.

    Raises ``UsageError`` for a segment that was never computed.
    """
    if warehouse.value(statement("smc.segment", "watermark"), name=f"segment:{segment}") is None:
        raise UsageError(f"segment '{segment}' has not been computed", remedy="Run 'smc segment refresh' first.")
    with warehouse.transaction():
        _not_past(warehouse, order.as_of)
        _run(warehouse, "tag_wanted_create")
        count = _run(warehouse, "tag_wanted_members", segment=segment, tag=tag)
        _run(warehouse, "tag_find")
        return _apply(warehouse, order, count, [], taken=False, only=tag if exactly else None)


def _not_past(warehouse: Warehouse, as_of: date) -> None:
    last = warehouse.value(statement("smc.segment", "watermark"), name="segment")
    if isinstance(last, date) and as_of < last:
        raise RunError(
            f"segments have already been computed for {last}; lists of {as_of} are history and stay as they are",
            remedy=f"Use --as-of {last} or a later day.",
        )


def _stage(warehouse: Warehouse, rows: Iterable[Wish | Refused]) -> tuple[int, list[Refused]]:
    _run(warehouse, "tag_wanted_create")
    count, refused, waiting = 0, list[Refused](), iter(rows)
    while chunk := list(islice(waiting, _AT_ONCE)):
        count += len(chunk)
        refused += [row for row in chunk if isinstance(row, Refused)]
        good = [row for row in chunk if isinstance(row, Wish)]
        lines, ids, tags = ([getattr(row, name) for row in good] for name in ("line", "customer_id", "tag"))
        _run(warehouse, "tag_wanted_add", lines=lines, ids=ids, tags=tags)
    return count, refused


def _within_limit(count: int, refused: list[Refused], limit: Decimal) -> None:
    if not refused or len(refused) * 100 <= limit * count:
        return
    shown = [f"{row.line}: {row.text}: {row.reason}" for row in refused[:_SHOWN]]
    more = [f"and {len(refused) - _SHOWN} more"] if len(refused) > _SHOWN else []
    raise RunError(
        f"{len(refused)} of {count} rows are refused, more than the limit of {limit}%; nothing was changed\n  "
        + "\n  ".join(shown + more),
        remedy="Correct them, or raise --reject-limit when they may be left out.",
    )


def _apply(
    warehouse: Warehouse, order: Order, count: int, refused: list[Refused], *, taken: bool, only: str | None = None
) -> TagResult:
    """Bring tag_member to what lies in ``tag_found`` and write the command down, when it changed anything."""
    number = 1 + int(warehouse.value("select coalesce(max(command_no), 0) from tag_command"))
    source = f"command {number}"
    asked = int(warehouse.value("select count(*) from tag_found"))
    _run(warehouse, "tag_forget_changes", as_of=order.as_of)
    added = 0 if taken else _run(warehouse, "tag_add", as_of=order.as_of, source=source)
    removed = _take_out(warehouse, order.as_of, source) if taken else 0
    unchanged = asked - added - removed
    if only is not None:
        _run(warehouse, "tag_others", tag=only)
        _run(warehouse, "tag_forget_changes", as_of=order.as_of)
        removed = _take_out(warehouse, order.as_of, source)
    if added or removed:
        _run(
            warehouse, "tag_command_add", command_no=number, command=order.command, detail=order.detail,
            person=order.person, as_of=order.as_of, now=order.now, added=added, removed=removed, unchanged=unchanged,
            refused=len(refused),
        )  # fmt: skip
    return TagResult(count, added, removed, unchanged, tuple(refused))


def _take_out(warehouse: Warehouse, as_of: date, source: str) -> int:
    _run(warehouse, "tag_past_add", as_of=as_of, source=source)
    return _run(warehouse, "tag_remove")


def _run(warehouse: Warehouse, name: str, **params: object) -> int:
    return warehouse.run(statement("smc.segment", name), **params)
