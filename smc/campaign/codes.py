"""Promocodes of a night: the groups for the steps, uses that receipts show, and what is left.

A code is given in the transaction of the campaign stage, by statements over all who ask (``issue_codes.sql``); the
project's lock lets one run at a time do so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from smc.campaign.tables import columns, query
from smc.campaign.versions import Version
from smc.config.specs.campaign import MailingSpec
from smc.config.specs.promocode import PromocodesSpec
from smc.model.template import Note
from smc.warehouse import DuckDBEngine, Warehouse, sql
from smc.warehouse.printed import last_codes

Words = tuple[str, int, int, str]
"""Campaign, version, step and channel of what a step says itself."""
Printing = Callable[[Mapping[Words, Note]], frozenset[Words]]
"""Which of them print a promocode."""


@dataclass(frozen=True, slots=True)
class Coded:
    """What prints a promocode: ``templates`` by name, and of the words of steps those that ``printing`` finds."""

    templates: frozenset[str]
    printing: Printing


def gate_codes(warehouse: Warehouse, coded: Coded) -> None:
    """Refuse what would print a promocode to those who have none."""
    rows = warehouse.rows(query("coded_words"))
    words = coded.printing(
        {
            (name, version, step, channel): Note(name, tuple(json.loads(said).items()))
            for name, version, step, channel, said in rows
        }
    )
    if words or coded.templates:
        DuckDBEngine(warehouse).materialise("code_printed", last_codes(sql(query("asking_codes"))))
        listed = columns(sorted(words), "campaigns", "versions", "steps", "channels")
        warehouse.run(query("gate_codes"), coded=sorted(coded.templates), **listed)


def prepare_codes(warehouse: Warehouse, promocodes: PromocodesSpec) -> None:
    """The groups, for the steps that give codes. Of a group that is gone no code is given."""
    rows = [(name, group.lifetime, group.at_least) for name, group in promocodes.groups.items()]
    warehouse.run(query("create_code_group"), **columns(rows, "pools", "lifetimes", "at_least"))


def mailing_codes(warehouse: Warehouse, versions: Sequence[Version]) -> bool:
    """The steps of mailings that send a code; whether there are any."""
    rows = [
        (version.campaign, version.version, send.step, code.group, "last" if code.repeat_last else "")
        for version in versions
        if isinstance(version.spec, MailingSpec) and (code := version.spec.promocode)
        for send in version.spec.sends
    ]
    warehouse.run(query("create_mailing_code"), **columns(rows, "campaigns", "versions", "steps", "pools", "details"))
    return bool(rows)


def give_mailing_codes(warehouse: Warehouse, as_of: date) -> None:
    """Recipients of mailings get codes by the same statements as those of campaigns; who finds none gets nothing."""
    warehouse.run(query("ask_mailing_codes"))
    for name in ("create_code_wish", "create_free_code", "issue_codes"):
        warehouse.run(query(name), as_of=as_of)
    warehouse.run(query("gate_mailing_codes"))


def settle_codes(warehouse: Warehouse, as_of: date) -> int:
    """Between import and metrics: find uses of given codes on receipts, and let the list of codes name its holders.

    Looked at are the codes of which something has changed, and those that were given since the last look. Codes of
    ``as_of`` itself wait for the next day. Running it again changes nothing. How many codes were used, or are used no
    more because a sale was cancelled.
    """
    last: date | None = warehouse.value("select as_of from watermark where name = 'codes' and as_of <= $day", day=as_of)
    with warehouse.transaction():
        warehouse.run(query("create_code_looked"), since=last or date.min)
        warehouse.run("delete from code_touched")
        warehouse.run("delete from watermark where name = 'codes'")
        warehouse.run("insert into watermark values ('codes', $day, null)", day=as_of)
        since: date | None = warehouse.value("select min(issued_on) from code_looked")
        if since is None:
            return 0
        warehouse.run(query("create_code_used"), since=since)
        warehouse.run(query("create_code_news"))
        news = int(warehouse.value("select count(*) from code_news"))
        if news:
            for name in ("touch_code_users", "forget_code_uses", "add_code_uses", "mark_codes_used"):
                warehouse.run(query(name))
        warehouse.run(query("create_code_handed"), as_of=as_of)
        warehouse.run(query("touch_code_holders"))
        warehouse.run(query("hand_codes"))
        return news


@dataclass(frozen=True, slots=True)
class Supply:
    """Codes of a group that a run needs, how many of these it gave, and how many are left to give behind it."""

    group: str
    needed: int
    given: int
    left: int


def supply(warehouse: Warehouse, promocodes: PromocodesSpec, as_of: date) -> list[Supply]:
    """Behind the campaign stage, for the groups of which codes were asked for."""
    asked = {pool: counts for pool, *counts in warehouse.rows(query("codes_asked"), as_of=as_of)}
    if not asked:
        return []
    ready = _ready(warehouse, promocodes, as_of)
    return [Supply(name, needed, given, ready.get(name, 0)) for name, (needed, given) in asked.items()]


def code_states(warehouse: Warehouse, promocodes: PromocodesSpec, as_of: date) -> None:
    """The table ``code_state`` of all groups."""
    rows = [(name, group.at_least) for name, group in promocodes.groups.items()]
    warehouse.run(query("create_code_state"), as_of=as_of, **columns(rows, "pools", "days"))


def _ready(warehouse: Warehouse, promocodes: PromocodesSpec, as_of: date) -> dict[str, int]:
    code_states(warehouse, promocodes, as_of)
    return {row["pool"]: row["ready"] for row in warehouse.records(query("code_stock"))}


def stock_notes(warehouse: Warehouse, promocodes: PromocodesSpec, as_of: date) -> Iterator[str]:
    """Behind the campaign stage: groups that ran out, and groups that run low."""
    if not promocodes.groups:
        return
    asked = supply(warehouse, promocodes, as_of)
    lacked = {one.group: one.needed - one.given for one in asked if one.needed > one.given}
    for name, count in lacked.items():
        yield f"promocodes: {count} customers got no code, for none is left in '{name}'"
    ready = _ready(warehouse, promocodes, as_of)
    for name, group in promocodes.groups.items():
        if name not in lacked and ready.get(name, 0) < group.low:
            yield f"promocodes: {ready.get(name, 0)} codes are left in '{name}', fewer than {group.low}"
