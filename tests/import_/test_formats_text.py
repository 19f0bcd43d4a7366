"""Encodings, line ends, escapes, headers, comments, trailers and endless lines."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.config.specs.feed import Format
from smc.import_.land.decode import likely_encodings
from smc.import_.land.landing import BadFile, Landed, Unready, land
from smc.import_.land.unpack import LIMITS, Limits
from smc.import_.read.records import straighten

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

TEXT = "store_id,name\ns1,Москва\ns2,Élan\n"


def found(folder: Path, data: bytes, limits: Limits = LIMITS, **layout: Any) -> Landed | BadFile | Unready:
    return land(io.BytesIO(data), "x.csv", folder, Format.model_validate(layout), limits)


def landed(folder: Path, data: bytes, limits: Limits = LIMITS, **layout: Any) -> Landed:
    here = found(folder, data, limits, **layout)
    assert isinstance(here, Landed), here
    return here


def reason(folder: Path, data: bytes, **layout: Any) -> str:
    here = found(folder, data, **layout)
    assert isinstance(here, BadFile | Unready), here
    return here.reason


def slowly(folder: Path, data: bytes, width: int, limits: Limits = LIMITS, **layout: Any) -> tuple[str, list[str]]:
    """What the exact reader writes, and what it refuses as ``line: reason``."""
    here = landed(folder, data, limits, **layout)
    straight = straighten(here, ["x"] * width, Format.model_validate(layout))
    refused = straight.rejects.read_text().splitlines()
    return straight.path.read_text(), [" ".join(row.strip('"').split('","')[:2]) for row in refused]


class Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self.parts = iter([data[at : at + step] for at in range(0, len(data), step)])

    def read(self, size: int = -1, /) -> bytes:  # noqa: ARG002 - as a slow line does
        return next(self.parts, b"")


ENCODINGS = ["utf-8", "cp1251", "koi8-r", "cp866", "utf-16-le", "utf-16-be", "utf-16", "mac-cyrillic", "iso8859-5"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("step", [1, 2, 3, 7, 5000])
def test_encodings_become_utf_8(tmp_path: Path, encoding: str, step: int) -> None:
    text = TEXT.replace("É", "Э") * 200
    layout = Format.model_validate({"encoding": encoding})
    here = land(Trickle(text.encode(encoding), step), "x.csv", tmp_path, layout)  # type: ignore[arg-type] # reads as a file does
    assert isinstance(here, Landed)
    assert here.path.read_text(encoding="utf-8") == text


def test_latin_encodings(tmp_path: Path) -> None:
    for encoding in ("latin-1", "cp1252", "cp1250", "cp1254", "iso8859-15", "mac-roman"):
        text = "store_id,name\ns,ré\n".replace("ré", "ä é ö")
        assert landed(tmp_path, text.encode(encoding), encoding=encoding).path.read_text() == text


def test_a_byte_that_is_no_text_costs_its_row(shop: Shop) -> None:
    feed = shop.feed("store", format={"encoding": "cp1251"})
    file = shop.one("store-1.csv", "store_id,name\ns1,Дом\ns2,".encode("cp1251") + b"\x98\ns3,x\n", store=feed)
    assert (file.read, file.accepted, file.rejected) == (3, 2, 1)
    assert shop.rejects()[0][0] == 3
    assert shop.rejects()[0][4] == "not cp1251 text"
    assert shop.rows("select name from store order by all") == [("x",), ("Дом",)]


def test_half_a_character_of_utf_16_costs_its_row(tmp_path: Path) -> None:
    data = "a,b\n1,".encode("utf-16-le") + b"\x00\xd8" + "\n2,\u00e9\n".encode("utf-16-le")
    assert slowly(tmp_path, data, 2, encoding="utf-16-le") == ('"3","2","\u00e9"\n', ["2 not utf-16-le text"])


@pytest.mark.parametrize(
    ("data", "encoding", "said"),
    [
        (TEXT.encode("utf-16"), "utf-8", "it looks like UTF-16; write 'encoding: utf-16'"),
        (TEXT.encode("utf-16-le"), "utf-8", "it looks like UTF-16"),
        ("a;b;c;1;2;3\n".encode("utf-16-be"), "cp1251", "it looks like UTF-16"),
        (TEXT.encode("utf-16-le"), "utf-16", "no byte order mark; write 'encoding: utf-16-le' or 'utf-16-be'"),
        (TEXT.encode("utf-16"), "utf-16-be", "its byte order mark says utf-16-le, the feed's format says utf-16-be"),
    ],
)
def test_utf_16_that_is_not_what_the_feed_says(tmp_path: Path, data: bytes, encoding: str, said: str) -> None:
    assert said in reason(tmp_path, data, encoding=encoding)


def test_zeros_in_a_text_are_no_utf_16(shop: Shop) -> None:
    file = shop.one("store-1.csv", "store_id,name\ns1,One\ns2,T\0wo\ns3,Three\n")
    assert (file.accepted, file.rejected) == (2, 1)
    assert [(row[0], row[4]) for row in shop.rejects()] == [(3, "a NUL character in the text")]


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_another_encoding_is_suspected_and_never_used(shop: Shop, encoding: str) -> None:
    assert likely_encodings("Москва, Пушкинская улица".encode(encoding)) == [encoding]
    file = shop.one("store-1.csv", "store_id,name\ns1,Москва Пушкинская\n".encode(encoding))
    assert (file.accepted, file.rejected) == (0, 1)
    assert shop.rejects()[0][4] == f"not UTF-8 text; {encoding} is likely"
    header = shop.one("store-2.csv", "Магазин,Название\n1,x\n".encode(encoding))
    assert f"the header is not UTF-8 text; {encoding} is likely" in header.reason


def test_a_mark_within_and_odd_spaces_are_trimmed(shop: Shop) -> None:
    shop.one("store-1.csv", "store_id,name\n\ufeffs1,\u202f1\u00a0000\u00a0\n\u2007s2\t,x\n")
    assert shop.rows("select store_id, name from store order by all") == [("s1", "1\u00a0000"), ("s2", "x")]


# ---- escapes


ESCAPED = r"""a,b
"1","say \"hi\""
"2","C:\temp\\"
3,C:\dir\
"4","two
lines \" here"
"5","open
6,x
"""


def test_escapes_mean_something_within_quotes_only(tmp_path: Path) -> None:
    text, refused = slowly(tmp_path, ESCAPED.encode(), 2, escape="\\")
    assert text == (
        '"2","1","say ""hi"""\n"3","2","C:\\temp\\"\n"4","3","C:\\dir\\"\n"5","4","two\nlines "" here"\n"8","6","x"\n'
    )
    assert refused == ["7 a quote is opened and never closed"]


