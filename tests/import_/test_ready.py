"""A file is taken when it is whole: by its name, its marker, its age; what waits is said with its reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from smc.config.specs.feed import Ready
from smc.errors import FeedError
from smc.import_.fetch.ready import sort_out
from smc.import_.fetch.seen import is_telling
from smc.import_.sources.source import RemoteFile
from tests.servers.flaky import put

if TYPE_CHECKING:
    from smc.import_.result import ImportResult
    from tests.import_.conftest import Shop
    from tests.servers.flaky import Plan

STORES = "store_id,name\ns1,One\n"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def load(shop: Shop, **more: Any) -> ImportResult:
    return shop.load(store=shop.feed("store", **{"files": "*", **more}))


def drop(shop: Shop, name: str, text: str = STORES, *, age_s: float = 3600) -> None:
    put(shop.drops, name, text, age_s=age_s)


def reasons(result: ImportResult) -> list[str]:
    return [text.removeprefix("feed store: ") for text in result.waiting]


def test_unfinished_names_wait_and_are_said(shop: Shop) -> None:
    drop(shop, "a.csv.part")
    assert reasons(load(shop)) == ["a.csv.part: it is not whole yet by its name"]
    assert shop.rows("select count(*) from import_file") == [(0,)]


def test_a_marker_beside_each_file(shop: Shop) -> None:
    ready = {"marker": "{name}.ok"}
    drop(shop, "a.csv")
    drop(shop, "b.csv", STORES.replace("One", "Eins"))
    drop(shop, "b.csv.ok", "", age_s=3000)
    result = load(shop, ready=ready)
    assert [file.name for file in result.files] == ["b.csv"]
    assert reasons(result) == ["a.csv: its marker a.csv.ok is not there"]
    drop(shop, "a.csv.ok", "", age_s=4000)
    assert reasons(load(shop, ready=ready)) == ["a.csv: its marker a.csv.ok is older than the file"]
    drop(shop, "a.csv.ok", "", age_s=3600)
    assert [file.name for file in load(shop, ready=ready).files] == ["a.csv"]


def test_a_marker_is_found_though_the_pattern_leaves_it_out(shop: Shop) -> None:
    drop(shop, "[1]*?.csv")
    drop(shop, "[1]*?.csv.ok", "")
    assert len(load(shop, files="*.csv", ready={"marker": "{name}.ok"}).files) == 1


def test_a_marker_goes_with_its_file(shop: Shop) -> None:
    for name in ("a.csv", "a.csv.ok", "b.csv.ok", "c.csv"):
        drop(shop, name, "" if name.endswith(".ok") else STORES)
    result = load(shop, ready={"marker": "{name}.ok"}, after={"action": "move", "folder": "done"})
    assert result.failures == ()
    assert sorted(path.name for path in shop.drops.iterdir()) == ["b.csv.ok", "c.csv", "done"]
    assert sorted(path.name for path in (shop.drops / "done").iterdir()) == ["a.csv", "a.csv.ok"]


def test_one_marker_for_all(shop: Shop) -> None:
    feed: dict[str, Any] = {"ready": {"marker": "_SUCCESS"}, "after": {"action": "delete"}}
    drop(shop, "a.csv")
    assert reasons(load(shop, **feed)) == ["a.csv: its marker _SUCCESS is not there"]
    drop(shop, "_SUCCESS", "")
    drop(shop, "b.csv", "no,store\nx,y\n")
    assert len(load(shop, **feed).failures) == 1
    assert sorted(path.name for path in shop.drops.iterdir()) == ["_SUCCESS", "b.csv"]
    drop(shop, "b.csv", STORES.replace("One", "Eins"))
    drop(shop, "_SUCCESS", "")
    assert load(shop, **feed).failures == ()
    assert list(shop.drops.iterdir()) == []


def test_a_file_settles(shop: Shop) -> None:
    drop(shop, "a.csv", age_s=100)
    result = load(shop, ready={"settle": 300})
    (reason,) = reasons(result)
    assert reason.startswith("a.csv: it was changed 10")
    assert reason.endswith("s ago, and ready.settle asks for 300 s")
    assert any("left for the next run" in line for line in shop.lines)
    assert len(load(shop, ready={"settle": 60}).files) == 1


def test_a_clock_that_is_ahead_waits_too(shop: Shop) -> None:
    drop(shop, "a.csv", age_s=-500)
    assert reasons(load(shop, ready={"settle": 60})) == [
        "a.csv: it was changed 0 s ago, and ready.settle asks for 60 s"
    ]


def test_a_source_without_times_cannot_settle(shop: Shop, flaky: Plan) -> None:
    flaky.timeless = True
    put(flaky.folder, "a.csv", STORES)
    result = load(shop, source={"ftp": flaky.place}, ready={"settle": 60})
    (failure,) = result.failures
    assert "does not say when a.csv was changed" in failure
    assert "ready.marker" in failure


def test_files_whose_time_is_unknown_are_an_error() -> None:
    with pytest.raises(FeedError):
        sort_out([RemoteFile("a")], {}, Ready(settle=1), NOW)
    assert sort_out([RemoteFile("a")], {}, Ready(), NOW).ready == (RemoteFile("a"),)


@pytest.mark.parametrize("marker", ["{name}", "", "done/{name}.ok", "/ok"])
def test_a_marker_is_another_name_beside_the_file(marker: str) -> None:
    with pytest.raises(ValidationError, match="beside the file"):
        Ready(marker=marker)


AGES = st.integers(-100, 4000).map(lambda age: NOW - timedelta(seconds=age))
FILES = st.lists(
    st.builds(RemoteFile, st.sampled_from("abcdef"), st.just(1), AGES), unique_by=lambda file: file.name, max_size=6
)


@given(FILES, FILES, st.integers(0, 3000), st.booleans())
def test_every_file_is_either_ready_or_waits(
    files: list[RemoteFile], marked: list[RemoteFile], settle: int, asks: bool
) -> None:
    markers = {f"{file.name}.ok": RemoteFile(f"{file.name}.ok", 0, file.changed) for file in marked}
    ready = Ready(marker="{name}.ok" if asks else None, settle=settle)
    listed = sort_out(files, markers, ready, NOW)
    assert sorted([*listed.ready, *(item.file for item in listed.waiting)], key=repr) == sorted(files, key=repr)
    for file in listed.ready:
        assert file.changed is not None
        assert settle == 0 or (NOW - file.changed).total_seconds() >= settle
        assert not asks or markers[f"{file.name}.ok"].changed >= file.changed  # type: ignore[operator]  # both have one


@given(st.none() | AGES, st.none() | st.just(1), st.sampled_from(["", "v1"]))
def test_a_look_tells_when_the_change_is_long_ago(changed: datetime | None, size: int | None, version: str) -> None:
    telling = is_telling(RemoteFile("a", size, changed, version), NOW)
    assert telling == (bool(version) if changed is None else size is not None and NOW - changed >= timedelta(minutes=1))
