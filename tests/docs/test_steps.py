"""Pages of steps and mailings are made from specs and a shop that runs; ``--update-golden`` writes both.

Every step needs ``docs/reference/examples/steps/campaigns/STEP.yaml``, and in ``examples/steps.yaml`` its words and the
rows that it leaves behind the nights there, all of them. Mailings have such examples too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from smc.config.document import parse
from smc.config.secret import Secrets
from smc.config.specs.rule import SegmentsSpec, only_key
from smc.config.specs.step import Step, every
from smc.config.specs.variant import Content
from smc.config.yaml import read_yaml
from smc.pipeline.session import Session
from smc.pipeline.stages import BY_NAME
from smc.pipeline.trial import fill
from smc.pipeline.trial_campaign import _begin
from smc.project import Project, load_project
from smc.segment.trial.check import Case, shapes_of
from smc.segment.trial.given import Given, Numbers
from smc.warehouse import Warehouse
from tests.docs.schema_words import definitions, typed

FOLDER = Path(__file__).parent.parent.parent / "docs" / "reference"
EXAMPLES = FOLDER / "examples"
STEPS = """\
# Steps

Made from `smc/config/specs/` and from the project in [examples/steps](examples/steps/), whose nights run with every
change of smc. See [campaigns](../campaigns.md).

- **Numbers** of steps count from the top of the file; those within branches count too. Every step leaves a row in
  `step_log`.
- **`otherwise`**: who takes it leaves the campaign at its end. At the end of an arm of a split everybody goes on behind
  the split.
- **Draws** (`split`, `control`) are a function of the salt and the customer's id: a new run, a rename or a new import
  draws nobody again, a new salt does. A draw of a `limit` is one of the entry.
- **Control customers** walk through the campaign as all others do, so that the two can be compared. They get no message
  and nothing that helps them; lists and fields are notes, and they get them.
