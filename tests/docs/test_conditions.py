"""The page of conditions is made from the specs and from examples that run; ``--update-golden`` writes it anew.

Every condition needs a segment in ``docs/reference/examples/conditions`` whose rule begins with it, and a test that
expects something of that segment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from smc.config.facts import facts_of
from smc.config.shape import bare, keys_of
from smc.config.specs.comparison import Comparison, Window
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rows import RowsCondition
from smc.config.specs.rule import Rule, SegmentSpec, only_key
from smc.model.facts import Fact
from smc.pipeline.trial import run_cases
from smc.project import Project, load_project
from smc.segment.fence_functions import FUNCTIONS
from smc.segment.fence_tables import tables_of
from tests.docs.schema_words import definition, definitions, typed

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent.parent.parent / "docs" / "reference"
EXAMPLES = FOLDER / "examples" / "conditions"
PAGE = FOLDER / "conditions.md"

INTRO = """\
# Conditions

Made from `smc/config/specs/` and from the project in [examples/conditions](examples/conditions/), whose tests run with
every change of smc. Rules stand in `segments/*.yaml` and in filters of campaigns. A rule has one key that names its
condition; `all`, `any` and `not` nest to any depth.

- **True or false.** A customer matches or does not. A missing value matches no comparison but `empty: true`;
  `not_equals`, `not_in` and `not` mean everyone else, those without a value too.
- **Days** are written as 2017-12-31, `today`, `yesterday`, `30 days ago`, `in 2 weeks`, `today - 1 year`, `start of
  month`, `end of last quarter`, and counted in the project's zone. A window of N days is the N days that end with the
  day of the run; of messages, and of stays and steps in campaigns, which count from the next day on, the N days that
  end with the day before.
