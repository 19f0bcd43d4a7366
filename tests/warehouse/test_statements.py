"""Every statement that scans big tables can be carried to Spark: the fixed ones, and those that are really executed.

Nothing is listed here by name. Fixed statements are found as files; composed ones are noted while nights of scenarios,
random rules, metrics of every kind and every trigger run. What is added to smc is looked at by itself, when a scenario
or a random rule uses it. The import and the hand-over are left out: they write, which engines do not share.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, get_args

import pytest
from hypothesis import Phase, given, settings
from pydantic import TypeAdapter
from sqlglot import exp, parse_one

import smc
from smc.campaign.triggers import hits
from smc.config.facts import watched_facts
from smc.config.specs.attribution import Receipts
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.project import FieldsSpec, MetricsSpec, RfmSpec
from smc.config.specs.rule import Rule, SegmentSpec
from smc.config.specs.trigger import Trigger
from smc.config.specs.trigger_change import Merged
from smc.config.specs.watch import AnyRow, Watched
from smc.config.watch import Watch
from smc.metric.compute import compute
from smc.model.fact import FactField
from smc.model.facts import facts
from smc.report.attributed import fill_windows
from smc.segment import moved
from smc.segment.counted import counted
from smc.segment.refresh import refresh
from smc.segment.watch import find_watched
from smc.warehouse import Warehouse
from smc.warehouse.portable import BIG, Columns, big_tables, faults, printed
from tests.scenarios.harness import ShopFolder, read, scenarios
from tests.segment.rules import projects
from tests.segment.worlds import AS_OF, FIELDS, METRICS, World, worlds, write_catalogue, write_world

pytestmark = pytest.mark.slow

ROOMS = ("metric", "segment", "campaign", "report", "warehouse", "commands")
HOUSE = Path(smc.__file__).parent
FIXED = sorted(file for room in ROOMS for file in (HOUSE / room).rglob("queries/*.sql"))
NAMED = [file.relative_to(HOUSE).as_posix() for file in FIXED]
PARTLY = {
    "metric/predict/queries/score.sql": (
        "write ratio",
        "the formula of the model: all its numbers are DOUBLE, and its parameters keep what it divides by above zero",
    ),
    "warehouse/queries/create_place.sql": (
        "contains_text",
        "it judges addresses, which lie in the warehouse itself wherever big scans run",
    ),
}
"""Statements with a reason why one kind of fault is none there."""
NIGHTS = ("win_back", "corrections")
TRIGGERS: list[dict[str, Any]] = [
    {"entered_segment": "s"},
    *({"anniversary": {"of": of}} for of in ("birth_date", "registered_at", "first_receipt", "last_receipt")),
    {"days_since_last_receipt": 30}, {"registered": {"days": 3}}, {"receipt": {"first": True, "total_at_least": 5}},
    {"abandoned_cart": {}}, {"abandoned_view": {"category": "D"}}, {"date": {"on": "2017-06-30", "segment": "s"}},
    {"anniversary": {"of": "first_order", "every": {"months": 2}}},
    {"anniversary": {"of": "own", "every": {"days": 100}, "offset": -3}},
    *({"days_since": {"of": of, "days": 7}} for of in ("registered_at", "last_order", "last_site_visit")),
    {"repeat": {"cron": "0 0 * * 1", "segment": "s"}},
    {"on_date_of": {"object": "customer", "field": "own", "offset": -7}},
    {"on_date_of": {"object": "order", "field": "paid_at"}}, {"on_date_of": {"object": "receipt", "field": "own"}},
    {"bonuses_expire": {"days": 7, "at_least": 10, "account": "main"}}, {"left_segment": "s"},
    {"credited": {"at_least": 10}}, {"credited": {"kind": "points"}},
    {"rfm_cell": {"to": "x", "from": ["y", "z"], "direction": "up"}},
    {"price_changed": {"of": {"viewed": 30}, "drop": 10}}, {"price_changed": {"of": {"container": "cart"}}},
    {"price_changed": {"of": {"bought": 30}, "rise": 10}}, {"low_stock": {"of": {"container": "cart"}, "at_most": 5}},
    {"back_in_stock": {"of": {"viewed": 9}}}, {"unsubscribed": {"channel": "email", "category": "c"}},
    {"bounced": {}}, {"merged": {}}, {"system_event": {"name": ["a", "b"], "segment": "s"}},
]  # fmt: skip


@cache
def columns() -> Columns:
    """Types of columns, as the migrations make them; a name counts as a DATE only when it is one everywhere."""
    with Warehouse.open(Path(":memory:"), timezone="UTC", memory="1GB", threads=1) as warehouse:
        rows = warehouse.rows("select column_name, data_type from information_schema.columns")
    types: dict[str, set[str]] = {}
    for name, kind in rows:
        types.setdefault(name, set()).add(kind.split("(")[0])
    fractions = {name for name, kinds in types.items() if kinds & {"DECIMAL", "DOUBLE"}}
    return Columns({name for name, kinds in types.items() if kinds == {"DATE"}}, fractions)


def read_part(text: str) -> exp.Query | None:
    """The query of a statement: itself, or what a table is made of or a table is given; None when it reads nothing."""
    try:
        tree = parse_one(text, dialect="duckdb")
    except Exception as error:  # whatever sqlglot says of it, the statement is one that cannot be carried
        raise AssertionError(f"sqlglot cannot read: {text}") from error
    inside = tree.args.get("expression") if isinstance(tree, exp.Insert | exp.Create) else tree
    return inside if isinstance(inside, exp.Query) else None


def wrong(text: str) -> list[str]:
    query = read_part(text)
    return faults(query, columns()) if query is not None and big_tables(query) else []


@pytest.mark.parametrize("name", NAMED)
def test_a_fixed_statement_can_be_carried(name: str) -> None:
    allowed = PARTLY.get(name, ("", ""))[0]
    found = wrong((HOUSE / name).read_text(encoding="utf-8"))
    assert [fault for fault in found if not (allowed and fault.endswith(allowed))] == []


def test_no_exception_is_kept_for_nothing() -> None:
    for name, (fault, _) in PARTLY.items():
        assert any(one.endswith(fault) for one in wrong((HOUSE / name).read_text(encoding="utf-8")))


@contextmanager
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Statements that rooms which only read big tables execute, each with the room; they are executed as ever."""
    seen: dict[str, str] = {}
    execute = Warehouse._execute  # noqa: SLF001 - the one place that all statements pass

    def executing(self: Warehouse, statement: Any, params: Any) -> Any:
        room = _room(sys._getframe(1))  # noqa: SLF001 - the documented way to the caller
        if room in ROOMS:
            seen[statement if isinstance(statement, str) else statement.sql(dialect="duckdb")] = room
        return execute(self, statement, params)

    with monkeypatch.context() as patch:
        patch.setattr(Warehouse, "_execute", executing)
        yield seen


