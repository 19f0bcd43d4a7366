"""What people see of segments: figures, members, counts, files, SQL."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import Rule, SegmentSpec
from smc.errors import UsageError
from smc.segment import show
from smc.segment.compare import difference, overlaps
from smc.segment.export import export
from smc.segment.refresh import refresh
from smc.warehouse import Warehouse
from tests.segment.reference import members as reference_members
from tests.segment.rules import projects, rule, segment
from tests.segment.worlds import AS_OF, FIELDS, METRICS, World, worlds, write_world

pytestmark = pytest.mark.slow

SEGMENTS = {"vip": segment({"tag": "vip"}), "rest": segment({"not": {"in_segment": "vip"}})}


@pytest.fixture
def small(warehouse: Warehouse) -> Warehouse:
    """Four customers; 00123 and 1e5 are vip since the 1st, a'b since the 2nd."""
    ids = ("00123", "1e5", "a'b", "=cmd")
    for key, text in enumerate(ids, start=1):
        warehouse.run("insert into customer_ident values ($key, $text)", key=key, text=text)
        warehouse.run("insert into customer (customer_key, email) values ($key, $key || '@example.com')", key=key)
    for key in (1, 2):
        _tag(warehouse, key)
    _refresh(warehouse, date(2017, 6, 1))
    _tag(warehouse, 3)
    _refresh(warehouse, date(2017, 6, 2))
    return warehouse


def _tag(warehouse: Warehouse, key: int) -> None:
    warehouse.run("insert into tag_member values ($key, 'vip', date '2017-05-01', 'test')", key=key)
    warehouse.run("insert into customer_touched values ($key)", key=key)  # as the import does


def _refresh(warehouse: Warehouse, day: date) -> None:
    refresh(warehouse, segments=SEGMENTS, rules=(), fields=FieldsSpec(), metrics=MetricsSpec(), as_of=day)


def test_overview(small: Warehouse) -> None:
    rest = {"rest": SEGMENTS["rest"], "new": SEGMENTS["vip"]}
    vip, _ = show.overview(small, SEGMENTS, date(2017, 6, 2))
    assert (vip.name, vip.members, vip.base_share, vip.entered, vip.left) == ("vip", 3, 0.75, 1, 0)
    left, new = show.overview(small, rest, date(2017, 6, 2))
    assert (left.members, left.entered, left.left, left.average_receipt) == (1, 0, 1, None)
    assert (new.name, new.members) == ("new", 0)
    assert vip.revenue == 0
    assert vip.reachable == {"email": 0}
    first, _ = show.overview(small, SEGMENTS, date(2017, 6, 1))
    assert (first.members, first.entered, first.left) == (2, 0, 0)
    assert (first.base_share, first.revenue_share, first.average_receipt, first.revenue) == (None,) * 4
    assert first.reachable == {}
    with pytest.raises(UsageError, match="up to 2017-06-02, not for 2017-06-03"):
        show.overview(small, SEGMENTS, date(2017, 6, 3))


def test_members_of_a_day(small: Warehouse) -> None:
    assert [member.customer_id for member in show.members(small, "vip", as_of=date(2017, 6, 1))] == ["00123", "1e5"]
    assert show.members(small, "vip", as_of=date(2017, 6, 2), limit=1)[0].entered_on == date(2017, 6, 1)
    assert show.members(small, "vip") == show.members(small, "vip", as_of=date(2017, 6, 2))
    around = {"segments": SEGMENTS, "fields": FieldsSpec(), "metrics": MetricsSpec(), "as_of": date(2017, 6, 2)}
    assert show.count(small, "vip", **around) == 3  # type: ignore[arg-type] # the keywords of one call
    with pytest.raises(UsageError, match="has not been computed") as caught:
        show.members(small, "vipp", as_of=date(2017, 6, 2))
    assert caught.value.remedy == "Did you mean 'vip'?"


@pytest.mark.parametrize(
    ("day", "words", "remedy"),
    [
        (
            date(2017, 5, 31),
            "are known from 2017-06-01 on, not on 2017-05-31",
            "Use --as-of 2017-06-01 or a later day.",
        ),
        (date(2030, 1, 1), "up to 2017-06-02, not for 2030-01-01", "Use --as-of 2017-06-02 or an earlier day."),
    ],
)
def test_a_day_of_which_nothing_is_known_is_refused(
    small: Warehouse, tmp_path: Path, day: date, words: str, remedy: str
) -> None:
    target = tmp_path / "vip.csv"
    for ask in (
        lambda: show.members(small, "vip", as_of=day),
        lambda: export(small, "vip", target, as_of=day, fields=FieldsSpec()),
        lambda: overlaps(small, ["vip", "rest"], day),
        lambda: difference(small, "vip", None, day),
    ):
        with pytest.raises(UsageError, match=words) as caught:
            ask()
        assert caught.value.remedy == remedy
    assert not target.exists()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_export(small: Warehouse, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out's{suffix}"
    target.write_text("old")
    day = date(2017, 6, 2)
    assert export(small, "vip", target, as_of=day, fields=FieldsSpec(), columns=("email",)) == 3
    if suffix == ".csv":
        assert target.read_text().splitlines()[:2] == ["customer_id,entered_on,email", "00123,2017-06-01,1@example.com"]
    else:
        frame = pl.read_parquet(target)
        assert frame["customer_id"].to_list() == ["00123", "1e5", "a'b"]
        assert frame.columns == ["customer_id", "entered_on", "email"]
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")] == []


def test_an_export_that_fails_keeps_the_old_file(small: Warehouse, tmp_path: Path) -> None:
    target = tmp_path / "vip.csv"
    target.write_text("old")
    day = date(2017, 6, 2)
    with pytest.raises(UsageError, match="has not been computed"):
        export(small, "nobody", target, as_of=day, fields=FieldsSpec())
    with pytest.raises(UsageError, match="no field of a customer 'emial'"):
        export(small, "vip", target, as_of=day, fields=FieldsSpec(), columns=("emial",))
    with pytest.raises(UsageError, match="cannot write"):
        export(small, "vip", tmp_path / "vip.xlsx", as_of=day, fields=FieldsSpec())
    assert target.read_text() == "old"


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
@given(world=worlds(), project=projects())
def test_count_and_sql_agree_with_the_reference(
    shop: Warehouse, world: World, project: tuple[dict[str, SegmentSpec], tuple[Rule, ...]]
) -> None:
    """Nothing is stored by either, and the SQL runs as it stands."""
    segments, _ = project
    write_world(shop, world)
    for asked in (rule({"in_segment": "s7"}), rule({"not": {"in_segment": "s6"}})):
        keys = reference_members(asked, world, segments)
        ids = sorted(person.customer_id for person in world.people if person.key in keys)
        around = {"segments": segments, "fields": FIELDS, "metrics": METRICS, "as_of": AS_OF}
        assert show.count(shop, asked, **around) == len(ids)  # type: ignore[arg-type] # one bundle for both calls
        assert [row[0] for row in shop.rows(show.sql_of(shop, asked, **around))] == ids  # type: ignore[arg-type] # same
    assert shop.value("select count(*) from segment_member") == 0
