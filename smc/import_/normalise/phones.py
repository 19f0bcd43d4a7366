"""All phones of a stage: the plain ones in SQL (``fast.py``), the others one by one (``phone.py``), each text once.

The result is the temporary table ``smc_phone``: ``given``, and what ``customer`` keeps of it. Operator and zone come
from the tables of prefixes of ``phonenumbers``, of which the longest prefix counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from smc.import_.normalise import fast
from smc.import_.normalise.phone import home_of, phone_of, types
from smc.import_.read.reading import quoted
from smc.model.contact import BAD_FORMAT, FINE
from smc.warehouse import Warehouse, statement

_WORTH = 2_000
"""So many numbers make it worth to read the patterns of a calling code; below, one by one is as fast."""

_AT_ONCE = 20_000
_TEXT = "smc_phone_text"


def build_phones(warehouse: Warehouse, *, stage: str, home: str | None, worth: int = _WORTH) -> None:
    """Fill ``smc_phone`` from the phones of ``stage``; ``home`` as in ``phone_of``. ``worth`` changes speed alone."""
    warehouse.run(_query("phone_clear"))
    given = f"(select distinct phone as given from {stage} where not bad and phone is not null)"
    warehouse.run(f"create or replace temp table {_TEXT} as {fast.texts(given, home)}")
    if home_of(home) is None:
        warehouse.run(_query("phone_homeless"), bad=BAD_FORMAT)
    for code in _codes(warehouse, home, worth):
        plan = fast.plan(warehouse, code, home_of(home))
        if plan is not None:
            _fast(warehouse, plan)
            _none(warehouse, plan, worth)
    _slow(warehouse, home)
    for table in (_TEXT, "smc_phone_rest"):
        warehouse.run(f"drop table {table}")


def _codes(warehouse: Warehouse, home: str | None, worth: int) -> list[int]:
    """Calling codes to look for: that of home, then those that many numbers carry."""
    if warehouse.value(f"select count(*) from {_TEXT}") < worth:
        return []
    own = fast.code_of(home)
    counts: Counter[int] = Counter()
    for front, number in warehouse.rows(_query("phone_fronts")):
        code = fast.calling_code(front)
        if code is not None:
            counts[code] += number
    many = [code for code, number in counts.most_common() if number >= worth and code != own]
    return many if own is None else [own, *many]


def _fast(warehouse: Warehouse, plan: fast.Plan) -> None:
    code = str(plan.code)
    _prefixes(warehouse, "smc_operator", _operators(code))
    _prefixes(warehouse, "smc_number_zone", _zones(code))
    words = " ".join(f"when '{name}' then '{types()[kind]}'" for name, kind in _kinds().items() if kind in types())
    operators, zones = (_lengths(warehouse, name) for name in ("smc_operator", "smc_number_zone"))
    joins = _joins("smc_operator", "o", operators) + _joins("smc_number_zone", "z", zones)
    geographical = ", ".join(f"'{name}'" for name, kind in _kinds().items() if _has_place(kind, plan.code))
    national = _zones(code).get(_country_prefix(code), "")
    warehouse.run(
        f"insert into smc_phone select given, '+' || digits, case kind {words} else 'other' end, "
        f"case when kind in ('MOBILE', 'FIXED_LINE_OR_MOBILE', 'PAGER') then {_longest('o', operators)} end, "
        f"{FINE}, region, nullif(case when kind in ({geographical}) then {_longest('z', zones)} "
        f"else {quoted(national)} end, '') "
        f"from (select *, '{code}' || nsn as digits from ({plan.query(_TEXT)})) n{joins}"
    )


def _none(warehouse: Warehouse, plan: fast.Plan, worth: int) -> None:
    # A table of its own: a condition would be asked before the join, of every number.
    warehouse.run(_query("phone_rest"))
    if warehouse.value("select count(*) from smc_phone_rest") >= worth:
        warehouse.run(
            f"insert into smc_phone (given, phone, phone_status) select given, given, {BAD_FORMAT} "
            f"from ({plan.none('smc_phone_rest')})"
        )


def _kinds() -> dict[str, int]:
    from phonenumbers import PhoneNumberType

    return {name: value for name, value in vars(PhoneNumberType).items() if isinstance(value, int)}


def _has_place(kind: int, code: int) -> bool:
    from phonenumbers import is_number_type_geographical

    return bool(is_number_type_geographical(kind, code))


def _operators(code: str) -> dict[str, str]:
    from phonenumbers.carrierdata import CARRIER_DATA

    return {prefix: names["en"] for prefix, names in CARRIER_DATA.items() if prefix.startswith(code) and "en" in names}


def _zones(code: str) -> dict[str, str]:
    """Zone by prefix; empty where the numbers of a prefix have several."""
    from phonenumbers.timezone import UNKNOWN_TIMEZONE
    from phonenumbers.tzdata import TIMEZONE_DATA

    return {
        prefix: zones[0] if len(zones) == 1 and zones[0] != UNKNOWN_TIMEZONE else ""
        for prefix, zones in TIMEZONE_DATA.items()
        if prefix.startswith(code) or prefix == _country_prefix(code)
    }


def _country_prefix(code: str) -> str:
    """The prefix that stands for the whole calling code in the table of zones."""
    from phonenumbers.tzdata import TIMEZONE_DATA

    return next((code[:size] for size in range(len(code), 0, -1) if code[:size] in TIMEZONE_DATA), code)


def _prefixes(warehouse: Warehouse, table: str, names: Mapping[str, str]) -> None:
    warehouse.run(
        f"create or replace temp table {table} as select unnest($prefixes) as prefix, unnest($names) as name",
        prefixes=list(names) or [""],
        names=list(names.values()) or [""],
    )


def _lengths(warehouse: Warehouse, table: str) -> list[int]:
    return [
        row[0] for row in warehouse.rows(f"select distinct length(prefix) as n from {table} where n > 0 order by n")
    ]


def _joins(table: str, alias: str, lengths: list[int]) -> str:
    return "".join(
        f" left join (select * from {table} where length(prefix) = {size}) {alias}{size} "
        f"on {alias}{size}.prefix = left(digits, {size})"
        for size in lengths
    )


def _longest(alias: str, lengths: list[int]) -> str:
    names = [f"{alias}{size}.name" for size in reversed(lengths)]
    return f"coalesce({', '.join(names)})" if names else "null"


def _slow(warehouse: Warehouse, home: str | None) -> None:
    warehouse.run(_query("phone_rest"))
    rest = [row[0] for row in warehouse.rows("select given from smc_phone_rest")]
    for start in range(0, len(rest), _AT_ONCE):
        rows = [_row(given, home) for given in rest[start : start + _AT_ONCE]]
        warehouse.run(
            _query("phone_add"),
            **{f"c{i}": list(values) for i, values in enumerate(zip(*rows, strict=True))},
        )


def _row(given: str, home: str | None) -> tuple[Any, ...]:
    phone = phone_of(given, home)
    if phone is None:
        return given, given, None, None, BAD_FORMAT, None, None
    return given, phone.e164, phone.type, phone.operator, FINE, phone.region, phone.timezone


def _query(name: str) -> str:
    return statement("smc.import_.normalise", name)