def _room(frame: FrameType | None) -> str:
    """The room of the house that asked: the nearest caller outside of warehouse."""
    while frame is not None:
        parts = str(frame.f_globals.get("__name__", "")).split(".")
        if parts[0] == "smc" and len(parts) > 1 and parts[1] != "warehouse":
            return parts[1]
        frame = frame.f_back
    return ""


def require_portable(seen: dict[str, str]) -> None:
    fixed = {file.read_text(encoding="utf-8") for file in FIXED}
    bad = {text[:200]: found for text in seen if text not in fixed and (found := _faults(text))}
    assert bad == {}


def _faults(text: str) -> list[str]:
    """Rules and figures judge addresses by the text of ``create_place.sql``, for its reason."""
    allowed = PARTLY["warehouse/queries/create_place.sql"][0] if "JOIN suppression AS a" in text else ""
    return [fault for fault in wrong(text) if not (allowed and fault.endswith(allowed))]


def scans(seen: dict[str, str], room: str) -> set[str]:
    """The big tables that a room has read."""
    queries = [read_part(text) for text, one in seen.items() if one == room]
    return {table for query in queries if query is not None for table in big_tables(query)}


@pytest.mark.parametrize("name", NIGHTS)
def test_what_a_night_executes_can_be_carried(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = next(path for path in scenarios() if path.stem == name)
    scenario = read(path)
    shop = ShopFolder.create(tmp_path / "shop", scenario.get("files", {}))
    with noted(monkeypatch) as seen:
        for night in scenario["nights"]:
            shop.change(night.get("files", {}))
            shop.arrive(night.get("drops", {}))
            shop.night(night["as_of"], report=True)
    require_portable(seen)
    assert {"receipt", "receipt_line"} <= scans(seen, "metric")
    assert {"customer"} <= scans(seen, "segment")
    assert {"receipt", "message"} <= scans(seen, "report")


@settings(max_examples=4, deadline=None, phases=(Phase.generate,))
@given(world=worlds(), project=projects())
def test_what_random_rules_execute_can_be_carried(
    world: World, project: tuple[dict[str, SegmentSpec], tuple[Rule, ...]]
) -> None:
    segments, rules = project
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        Warehouse.open(Path(":memory:"), timezone="America/New_York", memory="1GB", threads=1) as warehouse,
    ):
        write_catalogue(warehouse)
        write_world(warehouse, world)
        with noted(monkeypatch) as seen:
            refresh(warehouse, segments=segments, rules=rules, fields=FIELDS, metrics=METRICS, as_of=AS_OF)
            monkeypatch.setattr(
                moved, "_PART", 0
            )  # in a small shop, those who changed are too many to be looked at alone
            warehouse.run("update watermark set as_of = as_of + 1 where name in ('metric', 'rfm')")
            warehouse.run("insert into customer_touched values (1), (2)")
            next_day = AS_OF + timedelta(days=1)
            refresh(warehouse, segments=segments, rules=rules, fields=FIELDS, metrics=METRICS, as_of=next_day)
    require_portable(seen)
    assert {"customer", "segment_member"} <= scans(seen, "segment")
    narrowed = [tree for text in seen if (tree := read_part(text)) is not None and "narrow_" in text]
    assert any(big_tables(tree) for tree in narrowed)
    assert not [tree for tree in narrowed if "MATERIALIZED" in printed(tree).upper()]


