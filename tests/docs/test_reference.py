"""The reference pages are made from the code; ``--update-golden`` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from smc.config.document import parse
from smc.config.facts import facts_of
from smc.config.metrics import catalog
from smc.config.objects import objects_of
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.metric.aggregate import parts_of
from smc.metric.columns import ACTIVITY
from smc.metric.scope import Scope
from smc.model.objects import OBJECTS, Field, ObjectType
from smc.warehouse import statement

MARTS = """\
marts:
  loyalty: # one row for a customer
    title: Loyalty scores
    fields:
      churn: {title: Share of customers like this who leave, type: decimal}
  sizes: # several rows, told apart by brand
    title: Sizes that fit
    rows: many
    key: [brand]
    fields:
      brand: {title: Brand, type: string}
      size: {title: Size, type: integer}
order_statuses: # codes that an order may have; an order with one that does not count is left out of analytics
  general:
    new: {title: New}
    cancelled: {title: Cancelled, counts: false}
  delivery:
    sent: {title: On its way}
  payment:
    paid: {title: Paid}
"""

INTRO = """\
# Objects and fields

Made from `smc/model/catalogue/`. A feed names an object and maps its fields to columns; fields in bold must be
mapped, the others may. Feeds are loaded in the order of this page.

- Objects that are marked so have fields of the shop too: declare them in `fields.yaml` under the object's name and
  map them as `custom.NAME`. Their types are `string`, `integer`, `decimal`, `boolean`, `date`, `datetime`, and
  `dictionary` for codes of an imported dictionary (`pet: {title: Pet, type: dictionary, dictionary: pets}`): a title
  becomes its code, and any other word is a reject. `group` of a field of customers is its heading in
  `smc customer show`; fields stand there in the order of `fields.yaml`. Rules, metrics and triggers over rows name
  those of receipts, orders, their lines, cards, promocodes, bonus accounts and lists like fields of smc. Over rows
  that name a product or a store, also `product_NAME` (lines, web events, lists) and `store_NAME` (receipts, orders) are
  those of it, and over lines `category_NAME` those of the category that the line lies in.
- **Types**: `string`; `integer` (32 bits); `decimal` (2 decimals), `quantity` (3 decimals); `boolean`; `date`;
  `datetime`; `map` (texts by name: a flat object of JSON). Nothing is rounded: what does not fit is a reject.
- **Rows with their own time** (`changed_at`): an older row never overwrites a field that a newer one has set, whatever
  file comes first, and a file may bring several rows of one key. Fields that no newer row brought are taken. Where
  the feed maps the time, every row must have it; where it does not, the later file holds.
- **A row without an id**: where this page says that the content stands for the id, the same row again is the same
  row, and two rows that differ anywhere are two.
- **Big tables** (events) lie in order of time. A file without ids is compared with rows of its own span of time only,
  so that a night costs what the night brings; ids are looked for in the whole table, whatever time they come with.
"""

OWN_TABLES = """\
## Data marts

A table of the shop's own with rows for customers, declared in `fields.yaml`. A feed brings it as the object
`mart_NAME` with `customer_id` and the fields given; the table `mart_NAME` is made when its feed first loads, and gets
new columns when fields are added. `decimal` has 4 decimals here, `integer` 64 bits. A field that is removed keeps
its column; another type or another key is refused, with the remedy.

"""

FOLDER = Path(__file__).parent.parent.parent / "docs" / "reference"


METRICS = """\
# Metrics

Made from the code. A rule names them (`metric: {name: receipts_90d, at_least: 3}`), and a template prints them
(`{{ metric.receipts_90d }}`). Cancelled receipts count nowhere. A window of N days is the N days that end with the
day of the run; `month` is the calendar month of that day, up to it. A figure that is too large for its column, and a
division by zero, is no value; `smc compute` says of how many customers, of ratios that are built in without those
with zero above too. Who only brought things back has figures too: negative sums and no visits, but no scores of RFM
and no predictions.

Figures of a past day (`--as-of`) take in what had happened by then: rows with a day up to it. What smc itself writes
(messages, stays and steps of campaigns) comes behind the metrics of its day and counts from the next day on; its
windows of N days end with the day before that of the run. What
carries no day is taken as it is now: the catalogue, stores, data marts, codes that were issued, statuses of orders and
messages. A bonus account counts from the day of its `changed_at`.

Details of events (`context.KEY`) are texts; `sum`, `avg`, `min`, `max` and `median` take them for numbers, and a test
reads them as what they are compared with (`context.amount: {more: 5}`), as rules do. Text that is no number is no
value.

