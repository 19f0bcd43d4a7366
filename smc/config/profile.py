"""The fields of a customer, system, derived and custom, and how each is read from alias ``c`` (table customer)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smc.config.specs.project import FieldsSpec
from smc.model.contact import CONTACT_FIELDS
from smc.model.objects import CUSTOMER, Type

Plain = Literal["string", "integer", "decimal", "quantity", "boolean", "date", "datetime"]

_SQL_TYPE = {
    "integer": "bigint",
    "decimal": "decimal(18, 4)",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
}
_KEY = "customer_id"
_AGE = """year($as_of) - year(c.birth_date) - case
    when month(c.birth_date) * 100 + day(c.birth_date) > case
        when month($as_of) = 2 and month($as_of + 1) = 3 then 229 else month($as_of) * 100 + day($as_of)
    end then 1 else 0
end"""
"""Full years; who was born on February 29 is a year older on the 28th of a common year. It changes by itself, so it is
worked out when it is read."""


@dataclass(frozen=True, slots=True)
class ProfileField:
    """``read`` is an expression over ``c`` (customer) and ``i`` (customer_ident), null when there is no value; that of
    ``age`` asks for the day ``$as_of`` too.

    ``one_of``: every value that can stand there, where smc derives it itself.
    """

    name: str
    title: str
    type: Plain
    read: str
    one_of: tuple[str | int, ...] = ()
    group: str | None = None


def profile_fields(fields: FieldsSpec) -> dict[str, ProfileField]:
    """Every field a rule or a template may name: those of feeds, those the import derives, those of fields.yaml."""
    system = [
        ProfileField(field.name, field.title, plain(field.type), f"{'i' if field.name == _KEY else 'c'}.{field.name}")
        for field in CUSTOMER.fields
    ]
    derived = [
        ProfileField(field.name, field.title, plain(field.type), f"c.{field.name}", field.one_of)
        for field in CONTACT_FIELDS
    ]
    custom = [
        ProfileField(name, spec.title, spec.type, _custom(name, spec.type), group=spec.group)
        for name, spec in fields.customer.items()
    ]
    age = ProfileField("age", "Age in full years", "integer", _AGE)
    return {field.name: field for field in (*system, *derived, age, *custom)}


def plain(kind: Type) -> Plain:
    """How rules and templates see a type: of whole numbers and of fractions there is one each; a map is no value."""
    match kind:
        case "long":
            return "integer"
        case "number":
            return "decimal"
        case "map":
            raise ValueError("a map is no value of a profile")
        case _:
            return kind


def _custom(name: str, kind: str) -> str:
    text = f"c.custom['{name}']"
    return text if kind == "string" else f"try_cast({text} as {_SQL_TYPE[kind]})"
