"""Groups of promocodes as people change and see them: import, generate, block, expire, list, show.

The caller holds the project's lock. Each change is one transaction, whole or not at all.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from smc.campaign.codes import code_states
from smc.campaign.tables import query
from smc.config.problem import nearest
from smc.config.specs.promocode import CodeFormat, PromocodesSpec
from smc.errors import RunError, UsageError
from smc.warehouse import Warehouse

_AT_ONCE = 100_000
_LONGEST = 64
_SHOWN = 20
_ROOM = 1_000
"""At most one of so many possible codes is given out, or guessing would pay."""
_HEADER = "code"


@dataclass(frozen=True, slots=True)
class Codes:
    """A change: codes that came new, and codes that were as asked for already."""

    group: str
    added: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Stock:
    """A group and its codes by what became of them.

    ``ready``: free ones that can be given now; ``low``: these are fewer than the group wants.
    """

    group: str
    title: str
    codes: int
    free: int
    ready: int
    issued: int
    used: int
    expired: int
    blocked: int
    low: bool


def take(warehouse: Warehouse, group: str, lines: Iterable[str]) -> Codes:
    """Put codes into a group, one a line; a first line ``code`` is a heading.

    ``RunError`` with the lines when one is no code, is there twice, or belongs to another group; then nothing changes.
    What the group has already stays as it is.
    """
    with warehouse.transaction():
        warehouse.run(query("create_code_given"))
        bad, count = list[str](), 0
        numbered = ((number, line.strip().removeprefix("\ufeff")) for number, line in enumerate(lines, 1))
        wanted = ((number, code) for number, code in numbered if code and not (number == 1 and code.lower() == _HEADER))
        while some := list(islice(wanted, _AT_ONCE)):
            bad += [f"line {number}: this is no code" for number, code in some if not _is_code(code)]
            good = [(number, code) for number, code in some if _is_code(code)]
            count += len(good)
            warehouse.run(query("give_codes"), numbers=[n for n, _ in good], codes=[code for _, code in good])
        bad += [f"line {line}: {code}: {why}" for line, code, why in warehouse.rows(query("refuse_codes"), pool=group)]
        if bad:
            more = [f"and {len(bad) - _SHOWN} more"] if len(bad) > _SHOWN else []
            raise RunError(
                "\n  ".join([f"{len(bad)} codes cannot be taken; nothing was changed", *bad[:_SHOWN], *more]),
                remedy="Correct the file and import it again.",
            )
        added = warehouse.run(query("add_codes"), pool=group)
    return Codes(group, added, count - added)


def generate(
    warehouse: Warehouse,
    group: str,
    form: CodeFormat | None,
    count: int,
    sign: Callable[[str], str] = secrets.choice,
) -> Codes:
    """Make so many new codes of random signs (the system's own source of chance), none of which any group has.

    ``UsageError`` when the group has no format, or when it is so short that one could guess codes.
    """
    if form is None:
        remedy = f"Write below '{group}' in promocodes.yaml: format: {{length: 8}}"
        raise UsageError(f"group '{group}' has no format", remedy=remedy)
    with warehouse.transaction():
        held = int(warehouse.value("select count(*) from promocode where pool = $pool", pool=group))
        if (held + count) * _ROOM > len(form.alphabet) ** form.length:
            raise UsageError(
                f"{form.length} signs are too few for {held + count} codes: they could be guessed",
                remedy=f"Raise 'length' of '{group}' in promocodes.yaml.",
            )
        warehouse.run(query("create_code_given"))
        missing, added = count, 0
        while missing:
            made = [form.prefix + "".join(sign(form.alphabet) for _ in range(form.length)) for _ in range(missing)]
            for at in range(0, len(made), _AT_ONCE):
                some = made[at : at + _AT_ONCE]
                warehouse.run(query("give_codes"), numbers=list(range(len(some))), codes=some)
            warehouse.run(query("drop_known_codes"))
            added = int(warehouse.value("select count(*) from code_given"))
            missing = count - added
        warehouse.run(query("add_codes"), pool=group)
    return Codes(group, added, 0)


def block(warehouse: Warehouse, code: str) -> str:
    """Nobody gets the code any more and it is not repeated; its group. ``UsageError`` when no group has it."""
    found = warehouse.rows("select pool, code, status from promocode where lower(code) = lower($code)", code=code)
    if not found:
        raise UsageError(f"there is no code '{code}'", remedy="smc promocode list shows the groups.")
    warehouse.run("update promocode set status = 'void' where lower(code) = lower($code)", code=code)
    return ", ".join(sorted({pool for pool, _, _ in found}))


def expire(warehouse: Warehouse, group: str, as_of: date, *, issued: bool) -> Codes:
    """End the free codes of a group on the day before ``as_of``; ``issued``: those that customers have too."""
    last = as_of - timedelta(days=1)
    with warehouse.transaction():
        warehouse.run(query("create_code_state"), pools=[group], days=[0], as_of=as_of)
        states = ["free", "issued"] if issued else ["free"]
        ended = warehouse.run(query("end_codes"), last=last, states=states)
        warehouse.run(query("end_issued_codes"), last=last, states=states)
    total = int(warehouse.value("select count(*) from promocode where pool = $pool", pool=group))
    return Codes(group, ended, total - ended)


def stock(warehouse: Warehouse, promocodes: PromocodesSpec, as_of: date) -> tuple[Stock, ...]:
    """Every group of the project with its codes."""
    code_states(warehouse, promocodes, as_of)
    rows = {row.pop("pool"): row for row in warehouse.records(query("code_stock"))}
    none = dict.fromkeys(("codes", "free", "ready", "issued", "used", "expired", "blocked"), 0)
    return tuple(
        Stock(name, group.title, **(counts := rows.get(name, none)), low=counts["ready"] < group.low)
        for name, group in promocodes.groups.items()
    )


def find(warehouse: Warehouse, code: str, as_of: date) -> list[dict[str, Any]]:
    """What is known of a code, once for each group that has it."""
    pools = [pool for (pool,) in warehouse.rows("select distinct pool from promocode")]
    warehouse.run(query("create_code_state"), pools=pools, days=[0] * len(pools), as_of=as_of)
    return warehouse.records(query("code_shown"), code=code)


def _is_code(code: str) -> bool:
    return len(code) <= _LONGEST and code.isprintable() and not any(sign.isspace() for sign in code)


def known_group(promocodes: PromocodesSpec, group: str) -> None:
    """``UsageError`` for a group that promocodes.yaml does not have."""
    if group not in promocodes.groups:
        remedy = f"{nearest(group, promocodes.groups)} Groups stand in promocodes.yaml."
        raise UsageError(f"there is no group of promocodes '{group}'", remedy=remedy)
