"""Files are known by content, taken whole or not at all, and named when they cannot be taken."""

from __future__ import annotations

import gzip
import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from smc.errors import RunError
from smc.import_.fetch.look import look

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

STORES = "store_id,name\ns1,One\ns2,Two\n"


def test_same_bytes_do_nothing(shop: Shop) -> None:
    assert shop.one("store-1.csv", STORES).accepted == 2
    shop.drop("store-2.csv", STORES)
    again = shop.load()
    assert (again.files, again.known, again.failures) == ((), 2, ())
    assert shop.rows("select count(*) from import_file") == [(1,)]


def test_other_bytes_under_an_old_name_are_flagged(shop: Shop) -> None:
    assert not shop.one("store-1.csv", STORES).changed
    file = shop.one("store-1.csv", STORES.replace("Two", "Zwei"))
    assert (file.changed, file.accepted, file.unchanged) == (True, 1, 1)


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_empty_file_is_refused(shop: Shop, text: bytes) -> None:
    file = shop.one("store-1.csv", text)
    assert file.state == "refused"
    assert shop.load().failures == (f"feed store: store-1.csv: {file.reason}",)


def test_header_alone_is_a_loaded_file(shop: Shop) -> None:
    for name, text in (("store-1.csv", "store_id,name"), ("store-2.csv", "store_id,name\n")):
        file = shop.one(name, text)
        assert (file.state, file.read) == ("loaded", 0)


@pytest.mark.parametrize(
    "text", [STORES.replace("\n", "\r\n"), "\ufeff" + STORES, STORES.rstrip("\n"), STORES + "\n\n"]
)
def test_line_ends_and_byte_order_mark(shop: Shop, text: str) -> None:
    assert shop.one("store-1.csv", text).accepted == 2
    assert shop.rows("select store_id, name from store order by all") == [("s1", "One"), ("s2", "Two")]


def test_mixed_line_ends(shop: Shop) -> None:
    assert shop.one("store-1.csv", "store_id,name\r\ns1,One\ns2,Two\r\n").accepted == 2
    assert shop.rows("select name from store order by all") == [("One",), ("Two",)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("store_id,name\rs1,One\r", ["One"]),
        ('"store_id",name\rs1,"O\nne"', ["O\nne"]),
        ('store_id,name\r\rs1,"O\rne"\rs2,"T\r\nwo"\r', ["O\nne", "T\nwo"]),
        ("store_id,name\r", []),
        ("store_id,name\rs1,One\ns2,Two\r\ns3,Three\rs4,Four", ["Four", "One", "Three", "Two"]),
    ],
)
def test_lines_that_end_with_returns(shop: Shop, text: str, names: list[str]) -> None:
    file = shop.one("store-1.csv", text)
    assert (file.state, file.read, file.accepted) == ("loaded", len(names), len(names)), file.reason
    assert shop.rows("select name from store order by all") == [(name,) for name in names]


def test_returns_in_a_quoted_header_are_text(shop: Shop) -> None:
    assert shop.one("store-1.csv", 'store_id,name,"a\rb"').state == "loaded"


@pytest.mark.parametrize("text", [STORES + "s3", STORES + 's3,"Thr', STORES.replace("\n", "\r\n") + "s3"])
def test_a_file_that_is_cut_off_is_refused(shop: Shop, text: str) -> None:
    for name in ("store-1.csv", "store-2.csv.gz"):
        file = shop.one(name, text)
        assert file.state == "refused"
        assert file.reason.startswith("the file is probably cut off: its last line 4 has no line end and lacks cells")
    assert shop.rows("select count(*) from store") == [(0,)]
    assert shop.one("store-1.csv", STORES + "s3,Three").accepted == 3


def test_a_short_line_with_its_end_is_a_reject(shop: Shop) -> None:
    assert shop.one("store-1.csv", STORES + "s3\n").rejected == 1
    assert shop.one("store-2.csv", STORES + "s3,a,b").rejected == 1


