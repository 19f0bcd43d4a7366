"""The facts of a project: those of smc with the custom fields and data marts of fields.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from smc.config.objects import custom_of, order_codes
from smc.config.specs.project import CustomFieldSpec, FieldsSpec, MartFieldSpec
from smc.model.facts import FACT_OF, NAMED, Fact, OwnField, OwnMart, facts, order_changes


def facts_of(fields: FieldsSpec) -> dict[str, Fact]:
    """Every fact by name, as ``over:`` of a metric names it; marts by their own names."""
    marts = [OwnMart(name, mart.title, _own(mart.fields), mart.rows == "many") for name, mart in fields.marts.items()]
    return facts(_custom(fields), marts, _codes(fields))


def watched_facts(fields: FieldsSpec) -> dict[str, Fact]:
    """Every fact whose rows campaigns may wait for."""
    changes = order_changes(_custom(fields), _codes(fields))
    return {fact.name: fact for fact in (*facts_of(fields).values(), changes) if fact.key is not None}


def _codes(fields: FieldsSpec) -> dict[str, tuple[str, ...]]:
    return {name: tuple(found) for name, found in order_codes(fields).items()}


def _custom(fields: FieldsSpec) -> dict[str, tuple[OwnField, ...]]:
    return {item: _own(custom_of(fields, item)) for item in (*FACT_OF, *NAMED)}


def _own(fields: Mapping[str, CustomFieldSpec] | Mapping[str, MartFieldSpec]) -> tuple[OwnField, ...]:
    return tuple(OwnField(name, spec.title, spec.type) for name, spec in fields.items())
