"""SQL of a rule tried on one row that is made up, so that wrong types and the like are told before the night.

It is tried in a database without tables and without files, which also says what the statement reads: the second lock of
the fence. Loads DuckDB.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache
from threading import Timer

import duckdb

from smc.config.days import Mistake
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.segment.fence import Fenced, fenced

_KIND = re.compile(r"^[A-Z][A-Za-z ]+ Error: ?")
_OURS = re.compile(r"smc_(of|with)_")
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false", "threads": "1", "memory_limit": "500MB",
    "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
}  # fmt: skip
_SECONDS = 5.0


def sound(text: str, fields: FieldsSpec, metrics: MetricsSpec, as_of: date) -> Fenced:
    """The statement inside the fence, after it has been tried. Raises ``Mistake``."""
    found = fenced(text, fields, metrics, as_of)
    tried(found)
    return found


def tried(found: Fenced) -> None:
    """Raises ``Mistake`` in the words of the database for what it cannot make sense of."""
    if said := _trial(found):
        raise Mistake(*said)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config=_CONFIG)
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("pragma disable_optimizer")
    connection.execute("set lock_configuration = true")
    return connection


@lru_cache(maxsize=256)
def _trial(found: Fenced) -> tuple[str, str] | None:
    connection = _database()
    stop = Timer(_SECONDS, connection.interrupt)
    stop.start()
    try:
        for text in found.trial:
            connection.execute(text).fetchall()
        reads = connection.get_table_names(found.query)
    except duckdb.InterruptException:
        return "the SQL takes too long, even where every table has one row", "Join fewer tables."
    except duckdb.Error as error:
        said = _OURS.sub("", _KIND.sub("", str(error).split("\n")[0]))
        return f"the SQL does not work: {said}", "Compare values of one type; see the reference."
    finally:
        stop.cancel()
    if reads <= found.sources:
        return None
    return f"the SQL reads {', '.join(sorted(reads - found.sources))}", "Read the tables of the reference alone."