@pytest.mark.parametrize(
    "name", ["x.csv.part", "x.csv.filepart", "x.csv.TMP", "x.csv.crdownload", ".x.csv.swp", ".x.csv", "x.csv~"]
)
def test_files_on_their_way_are_left_alone(shop: Shop, name: str) -> None:
    shop.drop(name, STORES)
    shop.drop("y.csv", STORES)
    result = shop.load(store=shop.feed("store", files="*"))
    assert [file.name for file in result.files] == ["y.csv"]
    assert f"store: {name} is not whole yet by its name; left alone" in shop.lines
    assert result.failures == ()


def test_the_patterns_of_a_new_project_match_whole_names_only() -> None:
    feeds = list((files("smc") / "starter" / "feeds").iterdir())
    assert feeds
    for feed in feeds:
        assert re.search(r"^files: \w+\*\.csv$", feed.read_text(encoding="utf-8"), re.MULTILINE), feed.name


@pytest.mark.parametrize("name", [b"store-\xef\xf0.csv", b"store-2\n.csv"])
def test_a_name_that_cannot_be_used_stops_no_other_file(shop: Shop, name: bytes) -> None:
    shop.drop("store-1.csv", STORES)
    shop.drop("store-3.csv", STORES + "s3,Three\n")
    (shop.drops / os.fsdecode(name)).write_text(STORES)
    shown = ascii(os.fsdecode(name))[1:-1]
    why = "its name has a slash, a control character or broken letters"
    for loaded in (2, 0):
        result = shop.load()
        assert sum(file.state == "loaded" for file in result.files) == loaded
        (failure,) = result.failures
        assert failure.startswith(f"feed store: {shown}: {why}")
        assert shop.rows("select file, kind from import_left") == [(shown, "failed")]
    assert shop.rows("select count(*) from store") == [(3,)]
    seen = look(shop.feeds, root=shop.root, warehouse=None, parallel=1, now=datetime.now(UTC))
    assert [why in one for one in seen.failures] == [True]
    (shop.drops / os.fsdecode(name)).rename(shop.drops / "store-4.csv")
    assert shop.load().failures == ()


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        ("event", {"customer_id": "id", "name": {"constant": "visit"}, "occurred_at": "at"}),
        ("web_event", {"visitor_id": "id", "name": {"constant": "view"}, "occurred_at": "at"}),
        ("past_message_event", {
            "mailing": {"constant": "m"}, "customer_id": "id", "state": {"constant": "sent"}, "occurred_at": "at",
        }),
        ("order", {"order_id": "id", "customer_id": "id", "ordered_at": "at"}),
    ],
)  # fmt: skip
def test_days_of_other_objects_keep_the_zone_too(shop: Shop, item: str, fields: dict[str, object]) -> None:
    feed = shop.feed(item, fields)
    assert shop.one(f"{item}-1.csv", "id,at\na,2017-12-28 22:00:00\n", feed=feed).accepted == 1
    shop.warehouse.run("set global TimeZone = 'Europe/Berlin'")
    with pytest.raises(RunError, match="made with the zone America/New_York"):
        shop.load(feed=feed)
    shop.warehouse.run("set global TimeZone = 'America/New_York'")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("more", ["", 's9,"a\nb"\n', "s8,x,y\n"])
def test_a_header_in_the_middle_is_no_row(shop: Shop, end: str, more: str) -> None:
    text = STORES + "\ufeffstore_id, name\ns3,Three\nstore_id,Shop\n" + more
    file = shop.one("store-1.csv", text.replace("\n", end))
    wrong = more.count(",y")
    assert (file.read, file.rejected) == (5 + bool(more), 1 + wrong)
    assert (4, "store_id", None, None, "the header again") in shop.rejects()
    known = {row[0] for row in shop.rows("select name from store")}
    assert {"One", "Two", "Three", "Shop"} <= known


