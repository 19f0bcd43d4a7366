"""Contact data of a staged customer feed, between stage and merge.

The loader calls, for the object ``customer`` only, with ``fields`` = the names of the fields that the feed maps:

1. ``normalise(warehouse, stage="smc_stage", fields=fields, home="US")`` behind the stage. It reads ``stage`` (columns
   by our field names, ``bad``) and makes temporary tables, each keyed by the distinct text as it stands in the stage:
   ``smc_phone`` (np), ``smc_email`` (ne), ``smc_zone`` (nz).
2. In the query of incoming rows, over the stage as ``s``: ``joins(fields)`` behind ``from smc_stage s``, and each of
   ``derived_columns(fields)`` as ``{sql} as {name}``. They take the place of the fields ``email``, ``phone`` and
   ``timezone``, which must not be selected as they stand. No join adds or drops a row.
3. Where rows meet what the table has: columns with the same ``of`` belong together. The rule for blanks (newest, keep,
   first) is decided once, on the field ``of``: is ``s.email`` given or not; then all columns of the group are taken
   from the new row, or all from the old one. A row is unchanged when all columns with ``compared`` are as they were;
   they depend on the given text alone, so that the same text again is no change. Columns that are not compared
   (``of is None``: ``timezone``, ``timezone_from``, ``timezone_status``) depend on several fields: they are right for
   a row that the table did not have.
4. Behind the merge, unless the table was empty before: ``follow_zones(warehouse, home="US")`` derives the zones of
   the customers in ``smc_changed`` again from all that the table knows.

All of it may run inside the transaction of the load. ``COLUMNS`` names every column of ``customer`` filled here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from smc.import_.normalise.emails import build_emails
from smc.import_.normalise.phones import build_phones
from smc.import_.normalise.zones import PLACE_FIELDS, build_zones, follow_zones
from smc.warehouse import Warehouse

__all__ = ["COLUMNS", "DerivedColumn", "derived_columns", "follow_zones", "joins", "normalise"]

_EMAIL = ("email_provider", "email_status", "email_suggestion")
_PHONE = ("phone_type", "phone_operator", "phone_region", "phone_timezone", "phone_status")


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """A column of ``customer`` with the SQL that gives it, over ``s`` (stage) and the aliases of ``joins``.

    ``of``: the field whose rule for blanks decides for the column; None for what depends on several fields.
    """

    name: str
    sql: str
    of: str | None

    @property
    def compared(self) -> bool:
        """Whether another value makes the row a changed one."""
        return self.of is not None


def normalise(warehouse: Warehouse, *, stage: str = "smc_stage", fields: Collection[str], home: str | None) -> None:
    """Make the temporary tables for what the stage holds; see above. ``home``: ISO 3166 alpha-2, or None.

    Rows with ``bad`` are left out. Running it again gives the same tables.
    """
    country = None if home is None else home.upper()
    if "phone" in fields:
        build_phones(warehouse, stage=stage, home=country)
    if "email" in fields:
        build_emails(warehouse, stage=stage)
    if _places(fields):
        build_zones(warehouse, stage=stage, fields=fields, home=country)


def joins(fields: Collection[str]) -> str:
    """Joins behind ``from smc_stage s``; empty when none of ``fields`` is contact data."""
    found = []
    if "phone" in fields:
        found.append("left join smc_phone np on np.given = s.phone")
    if "email" in fields:
        found.append("left join smc_email ne on ne.given = s.email")
    if places := _places(fields):
        same = " and ".join(f"nz.{name} is not distinct from s.{name}" for name in places)
        found.append(f"left join smc_zone nz on {same}")
    return "".join(f" {one}" for one in found)


def derived_columns(fields: Collection[str]) -> tuple[DerivedColumn, ...]:
    """The columns that follow from ``fields``, in a fixed order."""
    found: list[DerivedColumn] = []
    if "email" in fields:
        found += _kept("email", "ne", _EMAIL)
    if "phone" in fields:
        found += _kept("phone", "np", _PHONE)
    if "timezone" in fields:
        found.append(DerivedColumn("timezone_given", "s.timezone", "timezone"))
    return (*found, *_zone(fields))


def _kept(field: str, alias: str, names: tuple[str, ...]) -> list[DerivedColumn]:
    given = f"case when {alias}.{field} is distinct from s.{field} then s.{field} end"
    return [
        DerivedColumn(field, f"{alias}.{field}", field),
        DerivedColumn(f"{field}_given", given, field),
        *(DerivedColumn(name, f"{alias}.{name}", field) for name in names),
    ]


def _zone(fields: Collection[str]) -> tuple[DerivedColumn, ...]:
    """A phone of another country than the address says nothing of where the customer lives."""
    placed, phoned = bool(_places(fields)), "phone" in fields
    if not placed and not phoned:
        return ()
    alike = "case when nz.iso is null or np.phone_region is null or nz.iso = np.phone_region then np.phone_timezone end"
    by_phone = (alike if placed else "np.phone_timezone") if phoned else "null"
    zone, source, status = ("nz.zone", "nz.zone_from", "nz.timezone_status") if placed else ("null", "null", "null")
    return (
        DerivedColumn("timezone", f"coalesce({zone}, {by_phone})", None),
        DerivedColumn("timezone_from", f"coalesce({source}, case when {by_phone} is not null then 'phone' end)", None),
        DerivedColumn("timezone_status", f"cast({status} as smallint)", None),
    )


def _places(fields: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in PLACE_FIELDS if name in fields)


COLUMNS = tuple(column.name for column in derived_columns(("email", "phone", *PLACE_FIELDS)))
"""Every column of ``customer`` that is derived here."""
