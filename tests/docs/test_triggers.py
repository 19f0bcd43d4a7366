"""The page of triggers is made from the specs and from examples that run; ``--update-golden`` writes it anew.

Every kind needs ``docs/reference/examples/triggers/KIND.yaml``: a trigger, a day, rows that are given, and who
enters with which occurrence. ``members`` puts customers into segments on that day, ``tables`` are rows that no feed
brings, ``merged`` are profiles; ``data`` are some of those kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from smc.campaign.data import details_of, fields_of, lines_of
from smc.campaign.triggers import KINDS, hits
from smc.campaign.triggers.kind import Kind
from smc.config.document import parse
from smc.config.facts import watched_facts
from smc.config.secret import Secrets
from smc.config.shape import bare
from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.case import CaseSpec
from smc.config.specs.rule import SegmentsSpec, only_key
from smc.config.specs.watch import Watched
from smc.config.watch import Watch
from smc.config.yaml import read_yaml
from smc.pipeline.trial import _compute, fill
from smc.project import Project, load_project
from smc.segment.trial.check import Case, shapes_of
from smc.segment.trial.given import Given
from smc.segment.watch import find_watched
from smc.warehouse import Warehouse, sql

FOLDER = Path(__file__).parent.parent.parent / "docs" / "reference"
EXAMPLES = FOLDER / "examples" / "triggers"
PAGE = FOLDER / "triggers.md"
INTRO = """\
# Triggers

Made from `smc/config/specs/trigger.py` and from [examples](examples/triggers/) that run with every change of smc. A
campaign has one trigger; its only key says of which kind it is. See [campaigns](../campaigns.md).

- **An entry is unique** by campaign, customer and occurrence. The same occurrence lets nobody in twice, whatever is
  corrected later; `re_entry` says what else must hold.
- **Missed days are caught up**: every night looks at the days of `look_back` (3), but a campaign finds nothing that
  happened before it was there.