def test_a_list_may_hold_the_name_of_its_column(shop: Shop) -> None:
    feed = shop.feed("tag_member", {"customer_id": "c", "tag": {"constant": "c"}})
    assert shop.one("tag_member-1.csv", "c\n1\nc\n", feed=feed).accepted == 2
    wide = shop.one("tag_member-2.csv", "c,note\n2,\nc,note\nc,x\n", feed=feed)
    assert (wide.accepted, wide.unchanged, wide.rejected) == (1, 1, 1)
    bare = shop.feed("store", format={"header": False, "columns": ["store_id", "name"]})
    assert shop.one("store-1.csv", "store_id,name\ns1,One\n", feed=bare).accepted == 2


def test_days_stay_of_the_zone_they_were_made_in(shop: Shop) -> None:
    head = "receipt_id,customer_id,store_id,purchased_at,status,total\n"
    shop.warehouse.run("set global TimeZone = 'Europe/Berlin'")
    shop.one("store-1.csv", STORES)
    shop.warehouse.run("set global TimeZone = 'America/New_York'")
    shop.one("receipt-1.csv", head + "r1,c,,2017-12-29 22:00:00,,1\n")
    shop.warehouse.run("set global TimeZone = 'Europe/Berlin'")
    shop.drop("store-2.csv", STORES + "s3,Three\n")
    with pytest.raises(RunError, match="made with the zone America/New_York"):
        shop.load()
    assert shop.rows("select count(*) from store") == [(2,)]
    shop.warehouse.run("set global TimeZone = 'America/New_York'")
    assert shop.load().failures == ()


def test_missing_column_names_what_is_there(shop: Shop) -> None:
    file = shop.one("store-1.csv", "store_id,nama\ns1,One\n")
    assert (file.state, file.reason) == (
        "refused", "column 'name', mapped to name, is missing; the file has: store_id, nama. Did you mean 'nama'?",
    )  # fmt: skip
    shop.drop("store-1.csv", STORES)
    shop.load()
    assert shop.rows("select state, changed from import_file") == [("loaded", False)]


def test_column_that_stands_twice(shop: Shop) -> None:
    reason = shop.one("store-1.csv", "store_id,name,name\ns1,a,b\n").reason
    assert "stands 2 times" in reason
    assert "have one of them renamed in the file" in reason


def test_a_header_with_broken_quotes_says_which_way_and_what_to_do(shop: Shop) -> None:
    behind = shop.one("store-1.csv", '"store_id"x,name\ns1,a\n').reason
    assert "the header cannot be read: text stands behind a closing quote" in behind
    assert "Correct quote and delimiter" in behind
    assert "a quote is opened and never closed" in shop.one("store-2.csv", 'store_id,"name\ns1,a\n').reason


def test_extra_columns_are_fine(shop: Shop) -> None:
    assert shop.one("store-1.csv", 'more,name,store_id,more\n"1,",One,s1,\n').accepted == 1


def test_gzip(shop: Shop) -> None:
    assert shop.one("store-1.csv.gz", STORES).accepted == 2
    assert shop.rows("select bytes, sha256 from import_file") != []
    double = gzip.compress(b"store_id,name\ns3,Three\n", mtime=0) + gzip.compress(b"s4,Four\n", mtime=0)
    (shop.drops / "store-2.csv.gz").write_bytes(double)
    assert [file.accepted for file in shop.load().files] == [2]


def test_broken_gzip_loads_nothing(shop: Shop) -> None:
    whole = gzip.compress(("store_id,name\n" + "".join(f"s{i},n{i * 7919}\n" for i in range(20000))).encode(), mtime=0)
    damaged = bytearray(whole)
    damaged[-6] ^= 255
    for name, data in (
        ("store-1.csv.gz", whole[:-40]),
        ("store-2.csv.gz", bytes(damaged)),
        ("store-3.csv.gz", b"no gzip"),
    ):
        (shop.drops / name).write_bytes(data)
    result = shop.load()
    assert [file.state for file in result.files] == ["refused"] * 3
    assert "ends before its end" in result.failures[0]
    assert "is damaged" in result.failures[1]
    assert shop.rows("select count(*) from store") == [(0,)]
    shop.load()
    assert shop.rows("select count(*) from import_file") == [(3,)]


