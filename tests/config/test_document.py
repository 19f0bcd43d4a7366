"""pydantic's errors become problems with the place, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.document import parse, read
from smc.config.explain import PATTERNS
from smc.config.kinds import KINDS, Kind
from smc.config.secret import Secrets
from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import SegmentsSpec

FILE = Path("some.yaml")
BASE = Path(__file__).parents[1] / "problems" / "base"
JARGON = re.compile(
    r"pydantic|tuple|valid dictionary|instance of|Input should|valid (string|integer)|literal|(?-i:None)",
    re.IGNORECASE,
)


def say(text: str, kind: type[Spec]) -> list[str]:
    document, problems = parse(text, kind, file=FILE)
    assert (document is None) == bool(problems)
    return [str(problem) for problem in problems]


def rule(text: str) -> list[str]:
    return say(f"segments:\n  a:\n    title: A\n    rule: {text}\n", SegmentsSpec)


@pytest.mark.parametrize(
    ("text", "says", "remedy"),
    [
        ("{metric: {name: x, ^at_leat: 3}}", "Unknown key 'at_leat'.", "Did you mean 'at_least'?"),
        ("{all: [{any: [{metric: {^nam: x}}]}]}", "Unknown key 'nam'.", "Did you mean 'name'?"),
        ("{not: {not: {^metrc: {}}}}", "Unknown key 'metrc'.", "Did you mean 'metric'?"),
        ("{not: {not: {tag: x, ^metric: {}}}}", "there are 2: 'tag' and 'metric'.", "item of its own"),
        ("{not: {not: {tag: x}, ^foo: 1}}", "'foo' cannot stand beside 'not'.", "Delete it"),
        ("{not: ^{}}", "A key is missing: one of all, any, not", "Add"),
        ("{all: ^{tag: x}}", "Expected a list, but here is keys with values.", "'- '"),
        ("{all: ^tag}", "Expected a list, but here is the text 'tag'.", "Write [tag]"),
        ("{all: ^[]}", "The list is empty.", "at least one"),
        ("{all: [^5]}", "Expected a key with a value, but here is 5.", "one of all, any"),
        ("{bought: {product: ^123}}", "Expected text, but here is 123.", 'in quotes: "123"'),
        ("{bought: {within: ^true}}", "Expected a whole number, but here is true.", "digits"),
        (
            f"{{bought: {{amount: {{at_least: ^{'1234567890' * 3}}}}}}}",
            "Expected a number",
            "It has more than 18 digits before or behind the point; write a shorter number.",
        ),
        (
            f"{{bought: {{amount: {{at_least: ^0.{'1234567890' * 5}}}}}}}",
            "Expected a number",
            "It has more than 18 digits before or behind the point; write a shorter number.",
        ),
        ("{bought: {amount: {at_least: ^'5'}}}", "Expected a number, but here is the text '5'.", "without quotes: 5"),
        ("{bought: {receipts: {at_least: ^1e5}}}", "Expected a number, but here is the text '1e5'.", "plain digits"),
        ("{bought: {within: ^30 dys}}", "A length of time is written like", ""),
        ("{rfm: {recency: [^6]}}", "The largest possible value is 5, but here is 6.", ""),
        ("{metric: {name: x, between: ^[1]}}", "Two values are needed", "[from, to]"),
        ("{metric: {name: x, in: ^[]}}", "The list is empty.", ""),
        ("{metric: {name: x, equals: ^[1]}}", "Expected one value", ""),
        ("{metric: ^{name: x, equals: 1, more: 1}}", "exactly one operator", ""),
        ("{metric: ^{equals: 1}}", "The key 'name' of 'metric' is missing.", "Add 'name:'"),
        ("{sample: {percent: ^lots, salt: s}}", "A share is written like '10%'", ""),
        ("{tag: ^Big}", "A name is lower-case letters", "win_back"),
    ],
)
def test_one_mistake_is_one_problem_at_its_place(text: str, says: str, remedy: str) -> None:
    """``^`` stands before what the problem must point at."""
    said = rule(text.replace("^", ""))
    assert len(said) == 1
    assert said[0].startswith(f"some.yaml:4:{len('    rule: ') + text.index('^') + 1}: ")
    assert says in said[0]
    assert remedy in said[0].splitlines()[-1]


def test_a_union_without_tag_reports_the_member_that_was_meant() -> None:
    text = "title: T\ncategory: c\ntrigger: {receipt: {}}\nsteps: [{exit: x}]\nre_entry: "
    assert "Expected 'never' or 'always', but here is the text 'alway'." in say(text + "alway\n", CampaignSpec)[0]
    assert "Did you mean 'always'? Or write keys with values below it: after." in say(text + "alway\n", CampaignSpec)[0]
    (deeper,) = say(text + "{after: soon}\n", CampaignSpec)
    assert deeper.startswith("some.yaml:5:19: A length of time")


def test_a_metric_of_two_kinds() -> None:
    (said,) = say("metrics:\n  a: {title: A, expression: x, penetration: y}\n", MetricsSpec)
    assert "'expression' cannot stand beside 'penetration'." in said


def test_a_misspelt_key_is_not_also_missing() -> None:
    assert len(say("customer:\n  a: {titel: A, type: string}\n", FieldsSpec)) == 1


def patterns(spec: Any) -> Iterator[str]:
    if isinstance(spec, dict):
        if spec.get("type") == "str" and "pattern" in spec:
            yield spec["pattern"]
        for key, value in spec.items():
            if key not in {"metadata", "json_schema_input_schema"}:
                yield from patterns(value)
    elif isinstance(spec, (list, tuple)):
        for value in spec:
            yield from patterns(value)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_pattern_of_the_specs_is_explained(kind: Kind) -> None:
    kind.spec.model_rebuild(force=True)
    assert set(patterns(kind.spec.__pydantic_core_schema__)) <= set(PATTERNS)


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 5, -1, 2.5, "", "x", "Bad Name", "2026-13-01", [], ["x"], {}, {"x": 1}, [[]]]
)


def ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*way, key)
        yield from ways(item, (*way, key))


EXAMPLES = [(kind, file) for kind in KINDS for file in sorted(BASE.glob(kind.pattern))]


@settings(deadline=None)
@given(data=st.data())
def test_any_wrong_value_is_reported_near_it_without_jargon(data: st.DataObject) -> None:
    kind, file = data.draw(st.sampled_from(EXAMPLES))
    tree = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - builds text only
    way = data.draw(st.sampled_from(list(ways(tree))))
    holder = tree
    for key in way[:-1]:
        holder = holder[key]
    if isinstance(holder, dict) and data.draw(st.booleans()):
        holder[data.draw(st.sampled_from(["zzz", "title", "all", "<<", "4"]))] = data.draw(JUNK)
    else:
        holder[way[-1]] = data.draw(JUNK)
    text = yaml.safe_dump(tree, sort_keys=False)
    document, problems = parse(text, kind.spec, file=FILE, secrets=Secrets(Path(), {"SMC_TEST_SECRET": "s" * 20}))
    assert (document is None) == bool(problems)
    for problem in problems:
        assert 1 <= problem.place.line <= text.count("\n") + 1
        assert not JARGON.search(problem.message + problem.remedy), problem


def test_documents_know_their_places(tmp_path: Path) -> None:
    file = tmp_path / "fields.yaml"
    file.write_text("customer:\n  a:\n    title: A\n    type: string\n", encoding="utf-8")
    document, problems = read(file, FieldsSpec)
    assert problems == []
    assert document is not None
    assert str(document.place(("customer", "a", "type"))) == f"{file}:4:11"
    assert document.key_place(("customer", "a", "type")).column == 5
    assert document.problem(("customer", "a"), "No.", "Yes.").place.line == 2
    assert document == read(file, FieldsSpec)[0]
