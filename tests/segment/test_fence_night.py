"""SQL of rules in a night: what still fails says whose it is, and validation says what it can before."""

from __future__ import annotations

import pytest

from smc.config.specs.project import MetricsSpec
from smc.config.specs.rule import SegmentSpec
from smc.errors import RunError, UsageError
from smc.segment.evaluate import evaluation
from smc.segment.refresh import refresh
from smc.segment.resolve import resolve
from smc.warehouse import DuckDBEngine, Warehouse
from tests.segment.deeds import FIELDS
from tests.segment.rules import rule
from tests.segment.worlds import AS_OF

FAR = """select customer_id from customers
where birth_date + cast(month(birth_date) * 100000000 as integer) = timestamptz '2020-01-01 00:00:00+00'"""


def _segment(text: str) -> SegmentSpec:
    return SegmentSpec(title="x", rule=rule({"sql": text}))


def test_what_fails_at_night_names_its_segments(fence_store: Warehouse) -> None:
    """A day so far away that it is no time."""
    segments = {"good": _segment("select customer_id from receipts"), "far": _segment(FAR), "again": _segment(FAR)}
    with pytest.raises(RunError, match="SQL cannot be computed") as found:
        refresh(fence_store, segments=segments, rules=(), fields=FIELDS, metrics=MetricsSpec(), as_of=AS_OF)
    assert found.value.where == "segment 'far', segment 'again'"
    assert found.value.remedy
    asked = resolve(
        fence_store, segments={}, rules={"abc": rule({"sql": FAR})}, fields=FIELDS, metrics=MetricsSpec(), as_of=AS_OF
    )
    with pytest.raises(RunError) as found:
        evaluation(asked).materialise(DuckDBEngine(fence_store))
    assert found.value.where == "filter abc of a campaign"


def test_what_validation_would_say_names_the_segment(fence_store: Warehouse) -> None:
    segments = {"odd": _segment("select customer_id from customers where email > 5")}
    with pytest.raises(UsageError, match="does not work") as found:
        refresh(fence_store, segments=segments, rules=(), fields=FIELDS, metrics=MetricsSpec(), as_of=AS_OF)
    assert found.value.where == "segment 'odd'"


def test_a_good_night_goes_on(fence_store: Warehouse) -> None:
    segments = {"good": _segment("select customer_id from receipts where total / 0.5 > 100")}
    done = refresh(fence_store, segments=segments, rules=(), fields=FIELDS, metrics=MetricsSpec(), as_of=AS_OF)
    assert [(one.segment, one.members) for one in done.changes] == [("good", 1)]
