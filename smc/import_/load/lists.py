"""Named lists of a file against what campaigns changed in them before it came: the newer word counts."""

from __future__ import annotations

from datetime import date

from smc.import_.load.modes import keys_of
from smc.import_.load.parts import STAGE, Part
from smc.warehouse import Warehouse, statement


def forget_steps(warehouse: Warehouse, part: Part, as_of: date, *, whole: bool) -> None:
    """Changes by steps of campaigns that wait to be made are dropped where a file names the customer and the list.

    ``whole``: the file is all of the lists that it names, so they are dropped for everybody.
    """
    keys, joins = keys_of(warehouse, part)
    warehouse.run(
        f"create or replace temp table smc_listed as select distinct {keys} from {STAGE} s{joins} where not s.bad"
    )
    warehouse.run(statement("smc.import_", "tag_steps_forget"), as_of=as_of, whole=whole)
    warehouse.run("drop table smc_listed")