def test_both_readers_agree_on_escapes(shop: Shop) -> None:
    feed = shop.feed("store", format={"escape": "\\"})
    shop.one("store-1.csv", 'store_id,name\n"1","a \\"b\\" \\\\"\n2,c\\\\d\n', store=feed)
    shop.one("store-2.csv", 'store_id,name\n"3","a \\"b\\" \\\\"\n4,c\\\\d\n"5","\\n"\n', store=feed)
    assert shop.rows("select store_id, name from store order by all") == [
        ("1", 'a "b" \\'), ("2", "c\\\\d"), ("3", 'a "b" \\'), ("4", "c\\\\d"), ("5", "\\n"),
    ]  # fmt: skip


# ---- what stands before, between and behind the rows


@pytest.mark.parametrize("odd", ["", "ragged|row|here\n"], ids=["fast", "exact"])
def test_without_quotes_every_quote_is_text(shop: Shop, odd: str) -> None:
    feed = shop.feed("store", files="*.txt", format={"delimiter": "|", "quote": "none"})
    rows = 'store_id|name\ns1|"Prostokvashino" milk\ns2|17" screen\ns3|"\n'
    file = shop.one("s.txt", rows + odd, store=feed)
    assert (file.state, file.accepted, file.rejected) == ("loaded", 3, bool(odd))
    assert shop.rows("select name from store order by store_id") == [
        ('"Prostokvashino" milk',),
        ('17" screen',),
        ('"',),
    ]