def _own_metrics() -> MetricsSpec:
    """Of every fact each aggregate of a field that it takes, over rows with a test of every kind of text."""
    metrics: dict[str, Any] = {"share": {"title": "T", "penetration": "D", "window": 10}}
    for fact in facts({}).values():
        decimals = [field.name for field in fact.fields if field.type == "decimal"]
        texts = [field for field in fact.fields if field.type == "string"]
        common: dict[str, Any] = {"title": "T", "over": fact.name, "where": dict(map(_asked, texts))}
        if fact.day is not None:
            common["window"] = 7
        wanted = [("count", None), *(("distinct", field.name) for field in texts[:1])]
        wanted += [(aggregate, decimals[0]) for aggregate in ("sum", "avg", "min", "max", "median") if decimals]
        for aggregate, field in wanted:
            metrics[f"own_{aggregate}_{fact.name}"] = {
                **common, "aggregate": aggregate, **({"field": field} if field else {})
            }  # fmt: skip
    return MetricsSpec.model_validate({"metrics": metrics})


def _asked(field: FactField) -> tuple[str, Any]:
    if field.one_of:
        return field.name, {"not_in": field.one_of[:1]}
    return field.name, {"contains": "%", "starts_with": "_", "not_equals": "B"}


def test_what_metrics_of_every_kind_execute_can_be_carried(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_names(warehouse)
    rfm = RfmSpec.model_validate({"period": 100})
    with noted(monkeypatch) as seen:
        for day in (date(2024, 1, 1), date(2024, 1, 5)):
            compute(warehouse, metrics=_own_metrics(), rfm=rfm, as_of=day)
        compute(warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=date(2024, 1, 6), full=True)
    require_portable(seen)
    big = {table for fact in facts({}).values() for table in fact.reads} & BIG
    assert big <= scans(seen, "metric")


def write_names(warehouse: Warehouse) -> None:
    """What the metrics name, and a receipt."""
    for text in (
        "insert into category_ident values (1, 'D')",
        "insert into category (category_key, name) values (1, 'D')",
        "insert into product_ident values (1, 'P')",
        "insert into product (product_key, brand, category_key) values (1, 'B', 1)",
        "insert into store (store_id) values ('S')",
        "insert into customer_ident values (1, 'c')",
        """insert into receipt (receipt_key, customer_key, store_id, purchased_at, day, status, total)
        values (1, 1, 'S', '2024-01-01 12:00:00+00', '2024-01-01', 'paid', 10)""",
        """insert into receipt_line
            (receipt_key, line_no, product_key, quantity, amount, customer_key, day, counted, category_key)
        values (1, 1, 1, 1, 10, 1, '2024-01-01', true, 1)""",
    ):
        warehouse.run(text)


WATCHED: list[dict[str, Any]] = [
    {"receipt": {"store": "S", "where": {"total": {"at_least": 5}}}}, {"bought": {"category": "D", "brand": "B"}},
    {"ordered": {"product": "P"}}, {"order": {}}, {"order": {"becomes": {"status": "paid"}, "from": "new"}},
    {"event": {"name": "e", "where": {"context.k": {"at_least": 5}}}}, {"web_event": {"category": "D"}},
    {"added_to": {"container": "cart"}}, {"poll": {}}, {"promocode_used": {}},
]  # fmt: skip


def test_what_looks_for_rows_can_be_carried(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    write_names(warehouse)
    codes = {code: {"title": code} for code in ("new", "paid")}
    fields = FieldsSpec.model_validate({"order_statuses": {"general": codes}})
    adapter: TypeAdapter[Any] = TypeAdapter(AnyRow)
    rows = [adapter.validate_python(text).row for text in WATCHED]
    watches = {row.key: Watch(row, date(2024, 1, 1), date(2024, 1, 4)) for row in rows}
    with noted(monkeypatch) as seen:
        find_watched(warehouse, watches, {}, fields=fields, metrics=MetricsSpec(), as_of=date(2024, 1, 4))
        receipts = Receipts.model_validate({"store": "S", "bought": {"category": "D", "where": {"status": "paid"}}})
        asked = {"letter": (receipts, date(2024, 1, 1))}
        found = counted(warehouse, asked, fields=fields, metrics=MetricsSpec(), as_of=date(2024, 1, 4))
        fill_windows(warehouse, [], found.queries)
    assert warehouse.rows("select * from counted_receipt") == [("letter", 1)]
    require_portable(seen)
    big = {"receipt", "receipt_line", "customer_order", "order_line", "event", "web_event", "container", "poll_answer"}
    assert big <= scans(seen, "segment")
    assert {row.over for row in rows} == set(watched_facts(fields))


def test_what_triggers_compose_can_be_carried() -> None:
    adapter: TypeAdapter[CampaignSpec] = TypeAdapter(CampaignSpec)
    kinds = set()
    for trigger in TRIGGERS:
        spec = adapter.validate_python({
            "title": "T", "category": "service", "trigger": trigger, "steps": [{"email": {"template": "t"}}]
        })  # fmt: skip
        kinds.add(type(spec.trigger))
        tree = hits(spec, date(2024, 2, 1), date(2024, 3, 1))
        assert big_tables(tree) or isinstance(spec.trigger, Watched | Merged)  # the log of merges is small
        assert faults(tree, columns()) == []
    text = {"title": "T", "category": "service", "audience": "all", "send_on": date(2024, 2, 5), "template": "t"}
    letter = MailingSpec.model_validate({**text, "bought": {"since": "90 days ago"}})
    assert faults(hits(letter, date(2024, 2, 1), date(2024, 3, 1)), columns()) == []
    union = get_args(get_args(Trigger)[0])
    rest = {get_args(one)[0] for one in union} - kinds
    assert all(issubclass(kind, Watched) for kind in rest)  # these read what was found, and nothing big
