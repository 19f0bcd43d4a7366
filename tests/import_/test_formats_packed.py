"""gzip, zip and zstd: whole or not at all, one member, and no way to fill memory or disk."""

from __future__ import annotations

import gzip
import io
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.config.specs.feed import Format
from smc.import_.land.landing import BadFile, Landed, Unready, land
from smc.import_.land.unpack import LIMITS, Limits

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

TEXT = b"store_id,name\ns1,One\ns2,Two\n"
CHECKED: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}


def zipped(*members: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, how)
    return out.getvalue()


def landed(folder: Path, data: bytes, name: str = "x.csv", limits: Limits = LIMITS, **layout: Any) -> Landed:
    found = land(io.BytesIO(data), name, folder, Format.model_validate(layout), limits)
    assert isinstance(found, Landed), found
    return found


def reason(folder: Path, data: bytes, name: str = "x.csv", limits: Limits = LIMITS, **layout: Any) -> str:
    found = land(io.BytesIO(data), name, folder, Format.model_validate(layout), limits)
    assert isinstance(found, BadFile), found
    assert list(folder.glob("import-packed*")) == []
    return found.reason


PACKED = {
    "x.csv": TEXT,
    "x.csv.gz": gzip.compress(TEXT),
    "x.GZ": gzip.compress(TEXT[:9]) + gzip.compress(b"") + gzip.compress(TEXT[9:]) + bytes(700),
    "x.zip": zipped(("data/x.csv", TEXT)),
    "stored.zip": zipped(("x.csv", TEXT), how=zipfile.ZIP_STORED),
    "x.csv.zst": zstd.compress(TEXT, options=CHECKED),
    "x.csv.zstd": zstd.compress(TEXT[:9], options=CHECKED) + zstd.compress(TEXT[9:], options=CHECKED),
}


@pytest.mark.parametrize("name", PACKED)
def test_what_is_packed_comes_out_whole(tmp_path: Path, name: str) -> None:
    found = landed(tmp_path, PACKED[name], name)
    assert (found.path.read_bytes(), found.rows, found.bytes) == (TEXT, 2, len(PACKED[name]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["import-text.landed"]


@pytest.mark.parametrize("name", [name for name in PACKED if name != "x.csv"])
def test_packed_files_that_are_cut_anywhere_are_refused(tmp_path: Path, name: str) -> None:
    data = PACKED[name].rstrip(b"\0") if name == "x.GZ" else PACKED[name]
    first = gzip.compress(TEXT[:9])
    borders = {len(first), len(first + gzip.compress(b"")), len(zstd.compress(TEXT[:9], options=CHECKED))}
    for at in range(1, len(data)):
        if name in {"x.GZ", "x.csv.zstd"} and at in borders:
            continue
        why = reason(tmp_path, data[:at], name)
        assert "ends before its end" in why or "is damaged" in why, at


def test_a_cut_file_of_a_feed_with_a_trailer_is_not_ready(tmp_path: Path) -> None:
    layout = Format(trailer="END {rows}")
    assert isinstance(land(io.BytesIO(gzip.compress(TEXT)[:-3]), "x.gz", tmp_path, layout), Unready)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(PACKED)), data=st.data())
def test_damage_never_passes_for_another_text(tmp_path: Path, name: str, data: st.DataObject) -> None:
    damaged = bytearray(PACKED[name])
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] ^= data.draw(st.integers(1, 255))
    found = land(io.BytesIO(bytes(damaged)), name, tmp_path, Format())
    if isinstance(found, Landed) and name != "x.csv":
        assert found.path.read_bytes() == TEXT


@pytest.mark.parametrize("flip", [1, 128, 255])
def test_a_zip_damaged_at_any_byte_is_refused_or_whole(tmp_path: Path, flip: int) -> None:
    for place in range(len(PACKED["x.zip"])):
        damaged = bytearray(PACKED["x.zip"])
        damaged[place] ^= flip
        found = land(io.BytesIO(bytes(damaged)), "x.zip", tmp_path, Format())
        assert not isinstance(found, Landed) or found.path.read_bytes() == TEXT, place


