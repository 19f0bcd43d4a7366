"""Integer keys for the ids of the stage.

An id that stands for another object is mostly known, so the rows are joined with the known ids first (``Keys.later``),
and only those that found no key get a new one (``settle``): looking for new ids beforehand would be a second join.
"""

from __future__ import annotations

from dataclasses import dataclass

from smc.import_.load.parts import Part
from smc.import_.load.target import column_of, references
from smc.import_.read.reading import column
from smc.model.objects import Field
from smc.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Keys:
    """``own``: the object's own key as SQL over the stage ``s``, where it needs no join. ``source``: what stands behind
    ``from``, rows that are left out being left out already. ``condition`` belongs to it. ``later``: fields whose
    new ids get their keys when the rows are joined."""

    own: str | None
    source: str
    condition: str
    later: tuple[tuple[Field, str], ...] = ()


def identify(warehouse: Warehouse, part: Part, *, now: bool) -> Keys:
    """Give keys to ids never seen, in the order of the file. ``now``: to all of them."""
    source, condition = "smc_stage s", "not s.bad"
    if warehouse.value("select count(*) from smc_skip"):
        source += " anti join smc_skip k on k.ord = s.rowid"
    own = None
    later: list[tuple[Field, str]] = []
    for field, item in references(part.readings):
        known = bool(warehouse.rows(f"select 1 from {item}_ident limit 1"))
        if is_own(part, field.name, item) and not known:
            own = "s.rowid + 1"
            warehouse.run(
                f"insert into {item}_ident select {own}, s.{column(field.name)} from {source} where {condition}"
            )
        elif known and not now and not is_own(part, field.name, item):
            later.append((field, item))
        else:
            give(warehouse, field.name, item, source, condition)
    return Keys(own, source, condition, tuple(later))


def is_own(part: Part, field: str, refers: str | None) -> bool:
    """Whether the field is the object's own id, one row of the file each."""
    target = part.target
    return target.item.name == refers and target.row_fields == (field,)


def give(warehouse: Warehouse, field: str, item: str, source: str, condition: str) -> None:
    """Keys for the new ids of a field, in the order of the file; ``source`` and ``condition`` as in ``Keys``."""
    ident, key, ident_id, name = f"{item}_ident", f"{item}_key", f"{item}_id", column(field)
    last = int(warehouse.value(f"select coalesce(max({key}), 0) from {ident}"))
    known = f" anti join {ident} i on i.{ident_id} = s.{name}" if last else ""
    warehouse.run(
        f"insert into {ident} select {last} + row_number() over (order by ord), id "
        f"from (select s.{name} as id, min(s.ord) as ord from (select s.rowid as ord, s.{name} "
        f"from {source} where {condition}) s{known} where s.{name} is not null group by s.{name})"
    )


def settle(warehouse: Warehouse, table: str, keys: Keys) -> None:
    """Give keys to the ids in the rows of ``table`` that found none; ``ord`` is their place in the stage."""
    for field, item in keys.later:
        name, ident, key = column_of(field), f"{item}_ident", f"{item}_key"
        if not warehouse.value(f"select count(*) from {table} where {name} is null"):
            continue
        text = f"s.{column(field.name)}"
        warehouse.run(
            f"create or replace temp table smc_lacking as select t.ord, {text} as id from {table} t "
            f"join smc_stage s on s.rowid = t.ord where t.{name} is null and {text} is not null"
        )
        last = int(warehouse.value(f"select max({key}) from {ident}"))
        warehouse.run(
            f"insert into {ident} select {last} + row_number() over (order by ord), id from ("
            f"select id, min(ord) as ord from smc_lacking l anti join {ident} i on i.{item}_id = l.id group by id)"
        )
        warehouse.run(
            f"update {table} set {name} = k.{key} from (select l.ord, i.{key} from smc_lacking l "
            f"join {ident} i on i.{item}_id = l.id) k where {table}.ord = k.ord"
        )
