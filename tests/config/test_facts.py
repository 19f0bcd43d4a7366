"""Every piece of SQL of the facts runs against an empty warehouse, prints for Spark and is read back."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse_one

from smc.config.facts import facts_of
from smc.config.specs.project import CustomFieldSpec, FieldsSpec, MartFieldSpec, MartSpec
from smc.model.facts import FACT_OF, NAMED, Fact, FactField
from smc.warehouse import Warehouse, sql

_OWN = {
    f"own_{kind}": CustomFieldSpec(title="Own", type=kind)
    for kind in ("string", "integer", "decimal", "boolean", "date", "datetime")
}
FIELDS = FieldsSpec(
    **dict.fromkeys((*FACT_OF, *NAMED), _OWN),
    marts={
        "pets": MartSpec(
            title="Pets", rows="many", key=("name",),
            fields={"name": MartFieldSpec(title="Name", type="string"), "born": MartFieldSpec(title="B", type="date")},
        )
    },
)  # fmt: skip
FACTS = facts_of(FIELDS)
OWNED = {*FACT_OF.values()}
_TYPES = {
    "string": "VARCHAR", "store": "VARCHAR", "boolean": "BOOLEAN", "date": "DATE",
    "datetime": "TIMESTAMP WITH TIME ZONE", "product": "BIGINT", "category": "BIGINT",
}  # fmt: skip


def fields_of(fact: Fact) -> list[FactField]:
    more = [fact.field("context.it's a key")] if fact.context else []
    return [*fact.fields, *(field for field in more if field is not None)]


@pytest.mark.parametrize("name", FACTS)
def test_every_field_runs_with_its_joins_alone(name: str, warehouse: Warehouse) -> None:
    fact = FACTS[name]
    assert (name in OWNED) == ({*_OWN} <= {*fact.names})
    assert {one: f"{one}_own_date" in fact.names for one in NAMED} == {one: one in fact.reads for one in NAMED}
    warehouse.run("create table mart_pets (customer_key bigint, name varchar, born date)")
    for field in fields_of(fact):
        text = f"select {field.read} as value from {fact.table} as t {fact.joined(field.needs)}"
        ((kind,),) = warehouse.rows(f"select column_type from (describe {text})")
        assert kind.startswith(("INTEGER", "BIGINT") if field.type == "integer" else _TYPES.get(field.type, "DECIMAL"))
        carried(text)


@pytest.mark.parametrize("name", FACTS)
def test_day_and_counting_run_and_are_carried(name: str, warehouse: Warehouse) -> None:
    fact = FACTS[name]
    warehouse.run("create table mart_pets (customer_key bigint, name varchar, born date)")
    day = fact.day or "cast(null as date)"
    plain = f"select t.customer_key, {day} as day from {fact.table} as t where {fact.counts}"
    once = f"select t.customer_key from {fact.table} as t {fact.joined(fact.once_needs)} where {fact.counted_once}"
    everything = f"select 1 as x from {fact.table} as t {fact.joined(tuple(fact.joins))}"
    for text in (plain, once, everything):
        assert warehouse.rows(text) == []
        carried(text)


@pytest.mark.parametrize("name", FACTS)
def test_what_a_fact_reads_is_what_it_says(name: str) -> None:
    fact = FACTS[name]
    tree = sql(f"select 1 as x from {fact.table} as t {fact.joined(tuple(fact.joins))}")
    names = {table.name for table in tree.find_all(exp.Table)}
    assert {table for table in names if not table.endswith("_ident")} == fact.reads


def test_fields_that_decide_are_fields() -> None:
    for fact in FACTS.values():
        assert all(fact.field(name) for name in fact.decides)
        assert len(set(fact.names)) == len(fact.names)


def carried(text: str) -> None:
    """To Spark and back without a change; neither NOT IN nor LIKE, which differ between engines."""
    spark = sql(text).sql(dialect="spark")
    assert parse_one(spark, dialect="spark").sql(dialect="spark") == spark
    assert not list(sql(text).find_all(exp.Like, exp.ILike, exp.ArgMax))