- **Names.** Categories are named by id or by a name that only one has, products and stores by id. A category may be of
  any classifier and means the products that are in it or below it by their `category_id` or a row of
  [product_category](objects.md#product_category); a web event that says a category itself is in that one too. A name
  that is not known stops the segments, and a campaign that has one does nothing; nobody is left out without a word.
  What the files of the project name (channels, campaigns, mailings, groups of promocodes, polls with their questions
  and options) is known to `smc validate`, unless a feed brings names of other systems.
- **Try it**: `smc segment size` counts a rule that is nowhere saved, `smc segment why CUSTOMER SEGMENT` shows one
  customer's way through it, and `smc test` runs the tests beside it.

## Tests beside rules

A file of segments may have `tests`. Each has a day (`as_of`), rows that are `given`, and members that are expected:
a list means exactly these; `{has: […], not: […]}` says it of some. Rows are those of the [objects](objects.md), and
of `message`, `entry` and `step_log`, which smc writes itself. What does not matter is left out:

- a row of one id may be the id alone: `customer: [anna, bert]`;
- rows may stand inside the row they belong to: in a customer `subscription`, `order`, `event`, …, `tags: [vip]`;
  in a receipt or order `lines`;
- `bought` in a customer makes receipts with one line each: `{on, store, product, category, brand, quantity, amount,
  times, every}`, of which `times` says how many there are and `every` how many days lie between them (1), the last one
  on the day `on` (today);
- a line costs 10.00 unless it or its receipt says otherwise, and has `category` and `brand` for a product that need
  not be named; times without a clock are noon; ids of receipts and orders are made;
- customers, products, categories and stores that are only named, by rows or by the tested rules, are there.

Custom fields stand under their own names. `key:` without a value means that there is none. Every test runs on an empty
warehouse: rows are loaded as a feed's are, metrics and RFM are computed, rules are evaluated.

```
smc test                  # all tests; exit code 1 when one fails, 2 when something is written wrongly
smc test lapsed_loyal     # one test, or the tests of one segment
```
"""

SQL = f"""\
- **One SELECT**, with steps behind WITH, joins, subqueries, windows and set operations. A name behind FROM is a table
  below or a step that stands before; steps cannot have the name of a table, and none can read itself. What is not
  allowed is refused by `smc validate`, which also tries the statement on one made-up row: texts are compared with
  texts, days with days.
- **No pair of all rows.** Each table behind FROM is tied to another by an equality of their columns: in ON, USING or
  WHERE. A SELECT that gives one row, such as an average, needs none. Tie by ids: many rows have the same status.
- **No data stop a night.** A cast of what is no number or day, a share of zero, a root or logarithm that there is not,
  a sum or product that is too large, a day outside the calendar: each has no value. In sums a product over 10^15 counts
  as none; a product of two figures, such as `sum(x) * count(y)`, is counted as a floating-point number. In DuckDB's own
  tools the same statement may stop with an error. A SELECT in place of a value must give one row: a figure without
  GROUP BY, or LIMIT 1.
- **The same customers every time.** Windows that number or look around have an ORDER BY, a LIMIT has `customer_id` in
  its ORDER BY, and between equal rows all columns that are read decide. There is no DISTINCT ON, no sample, no clock.
- `select *` leaves out the columns of [predictions](metrics.md); name those that are meant.
- Functions: {", ".join(f"`{name}`" for name in sorted(FUNCTIONS))}.\
"""

WORDS = {
    "field": "Name of the field",
    "name": "Name",
    "category": "Category; everything below it counts too",
    "product": "Product id",
    "brand": "Brand",
    "store": "Store id",
    "receipts": "Number of paid receipts",
    "quantity": "Sum of quantities",
    "amount": "Sum of amounts",
    "channel": "Channel",
    "state": "State",
    "recency": "Scores, 5 bought last",
    "frequency": "Scores, 5 bought most often",
    "monetary": "Scores, 5 spent most",
    "cell": "Cell of rfm.yaml",
    "percent": "Share of all customers",
    "salt": "Any text; another salt gives other people",
    "equals": "Is",
    "not_equals": "Is not; also true without a value",
    "less": "Is less, or before",
    "at_most": "Is less or the same",
    "more": "Is more, or after",
    "at_least": "Is more or the same",
    "between": "Lies between, both ends included",
    "in": "Is one of",
    "not_in": "Is none of; also true without a value",
    "contains": "The text contains, large or small letters",
    "starts_with": "The text begins with, large or small letters",
    "empty": "`true`: there is no value; `false`: there is one",
    "sum": "Sum of a field",
    "min": "Smallest value of a field",
    "max": "Largest value of a field",
    "avg": "Average of a field",
    "status": "Status, as the shop codes it",
    "level": "Level, as the shop codes it",
    "page": "Page",
    "kind": "What he did",
    "account": "Account",
    "poll": "Poll",
    "question": "Question",
    "answer": "Answer",
    "arm": "Group of an experiment",
    "step": "Number of the step, 1 first",
    "outcome": "What happened there",
    "where": "Fields and what they must be",
    "anniversary": "The day comes round: `{on: today}`, `{within: 7 days}` or `{between: [today, today + 7 days]}`",
}
"""Meaning of keys that have no description of their own."""
WINDOW = frozenset(Window.model_fields)
ROWS = frozenset(RowsCondition.model_fields) - WINDOW
OPERATOR_KEYS = frozenset(keys_of(Comparison))
NESTS = {
    "all": "Every one of these must hold.",
    "any": "At least one of these must hold.",
    "not": "The opposite: everyone else, those without a value too.",
}
ALONE = {
    "tag": "In a named list of customers, on the day that is asked for.",
    "in_segment": "Member of another segment. Segments must not refer to each other in a circle.",
}
"""Meaning of conditions that are one value."""


@cache
def project() -> Project:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMC_LINK_SECRET", "a secret for tests only")
        return load_project(EXAMPLES)


def kinds() -> dict[str, type[Any]]:
    """Every condition by its key, in the order of the specs."""
    found = {}
    for member in get_args(get_args(Rule)[0]):
        spec, tag = get_args(member)
        found[tag.tag] = spec
    return found


def examples(kind: str) -> dict[str, SegmentSpec]:
    return {name: spec for name, spec in project().segments.items() if only_key(spec.rule) == kind}


@pytest.mark.parametrize("kind", list(kinds()))
def test_every_condition_has_an_example_with_a_test(kind: str) -> None:
    tested = {segment for case in project().cases.values() for segment in case.expect}
    assert examples(kind), f"write a segment with the condition {kind} in {EXAMPLES.name}/segments"
    assert [name for name in examples(kind) if name not in tested] == []


def test_the_examples_find_whom_they_say() -> None:
    results = list(run_cases(project(), list(project().cases.values()), lambda *_: None))
    assert [(one.case.name, one.verdicts, one.problem) for one in results if not one.passed] == []


def test_every_example_finds_somebody_and_leaves_somebody_out() -> None:
    for case in project().cases.values():
        people = {row.cells["customer_id"] for row in case.rows if row.object == "customer"}
        for segment, wanted in case.expect.items():
            assert wanted.exact, (case.name, segment)
            assert set() < wanted.has < people, (case.name, segment)


def test_the_page_is_what_the_code_and_the_examples_say(update_golden: bool) -> None:
    text = "\n".join(page()) + "\n"
    if update_golden:
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def page() -> Iterator[str]:
    yield from INTRO.splitlines()
    yield ""
    yield "## Operators"
    yield ""
    yield "What is compared takes one of them."
    yield ""
    yield from table(definitions()["AttributeCondition"], only=OPERATOR_KEYS)
    yield ""
    yield from rows_and_windows()
    for kind, spec in kinds().items():
        yield ""
        yield f"## {kind}"
        yield ""
        yield from described(kind, spec)
        if kind == "sql":
            yield ""
            yield from tables()
        for name in examples(kind):
            yield ""
            yield from shown(name)


def rows_and_windows() -> Iterator[str]:
    """What conditions on rows and on days have in common, once."""
    yield "## Days"
    yield ""
    yield "One of: `within`, `between`, or `since` and `until`. Without them all days up to the day of the run count."
    yield ""
    yield from table(definitions()["BoughtCondition"], only=WINDOW)
    yield ""
    yield "## Rows"
    yield ""
    yield " ".join((RowsCondition.__doc__ or "").replace("``", "`").split())
    yield ""
    yield from table(definitions()["ReceiptCondition"], only=ROWS)


def described(kind: str, spec: type[Any]) -> Iterator[str]:
    """What a condition means, and its keys."""
    key = keys_of(spec)[0]
    value = definitions()[spec.__name__]["properties"][key]
    found = definition(value)
    words = " ".join((NESTS | ALONE).get(kind, found.get("description") or spec.__doc__ or "").split())
    assert words, f"say what {kind} means: a docstring of its spec"
    yield words.replace("``", "`")
    if kind in NESTS:
        return
    yield ""
    if "properties" in found:
        groups = {"operators": OPERATOR_KEYS, "rows": ROWS, "days": WINDOW}
        shared = [name for name, keys in groups.items() if keys <= found["properties"].keys()]
        common = frozenset(key for name in shared for key in groups[name])
        own = frozenset(found["properties"]) - common
        if own:
            yield from table(found, only=own)
            yield ""
        if shared:
            words = " and ".join(f"[{name}](#{name})" for name in shared)
            yield f"{'Besides' if own else 'It has'} the keys of {words}."
        yield from fields_of(kind, spec)
    else:
        yield f"Written as `{kind}:` and {typed(value)}."


def fields_of(kind: str, spec: type[Any]) -> Iterator[str]:
    """What ``where`` and figures of a condition on rows may name."""
    fact = fact_of(kind, spec)
    if fact is None:
        return
    yield ""
    found = [f"`{one.name}` ({one.title}, {one.type})" for one in fact.fields]
    found += ["`context.KEY` (a detail, string)"] if fact.context else []
    yield f"Fields of a row: {', '.join(found)}."


def fact_of(kind: str, spec: type[Any]) -> Fact | None:
    key = keys_of(spec)[0]
    condition = bare(spec.model_fields[key].annotation)
    name = getattr(condition, "fact", "")
    return facts_of(FieldsSpec())[name] if name else None


def tables() -> Iterator[str]:
    """What SQL of a rule may read, and how it is read."""
    yield from SQL.splitlines()
    yield ""
    yield "Tables that it may read, each with `customer_id`; marts stand there under their own names, and fields of the"
    yield "shop beside the others:"
    yield ""
    yield "| table | columns |"
    yield "|---|---|"
    for name, known in tables_of(FieldsSpec(), MetricsSpec()).items():
        columns = [f"`{column}`" for column in known.columns if column != "customer_id"]
        shown_columns = "those of [metrics](metrics.md)" if name == "metrics" else ", ".join(columns)
        yield f"| `{name}` | {shown_columns} |"


def table(found: dict[str, Any], *, only: frozenset[str]) -> Iterator[str]:
    yield "| key | value | meaning |"
    yield "|---|---|---|"
    required = found.get("required", [])
    for key, value in found["properties"].items():
        if key in only:
            meaning = value.get("description") or WORDS.get(key)
            assert meaning, f"say what the key {key} means: a description in its spec, or WORDS in this file"
            default = f"; `{value['default']}` when left out" if "default" in value else ""
            bold = "**" if key in required else ""
            yield f"| {bold}`{key}`{bold} | {typed(value)} | {' '.join(meaning.split())}{default} |"


def shown(segment: str) -> Iterator[str]:
    """A segment and the tests that expect something of it, as they stand in their file."""
    yield "```yaml"
    yield from block("segments", segment)
    yield "```"
    for case in project().cases.values():
        if segment in case.expect:
            yield ""
            if next(iter(case.expect)) != segment:
                yield f"Its test is the one of `{next(iter(case.expect))}`."
                continue
            yield "Whom it finds:"
            yield ""
            yield "```yaml"
            yield from block("tests", case.name)
            yield "```"


def block(above: str, name: str) -> Iterator[str]:
    """The lines below a key, set back to the left."""
    for file in sorted((EXAMPLES / "segments").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        part = re.search(rf"^{above}:\n(.*?)(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE)
        found = part and re.search(rf"^  {name}:\n(?:(?:    .*)?\n)*", part[1], re.MULTILINE)
        if found:
            yield from (line.removeprefix("  ") for line in found[0].rstrip().splitlines())