- **Filters** are asked anew whenever somebody comes to them, so there is no step that refreshes one. Customers are
  selected from a segment by `filter: {where: {in_segment: NAME}}`. A poll is limited in [its
  file](../effects.md#polls), and how many enter by `limit` of the [campaign](../campaigns.md).
- **Texts** may hold [variables](../campaigns.md#what-a-trigger-knew). A text that cannot be made for a customer is not
  sent to him (`template_error`).

## The shop of the examples

Each example is a campaign of the category `service`, with `control_group: {tag: spared}` and the trigger `registered`
where no other is shown. All of them run through these nights:

"""
MAILINGS = """\
# Settings of mailings

Made from `smc/config/specs/` and from [examples](examples/steps/mailings/) that run with every change of smc. See
[mailings](../mailings.md). Settings in bold must be there, and one content: `template`,
`sms`, `push`, `viber`, `messenger`, `in_app` or `popup`, or `variants`, whose keys are those of mailings and steps.

"""
TABLES = {
    "step_log": ("night, step, outcome", "done_on, t.step, outcome"),
    "message": ("night, step, channel, state, reason", "t.planned_on, t.step, channel, t.state, reason"),
    "task": ("step, kind, target, state, reason", "t.step, t.kind, target, state, reason"),
    "accrual": ("kind, amount, expires_on", "t.kind, amount, expires_on"),
    "promocode_issue": ("step, code", "t.step, code"),
    "limit_use": ("step, name", "t.step, t.name"),
    "tag_member": ("tag, added_on", "tag, added_on"),
    "entry": ("step, exit_reason", "t.step, t.exit_reason"),
}
"""What is looked at behind the nights: what the columns are called, and how they are read."""
PARTS = {
    "promocode": "MailingCode", "utm": "Utm", "variants": "Variants", "arms": "Variant", "winner": "Winner",
    "control_group": "ControlGroup", "attribution": "Attribution", "receipts": "Receipts", "bought": "Window",
    "window": "DayWindow",
}  # fmt: skip
"""Settings of mailings that have keys of their own."""
INSIDE = {"split": {"arms": "Arm"}, "cascade": {"tries": "Try"}, "viber": {"button": "Button"}}
"""Keys of steps that have keys of their own."""
CONTENTS = frozenset(Content.model_fields)
"""What is sent is told behind all else."""
STAGES = ("compute", "segment", "campaign")


@cache
def project() -> Project:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMC_LINK_SECRET", "a secret for tests only")
        return load_project(EXAMPLES / "steps")


@cache
def told() -> dict[str, Any]:
    _, data, problems = read_yaml(EXAMPLES / "steps.yaml", Secrets(EXAMPLES))
    assert problems == []
    found: dict[str, Any] = data
    return found


def kinds() -> dict[str, type[Any]]:
    """Every step by its key, in the order of the specs."""
    pairs = (get_args(member) for member in get_args(get_args(Step)[0]))
    return {tag.tag: spec for spec, tag in pairs}


def test_every_step_has_an_example() -> None:
    assert sorted(project().campaigns) == sorted(told()["steps"]) == sorted(kinds())
    assert sorted(project().mailings) == sorted(told()["mailings"])
    for name, campaign in project().campaigns.items():
        assert name in {only_key(step) for _, step in every(campaign.steps)}


@pytest.mark.slow
def test_the_examples_leave_what_they_say() -> None:
    document, _ = parse("segments: {s: {title: T, rule: {tag: vip}}}", SegmentsSpec, file=Path("segments/s.yaml"))
    assert document is not None
    numbers: Numbers = {}
    with Warehouse.open(Path(":memory:"), timezone="Europe/Berlin", memory="1GB", threads=1) as warehouse:
        for text, rows in told()["nights"].items():
            day = date.fromisoformat(text)
            given = Given(shapes_of(project().fields), day, numbers=numbers)
            case = Case("nights", "", day, given.read(rows, ("nights",)), {}, document)
            assert [one.mistake.message for one in given.mistakes] == []
            fill(project(), warehouse, case, project().segments)
            session = Session(project(), _begin(project(), day), lambda *_: None, _open=warehouse)
            for stage in STAGES:
                BY_NAME[stage].work(session)
            assert session.failures == []
        for name, words in (told()["steps"] | told()["mailings"]).items():
            assert {"of": name, **left(warehouse, name, words["rows"])} == {"of": name, **words["rows"]}


def left(warehouse: Warehouse, campaign: str, expected: Mapping[str, Any]) -> dict[str, Any]:
    """All rows that a campaign left; those of ``entry``, which each has, where the example shows them."""
    found = {}
    for table, (_, columns) in TABLES.items():
        if table == "entry" and table not in expected:
            continue
        rows = warehouse.rows(
            f"select customer_id, {columns} from {table} as t {JOINS.get(table, JOIN)} order by all",
            campaign=campaign, tags=[*tags_of(campaign)],
        )  # fmt: skip
        if rows:
            found[table] = tuple(tuple(plain(value) for value in row) for row in rows)
    return found


JOIN = (
    "join entry as e on e.entry_key = t.entry_key join customer_ident as i on i.customer_key = e.customer_key"
    " where e.campaign = $campaign and $tags is not null"
)
JOINS = {
    "accrual": f"join task as k on k.task_key = t.task_key {JOIN.replace('t.entry', 'k.entry')}",
    "tag_member": "join customer_ident as i on i.customer_key = t.customer_key"
    " where list_contains($tags::varchar[], tag) and $campaign is not null",
}


def tags_of(campaign: str) -> set[str]:
    """Lists that its steps change; each is of one example alone."""
    spec = project().campaigns.get(campaign)
    changes = [getattr(step, "tag", None) for _, step in every(spec.steps)] if spec else []
    return {change.add or change.remove for change in changes if change}


def plain(value: Any) -> Any:
    """As it stands in YAML."""
    return int(value) if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("name", ["steps", "mailings"])
def test_the_pages_are_what_the_code_and_the_examples_say(name: str, update_golden: bool) -> None:
    text = "\n".join(steps() if name == "steps" else mailings()) + "\n"
    page = FOLDER / f"{name}.md"
    if update_golden:
        page.write_text(text, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == text


def steps() -> Iterator[str]:
    yield from STEPS.splitlines()
    yield "```yaml"
    yield from (EXAMPLES / "steps.yaml").read_text(encoding="utf-8").split("\nsteps:")[0].splitlines()
    yield "```"
    yield ""
    yield "## All steps"
    yield ""
    yield ", ".join(f"[`{kind}`](#{kind})" for kind in kinds())
    for kind, spec in kinds().items():
        yield ""
        yield f"## {kind}"
        yield ""
        value = definitions()[spec.__name__]["properties"][kind]
        body = value.get("$ref", "").rsplit("/", 1)[-1]
        words = definitions()[body]["description"] if body else spec.__doc__
        assert words, f"say what {kind} does: a docstring of its spec"
        yield " ".join(words.replace("``", "`").split())
        yield ""
        if body:
            yield from table(body)
        else:
            yield f"Written as `{kind}:` and {typed(value)}."
        for key, part in INSIDE.get(kind, {}).items():
            yield ""
            yield f"Of `{key}`:"
            yield ""
            yield from table(part)
        yield from example("campaigns", kind, told()["steps"][kind])


def mailings() -> Iterator[str]:
    yield from MAILINGS.splitlines()
    yield from table("mailing")
    for key, part in PARTS.items():
        yield ""
        yield f"## {key}"
        yield ""
        yield definitions()[part]["description"]
        yield ""
        yield from table(part)
    for name, words in told()["mailings"].items():
        yield ""
        yield f"## Example: {words['title']}"
        yield ""
        yield f"It runs in the nights of [the shop of the steps](steps.md#the-shop-of-the-examples). {words['says']}"
        yield from example("mailings", name, words)


def table(name: str) -> Iterator[str]:
    """The keys of a definition."""
    found = definitions()[name]
    yield "| key | value | meaning |"
    yield "|---|---|---|"
    for key, value in sorted(found["properties"].items(), key=lambda item: item[0] in CONTENTS):
        meaning = value.get("description") or " or ".join(one.get("description", "") for one in value.get("allOf", ()))
        if not meaning and "$ref" in value:
            meaning = definitions()[value["$ref"].rsplit("/", 1)[1]].get("description", "")
        assert meaning, f"say what the key {key} of {name} means: a description in its spec"
        default = f"; `{value['default']}` when left out" if value.get("default") else ""
        bold = "**" if key in found.get("required", []) else ""
        yield f"| {bold}`{key}`{bold} | {typed(value)} | {' '.join(meaning.split()).rstrip('.')}{default} |"


def example(folder: str, name: str, words: Mapping[str, Any]) -> Iterator[str]:
    """What is written, who gets it, the example as it stands in its file, and the rows behind its nights."""
    for title, key in (("Writes", "writes"), ("Control customers", "control"), ("When it cannot be done", "cannot")):
        if key in words:
            yield ""
            yield f"**{title}:** {words[key]}"
    yield ""
    yield "```yaml"
    lines = (EXAMPLES / "steps" / folder / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    first = "trigger:" if name == "bonuses" else "steps:" if folder == "campaigns" else "title:"
    yield from lines[next(at for at, line in enumerate(lines) if line.startswith(first)) :]
    yield "```"
    for named, rows in words["rows"].items():
        titles = ["customer", *TABLES[named][0].split(", ")]
        yield ""
        yield f"`{named}`:"
        yield ""
        yield f"| {' | '.join(titles)} |"
        yield f"|{'---|' * len(titles)}"
        for row in rows:
            yield f"| {' | '.join('' if cell is None else str(cell) for cell in row)} |"
