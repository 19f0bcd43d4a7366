"""A landed file as an SQL relation of text. The only place where files are read into DuckDB.

Nothing is detected: every option is given, every column is text. The columns are ``c0``, ``c1``, … in the order of the
header, behind ``_line`` when the records were numbered by the exact reader. Of NDJSON there is ``_state`` too: a letter
for each column that says whether it had a value.
"""

from __future__ import annotations

from collections.abc import Sequence

from smc.config.specs.feed import Format
from smc.import_.land.landing import Landed
from smc.import_.read.parquet import text_of_column
from smc.import_.read.reading import quoted
from smc.import_.read.records import Straightened

LINE, STATE = "_line", "_state"
ERRORS, SCANS = "smc_csv_error", "smc_csv_scan"
"""Tables into which DuckDB writes what it could not split."""

BUFFER = 32_000_000


def relation(landed: Landed, layout: Format, header: Sequence[str], straight: Straightened | None = None) -> str:
    """SQL to stand behind ``from``. ``straight``: what the exact reader made of the file, when it was needed."""
    names = [f"c{index}" for index in range(len(header))]
    if layout.kind == "parquet" and straight is None:
        cells = ", ".join(
            f"{text_of_column(name, kind)} as {alias}"
            for alias, (name, kind) in zip(names, landed.columns, strict=True)
        )
        return f"(select {cells} from read_parquet({quoted(str(landed.path))}, binary_as_string = false))"
    if straight is not None:
        names = [LINE, *names, *([STATE] if layout.kind == "ndjson" else [])]
        # The exact reader writes the line ends, the lengths and the quotes; its cells may be as long as records.
        return _csv(str(straight.path), names, landed.longest * 2)
    return _csv(
        str(landed.path),
        names,
        landed.longest,
        delimiter=layout.delimiter,
        quote=layout.quotes,
        escape=layout.escape or layout.quotes,
        newline=landed.newline or r"\n",
        head="true" if layout.header else "false",
    )


def _csv(
    path: str,
    names: Sequence[str],
    longest: int,
    *,
    delimiter: str = ",",
    quote: str = '"',
    escape: str = '"',
    newline: str = r"\n",
    head: str = "false",
) -> str:
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({quoted(path)}, auto_detect = false, header = {head}, "
        f"columns = {{{columns}}}, delim = {quoted(delimiter)}, quote = {quoted(quote)}, "
        f"escape = {quoted(escape)}, encoding = 'utf-8', compression = 'none', nullstr = '', "
        f"new_line = {quoted(newline)}, max_line_size = {longest + 2}, buffer_size = {max(BUFFER, 2 * longest + 4)}, "
        "strict_mode = true, null_padding = false, parallel = true, store_rejects = true, rejects_limit = 1, "
        f"rejects_table = '{ERRORS}', rejects_scan = '{SCANS}')"
    )


def is_missing(index: int) -> str:
    """SQL: whether the object of an NDJSON line has no such key; the field then keeps what it has."""
    return f"substr({STATE}, {index + 1}, 1) = 'm'"


def is_null(index: int) -> str:
    """SQL: whether the value is ``null`` in an NDJSON line: empty on purpose."""
    return f"substr({STATE}, {index + 1}, 1) = 'n'"
