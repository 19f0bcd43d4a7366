"""Integer keys for the ids of the stage."""

from __future__ import annotations

from dataclasses import dataclass

from smc.import_.parts import Part
from smc.import_.reading import column
from smc.import_.target import references
from smc.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Keys:
    """``own``: the object's own key as SQL over the stage ``s``, where it needs no join. ``source``: what stands behind
    ``from``, rows that are left out being left out already. ``condition`` belongs to it."""

    own: str | None
    source: str
    condition: str


def identify(warehouse: Warehouse, part: Part) -> Keys:
    """Give keys to ids never seen, in the order of the file."""
    source, condition = "smc_stage s", "not s.bad"
    if warehouse.value("select count(*) from smc_skip"):
        source += " anti join smc_skip k on k.ord = s.rowid"
    own = None
    for field, item in references(part.readings):
        if is_own(part, field.name, item) and not warehouse.rows(f"select 1 from {item}_ident limit 1"):
            own = "s.rowid + 1"
            warehouse.run(
                f"insert into {item}_ident select {own}, s.{column(field.name)} from {source} where {condition}"
            )
        else:
            _give(warehouse, field.name, item, source, condition)
    return Keys(own, source, condition)


def is_own(part: Part, field: str, refers: str | None) -> bool:
    """Whether the field is the object's own id, one row of the file each."""
    target = part.target
    return target.item.name == refers and target.row_fields == (field,)


def _give(warehouse: Warehouse, field: str, item: str, source: str, condition: str) -> None:
    ident, key, ident_id, name = f"{item}_ident", f"{item}_key", f"{item}_id", column(field)
    last = int(warehouse.value(f"select coalesce(max({key}), 0) from {ident}"))
    known = f" anti join {ident} i on i.{ident_id} = s.{name}" if last else ""
    warehouse.run(
        f"insert into {ident} select {last} + row_number() over (order by ord), id "
        f"from (select s.{name} as id, min(s.ord) as ord from (select s.rowid as ord, s.{name} "
        f"from {source} where {condition}) s{known} where s.{name} is not null group by s.{name})"
    )
