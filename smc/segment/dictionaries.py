"""Codes of the items of dictionaries that rules ask for.

What a dictionary does not have stops the rules: it would widen or empty an audience without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from smc.config.positive import POSITIVE
from smc.config.specs.condition import DictionaryCondition
from smc.config.specs.rule import DictionaryRule, Rule
from smc.config.values import typed_by
from smc.errors import UnknownNamesError
from smc.segment.rows import Asked, asked_where
from smc.segment.vocabulary import EXACT, texts_of
from smc.segment.walk import conditions
from smc.warehouse import Warehouse, all_of, sql, statement
from smc.warehouse.compare import test_of
from smc.warehouse.names import near

FIXED = ("code", "title")
"""What every item has; other names are those of its fields."""


def key_of(condition: DictionaryCondition) -> str:
    """The text of the condition by which its codes are found; the field of the customer does not matter."""
    return condition.model_dump_json(by_alias=True, exclude_none=True, exclude={"field"})


def look_up_codes(warehouse: Warehouse, rules: Mapping[str, Rule], as_of: date) -> dict[str, tuple[str, ...]]:
    """Codes of the items that are as asked, in order, by ``key_of`` the condition.

    Raises ``UnknownNamesError`` with everything that no dictionary has, and with conditions that no item meets.
    """
    asked: dict[str, DictionaryCondition] = {}
    owners: dict[str, list[str]] = {}
    for owner, rule in rules.items():
        for _, leaf in conditions(rule):
            if isinstance(leaf, DictionaryRule):
                asked.setdefault(key_of(leaf.dictionary), leaf.dictionary)
                owners.setdefault(key_of(leaf.dictionary), []).append(owner)
    codes: dict[str, tuple[str, ...]] = {}
    wrong: dict[str, list[str]] = {}
    for key, condition in asked.items():
        look = _Look(warehouse, condition, as_of)
        codes[key] = look.codes()
        wrong[key] = [*look.wrong()] or ([] if codes[key] else [f"no item of the dictionary '{look.name}' is as asked"])
    lines = {f"{owner}: {why}" for key, whys in wrong.items() for why in whys for owner in owners[key]}
    if lines:
        raise UnknownNamesError(
            "rules ask dictionaries for what they do not have; nothing was changed\n  " + "\n  ".join(sorted(lines)),
            sorted({why for whys in wrong.values() for why in whys}),
            remedy="Correct the names, or import the dictionary first.",
        )
    return codes


@dataclass(frozen=True, slots=True)
class _Look:
    """One condition on a dictionary."""

    warehouse: Warehouse
    condition: DictionaryCondition
    as_of: date

    @property
    def name(self) -> str:
        return self.condition.name

    def codes(self) -> tuple[str, ...]:
        tests = all_of([_item_test(asked, self.as_of) for asked in asked_where(self.condition.where)])
        query = "select code from dictionary as d where d.dictionary = $name and $tests order by code"
        return tuple(row[0] for row in self.warehouse.rows(sql(query, name=self.name, tests=tests)))

    def wrong(self) -> Iterator[str]:
        """Names and values that the dictionary does not have."""
        there = self._texts("known_dictionaries")
        if self.name not in there:
            yield f"there is no dictionary '{self.name}'{near(self.name, there)}"
            return
        fields = [*FIXED, *self._texts("known_item_fields", name=self.name)]
        for asked in asked_where(self.condition.where):
            if asked.field not in fields:
                yield f"items of the dictionary '{self.name}' have no field '{asked.field}'{near(asked.field, fields)}"
            elif asked.operator in EXACT:
                yield from self._strange(asked)

    def _strange(self, asked: Asked) -> Iterator[str]:
        """Values that no item has in the field; a text that is searched for is none."""
        query = sql(
            "select distinct $read from dictionary as d where d.dictionary = $name and $read is not null",
            read=_read(asked.field), name=self.name,
        )  # fmt: skip
        known = {row[0] for row in self.warehouse.rows(query)}
        for text in texts_of(asked):
            if text not in known:
                hint = near(str(text), known)
                yield f"no item of the dictionary '{self.name}' has the {asked.field} '{text}'{hint}"

    def _texts(self, query: str, **params: object) -> list[str]:
        return [row[0] for row in self.warehouse.rows(statement("smc.segment", query), **params)]


def _item_test(asked: Asked, as_of: date) -> exp.Expr:
    operator, positive = POSITIVE[asked.operator]
    values = typed_by("string", asked.operator, asked.operand, as_of)
    held = sql("coalesce($test, false)", test=test_of(_read(asked.field), operator, values, time=False))
    wanted = bool(asked.operand) if asked.operator == "empty" else positive
    return held if wanted else sql("not $held", held=held)


def _read(field: str) -> exp.Expr:
    return sql(f"d.{field}") if field in FIXED else sql("d.fields[$key]", key=field)
