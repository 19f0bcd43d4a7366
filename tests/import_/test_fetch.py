"""Downloads: side by side, in the order of the loads, through lines that break; nothing is read twice without need."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import ImportSettings
from smc.errors import DiskFullError, SourceDownError
from smc.import_ import board
from smc.import_.fetch.patience import LONGEST_S, Patience
from tests.import_.stores import HEAD, stores
from tests.servers.flaky import FlakySource, put

if TYPE_CHECKING:
    from smc.import_.result import ImportResult
    from tests.import_.conftest import Shop
    from tests.servers.flaky import Plan


def feed(shop: Shop, far: Plan, kind: str = "ftp", **more: Any) -> FeedSpec:
    return shop.feed("store", source={kind: far.place}, files="*.csv", **more)


def load(shop: Shop, far: Plan, kind: str = "ftp", **more: Any) -> ImportResult:
    return shop.load(store=feed(shop, far, kind, **more))


def parts(shop: Shop) -> list[Path]:
    return sorted((shop.root / "landing").iterdir())


@pytest.fixture(autouse=True)
def impatient(shop: Shop) -> None:
    shop.settings = ImportSettings(pause=0)


def test_cut_after_every_tenth_loads_in_one_run(shop: Shop, flaky: Plan) -> None:
    path = put(flaky.folder, "a.csv", stores(6000))
    flaky.cut = path.stat().st_size // 10
    (file,) = load(shop, flaky).files
    assert (file.state, file.read, file.accepted) == ("loaded", 6000, 6000)
    assert flaky.sent == path.stat().st_size
    assert len(flaky.calls("open")) >= 10
    assert parts(shop) == []


def test_a_source_that_cannot_go_on_begins_again_a_bounded_number_of_times(shop: Shop, flaky: Plan) -> None:
    path = put(flaky.folder, "a.csv", stores(2000))
    flaky.cut = path.stat().st_size - 1
    result = load(shop, flaky, "sftp")
    assert flaky.calls("open") == ["open a.csv 0"] * shop.settings.attempts
    assert "the line was cut" in result.failures[0]
    flaky.cut = 0
    assert load(shop, flaky, "sftp").files[0].accepted == 2000


def test_the_next_run_goes_on_where_the_last_one_ended(shop: Shop, flaky: Plan) -> None:
    shop.settings = ImportSettings(pause=0, attempts=1)
    path = put(flaky.folder, "a.csv", stores(3000))
    flaky.cut = path.stat().st_size // 3
    assert load(shop, flaky).failures
    (part,) = parts(shop)
    assert part.stat().st_size == flaky.cut
    flaky.log.clear()
    flaky.cut = 0
    assert load(shop, flaky).files[0].accepted == 3000
    assert flaky.calls("open") == [f"open a.csv {path.stat().st_size // 3}"]
    assert flaky.sent == path.stat().st_size


def test_a_changed_file_is_not_continued(shop: Shop, flaky: Plan) -> None:
    shop.settings = ImportSettings(pause=0, attempts=1)
    flaky.cut = len(put(flaky.folder, "a.csv", stores(3000)).read_bytes()) // 3
    assert load(shop, flaky).failures
    put(flaky.folder, "a.csv", stores(3000, first=5000), age_s=3000)
    flaky.cut = 0
    flaky.log.clear()
    assert load(shop, flaky).files[0].accepted == 3000
    assert flaky.calls("open") == ["open a.csv 0"]
    assert shop.rows("select count(*) from store where store_id = 's1'") == [(0,)]
    assert parts(shop) == []


def test_only_what_nobody_continues_is_swept(shop: Shop, flaky: Plan) -> None:
    landing = shop.root / "landing"
    landing.mkdir()
    for name, age in (("import-abc-old.part", 8 * 86_400), ("import-abc-new.part", 86_400), ("mine.txt", 8 * 86_400)):
        put(landing, name, "x", age_s=age)
    load(shop, flaky)
    assert [path.name for path in parts(shop)] == ["import-abc-new.part", "mine.txt"]


@pytest.mark.parametrize("moment", ["files", "open"])
def test_a_server_that_starts_again_is_waited_for(shop: Shop, flaky: Plan, moment: str) -> None:
    put(flaky.folder, "a.csv", stores(10))

    def restart(event: str) -> None:
        if event.startswith(moment) and not any("connect" in line for line in flaky.log[1:]):
            flaky.down = 2

    flaky.on = restart
    result = load(shop, flaky)
    assert (result.failures, result.files[0].accepted) == ((), 10)
    assert any("trying again" in line for line in shop.lines)


def test_a_server_that_stays_down_fails_its_feed_alone(shop: Shop, flaky: Plan) -> None:
    shop.drop("category-1.csv", "category_id,parent_id,name\nk,,n\n")
    flaky.down = 10**6
    result = shop.load(store=feed(shop, flaky), category=shop.feeds["category"])
    assert [file.state for file in result.files] == ["loaded"]
    (failure,) = result.failures
    assert failure.startswith("feed store: flaky:1: the server is down")
    assert len(flaky.calls("files")) == shop.settings.attempts


def test_a_no_is_final(shop: Shop, flaky: Plan) -> None:
    for name in ("a.csv", "b.csv"):
        put(flaky.folder, name, stores(3, first=ord(name[0])))
    flaky.refused = {"a.csv"}
    result = load(shop, flaky)
    assert [(file.name, file.state) for file in result.files] == [("a.csv", "refused"), ("b.csv", "loaded")]
    assert flaky.calls("open a.csv") == ["open a.csv 0"]
    assert parts(shop) == []


def test_files_come_side_by_side_and_are_loaded_in_order(shop: Shop, flaky: Plan) -> None:
    names = [f"{letter}.csv" for letter in "abcdef"]
    for number, name in enumerate(names):
        put(flaky.folder, name, stores(3, first=10 * number))
    together = threading.Barrier(3)  # three downloads at once, or this never opens

    def meet(event: str) -> None:
        if event.startswith("open"):
            together.wait(20)

    flaky.on = meet
    result = load(shop, flaky)
    assert [file.name for file in result.files] == names
    assert all(file.accepted == 3 for file in result.files)


@pytest.mark.parametrize(("parallel", "after", "most"), [(2, {}, 2), (8, {}, 3), (8, {"action": "delete"}, 2)])
def test_never_more_connections_than_allowed(
    shop: Shop, flaky: Plan, parallel: int, after: dict[str, Any], most: int
) -> None:
    shop.settings = ImportSettings(pause=0, parallel=parallel)
    for number in range(9):
        put(flaky.folder, f"{number}.csv", stores(2, first=10 * number))
    assert len(load(shop, flaky, after=after).files) == 9
    downloading = len(flaky.calls("connect")) - bool(after)
    assert 1 <= downloading <= most


def test_downloads_do_not_run_far_ahead(shop: Shop, flaky: Plan) -> None:
    shop.settings = ImportSettings(pause=0, parallel=1)
    for number in range(12):
        put(flaky.folder, f"{number:02}.csv", stores(2, first=10 * number))
    ahead: list[int] = []

    def watch(event: str) -> None:
        if event.startswith("open"):
            loaded = sum(line.endswith(".csv") for line in shop.lines)
            ahead.append(len(flaky.calls("open")) - loaded)

    flaky.on = watch
    assert len(load(shop, flaky).files) == 12
    assert max(ahead) <= 4


def test_a_growing_file_waits(shop: Shop, flaky: Plan) -> None:
    path = put(flaky.folder, "a.csv", stores(3000))
    put(flaky.folder, "b.csv", stores(1, first=9000))

    def grow(event: str) -> None:
        if event == "open a.csv 0":
            with path.open("a") as file:
                file.write("s9,Nine\n")

    flaky.on = grow
    result = load(shop, flaky, expect="nightly")
    assert [file.name for file in result.files] == ["b.csv"]
    assert result.waiting == ("feed store: a.csv: it is still growing, or was changed while it was read",)
    assert result.failures == ()
    assert result.counts()["waiting"] == 1
    flaky.on = lambda _: None
    assert [file.name for file in load(shop, flaky).files] == ["a.csv"]


def test_a_file_that_is_rewritten_meanwhile_waits(shop: Shop, flaky: Plan) -> None:
    """As many bytes as before, but they are of two states of the file."""
    text = stores(3000)
    put(flaky.folder, "a.csv", text)

    def rewrite(event: str) -> None:
        if event == "read":
            put(flaky.folder, "a.csv", text, age_s=5)

    flaky.on = rewrite
    result = load(shop, flaky)
    assert (result.files, len(result.waiting)) == ((), 1)


def test_a_feed_that_waits_for_its_night_fails(shop: Shop, flaky: Plan) -> None:
    put(flaky.folder, "a.csv", HEAD)
    flaky.sizes = {"a.csv": 5}
    assert load(shop, flaky, expect="nightly").failures == (
        "feed store: no file for 2017-12-29 that matches *.csv was loaded",
    )


def test_a_known_file_is_not_read_again(shop: Shop, flaky: Plan) -> None:
    put(flaky.folder, "a.csv", stores(3))
    assert len(load(shop, flaky).files) == 1
    flaky.log.clear()
    assert load(shop, flaky).known == 1
    assert flaky.calls("open") == []


@pytest.mark.parametrize("timeless", [False, True])
def test_a_look_that_could_deceive_is_not_trusted(shop: Shop, flaky: Plan, timeless: bool) -> None:
    flaky.timeless = timeless
    put(flaky.folder, "a.csv", stores(3), age_s=30)
    load(shop, flaky)
    flaky.log.clear()
    assert load(shop, flaky).known == 1
    assert flaky.calls("open") == ["open a.csv 0"]


def test_other_bytes_are_read_and_flagged_and_the_same_under_another_name_are_known(shop: Shop, flaky: Plan) -> None:
    put(flaky.folder, "a.csv", stores(3))
    load(shop, flaky)
    put(flaky.folder, "b.csv", stores(3))
    put(flaky.folder, "a.csv", stores(4), age_s=1800)
    result = load(shop, flaky)
    assert [(file.name, file.changed, file.accepted, file.unchanged) for file in result.files] == [
        ("a.csv", True, 1, 3)
    ]
    assert result.known == 1
    assert shop.rows("select name, source from import_file order by file_key") == [("a.csv", "ftp"), ("a.csv", "ftp")]


def test_files_are_put_away_after_the_commit(shop: Shop, flaky: Plan) -> None:
    put(flaky.folder, "a.csv", stores(3))
    put(flaky.folder, "b.csv", "store_id\nx\n")

    def committed(event: str) -> None:
        if event.startswith("finish a.csv"):
            assert shop.warehouse.connection.cursor().execute("select count(*) from store").fetchone() == (3,)

    flaky.on = committed
    after = {"action": "move", "folder": "done"}
    assert len(load(shop, flaky, after=after).failures) == 1
    assert flaky.calls("finish") == ["finish a.csv move []"]
    assert (flaky.folder / "done" / "a.csv").exists()
    assert (flaky.folder / "b.csv").exists()


def test_a_file_that_was_committed_but_not_put_away_is_put_away(shop: Shop, flaky: Plan) -> None:
    """By its look, and by its bytes under another name."""
    for name, age in (("a.csv", 3600), ("b.csv", 3)):
        put(flaky.folder, name, stores(3, first=ord(name[0])), age_s=age)
    load(shop, flaky)
    result = load(shop, flaky, after={"action": "delete"})
    assert (result.known, result.files) == (2, ())
    assert list(flaky.folder.iterdir()) == []


def test_trouble_with_putting_away_is_said_and_undoes_nothing(shop: Shop, flaky: Plan) -> None:
    put(flaky.folder, "a.csv", stores(3))

    def trouble(event: str) -> None:
        if event.startswith("finish"):
            flaky.down = 10**6

    flaky.on = trouble
    result = load(shop, flaky, after={"action": "delete"})
    (failure,) = result.failures
    assert "a.csv is loaded, but its source could not be told: flaky:1: the server is down" in failure
    assert len(flaky.calls("finish")) == shop.settings.attempts
    assert (result.files[0].state, shop.rows("select count(*) from store")) == ("loaded", [(3,)])


def test_a_file_that_fits_nowhere_is_not_begun(shop: Shop, flaky: Plan) -> None:
    shop.settings = ImportSettings(pause=0, largest_file="9000000 TB")
    put(flaky.folder, "a.csv", stores(3))
    flaky.sizes = {"a.csv": 10**18}
    with pytest.raises(DiskFullError, match=r"a\.csv needs 1,000,000,000,000\.0 MB more"):
        load(shop, flaky)
    assert flaky.calls("open") == []


@pytest.mark.parametrize("known", [True, False])
def test_a_file_that_is_too_large_is_refused(shop: Shop, flaky: Plan, known: bool) -> None:
    shop.settings = ImportSettings(pause=0, largest_file="10 kB")
    put(flaky.folder, "a.csv", stores(3000))
    if not known:
        flaky.sizes = {"a.csv": 9_000}
    result = load(shop, flaky)
    assert result.files[0].reason.startswith("the file has more than 10,000 bytes")
    assert parts(shop) == []


def test_who_watches_hears_bytes_and_shares(shop: Shop, flaky: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "EVERY_S", 0.0)
    path = put(flaky.folder, "a.csv", stores(3000))
    shares: list[float] = []
    shop.moved = shares.append
    load(shop, flaky)
    size = path.stat().st_size / 1e6
    assert f"store: a.csv: fetched {size:,.1f} of {size:,.1f} MB (100 %)" in shop.lines
    assert any(line.startswith("store: a.csv: read ") for line in shop.lines)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_single_feeds_leave_the_downloads_of_others(shop: Shop, flaky: Plan) -> None:
    shop.settings = ImportSettings(pause=0, attempts=1)
    flaky.cut = len(put(flaky.folder, "a.csv", stores(3000)).read_bytes()) // 3
    load(shop, flaky)
    shop.load(date(2017, 12, 30), other=shop.feeds["store"])
    assert len(parts(shop)) == 1


@given(st.integers(0, 600), st.integers(1, 20), st.text(max_size=5))
def test_pauses_grow_and_end(pause: int, tried: int, what: str) -> None:
    patience = Patience(20, pause)
    wait = patience.wait_s(what, tried)
    assert wait == patience.wait_s(what, tried)
    assert min(pause * 2.0 ** (tried - 1), LONGEST_S) <= wait <= LONGEST_S * 1.25


@pytest.mark.parametrize("bound", [True, False])
def test_a_bound_source_is_listed_once_for_all_its_files(
    shop: Shop, flaky: Plan, monkeypatch: pytest.MonkeyPatch, bound: bool
) -> None:
    monkeypatch.setattr(FlakySource, "bound", bound)
    for number in range(5):
        put(flaky.folder, f"{number}.csv", stores(3, 3 * number))
    assert len(load(shop, flaky).files) == 5
    assert len(flaky.calls("files")) == (1 if bound else 6)


def test_bytes_whose_end_was_not_checked_are_compared_with_the_listing(
    shop: Shop, flaky: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All bytes came, and the line broke before the source had looked whether they are of one state of the file."""
    monkeypatch.setattr(FlakySource, "bound", True)
    put(flaky.folder, "a.csv", stores(3))
    came = False

    def breaks(event: str) -> None:
        nonlocal came
        if event == "read" and came:
            put(flaky.folder, "a.csv", stores(3), age_s=5)
            raise SourceDownError("gone")
        came = event == "read"

    flaky.on = breaks
    result = load(shop, flaky)
    assert (result.files, len(result.waiting)) == ((), 1)


def test_an_import_that_is_interrupted_says_that_it_is_ending(shop: Shop, flaky: Plan) -> None:
    put(flaky.folder, "a.csv", stores(3))

    def interrupt(event: str) -> None:
        if event == "finished a.csv":
            raise KeyboardInterrupt

    flaky.on = interrupt
    with pytest.raises(KeyboardInterrupt):
        load(shop, flaky, after={"action": "delete"})
    assert any(line.startswith("ending: ") for line in shop.lines)
