"""Rejected rows: shown, saved, corrected and loaded again."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from smc.errors import UsageError
from smc.import_.rejects import Asked, open_rejects, save_rejects
from smc.import_.replay import replay
from smc.import_.result import ImportResult
from tests.import_.conftest import FIELDS

if TYPE_CHECKING:
    from smc.config.specs.feed import FeedSpec
    from tests.import_.conftest import Shop

DAY = date(2017, 12, 29)
BOUGHT = {"receipt_id": "id", "purchased_at": "time", "total": "sum"}
NOTATION = {"delimiter": ";", "decimal": ",", "datetime": "%d.%m.%Y %H:%M"}


def again(shop: Shop, file: Path, *, overwrite: bool = False, **feeds: FeedSpec) -> ImportResult:
    return replay(
        shop.warehouse, feeds, fields=FIELDS, country="US", file=file, folder=shop.root / "landing", as_of=DAY,
        overwrite=overwrite,
    )  # fmt: skip


def saved(shop: Shop, asked: Asked = Asked()) -> tuple[Path, list[dict[str, str]]]:  # noqa: B008 - a frozen value
    path = shop.root / "rejects.csv"
    save_rejects(shop.warehouse, asked, path)
    with path.open(encoding="utf-8", newline="") as file:
        return path, list(csv.DictReader(file))


def rewrite(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
        out.writeheader()
        out.writerows(rows)
    return path


def still_open(shop: Shop) -> list[tuple[Any, ...]]:
    found = open_rejects(shop.warehouse, Asked(), most=100)
    return [(row["file"], row["line"], row["field"]) for row in found]


def test_corrected_rows_are_loaded_and_no_longer_open(shop: Shop) -> None:
    feed = shop.feed("receipt", BOUGHT, format=NOTATION, files="r*", reject_limit="60%")
    shop.one(
        "r1.csv",
        "id;time;sum;note\na;01.12.2017 10:00;1,50;\nb;01.12.2017 10:00;dear;=1+1\nc;never;2,00;\nd;;;x\n",
        r=feed,
    )
    assert {row["state"] for row in open_rejects(shop.warehouse, Asked(), most=100)} == {"refused"}
    with pytest.raises(UsageError, match="no open rejects of loaded files"):
        saved(shop)
    feed = shop.feed("receipt", BOUGHT, format=NOTATION, files="r*")
    shop.load(r=feed)
    assert still_open(shop) == [("r1.csv", 3, "total"), ("r1.csv", 4, "purchased_at"),
                                ("r1.csv", 5, "purchased_at"), ("r1.csv", 5, "total")]  # fmt: skip
    path, rows = saved(shop)
    assert list(rows[0]) == ["smc_feed", "smc_file", "smc_line", "smc_reason", "id", "time", "sum"]
    assert (rows[0]["smc_line"], rows[0]["sum"], rows[0]["smc_reason"][:7]) == ("3", "dear", "total: ")
    rows[0]["sum"] = "3,25"
    rows[1]["time"] = "soon"
    result = again(shop, rewrite(path, rows[:2]), r=feed)
    (file,) = result.files
    assert (file.state, file.read, file.accepted, file.rejected) == ("loaded", 2, 1, 1)
    assert shop.rows("select sum(total) from receipt") == [(Decimal("4.75"),)]
    assert shop.rows("select name, part_of, source from import_file where part_of is not null") == [
        ("rejects.csv", 1, "replay")
    ]
    # Corrected: not open. Still bad: open in the new file. Left out: open in the old one.
    assert still_open(shop) == [
        ("r1.csv", 5, "purchased_at"),
        ("r1.csv", 5, "total"),
        ("rejects.csv", 3, "purchased_at"),
    ]
    assert again(shop, path, r=feed).known == 1
    path, rows = saved(shop)
    for row in rows:
        row |= {"time": "01.12.2017 11:00", "sum": "1,00"}
    assert [one.accepted for one in again(shop, rewrite(path, rows), r=feed).files] == [1, 1]
    assert still_open(shop) == []
    assert shop.rows("select count(*), sum(total) from receipt") == [(4, Decimal("6.75"))]
    with pytest.raises(UsageError, match="no open rejects"):
        saved(shop)


def test_clashing_and_appended_rows_keep_their_cells(shop: Shop) -> None:
    feed = shop.feed("store", mode="append")
    shop.one("store-1.csv", "store_id,name\ns1,A\n", store=feed)
    shop.one("store-2.csv", 'store_id,name\ns1,X\ns2,"a\nb"\ns2,c\ns3,ok\n', store=feed)
    path, rows = saved(shop)
    assert [(row["smc_line"], row["store_id"], row["name"]) for row in rows] == [
        ("2", "s1", "X"), ("3", "s2", "a\nb"), ("5", "s2", "c"),
    ]  # fmt: skip
    again(shop, rewrite(path, rows[1:2]), store=feed)
    assert shop.rows("select store_id, name from store order by all") == [("s1", "A"), ("s2", "a\nb"), ("s3", "ok")]
    assert [row[:2] for row in still_open(shop)] == [("store-2.csv", 2), ("store-2.csv", 5)]


def test_rows_that_could_not_be_split_show_their_text(shop: Shop) -> None:
    feed = shop.feed("store", files="s*")
    long = f"x,y,{'z' * 5000}"
    shop.one("s.csv", f"store_id,name\na,b,c\nd,e\n{long}\n", s=feed)
    assert [len(row[3]) for row in shop.rejects()] == [5, 200]
    path, rows = saved(shop)
    assert list(rows[0]) == ["smc_feed", "smc_file", "smc_line", "smc_reason", "smc_text", "store_id", "name"]
    assert (rows[0]["smc_reason"], rows[0]["smc_text"]) == ("3 cells instead of 2: a,b,c", "a,b,c")
    assert (rows[1]["smc_text"], rows[1]["store_id"], len(rows[1]["smc_reason"]) < 300) == (long, "", True)
    again(shop, rewrite(path, [rows[0] | {"store_id": "a", "name": "b,c"}]), s=feed)
    assert shop.rows("select store_id, name from store order by all") == [("a", "b,c"), ("d", "e")]


def test_the_whole_of_a_broken_line_is_kept(shop: Shop) -> None:
    """Also of NDJSON, where broken bytes and quotes take more room on their way, up to the longest line."""
    shop.settings = shop.settings.model_copy(update={"longest_line": "2 MB"})
    feed = shop.feed("store", files="n*", format={"kind": "ndjson"}, after={"action": "delete"})
    texts = ['{"store_id": "' + '"' * 1_200_000, "no json", "z" * 3_000_000]
    shop.one("n.ndjson", "\n".join([*texts, '{"store_id": "a", "name": "b"}']) + "\n", n=feed)
    csv.field_size_limit(10_000_000)
    path, rows = saved(shop)
    assert [row["smc_text"] for row in rows] == [texts[0], texts[1], texts[2][:2_000_000]]
    (file,) = again(shop, rewrite(path, [rows[0] | {"store_id": "x"}]), n=feed).files
    assert (file.accepted, shop.rows("select store_id from store order by all")) == (1, [("a",), ("x",)])


def test_ndjson_and_parquet_are_corrected_as_csv(shop: Shop) -> None:
    fields = {"receipt_id": "r.id", "purchased_at": "at", "total": "sum", "source": "via"}
    lines = shop.feed("receipt", fields, files="n*", format={"kind": "ndjson", "datetime": "iso"})
    shop.one("n.json", '{"r":{"id":"1"},"at":"2017-12-01T10:00:00Z","sum":"x","via":"web"}\n', n=lines)
    path, rows = saved(shop)
    again(shop, rewrite(path, [rows[0] | {"sum": "2.5"}]), n=lines)
    fields = {"receipt_id": "id", "purchased_at": "at", "total": "sum"}
    packed = shop.feed("receipt", fields, files="p*", format={"kind": "parquet", "datetime": "iso"})
    shop.drops.mkdir(exist_ok=True)
    rows_of = "select '2' as id, timestamptz '2017-12-01 10:00:00Z' as at, 'y' as sum"
    duckdb.execute(f"copy ({rows_of}) to '{shop.drops / 'p.parquet'}' (format parquet)")
    shop.load(p=packed)
    path, rows = saved(shop)
    assert again(shop, rewrite(path, [rows[0] | {"sum": "4"}]), p=packed).files[0].accepted == 1
    assert shop.rows("select total, source, epoch(purchased_at) from receipt order by all") == [
        (Decimal("2.5"), "web", 1512122400.0), (Decimal(4), None, 1512122400.0),
    ]  # fmt: skip
    assert still_open(shop) == []


def test_limits_and_modes_of_the_feed_do_not_hit_corrections(shop: Shop) -> None:
    feed = shop.feed("product", {"product_id": "id", "price": "price"}, mode="replace", vanish_limit="0%", files="p*")
    shop.one("p.csv", "id,price\na,1\nb,x\nc,y\n", p=feed)
    strict = feed.model_copy(update={"reject_limit": Decimal(0)})
    path, rows = saved(shop)
    (file,) = again(shop, rewrite(path, [rows[0] | {"price": "2"}, rows[1]]), p=strict).files
    assert (file.state, file.accepted, file.rejected) == ("loaded", 1, 1)
    assert shop.rows("select count(*) from product") == [(2,)]


def test_files_that_are_no_corrected_rejects(shop: Shop) -> None:
    feed = shop.feed("store", files="s*")
    two = shop.feed("product", {"product_id": "id", "price": "price"}, files="p*")
    shop.one("s.csv", "store_id,name\n,b\n", s=feed)
    shop.one("p.csv", "id,price\na,x\n", p=two)
    with pytest.raises(UsageError, match="rejects of several feeds: p, s"):
        saved(shop)
    path, (row,) = saved(shop, Asked(feed="s"))
    for change, words in (
        ({"smc_feed": "t"}, "there is no feed 't'"),
        ({"smc_line": "9"}, "line 9 of 's.csv' was not rejected"),
        ({"smc_line": ""}, "names no line"),
        ({"smc_line": "9" * 18}, "was not rejected"),
        ({"smc_line": "9" * 30}, "line 2 names no line in smc_line"),
        ({"smc_line": "\u0662"}, "names no line"),
        ({"name": "x\0y"}, "line 2 has a NUL character in the column 'name'"),
        ({"smc_file": "x.csv"}, "was not rejected"),
    ):
        with pytest.raises(UsageError, match=words):
            again(shop, rewrite(path, [row | change]), s=feed)
    with pytest.raises(UsageError, match="a second time"):
        again(shop, rewrite(path, [row, row]), s=feed)
    with pytest.raises(UsageError, match="'name', which the feed reads, is missing"):
        again(shop, rewrite(path, [{k: v for k, v in row.items() if k != "name"}]), s=feed)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="the column smc_feed is missing"):
        again(shop, path, s=feed)
    path.write_text("smc_feed,smc_file,smc_line\ns,s.csv\n")
    with pytest.raises(UsageError, match="2 cells instead of 3"):
        again(shop, path, s=feed)


PERSON = {"customer_id": "id", "email": "mail", "birth_date": "b"}


def mails(shop: Shop) -> dict[str, Any]:
    return dict(shop.rows("select customer_id, email from customer join customer_ident using (customer_key)"))


def test_what_was_loaded_since_is_not_undone(shop: Shop) -> None:
    feed = shop.feed("customer", PERSON, files="d*")
    shop.one("d1.csv", "id,mail,b\na,old@x.org,bad\nb,b@x.org,bad\nc,c@x.org,bad\n", c=feed)
    first, rows = saved(shop)
    rows = [row | {"b": "1980-01-01"} for row in rows]
    shop.one("d2.csv", "id,mail,b\na,new@x.org,1990-01-01\nb,b@x.org,1980-01-01\n", c=feed)
    (file,) = again(shop, rewrite(first, rows), c=feed).files
    assert file.state == "refused"
    assert file.reason.startswith("1 row would undo what 'd2.csv' or a file before it brought, by line: 2;")
    assert "--overwrite" in file.reason
    assert mails(shop) == {"a": "new@x.org", "b": "b@x.org"}
    assert [row[:2] for row in still_open(shop) if row[0] == "d1.csv"] == [("d1.csv", line) for line in (2, 3, 4)]
    (file,) = again(shop, rewrite(first, rows[1:]), c=feed).files
    assert (file.state, file.accepted, file.unchanged) == ("loaded", 1, 1)
    (file,) = again(shop, rewrite(first, rows[:1]), overwrite=True, c=feed).files
    assert (file.state, file.accepted) == ("loaded", 1)
    assert mails(shop) == {"a": "old@x.org", "b": "b@x.org", "c": "c@x.org"}
    assert still_open(shop) == []


def test_corrections_of_one_file_and_older_ones_are_no_news(shop: Shop) -> None:
    feed = shop.feed("customer", PERSON, files="d*")
    shop.one("d1.csv", "id,mail,b\na,1@x.org,bad\nb,1@x.org,bad\n", c=feed)
    path, rows = saved(shop)
    shop.one("d2.csv", "id,mail,b\na,2@x.org,bad\n", c=feed)
    for row in rows:
        row["b"] = "1980-01-01"
    assert [one.state for one in again(shop, rewrite(path, rows), c=feed).files] == ["loaded"]
    path, rows = saved(shop)
    assert [one.accepted for one in again(shop, rewrite(path, [rows[0] | {"b": ""}]), c=feed).files] == [1]
    assert mails(shop) == {"a": "2@x.org", "b": "1@x.org"}


def test_a_row_with_its_own_time_is_never_stale(shop: Shop) -> None:
    fields = {"product_id": "id", "price": "price", "changed_at": "at"}
    feed = shop.feed("product", fields, files="p*")
    shop.one("p1.csv", "id,price,at\na,x,2017-01-01 10:00:00\n", p=feed)
    path, rows = saved(shop)
    shop.one("p2.csv", "id,price,at\na,5,2017-02-01 10:00:00\n", p=feed)
    (file,) = again(shop, rewrite(path, [rows[0] | {"price": "4"}]), p=feed).files
    assert (file.state, file.unchanged) == ("loaded", 1)
    assert shop.rows("select price from product") == [(Decimal(5),)]


def test_what_was_taken_out_since_does_not_come_back(shop: Shop) -> None:
    feed = shop.feed("product", {"product_id": "id", "price": "price"}, mode="replace", vanish_limit="99%", files="p*")
    shop.one("p1.csv", "id,price\na,1\nb,x\n", p=feed)
    path, rows = saved(shop)
    shop.one("p2.csv", "id,price\na,1\n", p=feed)
    (file,) = again(shop, rewrite(path, [rows[0] | {"price": "2"}]), p=feed).files
    assert (file.state, "would undo what 'p2.csv'" in file.reason) == ("refused", True)
    assert shop.rows("select count(*) from product") == [(1,)]


def test_objects_of_one_row_are_stale_together(shop: Shop) -> None:
    objects = {
        "receipt": {"fields": {"receipt_id": "r", "purchased_at": "at", "total": "sum"}},
        "receipt_line": {
            "fields": {"receipt_id": "r", "line_no": "n", "product_id": "p", "quantity": "q", "amount": "a"}
        },
    }
    feed = type(shop.feed("receipt")).model_validate(
        {
            "title": "x",
            "objects": objects,
            "source": {"local": {"path": "drops"}},
            "files": "f*",
            "reject_limit": "100%",
        }
    )
    head = "r,at,sum,n,p,q,a\n"
    shop.one("f1.csv", head + "r1,2017-12-01 10:00:00,5,1,p,1,x\n", f=feed)
    path, rows = saved(shop)
    shop.one("f2.csv", head + "r1,2017-12-01 10:00:00,6,2,p,1,5\n", f=feed)
    (file,) = again(shop, rewrite(path, [rows[0] | {"a": "5"}]), f=feed).files
    assert (file.state, "by line: 2;" in file.reason) == ("refused", True)
    assert shop.rows("select total from receipt") == [(Decimal(6),)]
    (file,) = again(shop, path, overwrite=True, f=feed).files
    assert (file.state, file.accepted) == ("loaded", 1)
    assert shop.rows("select total from receipt") == [(Decimal(5),)]


@pytest.mark.parametrize("blank", ["newest", "keep"])
def test_null_and_empty_and_missing_stay_what_they_are(shop: Shop, blank: str) -> None:
    fields = {"customer_id": "id", "email": {"column": "mail", "blank": blank}, "birth_date": "b"}
    feed = shop.feed("customer", fields, files="n*", format={"kind": "ndjson"})
    cells = ('"mail":null,', '"mail":"",', "")
    ids = ("null", "blank", "gone")
    shop.one("n1.json", "".join(f'{{"id":"{one}","mail":"was@x.org"}}\n' for one in ids), n=feed)
    bad = "".join(f'{{"id":"{one}",{cell}"b":"bad"}}\n' for one, cell in zip(ids, cells, strict=True))
    shop.one("n2.json", bad, n=feed)
    path, rows = saved(shop)
    assert [row["smc_empty"] for row in rows] == ['{"mail": null}', '{"mail": ""}', ""]
    assert {row["mail"] for row in rows} == {""}
    (file,) = again(shop, rewrite(path, [row | {"b": "1980-01-01"} for row in rows]), n=feed).files
    assert file.accepted == 3
    kept = {"null": None, "blank": None if blank == "newest" else "was@x.org", "gone": "was@x.org"}
    assert mails(shop) == kept
    with pytest.raises(UsageError, match="no object of JSON"):
        again(shop, rewrite(path, [rows[0] | {"smc_empty": "x"}]), n=feed)


def test_a_list_of_deletions_is_corrected_by_its_key(shop: Shop) -> None:
    feed = shop.feed("customer", PERSON, files="d*")
    shop.one("d.csv", "id,mail,b\na,a@x.org,\nb,b@x.org,\n", c=feed)
    gone = shop.feed("customer", PERSON, mode="delete", files="gone*")
    shop.one("gone.csv", "id,mail,b\n,,\n,,x\n", g=gone)
    path, rows = saved(shop)
    assert list(rows[0]) == ["smc_feed", "smc_file", "smc_line", "smc_reason", "id"]
    (file,) = again(shop, rewrite(path, [rows[0] | {"id": "a"}]), g=gone).files
    assert (file.state, file.accepted) == ("loaded", 1)
    assert mails(shop) == {"b": "b@x.org"}
    shop.one("d9.csv", "id,mail,b\nb,b@x.org,\nc,,\n", c=feed)
    (file,) = again(shop, rewrite(path, [rows[1] | {"id": "b"}]), g=gone).files
    assert (file.state, "'d9.csv' was loaded since" in file.reason) == ("refused", True)
    assert again(shop, path, overwrite=True, g=gone).files[0].accepted == 1
    assert mails(shop) == {"c": None}
