"""The cells of rejected rows as they came, for a person to correct and ``smc import replay`` to load."""

from __future__ import annotations

from smc.import_.mapping import columns_of
from smc.import_.reading import quoted
from smc.import_.relation import ERRORS, LINE, SCANS, relation
from smc.import_.stage import Stage, Staged
from smc.warehouse import Warehouse, statement


def keep_cells(warehouse: Warehouse, stage: Stage, staged: Staged, most: int) -> None:
    """Fill ``smc_cells`` for the first ``most`` lines of ``smc_reject``, whatever they were rejected for.

    The cells of rows whose values could not be taken are in the stage. Rows that clash with others, or with the table,
    are few: they are read from the file once more.
    """
    warehouse.run(_query("clear_cells"))
    warehouse.run(_query("cells_wanted"), most=most)
    if not warehouse.value("select count(*) from smc_wanted"):
        return
    columns = columns_of([reading for part in stage.parts for reading in part.readings])
    names = f"[{', '.join(map(quoted, columns))}]::varchar[]"
    warehouse.run(
        f"insert into smc_cells select line, {names}, raw[:{len(columns)}] "
        f"from (select {staged.line} as line, raw from {stage.table} where bad) semi join smc_wanted using (line)"
    )
    warehouse.run(_query("cells_unsplit"))
    if not warehouse.value(_query("cells_lacking")):
        return
    for table in (ERRORS, SCANS):
        warehouse.run(f"drop table if exists {table}")
    source = relation(stage.landed, stage.layout, stage.header, staged.straight)
    line = f"cast({LINE} as bigint)"
    if staged.straight is None:
        line = f"row_number() over () + {stage.landed.first_line - 1}"
    cells = ", ".join(f"k{i}" for i in range(len(columns)))
    warehouse.run(
        f"insert into smc_cells select line, {names}, [{cells}]::varchar[] "
        f"from (select *, {line} as line from ({stage.cells(source)})) semi join smc_wanted w using (line) "
        "anti join smc_cells c using (line)"
    )


def _query(name: str) -> str:
    return statement("smc.import_", name)
