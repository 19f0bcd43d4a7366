"""What became of the rows of a file of several objects, each of which is a row of all of them.

A row that says something new of any of its objects was taken, though its finest object may be known already: an order
that changes its status comes with the lines it had. What the objects themselves got is in the counts of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smc.errors import FeedError
from smc.import_.load.merge import Merge, Merged
from smc.import_.load.parts import STAGE, WIDE, Part
from smc.import_.read.reading import column
from smc.warehouse import Warehouse


def note_fate(warehouse: Warehouse, part: Part, merge: Merge, done: Merged) -> None:
    """Behind the merge of a part, while its stage is there: keep the keys that were taken, or gave way to others.

    ``FeedError`` when the counts of the part are not those of its stage.
    """
    staged = int(warehouse.value(f"select count(*) from {STAGE}"))
    told = done.accepted + done.unchanged + done.refused + done.folded
    if staged != told:
        name = part.target.item.name
        raise FeedError(f"{staged} rows of {name} were read, but {told} are accounted for; this is a fault of smc")
    if _some(done):
        _keep(warehouse, part, "taken", merge.taken())
    if part.finest and done.folded:
        _keep(warehouse, part, "folded", "select ord from smc_skip")


def count_rows(warehouse: Warehouse, merged: Sequence[tuple[Part, Merged]]) -> Merged:
    """The counts of the file's rows; the amount is that of the finest object."""
    joins, taken, folded = "", [], "false"
    finest, its = next((part, done) for part, done in merged if part.finest)
    for part, done in merged:
        if _some(done):
            joins += _join(part, "taken")
            taken.append(f"{_kept(part, 'taken')}.ord is not null")
        elif done.accepted:
            taken.append(_carried(part))
    if its.folded:
        joins += _join(finest, "folded")
        folded = f"{_kept(finest, 'folded')}.ord is not null"
    accepted, gave_way, others = warehouse.rows(
        "select count(*) filter (where taken), count(*) filter (where folded and not taken), "
        "count(*) filter (where not folded and not taken) from ("
        f"select {' or '.join(taken) or 'false'} as taken, {folded} as folded from (select *, rowid as ord, rowid "
        f"from {WIDE}) w anti join smc_left k on k.ord = w.ord{joins} where not w.bad and {_carried(finest)})"
    )[0]
    return replace(its, accepted=int(accepted), unchanged=int(others), folded=int(gave_way))


def _some(done: Merged) -> bool:
    """Whether some rows were taken and others not; otherwise nobody must look which."""
    return bool(done.accepted and (done.unchanged or done.refused or done.folded))


def _keep(warehouse: Warehouse, part: Part, fate: str, ords: str) -> None:
    names = ", ".join(f"s.{column(name)}" for name in part.target.row_fields)
    warehouse.run(
        f"create or replace temp table {_kept(part, fate)} as select {names}, s.rowid as ord from {STAGE} s "
        f"semi join ({ords}) n on n.ord = s.rowid"
    )


def _kept(part: Part, fate: str) -> str:
    return f"smc_{fate}_{part.target.item.name}"


def _join(part: Part, fate: str) -> str:
    name = _kept(part, fate)
    on = " and ".join(f"{name}.{column(field)} = w.{part.stored(field)}" for field in part.target.row_fields)
    return f" left join {name} on {on}"


def _carried(part: Part) -> str:
    return "(" + " and ".join(f"w.{part.stored(name)} is not null" for name in part.target.row_fields) + ")"
