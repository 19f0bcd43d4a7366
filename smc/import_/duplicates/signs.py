"""Signs of a customer as SQL over ``c`` (customer): normalised text, null when empty, invalid or meaningless."""

from __future__ import annotations

from smc.config.specs.duplicates import CONTACTS, DuplicatesSpec
from smc.import_.read.reading import column, quoted
from smc.model.contact import FIRST_HARD

CUSTOM = "custom."
_SPACES = quoted(r"[\s\p{Z}]+")


def value_of(sign: str, spec: DuplicatesSpec) -> str:
    """The value that is compared. A phone or an e-mail counts only when the import found it valid."""
    plain = _plain(sign)
    ignored = spec.ignore.get(sign, ())
    if not ignored:
        return plain
    return f"case when {plain} not in ({', '.join(quoted(value) for value in ignored)}) then {plain} end"


def _plain(sign: str) -> str:
    if sign in CONTACTS:
        text = f"lower(c.{sign})" if sign == "email" else f"c.{sign}"
        return f"case when c.{sign}_status < {FIRST_HARD} then nullif({text}, '') end"
    if sign.startswith(CUSTOM):
        return f"nullif(trim(c.custom[{quoted(sign.removeprefix(CUSTOM))}]), '')"
    if sign == "birth_date":
        return "cast(c.birth_date as varchar)"
    return f"nullif(lower(nfc_normalize(trim(regexp_replace(c.{column(sign)}, {_SPACES}, ' ', 'g')))), '')"


CARDS = (
    "(select distinct k.card_id as v, coalesce(a.survivor_key, k.customer_key) as customer_key from ("
    "select card_id, customer_key from card union all select card_id, customer_key from card_former) k "
    "left join customer_alias a on a.merged_key = k.customer_key where k.customer_key is not null)"
)
"""Every card with each customer who has or had it."""


def rows_of(sign: str, spec: DuplicatesSpec) -> str:
    """A query: ``customer_key`` and ``v`` of the customers with a profile who have the sign."""
    if sign != "card":
        value = value_of(sign, spec)
        return f"select c.customer_key, {value} as v from customer c where {value} is not null"
    ignored = "".join(f" and k.v <> {quoted(value)}" for value in spec.ignore.get("card", ()))
    there = "semi join customer c on c.customer_key = k.customer_key"
    return f"select k.customer_key, k.v from {CARDS} k {there} where true{ignored}"