Stored are sums, counts and days, in `customer_metric` (alias `m`) and `customer_activity` (`a`); metrics of
`metrics.yaml` lie in `custom_metric` (`x`), predictions in `customer_prediction` (`p`). The last column says how a
metric is read from them on the day `$as_of`, with the profile as `c`; below stands how they are filled.
"""


def metrics() -> Iterator[str]:
    yield from METRICS.splitlines()
    yield ""
    yield "| name | title | definition | type | SQL |"
    yield "|---|---|---|---|---|"
    for metric in catalog(MetricsSpec(), FieldsSpec()).values():
        yield f"| `{metric.name}` | {metric.title} | {metric.definition} | {metric.type} | `{metric.read}` |"
    yield from _over_receipts()
    yield from _over_facts()


def _over_receipts() -> Iterator[str]:
    yield ""
    yield "## How customer_metric is filled"
    texts = (
        "slice_receipts",
        "slice_lines",
        "receipts",
        "visits",
        "lines",
        "count_receipts",
        "count_lines",
        "favourite",
    )
    for text in texts:
        yield ""
        yield "```sql"
        yield from statement("smc.metric", text).splitlines()
        yield "```"


def _over_facts() -> Iterator[str]:
    yield ""
    yield "## How customer_activity is filled"
    facts = facts_of(FieldsSpec())
    for over in dict.fromkeys(column.aggregate.over for column in ACTIVITY):
        columns = [column for column in ACTIVITY if column.aggregate.over == over]
        for part in parts_of(facts, over, columns, date(2026, 1, 31), Scope()):
            of = "" if part.things is None else f", of which each {part.things} of a customer is counted once"
            yield ""
            yield f"Over {over}{of}, on 31 January 2026:"
            yield ""
            yield "```sql"
            yield "select"
            yield "    t.customer_key,"
            for value in part.query.selects[1:]:
                yield f"    {value.this.sql(dialect='duckdb').lower()} as {columns[int(value.alias[1:])].name},"
            yield from part.query.select("1", append=False).sql(dialect="duckdb", pretty=True).lower().splitlines()[2:]
            yield "```"


def objects() -> Iterator[str]:
    yield from INTRO.splitlines()
    for item in OBJECTS.values():
        yield ""
        yield f"## {item.name}"
        yield ""
        yield from _described(item)
        yield ""
        yield "| field | meaning | type | |"
        yield "|---|---|---|---|"
        for field in item.fields:
            yield f"| {_named(item, field)} | {field.title} | {_typed(field)} | {_more(field)} |"
    yield ""
    yield from _marts()


def _described(item: ObjectType) -> Iterator[str]:
    yield f"{item.title}. A row is the same row when it has the same {' and '.join(f'`{name}`' for name in item.key)}."
    table = item.table or item.name
    snapshot = item.kinds != () and not item.immutable
    says = [
        (item.note, bool(item.note)),
        ("Without an id, the content of a row stands for it.", item.by_content),
        ("A known row never changes; other values for it are rejects.", item.immutable),
        ("Rows carry their own time.", item.time is not None),
        (
            f"Mode `replace` replaces the rows of the same {', '.join(f'`{name}`' for name in item.group)}.",
            bool(item.group),
        ),
        ("Mode `snapshot` replaces them too, and empties the carts or lists that the file lacks.", snapshot),
        ("The shop may add fields.", item.custom),
        (f"Its table is `{table}`.", table != item.name),
    ]
    for sentence, holds in says:
        if holds:
            yield sentence


def _named(item: ObjectType, field: Field) -> str:
    needed = (field.required or (field.name in item.key and not item.by_content)) and field.default is None
    return f"**`{field.name}`**" if needed else f"`{field.name}`"


def _typed(field: Field) -> str:
    return " or ".join(field.one_of) if field.one_of else field.type


def _more(field: Field) -> str:
    notes = [
        (f"id of {field.refers}", field.refers is not None),
        (f"`{field.default}` when not given", field.default is not None),
        ("codes of fields.yaml", field.listed),
        (f"time of its own: `{field.at}`", field.at is not None),
        ("never changes", field.fixed),
    ]
    return "; ".join(text for text, holds in notes if holds)


def _marts() -> Iterator[str]:
    yield from OWN_TABLES.splitlines()
    yield "```yaml"
    yield from MARTS.splitlines()
    yield "```"


@pytest.mark.parametrize(("name", "lines"), [("metrics", metrics), ("objects", objects)])
def test_reference_pages_say_what_the_code_knows(name: str, lines: object, update_golden: bool) -> None:
    assert callable(lines)
    text = "\n".join(lines()) + "\n"
    page = FOLDER / f"{name}.md"
    if update_golden:
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == text


def test_the_example_of_fields_yaml_is_right() -> None:
    document, problems = parse(MARTS, FieldsSpec, file=Path("fields.yaml"))
    assert problems == []
    assert document is not None
    assert {"mart_loyalty", "mart_sizes"} <= objects_of(document.spec).keys()
