"""Rows of a file that say the same twice, and rows that contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from smc.import_.load.parts import Part
from smc.import_.read.reading import quoted
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class Doubles:
    """Rows that are left out: ``duplicate`` of another row, or ``clashing`` with other rows."""

    duplicate: int
    clashing: int


class Order(Protocol):
    """What makes rows that contradict each other say the same, where they have an order: later.py."""

    def settle(self, part: Part) -> None: ...

    def said(self, part: Part) -> str: ...


def find_doubles(
    warehouse: Warehouse, parts: Sequence[Part], table: str, line: str, order: Order | None = None
) -> Doubles:
    """Fill ``smc_skip``; of the rows that contradict each other say so in ``smc_reject``.

    Of rows that contradict each other the first final one stays in, where the object has such a value. In a file of
    several objects a row is left out when any part of it contradicts another row, and it is a duplicate when all of its
    parts repeat those of one other row. ``line``: SQL of a row's line over ``table``. Where there is an ``order``, it
    settles what contradicts.
    """
    warehouse.run(_query("clear_skip"))
    found = [
        part for part in parts if _suspect(warehouse, part, table, part.values if order is None else order.said(part))
    ]
    for part in found:
        if order is None:
            _clashing(warehouse, part, table, line)
        else:
            order.settle(part)
    # A row that repeats one which is left out is no duplicate of it, so this comes last.
    for part in found:
        if part.finest:
            _duplicates(warehouse, part, parts, table, line, "ord" if order is None else "ord desc")
    if not found:
        return Doubles(0, 0)
    warehouse.run(_query("reject_clashing"))
    duplicate, clashing = warehouse.rows(_query("count_skip"))[0]
    return Doubles(int(duplicate), int(clashing))


def _suspect(warehouse: Warehouse, part: Part, table: str, values: str) -> bool:
    """Note the hashes of keys that come twice; of a coarser part, those that come with different values."""
    name = twice(part)
    differ = f"min(hash({values})) <> max(hash({values}))"
    several = "count(*) > 1" if part.finest else differ
    first, *_ = part.target.row_fields
    source = f"{table} where not bad and {part.stored(first)} is not null"
    if part.finest and (few := _few(part)) is not None:
        warehouse.run(f"create or replace temp table smc_suspect as {few.replace('$source', source)}")
        source = f"{table} semi join smc_suspect f on f.h = hash({_front(part)}) where not bad"
    warehouse.run(
        f"create or replace temp table {name} as select hash({part.keys}) as h from {source} "
        f"group by h having {several}"
    )
    return bool(warehouse.value(f"select count(*) from {name}"))


def _front(part: Part) -> str:
    return ", ".join(part.stored(name) for name in part.target.row_fields[:-1])


def _few(part: Part) -> str | None:
    """Where the last field of a key is a number within the others, as of lines in a receipt: a query for the few
    receipts of which two lines may have one number. It has fewer groups than the rows. None for other keys.
    """
    *front, last = part.target.row_fields
    if not front or part.target.field(last).type not in {"integer", "long"}:
        return None
    bits = f"bit_or(1::ubigint << cast({part.stored(last)} & 63 as ubigint))"
    return f"select hash({_front(part)}) as h from $source group by h having count(*) <> bit_count({bits})"


def twice(part: Part) -> str:
    """The table with the hashes of suspected keys."""
    return f"smc_twice_{part.target.item.name}"


def suspected(part: Part, table: str, line: str, keys: str) -> str:
    """The suspected rows with ``keys``, values ``v``, and whether they are final."""
    final = part.target.final
    decided = "false" if final is None else f"{part.stored(final[0])} = {quoted(final[1])}"
    return (
        f"select s.ord, {line} as line, {keys}, row({part.values}) as v, {decided} as final "
        f"from (select *, rowid as ord, rowid from {table}) s semi join {twice(part)} t on t.h = hash({part.keys}) "
        f"where not bad"
    )


def _clashing(warehouse: Warehouse, part: Part, table: str, line: str) -> None:
    warehouse.run(
        "insert into smc_skip select ord, line, true, case when decided then first_line end, lines, "
        f"{quoted(part.shown(part.target.item.key[0]))}, 'it withdraws a permission' from ("
        "select *, count(distinct v) over w as n, list(line order by line) over w as lines, "
        "first_value(v) over f as first_v, first_value(line) over f as first_line, "
        "first_value(final) over f as decided "
        f"from ({suspected(part, table, line, part.keys)}) "
        f"window w as (partition by {part.keys}), f as (partition by {part.keys} order by final desc, ord)) "
        "where n > 1 and (not decided or v is distinct from first_v)"
    )


def _duplicates(  # noqa: PLR0917 - what a duplicate is found by
    warehouse: Warehouse, finest: Part, parts: Sequence[Part], table: str, line: str, by: str
) -> None:
    keys = ", ".join(part.keys for part in parts)
    warehouse.run(
        "insert into smc_skip select ord, line, false, null, null, null, null from ("
        f"select s.ord, s.line, row_number() over (partition by {keys} order by final desc, s.{by}) as n "
        f"from ({suspected(finest, table, line, keys)}) s anti join smc_skip k on k.ord = s.ord) where n > 1"
    )


def _query(name: str) -> str:
    return statement("smc.import_", name)
