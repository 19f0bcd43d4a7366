"""The reference pages are made from the code; ``--update-golden`` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smc.config.metrics import catalog
from smc.config.specs.project import MetricsSpec
from smc.model.objects import OBJECTS, Field

FOLDER = Path(__file__).parent.parent.parent / "docs" / "reference"


def metrics() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield "Made from `smc/model/metrics.py`. A rule names them (`metric: {name: receipts_90d, at_least: 3}`), and a"
    yield "template prints them (`{{ metric.receipts_90d }}`). Cancelled receipts count nowhere. A window of N days is"
    yield "the N days that end with the day of the run."
    yield ""
    yield "| name | title | definition | type |"
    yield "|---|---|---|---|"
    for metric in catalog(MetricsSpec()).values():
        yield f"| `{metric.name}` | {metric.title} | {metric.definition} | {metric.type} |"


def objects() -> Iterator[str]:
    yield "# Objects and fields"
    yield ""
    yield "Made from `smc/model/objects.py`. A feed names an object and maps its fields to columns; fields in bold must"
    yield "be mapped. Customers may have fields of the shop too (`fields.yaml`), mapped as `custom.NAME`."
    for item in OBJECTS.values():
        yield ""
        yield f"## {item.name}"
        yield ""
        yield f"{item.title}. A row is the same row when it has the same {' and '.join(item.key)}."
        yield ""
        yield "| field | meaning | type |"
        yield "|---|---|---|"
        for field in item.fields:
            yield f"| {_named(field)} | {field.title} | {_typed(field)} |"


def _named(field: Field) -> str:
    return f"**`{field.name}`**" if field.required else f"`{field.name}`"


def _typed(field: Field) -> str:
    return " or ".join(field.one_of) if field.one_of else field.type


@pytest.mark.parametrize(("name", "lines"), [("metrics", metrics), ("objects", objects)])
def test_reference_pages_say_what_the_code_knows(name: str, lines: object, update_golden: bool) -> None:
    assert callable(lines)
    text = "\n".join(lines()) + "\n"
    page = FOLDER / f"{name}.md"
    if update_golden:
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == text
