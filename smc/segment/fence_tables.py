"""Tables that SQL of rules may read: the documented facts and what is known of customers, with types of columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smc.config.facts import facts_of
from smc.config.metrics import catalog
from smc.config.profile import profile_fields
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.model.facts import Fact

FIGURES = {
    "m": "customer_metric", "a": "customer_activity", "x": "custom_metric", "f": "rfm", "p": "customer_prediction",
}  # fmt: skip
"""Aliases of the tables of figures, one row per customer."""

_TAGS = """(
    select customer_key, tag, added_on, cast(null as date) as removed_on from tag_member
    union all select customer_key, tag, added_on, removed_on from tag_past
) as t"""
"""Stays in named lists, those that ended too."""
_TYPES = {
    "string": "varchar", "category": "varchar", "product": "varchar", "store": "varchar", "integer": "bigint",
    "decimal": "decimal(18, 4)", "quantity": "decimal(18, 3)", "boolean": "boolean", "date": "date",
    "datetime": "timestamptz",
}  # fmt: skip

_SAMPLES = {
    "varchar": "'text'",
    "date": "'2000-01-01'",
    "timestamptz": "'2000-01-01 00:00:00+00'",
    "map(varchar, varchar)": "map(['k'], ['1'])",
}


@dataclass(frozen=True, slots=True)
class Column:
    """SQL of a column, the aliases of the joins that it needs, and its type."""

    read: str
    needs: tuple[str, ...] = ()
    type: str = "varchar"

    @property
    def sample(self) -> str:
        """SQL of a value of the type. A text can be read as nothing else, so that none is taken for a number."""
        value = _SAMPLES.get(self.type, "'1'")
        return f"cast({value} as {self.type})"


@dataclass(frozen=True, slots=True)
class Table:
    """What a rule may read. ``columns`` by name; ``reads``: tables behind."""

    source: str
    columns: Mapping[str, Column]
    joins: Mapping[str, str] = field(default_factory=dict)
    where: str = "true"
    reads: frozenset[str] = frozenset()


def tables_of(fields: FieldsSpec, metrics: MetricsSpec) -> dict[str, Table]:
    """Every table that SQL may read, by name: customers, metrics, rfm, tags, subscriptions, and the facts."""
    found = {name: _fact_table(fact) for name, fact in facts_of(fields).items()}
    return {**found, **_profile_tables(fields, metrics)}


_IDENT = "left join customer_ident as i on i.customer_key = t.customer_key"
_ID = Column("i.customer_id", ("i",))


def _fact_table(fact: Fact) -> Table:
    """Fields by their names; products and categories by the shop's ids. Only rows that count, up to ``$as_of``."""
    columns = {"customer_id": _ID}
    joins = dict(fact.joins)
    for one in fact.fields:
        if one.type in ("product", "category"):
            alias, joins[f"{one.name}_of"] = _ids(one.name, one.type, one.read)
            columns[one.name] = Column(f"{alias}.{one.type}_id", (*one.needs, alias))
        else:
            columns[one.name] = Column(one.read, one.needs, _TYPES[one.type])
    if fact.context is not None:
        columns["context"] = Column(fact.context, (), "map(varchar, varchar)")
    sign = "<" if fact.later else "<="
    upto = "true" if fact.day is None else f"({fact.day} is null or {fact.day} {sign} $as_of)"
    return Table(
        f"{fact.table} as t", columns, joins | {"i": _IDENT}, f"{fact.counts} and {upto}", fact.reads,
    )  # fmt: skip


def _ids(name: str, kind: str, read: str) -> tuple[str, str]:
    """The alias and the join that turn a key into the shop's id."""
    alias = f"{name}_of"
    return alias, f"left join {kind}_ident as {alias} on {alias}.{kind}_key = {read}"


def _profile_tables(fields: FieldsSpec, metrics: MetricsSpec) -> dict[str, Table]:
    profile = {
        name: Column(one.read, ("i",) if one.read.startswith("i.") else (), _TYPES[one.type])
        for name, one in profile_fields(fields).items()
    }
    figures = {"customer_id": _ID}
    ids: dict[str, str] = {}
    for name, one in catalog(metrics, fields).items():
        if one.type == "category":
            alias, ids[f"{name}_of"] = _ids(name, "category", one.read)
            figures[name] = Column(f"{alias}.category_id", (*FIGURES, alias))
        else:
            figures[name] = Column(one.read, tuple(FIGURES), _TYPES[one.type])
    of_customer = {"i": "left join customer_ident as i on i.customer_key = c.customer_key"}
    ident = {"i": _IDENT}
    ones = {
        alias: f"left join {table} as {alias} on {alias}.customer_key = c.customer_key"
        for alias, table in FIGURES.items()
    }
    return {
        "customers": Table("customer as c", profile, of_customer, reads=frozenset({"customer"})),
        "metrics": Table(
            "customer as c", figures, {**ones, **of_customer, **ids},
            reads=frozenset({"customer", "customer_metric", "customer_activity", "custom_metric"}),
        ),
        "rfm": Table(
            "rfm as t",
            {"customer_id": _ID, **_plain("bigint", "recency", "frequency", "monetary"), **_plain("varchar", "cell")},
            ident,
            reads=frozenset({"rfm"}),
        ),
        "tags": Table(
            _TAGS, {"customer_id": _ID, **_plain("varchar", "tag"), **_plain("date", "added_on")}, ident,
            "t.added_on <= $as_of and (t.removed_on is null or t.removed_on > $as_of)",
            frozenset({"tag_member", "tag_past"}),
        ),
        "subscriptions": Table(
            "subscription as t",
            {"customer_id": _ID, **_plain("varchar", "channel", "category", "state"),
             **_plain("timestamptz", "changed_at")}, ident,
            reads=frozenset({"subscription"}),
        ),
    }  # fmt: skip


def _plain(kind: str, *names: str) -> dict[str, Column]:
    return {name: Column(f"t.{name}", (), kind) for name in names}