def test_reject_limit_refuses_the_file_and_goes_on(shop: Shop) -> None:
    shop.feeds["store"] = shop.feed("store", reject_limit="10%")
    bad = "store_id,name\n" + "".join(f"{'' if i < 2 else i},n\n" for i in range(10))
    shop.drop("store-1.csv", bad)
    shop.drop("store-2.csv", STORES)
    result = shop.load()
    assert [(file.state, file.rejected) for file in result.files] == [("refused", 2), ("loaded", 0)]
    assert "2 of 10 rows were rejected, more than the limit of 10%" in result.failures[0]
    assert "See why by 'smc import rejects'" in result.failures[0]
    assert shop.rows("select count(*) from store") == [(2,)]
    assert [row[:3] for row in shop.rejects()] == [(2, "store_id", "store_id"), (3, "store_id", "store_id")]
    shop.load()
    assert len(shop.rejects()) == 2
    shop.feeds["store"] = shop.feed("store", reject_limit="20%")
    assert [file.accepted for file in shop.load().files] == [8]
    assert shop.rows("select name, state from import_file order by all") == [
        ("store-1.csv", "loaded"),
        ("store-2.csv", "loaded"),
    ]


def test_expected_file(shop: Shop) -> None:
    shop.feeds = {"store": shop.feed("store", expect="nightly")}
    shop.drops.mkdir(exist_ok=True)
    assert shop.load().failures == ("feed store: no file for 2017-12-29 that matches store-*.csv* was loaded",)
    shop.drop("store-1.csv", STORES)
    assert shop.load().failures == ()
    assert shop.load().failures == ()
    assert len(shop.load(date(2017, 12, 30)).failures) == 1


def test_missing_folder(shop: Shop) -> None:
    feed = shop.feed("store", source={"local": {"path": "nowhere"}})
    (failure,) = shop.load(store=feed).failures
    assert "the folder of the feed cannot be read" in failure


def test_names_do_not_lead_out(shop: Shop) -> None:
    (shop.root / "secret.csv").write_text(STORES)
    (shop.drops / "store-1.csv").symlink_to(shop.root / "secret.csv")
    result = shop.load()
    assert "leads out of the feed's folder" in result.failures[0]
    assert shop.rows("select count(*) from store") == [(0,)]


def test_landing_is_left_empty(shop: Shop) -> None:
    (shop.root / "landing").mkdir()
    (shop.root / "landing" / "import-text.landed").write_text("left by a killed run")
    shop.one("store-1.csv", STORES)
    assert list((shop.root / "landing").iterdir()) == []


def test_counts_and_amounts_of_the_report(shop: Shop) -> None:
    head = "receipt_id,line_no,product_id,quantity,amount\n"
    shop.one("receipt_line-1.csv", head + "r,1,p,1,1.10\nr,2,p,1,2.20\n")
    file = shop.one("receipt_line-2.csv", head + "r,1,p,1,1.10\nr,2,p,1,3\nr,3,p,1,4\nr,3,p,1,4\nr,4,p,1,x\n")
    counts = (file.read, file.accepted, file.unchanged, file.rejected, file.duplicate)
    assert (counts, file.amount) == ((5, 2, 1, 1, 1), Decimal("7.00"))
    assert shop.rows("select rows_read, rows_accepted, rows_unchanged, rows_rejected, rows_duplicate from import_file "
                     "order by file_key") == [(2, 2, 0, 0, 0), counts]  # fmt: skip
    assert shop.lines == ["receipt_line: receipt_line-1.csv", "receipt_line: receipt_line-2.csv"]


def test_all_missing_columns_are_named_and_a_wrong_delimiter_is_suspected(shop: Shop) -> None:
    several = shop.one("store-1.csv", "a,b\n1,2\n")
    assert several.reason.startswith("columns 'store_id', 'name' are missing; the first line has 2 cells")
    other = shop.one("store-3.csv", "Store ID,Title\n1,2\n")
    assert other.reason.startswith("columns 'store_id', 'name' are missing; the file has: Store ID, Title")
    one_cell = shop.one("store-2.csv", "store_id;name\n1;2\n")
    assert "The header is one cell: is the delimiter really ','?" in one_cell.reason
