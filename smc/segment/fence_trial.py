"""SQL of a rule tried on tables without data, so that a wrong type is told before the night. Loads DuckDB."""

from __future__ import annotations

import re

import duckdb

from smc.segment.days import Mistake
from smc.segment.fence import Fenced

_KIND = re.compile(
    r"^(Binder|Catalog|Conversion|Parser|Invalid Input|Not implemented|Mismatch Type|Out of Range) Error: ?"
)


def tried(found: Fenced) -> None:
    """Raises ``Mistake`` in the words of the database for what it cannot make sense of."""
    with duckdb.connect(":memory:", config={"enable_external_access": "false", "threads": "1"}) as connection:
        try:
            connection.execute(found.trial).fetchall()
        except duckdb.Error as error:
            said = _KIND.sub("", str(error).split("\n")[0])
            raise Mistake(f"the SQL does not work: {said}", "Compare values of one type; see the reference.") from None
