"""The schemas for editors: committed, valid, and of one mind with the specs."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from smc.config.document import parse
from smc.config.kinds import KINDS, Kind
from smc.config.schema import first_line, kind_of, modeline, schema_name, schema_text, schemas, write_schemas
from smc.config.secret import Secrets
from smc.config.yaml import parse_yaml
from smc.errors import UsageError

ROOT = Path(__file__).parents[2]
PROJECTS = (ROOT / "tests" / "problems" / "base", ROOT / "configs")
EXAMPLES = [(kind, file) for root in PROJECTS for kind in KINDS for file in sorted(root.glob(kind.pattern))]
jsonschema: Any = pytest.importorskip("jsonschema")


def test_committed_schemas_are_those_of_the_specs(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "schemas").glob("*.json")}
    assert kept == made, "run: smc schema --folder schemas"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_schemas_are_schemas(kind: Kind) -> None:
    schema = json.loads(schemas()[schema_name(kind)])
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert "$defs" not in json.dumps(schema)
    assert schema.get("description")


def errors(kind: Kind, text: str) -> list[Any]:
    _, data, _ = parse_yaml(text, Path("x.yaml"), Secrets(Path(), {}))
    return list(validator(kind.name).iter_errors(plain(data)))


@cache
def validator(name: str) -> Any:
    kind = next(kind for kind in KINDS if kind.name == name)
    return jsonschema.Draft7Validator(json.loads(schemas()[schema_name(kind)]))


def plain(value: Any) -> Any:
    """As an editor sees it."""
    match value:
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case tuple():
            return [plain(item) for item in value]
        case Decimal():
            return float(value)
    return value


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "file"), EXAMPLES, ids=lambda part: getattr(part, "stem", None))
def test_examples_are_valid_for_editors(kind: Kind, file: Path) -> None:
    assert errors(kind, file.read_text(encoding="utf-8")) == []


RULE = "segments:\n  a:\n    title: A\n    rule: "
MISTAKES = [
    ("segments", RULE + "{metric: {name: x, at_leat: 3}}"),
    ("segments", RULE + "{metrc: {name: x}}"),
    ("segments", RULE + "{tag: x, metric: {name: x, more: 1}}"),
    ("segments", RULE + "{all: []}"),
    ("segments", RULE + "{all: {tag: x}}"),
    ("segments", RULE + "{not: {not: {foo: x}}}"),
    ("segments", RULE + "{bought: {product: 123}}"),
    ("segments", RULE + "{bought: {within: 3 dys}}"),
    ("segments", RULE + "{bought: {receipts: {}}}"),
    ("segments", RULE + "{rfm: {recency: [6]}}"),
    ("segments", RULE + "{rfm: {}}"),
    ("segments", RULE + "{metric: {name: x}}"),
    ("segments", RULE + "{metric: {name: x, more: 1, less: 2}}"),
    ("segments", RULE + "{metric: {name: x, between: [1]}}"),
    ("segments", RULE + "{sample: {percent: lots, salt: x}}"),
    ("segments", "segments: {}"),
    ("segments", "segments: {Bad Name: {title: A, rule: {tag: x}}}"),
    ("project", "project: x"),
    ("template", "title: T\nsubject: ''"),
    ("campaign", "title: 5\ncategory: c\ntrigger: {receipt: {}}\nsteps: [{exit: x}]"),
    ("campaign", "title: T\ncategory: c\ntrigger: {receit: {}}\nsteps: [{exit: x}]"),
    ("campaign", "title: T\ncategory: c\ntrigger: {receipt: {}}\nsteps: [{tag: {}}]"),
    ("campaign", "title: T\ncategory: c\ntrigger: {receipt: {}}\nsteps: []"),
    ("campaign", "title: T\ncategory: c\nactive: yes\ntrigger: {receipt: {}}\nsteps: [{exit: x}]"),
    ("campaign", "title: T\ncategory: c\nre_entry: no\ntrigger: {receipt: {}}\nsteps: [{exit: x}]"),
    ("metrics", "metrics: {a: {title: A}}"),
    ("metrics", "metrics: {a: {title: A, aggregate: cnt, over: receipts}}"),
    ("metrics", "metrics: {a: {title: A, expression: x, penetration: y}}"),
    ("fields", "customer: {a: {title: A, type: text}}"),
    ("feed", "title: T\nobject: receipt\nsource: {ftp: {}}\nfiles: x\nfields: {a: b}"),
    ("feed", "title: T\nobject: receipt\nsource: {local: {path: x}}\nfiles: x\nfields: {a: 5}"),
    ("channels", "email: {title: T, sender: x, route: {smtp: {host: x, password: plain}}}"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "text"), MISTAKES)
def test_editors_refuse_what_smc_refuses(name: str, text: str) -> None:
    kind = next(kind for kind in KINDS if kind.name == name)
    assert parse(text, kind.spec, file=Path("x.yaml"))[1]
    assert errors(kind, text)


def test_a_modeline_leads_to_the_schema() -> None:
    folder = Path("shop/schemas")
    assert modeline(Path("shop/smc.yaml"), folder) == "# yaml-language-server: $schema=schemas/project.json"
    line = modeline(Path("shop/templates/hello/template.yaml"), folder)
    assert line == "# yaml-language-server: $schema=../../schemas/template.json"
    assert first_line(Path("shop/segments/a.yaml"), folder).endswith("$schema=../schemas/segments.json")
    with pytest.raises(UsageError, match="no file of a project"):
        first_line(Path("shop/segment/a.yaml"), folder)


@pytest.mark.parametrize(("kind", "file"), EXAMPLES, ids=lambda part: getattr(part, "stem", None))
def test_the_kind_of_a_file_is_known_by_its_place(kind: Kind, file: Path) -> None:
    assert kind_of(file) == kind
    line = file.read_text(encoding="utf-8").splitlines()[0]
    if line.startswith("# yaml-language-server"):
        assert line == modeline(file, ROOT / "schemas")


def test_one_schema_can_be_printed() -> None:
    assert json.loads(schema_text("campaign"))["title"] == "smc: campaigns/*.yaml"
    with pytest.raises(UsageError, match="no schema 'campain'"):
        schema_text("campain")


def test_schemas_that_are_the_same_are_not_written_again(tmp_path: Path) -> None:
    first = write_schemas(tmp_path)[0]
    before = first.stat().st_mtime_ns
    write_schemas(tmp_path)
    assert first.stat().st_mtime_ns == before
