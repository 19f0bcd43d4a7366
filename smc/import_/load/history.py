"""Values that fields had: every one that a file brings is kept with its time, also one that arrives late.

Where rows carry their time, what lies in the table is the same whatever file came first; ``before`` is the value that
stood until then. A row that carries none is kept when it changed something. Rows that were refused say nothing.
"""

from __future__ import annotations

from datetime import date

from smc.import_.load.target import Target, column_of
from smc.model.objects import History
from smc.warehouse import Warehouse


def keep_history(warehouse: Warehouse, target: Target, as_of: date) -> None:
    """Add what the file said to the history of the object, if it has one; runs behind the merge."""
    history = target.item.history
    if history is None:
        return
    for field, kind in history.kinds:
        if field in target.fed:
            column = column_of(target.field(field))
            if target.many:
                _timed(warehouse, target, history, (column, kind), as_of)
            else:
                _untimed(warehouse, target, history, (column, kind), as_of)


def _untimed(warehouse: Warehouse, target: Target, history: History, what: tuple[str, str], as_of: date) -> None:
    (column, kind), (key,) = what, target.keys
    warehouse.run(
        f"insert into {history.table} ({key}, kind, {history.value}, before, known_on) "
        f"select n.{key}, $kind, n.{column}, o.{column}, $as_of from smc_changed n left join smc_old o using ({key}) "
        f"where n.{column} is not null and n.{column} is distinct from o.{column}",
        kind=kind,
        as_of=as_of,
    )


def _timed(warehouse: Warehouse, target: Target, history: History, what: tuple[str, str], as_of: date) -> None:
    (column, kind), (key,), table, value = what, target.keys, history.table, history.value
    warehouse.run(
        f"create or replace temp table smc_said as select {key}, {column} as value, {target.item.time} as at "
        f"from smc_row semi join smc_new using ({key}) where {column} is not null"
    )
    same = f"h.{key} = s.{key} and h.kind = $kind and h.changed_at = s.at"
    # Of rows with one instant the later file decides, here as in the table itself.
    warehouse.run(f"delete from {table} h using smc_said s where {same} and h.{value} <> s.value", kind=kind)
    warehouse.run(
        f"insert into {table} ({key}, kind, {value}, changed_at, known_on) select s.{key}, $kind, s.value, s.at, "
        f"$as_of from smc_said s anti join {table} h on {same}",
        kind=kind,
        as_of=as_of,
    )
    warehouse.run(
        f"update {table} h set before = w.before from (select rowid as id, before as now, lag({value}) over ("
        f"partition by {key} order by coalesce(changed_at, cast(known_on as timestamptz)), rowid) as before "
        f"from {table} where kind = $kind and {key} in (select {key} from smc_said)) w "
        "where h.rowid = w.id and w.now is distinct from w.before",
        kind=kind,
    )