def test_no_header(shop: Shop) -> None:
    feed = shop.feed("store", format={"header": False, "columns": ["store_id", "name"]})
    assert shop.one("store-1.csv", "\ufeffs1,One\ns2\n,x\n", store=feed).accepted == 1
    assert [(row[0], row[4]) for row in shop.rejects()] == [(2, "1 cell instead of 2"), (3, "a value is required")]
    assert shop.one("store-2.csv", "s3,Three\n,x\n", store=feed).accepted == 1
    assert shop.rejects()[-1][0] == 3
    empty = shop.one("store-3.csv", "", store=feed)
    assert (empty.state, empty.read) == ("loaded", 0)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_before_the_header_and_comments(shop: Shop, end: str) -> None:
    feed = shop.feed("store", format={"skip": 2, "comment": "#"})
    text = f'Shops of "x"{end}made{end}# late{end}store_id,name{end}s1,"#1{end}#2"{end}#s2,Two{end}s3,#{end},x{end}'
    file = shop.one("store-1.csv", text, store=feed)
    assert (file.read, file.accepted, file.rejected) == (3, 2, 1)
    assert [row[0] for row in shop.rejects()] == [9]
    plain = shop.one("store-2.csv", f"{end}{end}store_id,name{end}s1,a{end},x{end}", store=feed)
    assert (plain.read, plain.rejected) == (2, 1)
    assert shop.rejects()[0][0] == 5


def test_fewer_lines_than_are_skipped(tmp_path: Path) -> None:
    for text in (b"one\n", b"one\r\ntwo"):
        assert reason(tmp_path, text, skip=2) == "it has no more than the 2 lines that the feed's format skips"
    assert landed(tmp_path, b"one\r\ntwo\rstore_id\n", skip=2).path.read_bytes() == b"store_id\n"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=3, max_size=6), step=st.integers(1, 4))
def test_lines_are_skipped_across_chunks(tmp_path: Path, ends: list[str], step: int) -> None:
    lines = [f"{i}{end}" for i, end in enumerate(ends)]
    here = land(Trickle("".join(lines).encode(), step), "x", tmp_path, Format(skip=2, header=False))  # type: ignore[arg-type] # reads as a file does
    assert isinstance(here, Landed)
    # A file that ends with CR only is written with LF.
    assert here.path.read_bytes().decode().splitlines() == "".join(lines[2:]).splitlines()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n  \n"])
def test_a_trailer_with_the_right_count(shop: Shop, end: str, last: str) -> None:
    feed = shop.feed("store", format={"trailer": "END;{rows}"})
    text = f"store_id,name{end}s1,One{end}s2,Two{end}END;2{last.replace(chr(10), end)}"
    file = shop.one("store-1.csv", text, store=feed)
    assert (file.state, file.read, file.accepted) == ("loaded", 2, 2)


def test_a_trailer_counts_what_is_refused_too(tmp_path: Path) -> None:
    text = b'store_id,name\ns1\n\n"open\n#,no comment\nT 4\n'
    assert reason(tmp_path, text, trailer="T {rows}") == "its trailer says 4 rows, and it has 3"
    assert landed(tmp_path, text.replace(b"T 4", b"T 3"), trailer="T {rows}").rows == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("store_id,name\ns1,One\n", "its last line is no trailer such as END;{rows}"),
        ("store_id,name\ns1,One\nEND;2\n", "its trailer says 2 rows, and it has 1"),
        ("store_id,name\ns1,One\nEND;\n", "its last line is no trailer such as END;{rows}"),
        ("", "its last line is no trailer such as END;{rows}"),
        ("store_id,name\ns1,One\nEND;1\ns2,Two\n", "its last line is no trailer such as END;{rows}"),
    ],
)
def test_without_its_trailer_a_file_is_left_for_next_time(tmp_path: Path, text: str, said: str) -> None:
    here = found(tmp_path, text.encode(), trailer="END;{rows}")
    assert here == Unready("x.csv", said)


