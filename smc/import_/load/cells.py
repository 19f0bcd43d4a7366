"""The cells of rejected rows as they came, for a person to correct and ``smc import replay`` to load."""

from __future__ import annotations

from smc.import_.load.stage import Stage, Staged
from smc.import_.read.mapping import columns_of
from smc.import_.read.reading import quoted
from smc.import_.read.relation import is_missing, is_null
from smc.import_.rejects import BLANK, NULL, SHOWN, TEXT
from smc.warehouse import Warehouse, statement


def keep_cells(warehouse: Warehouse, stage: Stage, staged: Staged, most: int, *, whole: bool = True) -> None:
    """Fill ``smc_cells`` for the first ``most`` lines of ``smc_reject``, whatever they were rejected for.

    Of a row that could not be split the first cell is its text, and the cells of the feed's columns are empty.
    ``whole``: all of the text.

    The cells of rows whose values could not be taken are at hand. Rows that clash with others, or with the table, are
    few: they are read from the file once more.
    """
    warehouse.run(_query("clear_cells"))
    warehouse.run(_query("cells_wanted"), most=most)
    if not warehouse.value("select count(*) from smc_wanted"):
        return
    columns = columns_of([reading for part in stage.parts for reading in part.readings])
    names = f"[{', '.join(map(quoted, columns))}]::varchar[]"
    cells = ", ".join(_cell(stage, name, f"k{i}") for i, name in enumerate(columns))
    values = f"select line, {names}, [{cells}]::varchar[] from"
    if staged.bad:
        warehouse.run(f"insert into smc_cells {values} smc_bad semi join smc_wanted using (line)")
    if staged.unsplit:
        # Of a refused file, which comes again as a whole, what is shown is enough.
        text = "text" if whole else f"left(text, {SHOWN})"
        names, blank = f"[{quoted(TEXT)}] || {names}", ["null"] * len(columns)
        warehouse.run(
            f"insert into smc_cells select line, {names}, [{', '.join([text, *blank])}]::varchar[] from smc_unsplit "
            "semi join smc_wanted using (line)"
        )
    if warehouse.value(_query("cells_lacking")):
        again = stage.again(staged.straight, "smc_wanted")
        warehouse.run(f"insert into smc_cells {values} ({again}) anti join smc_cells using (line)")


def _cell(stage: Stage, name: str, cell: str) -> str:
    """Of NDJSON, null when the object has no such key; a null of its own is ``NULL``, an empty text ``BLANK``."""
    if stage.layout.kind != "ndjson":
        return cell
    place = stage.header.index(name)
    empty = f"case when {is_null(place)} then {quoted(NULL)} when not {is_missing(place)} then {quoted(BLANK)} end"
    return f"coalesce(nullif({cell}, ''), {empty})"


def _query(name: str) -> str:
    return statement("smc.import_", name)
