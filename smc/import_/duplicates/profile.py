"""The profile that a merge leaves: field by field from the survivor ``s`` or the merged customer ``m``."""

from __future__ import annotations

from collections.abc import Iterable

from smc.config.specs.duplicates import DuplicatesSpec, Keep
from smc.import_.duplicates.signs import CUSTOM
from smc.import_.read.reading import column, quoted
from smc.warehouse import Warehouse, statement

_ADDRESS = ("country", "region", "city", "zip", "address")
_CONTACTS = ("email", "phone")
_TOGETHER = (*_CONTACTS, "timezone")
"""What the import derived from these goes with them."""
_NEWER = "coalesce(m.registered_at > s.registered_at, m.registered_at is not null)"


def merge_profiles(warehouse: Warehouse, spec: DuplicatesSpec) -> None:
    """Of every pair of ``smc_pair`` one profile stays. A customer without one takes the other's as it is."""
    names = [str(row[0]) for row in warehouse.rows(_query("customer_columns"))]
    values = ", ".join(f"{_value(name, spec)} as {column(name)}" for name in names)
    warehouse.run(
        f"create or replace temp table smc_profile as select {values} from smc_pair p "
        "left join customer s on s.customer_key = p.survivor_key "
        "left join customer m on m.customer_key = p.merged_key "
        "where s.customer_key is not null or m.customer_key is not null"
    )
    warehouse.run(_query("profile_clear"))
    warehouse.run("insert into customer by name select * from smc_profile")


def _value(name: str, spec: DuplicatesSpec) -> str:
    mine, other = f"s.{column(name)}", f"m.{column(name)}"
    if name == "customer_key":
        return "p.survivor_key"
    if name == "custom":
        return _custom(spec)
    if name == "registered_at":
        return f"least({mine}, {other})"
    if name == "active":
        return f"case when s.customer_key is null then {other} else {mine} end"
    field = _field(name)
    taken = _taken(field, spec.fields.get(field, "filled"))
    return f"case when s.customer_key is null or ({taken}) then {other} else {mine} end"


def _field(name: str) -> str:
    """The field that decides over a column."""
    if name in _ADDRESS:
        return "address"
    return next((one for one in _TOGETHER if name.startswith(f"{one}_")), name)


def _taken(field: str, keep: Keep) -> str:
    """Whether the value of the merged customer is kept: a valid address goes before others, any value before none."""
    mine, other = _worth("s", field), _worth("m", field)
    match keep:
        case "survivor":
            return "false"
        case "filled":
            return f"{other} > {mine}"
        case "newest":
            return f"{other} > {mine} or ({other} = {mine} and {other} > 0 and {_NEWER})"


def _worth(alias: str, field: str) -> str:
    if field in _CONTACTS:
        return (
            f"case when {alias}.{field} is null then 0 when coalesce({alias}.{field}_status, 0) >= 30 then 1 else 2 end"
        )
    if field == "address":
        return "cast(" + " or ".join(f"{alias}.{name} is not null" for name in _ADDRESS) + " as integer)"
    return f"cast({alias}.{column(field)} is not null as integer)"


def _custom(spec: DuplicatesSpec) -> str:
    """Custom fields, each by its own rule; sorted, null when there are none."""
    kept = {name.removeprefix(CUSTOM): keep for name, keep in spec.fields.items() if name.startswith(CUSTOM)}
    newest = _list(name for name, keep in kept.items() if keep == "newest")
    own = _list(name for name, keep in kept.items() if keep == "survivor")
    taken = f"{_NEWER} and list_contains({newest}, e.key)"
    given = "coalesce(map_contains(m.custom, e.key), false)"
    mine = f"list_filter(map_entries(s.custom), lambda e: not ({taken} and {given}))"
    other = (
        f"list_filter(map_entries(m.custom), lambda e: (s.customer_key is null or not list_contains({own}, e.key)) "
        f"and (not coalesce(map_contains(s.custom, e.key), false) or ({taken})))"
    )
    both = f"list_sort(list_concat(coalesce({mine}, []), coalesce({other}, [])))"
    return f"case when len({both}) > 0 then map_from_entries({both}) end"


def _list(names: Iterable[str]) -> str:
    texts = ", ".join(quoted(name) for name in sorted(names))
    return f"[{texts}]::varchar[]"


def _query(name: str) -> str:
    return statement("smc.import_.duplicates", name)