def test_a_trailer_alone(tmp_path: Path) -> None:
    assert landed(tmp_path, b"store_id,name\nEND;0", trailer="END;{rows}").rows == 0
    assert landed(tmp_path, b"END;0", trailer="END;{rows}", header=False).rows == 0


# ---- endless lines


def test_a_long_line_costs_itself(tmp_path: Path) -> None:
    for end in ("\n", "\r", "\r\n"):
        text = f"a,b{end}1,{'x' * 5000}{end}2,y{end}" + (f"3,{'z' * 5000}" if end == "\n" else "")
        good, refused = slowly(tmp_path, text.encode(), 2, replace(LIMITS, line=4000))
        assert good == '"3","2","y"\n'
        assert refused[0] == "2 longer than 4000 bytes"
    mixed = f"a,b\r1,{'x' * 5000}\r2,y\n3,{'z' * 5000}".encode()
    good, refused = slowly(tmp_path, mixed, 2, replace(LIMITS, line=4000))
    assert (good, refused) == ('"3","2","y"\n', ["2 longer than 4000 bytes", "4 longer than 4000 bytes"])


def test_a_line_of_just_the_limit_is_taken(shop: Shop) -> None:
    shop.settings = shop.settings.model_copy(update={"longest_line": "20 kB"})
    at = "x" * (20_000 - 2)
    file = shop.one("store-1.csv", f"store_id,name\n1,{at}\n")
    assert (file.read, file.accepted) == (1, 1)
    file = shop.one("store-2.csv", f'store_id,name\n1,{at}x\n2,"{"y" * 9000}\n{"y" * 12000}"\n3,z\n')
    assert (file.read, file.accepted, file.rejected) == (3, 1, 2)
    assert {row[4] for row in shop.rejects()} <= {"longer than 20000 bytes", "a quote is opened and never closed"}


RUN = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import Shop
from smc.warehouse import Warehouse

root = Path(sys.argv[2])
with Warehouse.open(root / "w.duckdb", timezone="UTC", memory="300MB", threads=2) as warehouse:
    shop = Shop(root, warehouse)
    shop.one("store-0.csv", "store_id,name\\n0,x\\n")
    (root / "big").rename(root / "drops" / "store-1.csv")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for file in shop.load().files:
        print(file.read, file.accepted, file.rejected)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    print(sorted({row[4] for row in shop.rejects()}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bare", "quoted"])
def test_memory_is_bounded_whatever_the_line(tmp_path: Path, kind: str) -> None:
    """A line of 300 MB, and one that a quote keeps open over 2 MB of short lines."""
    piece = b"x" * 1_000_000 if kind == "bare" else (b"y," + b"z" * 47 + b"\n") * 20_000
    with (tmp_path / "big").open("wb") as out:
        out.write(b"store_id,name\n1,One\n2," + (b"" if kind == "bare" else b'"'))
        for _ in range(300 if kind == "bare" else 2):
            out.write(piece)
        out.write(b"\n3,Three\n")
    here = Path(__file__).parent
    command = [sys.executable, "-c", RUN, str(here), str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env={"PYTHONPATH": str(here.parent.parent)}
    )
    assert done.returncode == 0, done.stderr
    counts, kilobytes, reasons = done.stdout.splitlines()
    if kind == "bare":
        assert (counts, reasons) == ("3 2 1", "['longer than 1000000 bytes']")
    else:
        assert "'a quote is opened and never closed'" in reasons
    assert int(kilobytes) < 250_000


def test_a_quoted_cell_of_tabs_is_empty_where_tabs_part_cells(shop: Shop) -> None:
    feed = shop.feed("store", format={"delimiter": "\t"})
    assert shop.one("store-1.csv", 'store_id\tname\ns1\t"\t"\n"\ts2"\t"a\tb\t"\n', feed=feed).accepted == 2
    assert shop.rows("select store_id, name from store order by all") == [("s1", None), ("s2", "a\tb")]