- **Ticks** ([`smc run tick`](../operations.md#between-two-nights)) let in by rows alone; the rest waits for the night.
- **Rows** (receipts, orders, events, …) are found by their day, also when they come late. `where` asks for fields as
  [conditions](conditions.md) do.
- **Bonuses** that are credited with a purchase: `receipt: {where: {bonus_accrued: {more: 0}}}`.
- **Data** of a trigger are kept with the entry as they were. Filters (`filter: {trigger: {FIELD: …}}`) and templates
  (`trigger.FIELD`) read them.
"""
WORDS = {
    "days": "So many days after",
    "on": "The day",
    "segment": "Name of the segment",
}
"""Meaning of keys that have no description of their own."""
KEYED = {"customer_id": "customer_key", "product_id": "product_key"}


@cache
def project() -> Project:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMC_LINK_SECRET", "a secret for tests only")
        return load_project(FOLDER / "examples" / "conditions")


def kinds() -> dict[str, Kind]:
    """Every kind by its key."""
    return {next(iter(kind.spec.model_fields)): kind for kind in KINDS.values()}


def example(kind: str) -> dict[str, Any]:
    file = EXAMPLES / f"{kind}.yaml"
    assert file.exists(), f"write {file.relative_to(FOLDER)}"
    _, data, problems = read_yaml(file, Secrets(EXAMPLES))
    assert problems == []
    found: dict[str, Any] = data
    return found


def campaign(trigger: dict[str, Any]) -> CampaignSpec:
    """As a file would have it: strictly read."""
    text = json.dumps({"title": "T", "category": "c", "trigger": trigger, "steps": [{"exit": "x"}]}, default=str)
    document, problems = parse(text, CampaignSpec, file=Path("campaigns/c.yaml"))
    assert document is not None, problems
    return document.spec


def case_of(told: dict[str, Any]) -> Case:
    """The rows of an example as a test of segments has them."""
    spec = CaseSpec.model_validate(
        {"title": "T", "as_of": told["as_of"], "given": told["given"], "expect": {"s": {"has": ["anna"]}}}
    )
    given = Given(shapes_of(project().fields), spec.as_of)
    rows = given.read(spec.given, ("given",))
    assert [one.mistake.message for one in given.mistakes] == []
    document, _ = parse("segments: {s: {title: T, rule: {tag: vip}}}", SegmentsSpec, file=Path("segments/s.yaml"))
    assert document is not None
    return Case("example", "T", spec.as_of, rows, {}, document)


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(kinds()))
def test_the_example_lets_in_whom_it_says(kind: str, tmp_path: Path) -> None:
    told, spec = example(kind), campaign(example(kind)["trigger"])
    assert only_key(spec.trigger) == kind
    case = case_of(told)
    with Warehouse.open(tmp_path / "w.duckdb", timezone=project().settings.timezone, memory="1GB", threads=1) as shop:
        fill(project(), shop, case, {})
        _compute(project(), shop, case, predictions=False)
        write(shop, told, case.as_of)
        watch(shop, spec, case.as_of)
        rows = shop.rows(sql("select i.customer_id, q.occurrence, q.context from $q as q join customer_ident as i"
                             " on i.customer_key = q.customer_key", q=hits(spec, case.as_of, case.as_of)))  # fmt: skip
    assert {customer: occurrence for customer, occurrence, _ in rows} == told["enter"]
    assert len(rows) == len(told["enter"])
    facts = watched_facts(project().fields)
    for _, _, context in rows:
        kept = json.loads(context, parse_float=Decimal) if context else {}
        assert kept.keys() - {"lines", "context"} == fields_of(spec.trigger, facts).keys()
        assert {key: kept[key] for key in told.get("data", {})} == lists(told.get("data", {}))


def lists(value: Any) -> Any:
    """Lists of YAML are tuples; those of JSON are lists."""
    if isinstance(value, dict):
        return {key: lists(part) for key, part in value.items()}
    return [lists(part) for part in value] if isinstance(value, tuple) else value


def write(shop: Warehouse, told: dict[str, Any], day: date) -> None:
    """Rows that no feed brings."""
    for segment, customers in told.get("members", {}).items():
        for customer in customers:
            member = {"customer_id": customer, "segment": segment, "entered_on": day, "initial": False}
            put(shop, "segment_member", member)
    for number, (gone, stays) in enumerate(told.get("merged", {}).items()):
        pair = {"merged_key": key_of(shop, "customer_id", gone), "survivor_key": key_of(shop, "customer_id", stays)}
        put(shop, "customer_merge", {"merge_no": number, "rule": "r", "signs": ["email"], "as_of": day, **pair})
    for table, rows in told.get("tables", {}).items():
        for row in rows:
            put(shop, table, row)


def put(shop: Warehouse, table: str, row: dict[str, Any]) -> None:
    keys = {KEYED[name]: key_of(shop, name, value) for name, value in row.items() if name in KEYED}
    row = {name: value for name, value in row.items() if name not in KEYED} | keys
    names, holes = ", ".join(row), ", ".join(f"${name}" for name in row)
    shop.run(f"insert into {table} ({names}) values ({holes})", **row)


def key_of(shop: Warehouse, column: str, name: str) -> int:
    item = column.removesuffix("_id")
    return int(shop.value(f"select {item}_key from {item}_ident where {column} = $name", name=name))


def watch(shop: Warehouse, spec: CampaignSpec, day: date) -> None:
    if isinstance(spec.trigger, Watched):
        found = Watch(spec.trigger.row, day - timedelta(days=spec.trigger.days_before), day)
        find_watched(
            shop, {found.row.key: found}, {}, fields=project().fields, metrics=project().metrics, as_of=day
        )  # fmt: skip


def test_the_page_is_what_the_code_and_the_examples_say(update_golden: bool) -> None:
    text = "\n".join(page()) + "\n"
    if update_golden:
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def page() -> Iterator[str]:
    yield from INTRO.splitlines()
    yield ""
    yield "## What makes an occurrence"
    yield ""
    yield "| trigger | lets in | occurrence |"
    yield "|---|---|---|"
    for key, kind in kinds().items():
        runs = "night, tick" if issubclass(kind.spec, Watched) else "night"
        yield f"| [`{key}`](#{key}) | {runs} | {kind.occurrence} |"
    for key, kind in kinds().items():
        yield ""
        yield f"## {key}"
        yield ""
        yield from described(key, kind)


def described(key: str, kind: Kind) -> Iterator[str]:
    field = kind.spec.model_fields[key]
    body = bare(field.annotation)
    inside = isinstance(body, type) and issubclass(body, Spec)
    words = (body.__doc__ if inside else kind.spec.__doc__) or ""
    assert words, f"say what {key} means: a docstring of its spec"
    yield " ".join(words.replace("``", "`").split())
    yield ""
    if inside:
        yield "| key | meaning |"
        yield "|---|---|"
        for name, info in body.model_fields.items():
            yield row(info.alias or name, info)
        yield ""
    yield "```yaml"
    yield from (EXAMPLES / f"{key}.yaml").read_text(encoding="utf-8").splitlines()
    yield "```"
    yield from kept(key)


def row(name: str, info: FieldInfo) -> str:
    meaning = info.description or WORDS.get(name)
    assert meaning, f"say what the key {name} means: a description in its spec, or WORDS in this file"
    default = info.default
    shown = ", ".join(default) if isinstance(default, tuple) else default
    if isinstance(default, Spec):
        shown = json.dumps(default.model_dump(exclude_none=True)).replace('"', "")
    given = "" if info.is_required() or default is None or default is False else f"; `{shown}` when left out"
    bold = "**" if info.is_required() else ""
    return f"| {bold}`{name}`{bold} | {meaning}{given} |"


def kept(key: str) -> Iterator[str]:
    """The data of the trigger."""
    facts = watched_facts(project().fields.model_copy(update={"receipt": {}, "order": {}}))
    trigger = campaign(example(key)["trigger"]).trigger
    names = [f"`{name}`" for name in fields_of(trigger, facts)]
    names += ["`context.KEY`"] if details_of(trigger, facts) else []
    names += ["`lines`"] if lines_of(trigger) else []
    if names:
        yield ""
        yield f"Data: {', '.join(names)}."
