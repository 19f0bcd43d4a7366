"""A landed file as an SQL relation of text. The only place where files are read into DuckDB.

Nothing is detected: every option is given, every column is text. The columns are ``c0``, ``c1``, … in the order of the
header, behind ``_line`` when the records were numbered by the exact reader.
"""

from __future__ import annotations

from collections.abc import Sequence

from smc.config.specs.feed import Format
from smc.import_.landing import Landed
from smc.import_.reading import quoted
from smc.import_.records import Straightened

LINE = "_line"
ERRORS, SCANS = "smc_csv_error", "smc_csv_scan"
"""Tables into which DuckDB writes what it could not split."""


def relation(landed: Landed, layout: Format, header: Sequence[str], straight: Straightened | None = None) -> str:
    """SQL to stand behind ``from``. ``straight``: what the exact reader made of the file, when it was needed."""
    names = [f"c{index}" for index in range(len(header))]
    if straight is not None:
        names.insert(0, LINE)
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    path = landed.path if straight is None else straight.path
    newline = (landed.newline if straight is None else None) or r"\n"
    return (
        f"read_csv({quoted(str(path))}, auto_detect = false, header = {str(straight is None).lower()}, "
        f"columns = {{{columns}}}, delim = {quoted(layout.delimiter)}, quote = {quoted(layout.quote)}, "
        f"escape = {quoted(layout.quote)}, encoding = 'utf-8', compression = 'none', nullstr = '', "
        f"new_line = {quoted(newline)}, "
        "strict_mode = true, null_padding = false, parallel = true, store_rejects = true, rejects_limit = 1, "
        f"rejects_table = '{ERRORS}', rejects_scan = '{SCANS}')"
    )