@pytest.mark.parametrize(
    ("data", "name", "layout", "said"),
    [
        (zipped(("a.csv", TEXT), ("b.csv", TEXT)), "x.zip", {}, "holds 2 files (a.csv, b.csv), not one"),
        (zipped(("a.csv", TEXT), ("b.csv", TEXT)), "x.zip", {"member": "*.csv"}, "2 files of the zip match '*.csv'"),
        (zipped(("a.csv", TEXT)), "x.zip", {"member": "b*"}, "0 files of the zip match 'b*', not one; it holds: a.csv"),
        (zipped(("data/", b"")), "x.zip", {}, "holds 0 files (none)"),
        (zipped(("../x.csv", TEXT)), "x.zip", {}, "leads out of its folder"),
        (zipped(("a.csv", TEXT), ("/etc/passwd", TEXT)), "x.zip", {"member": "a.csv"}, "leads out of its folder"),
        (zipped(("..\\x.csv", TEXT)), "x.zip", {}, "leads out of its folder"),
        (zipped(("C:x.csv", TEXT)), "x.zip", {}, "leads out of its folder"),
        (zipped(("x.csv", TEXT), how=zipfile.ZIP_BZIP2), "x.zip", {}, "packed in a way that few programs know"),
        (zipped(("x.zip", zipped(("x.csv", TEXT)))), "x.zip", {}, "it is a zip file or an Excel workbook, not text"),
        (gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0), "x.gz", {}, "it is packed with gzip, not text"),
        (gzip.compress(TEXT, mtime=0), "x.csv", {}, "it is packed with gzip, not text"),
        (zstd.compress(TEXT), "x.csv", {}, "it is packed with zstd, not text"),
        (TEXT, "x.zip", {}, "it is no zip file"),
        (TEXT, "x.csv", {"compression": "zstd"}, "the zstd file is damaged"),
        (b"PAR1....PAR1", "x.csv", {}, "it is a Parquet file, not text"),
        (b"", "x.csv.gz", {}, "the file is empty"),
        (b"", "x.csv.zip", {}, "it is no zip file"),
        (zipped(("x.csv", b"")), "x.zip", {}, "the file is empty"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, data: bytes, name: str, layout: dict[str, Any], said: str) -> None:
    assert said in reason(tmp_path, data, name, **layout)


def test_the_member_that_is_named_is_taken(tmp_path: Path) -> None:
    data = zipped(("read me.txt", b"hello"), ("out/stores.csv", TEXT))
    assert landed(tmp_path, data, "x.zip", member="stores*.csv").path.read_bytes() == TEXT


def test_an_encrypted_zip_is_named(tmp_path: Path) -> None:
    data = bytearray(zipped(("x.csv", TEXT)))
    for place in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[place] |= 1
    assert "the zip is encrypted" in reason(tmp_path, bytes(data), "x.zip")


@pytest.mark.parametrize("claimed", [5, len(TEXT) - 1, len(TEXT) + 1, 1 << 31])
def test_a_zip_that_lies_about_sizes_is_refused(tmp_path: Path, claimed: int) -> None:
    data = bytearray(zipped(("x.csv", TEXT)))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, claimed)
    assert "the zip file is damaged" in reason(tmp_path, bytes(data), "x.zip")


def test_a_zip_with_a_million_names_is_not_listed(tmp_path: Path) -> None:
    data = zipped(*((f"{i:0100}", b"") for i in range(9000)))
    assert "lists far too many files" in reason(tmp_path, data, "x.zip")


def bomb(kind: str) -> tuple[str, bytes]:
    """60 MB of zeros, or a frame that asks for 2 GB of memory."""
    zeros = b"0," * 30_000_000
    match kind:
        case "gzip":
            return "x.gz", gzip.compress(zeros, 9)
        case "members":
            return "x.gz", gzip.compress(b"0" * 1_000_000, 9) * 60
        case "zip":
            return "x.zip", zipped(("x.csv", zeros))
        case "zstd":
            return "x.zst", zstd.compress(zeros)
        case _:
            sign = zstd.CompressionParameter
            wide: dict[int, int] = {sign.window_log: 30, sign.enable_long_distance_matching: 1}
            pack = zstd.ZstdCompressor(options=wide)
            return "x.zst", pack.compress(TEXT * 100) + pack.flush()


RUN = """
import io, resource, sys
from pathlib import Path
from smc.config.specs.feed import Format
from smc.import_.land.landing import land

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1], "rb") as stream:
    found = land(stream, sys.argv[2], Path(sys.argv[3]), Format())
print(found.reason if hasattr(found, "reason") else found.rows)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
print(sum(path.stat().st_size for path in Path(sys.argv[3]).iterdir()))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gzip", "members", "zip", "zstd", "window"])
def test_bombs_end_early(tmp_path: Path, kind: str) -> None:
    name, data = bomb(kind)
    (tmp_path / "bomb").write_bytes(data)
    (tmp_path / "landing").mkdir()
    command = [sys.executable, "-c", RUN, str(tmp_path / "bomb"), name, str(tmp_path / "landing")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    said, kilobytes, left = done.stdout.splitlines()
    if kind == "window":
        assert "the zstd file is damaged" in said
    else:
        assert "it unpacks to more than 200 times its size (import.most_inflation)" in said
    assert int(kilobytes) < 60_000
    assert int(left) < 25_000_000


def test_limits_of_size(tmp_path: Path) -> None:
    tight = replace(LIMITS, file=20)
    assert "larger than the limit of 20 bytes (import.largest_file)" in reason(tmp_path, TEXT, limits=tight)
    small = replace(LIMITS, text=20)
    for name, data in PACKED.items():
        assert "larger than the limit of 20 bytes (import.largest_text)" in reason(tmp_path, data, name, small)


def test_limits_come_from_the_project(shop: Shop) -> None:
    shop.settings = shop.settings.model_copy(update={"largest_text": "1 kB"})
    file = shop.one("store-1.csv.gz", TEXT + b"x" * 1000)
    assert (file.state, "import.largest_text" in file.reason) == ("refused", True)


def test_every_packing_is_loaded(shop: Shop) -> None:
    feed = shop.feed("store", files="*", mode="upsert")
    for i, (name, data) in enumerate(PACKED.items()):
        (shop.drops / f"{i}{name}").write_bytes(data)
    result = shop.load(store=feed)
    assert [file.state for file in result.files] == ["loaded"] * len(PACKED)
    assert shop.rows("select count(*) from store") == [(2,)]
