"""What is proposed for a file: it says what the file is, marks what it is unsure of, and loads every row."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.specs.feed import FeedSpec
from smc.errors import FeedError
from smc.import_.detect.propose import propose
from smc.import_.detect.sample import encoding_of
from smc.import_.detect.write import as_yaml, unsure
from smc.model.objects import OBJECTS
from tests.import_.conftest import Shop

NAMES = ("Ирина", "Пётр", "Ольга", "Сергей", "Жанна", "Фёдор")
TOWNS = ("Москва", "Казань", "Тверь", "Нижний Новгород")


def feed_of(path: Path, wanted: str | None = None) -> FeedSpec:
    text = as_yaml(propose(path, OBJECTS, wanted), title="proposed")
    return FeedSpec.model_validate(yaml.safe_load(text))


def customers(rows: int, *, delimiter: str, written: str, header: tuple[str, ...]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    for i in range(rows):
        day = date(1950, 1, 1) + timedelta(days=i * 97)
        name = f'{NAMES[i % 6]} "{i}"{delimiter} старший' if i % 7 == 0 else NAMES[i % 6]
        writer.writerow((f"{i:06d}", name, f"c{i}@example.com", day.strftime(written), TOWNS[i % 4]))
    return out.getvalue()


@settings(max_examples=25)
@given(
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1251", "koi8-r", "cp866"]),
    written=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d"]),
    preamble=st.sampled_from([0, 1, 3]),
    header=st.sampled_from(
        [
            ("customer_id", "full_name", "email", "birth_date", "city"),
            ("Код клиента", "ФИО", "E-Mail", "Дата рождения", "Город"),
            ("ClientID", "Name", "Mail", "DOB", "Town"),
        ]
    ),
)
def test_the_dialect_of_a_made_file_is_found(
    tmp_path: Path, *, delimiter: str, encoding: str, written: str, preamble: int, header: tuple[str, ...]
) -> None:
    text = "Выгрузка\r\n" * preamble + customers(200, delimiter=delimiter, written=written, header=header)
    path = tmp_path / "drop.csv"
    path.write_bytes(text.encode(encoding))
    feed = feed_of(path)
    layout = feed.layout
    assert (layout.encoding, layout.delimiter, layout.date) == (encoding, delimiter, written)
    assert (layout.skip, layout.header) == (preamble, True)
    assert feed.object == "customer"
    assert {field: mapped.column for field, mapped in feed.fields.items()} == dict(
        zip(("customer_id", "full_name", "email", "birth_date", "city"), header, strict=True)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_proposal_loads_every_row(shop: Shop, encoding: str, packed: bool) -> None:
    text = "Выгрузка\r\n\r\n" + customers(
        300, delimiter=";", written="%d.%m.%Y", header=("Код клиента", "ФИО", "Почта", "Дата рождения", "Город")
    )
    name = "clients.csv.gz" if packed else "clients.csv"
    data = text.encode(encoding)
    (shop.drops / name).write_bytes(gzip.compress(data) if packed else data)
    proposed = feed_of(shop.drops / name).model_dump(exclude_unset=True)
    feed = FeedSpec.model_validate(proposed | {"source": {"local": {"path": "drops"}}, "reject_limit": 0})
    (done,) = shop.load(clients=feed).files
    assert (done.state, done.read, done.accepted) == ("loaded", 300, 300)


def test_what_can_be_read_in_two_ways_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("receipt_id,date,total\n" + "".join(f"{i},{i}/{i}/2017,1.50\n" for i in range(1, 13)))
    found = propose(path, OBJECTS)
    assert found.item.value.name == "receipt"
    assert [line.split(":")[0] for line in unsure(found)] == ["format.encoding", "format.datetime"]
    assert "UNSURE: column date: %d/%m/%Y and %m/%d/%Y both read all 12 values" in as_yaml(found, "x")


def test_a_needed_field_without_a_column_is_said(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("date,total\n2017-01-31 10:00:00,1.50\n2017-01-31 11:00:00,2.50\n")
    found = propose(path, OBJECTS, "receipt")
    assert list(found.missing) == ["receipt_id"]
    assert "add 'receipt_id: COLUMN'" in as_yaml(found, "x")


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands"),
    [
        (["1,50", "20,00"], ",", ""),
        (["1 234,50", "5,00"], ",", " "),
        (["1,234.50", "5.25"], ".", ","),
        (["1.234,50", "5,25"], ",", "."),
        (["1'234.50", "5.25"], ".", "'"),
        (["1.50", "2"], ".", ""),
    ],
)
def test_signs_of_numbers_are_found(tmp_path: Path, cells: list[str], decimal: str, thousands: str) -> None:
    path = tmp_path / "r.csv"
    rows = "".join(f"R{i};2017-01-31 10:00:00;{cell}\n" for i, cell in enumerate(cells * 5))
    path.write_text("receipt_id;purchased_at;total\n" + rows)
    layout = feed_of(path).layout
    assert (layout.decimal, layout.thousands) == (decimal, thousands)


def test_a_file_without_header_gets_names(tmp_path: Path) -> None:
    path = tmp_path / "tags.csv"
    path.write_text("".join(f"{i:05d};vip\n" for i in range(50)))
    layout = propose(path, OBJECTS, "tag_member").format
    assert layout["header"].value is False
    assert layout["columns"].value == ["c1", "c2"]


def test_a_trailer_with_the_count_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("customer_id;email;city\n" + "".join(f"{i};c{i}@example.com;x\n" for i in range(40)) + "END;40\n")
    assert feed_of(path).layout.trailer == "END;{rows}"


def test_ndjson_paths_become_columns(tmp_path: Path) -> None:
    path = tmp_path / "c.ndjson"
    rows = [{"customer_id": f"{i:04d}", "contact": {"email": f"c{i}@example.com"}, "x": None} for i in range(20)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    feed = feed_of(path, "customer")
    assert feed.layout.kind == "ndjson"
    assert feed.fields["customer_id"].column == "customer_id"
    assert "contact.email" in as_yaml(propose(path, OBJECTS, "customer"), "x")


def test_no_value_of_the_file_stands_in_the_proposal(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("customer_id,email\n" + "".join(f"{i},secret{i}@example.com\n" for i in range(9)))
    assert "secret" not in as_yaml(propose(path, OBJECTS), "x")


def test_columns_that_match_nothing_are_no_sure_object(tmp_path: Path) -> None:
    path = tmp_path / "z.csv"
    path.write_text("zig;zag\n1;2\n3;4\n")
    found = propose(path, OBJECTS)
    assert not found.item.sure
    assert "no column is called like a field of any object" in found.item.why
    path.write_text("email;zag\na@example.com;2\nb@example.com;4\n")
    found = propose(path, OBJECTS)
    assert not found.item.sure
    assert "customer (email)" in found.item.why


def test_a_column_called_id_may_be_the_key(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("id;email;phone\n1;a@example.com;+491711234567\n2;b@example.com;+491711234568\n")
    found = propose(path, OBJECTS)
    assert (found.item.value.name, found.item.sure) == ("customer", False)
    assert {name: column.name for name, column in found.mapping.items()}["customer_id"] == "id"
    assert list(found.missing) == []


def test_lines_that_are_no_json_are_told(tmp_path: Path) -> None:
    path = tmp_path / "c.ndjson"
    path.write_text('{"customer_id": 1, "email": "a@example.com"}\nnope\n\n{"customer_id": 2}\n[1]\n')
    kind = propose(path, OBJECTS).format["kind"]
    assert not kind.sure
    assert "line 2 is no JSON object, nor are 1 more" in kind.why


def test_a_folder_is_no_drop(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not a plain file"):
        propose(tmp_path, OBJECTS)


@given(data=st.binary(min_size=1, max_size=400))
def test_any_bytes_give_a_proposal_or_a_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(data)
    try:
        proposal = propose(path, OBJECTS)
    except FeedError as error:
        said = str(error)
    else:
        said = yaml.safe_load(as_yaml(proposal, "any"))["files"]
    assert path.name in said


@pytest.mark.parametrize("how", ["gz", "zst", "zip"])
def test_a_damaged_packed_file_is_told_as_a_load_tells_it(tmp_path: Path, how: str) -> None:
    rows = "".join(f"{i * 7919 % 10007},c{i}@example.com\n" for i in range(3000)).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("c.csv", b"customer_id,email\n" + rows)
    checked = {int(zstd.CompressionParameter.checksum_flag): 1}
    data = {"gz": gzip.compress(rows), "zst": zstd.compress(rows, options=checked), "zip": packed.getvalue()}[how]
    path = tmp_path / f"c.csv.{how}"
    for broken in (data[: len(data) // 2], data[:200] + bytes(60) + data[260:]):
        path.write_bytes(broken)
        with pytest.raises(FeedError, match=r"ends before its end|damaged"):
            propose(path, OBJECTS)


@given(text=st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя ", min_size=60), bom=st.booleans())
def test_unicode_is_never_taken_for_another_encoding(text: str, bom: bool) -> None:
    data = text.encode("utf-8-sig" if bom else "utf-8")
    if not data.isascii():
        assert encoding_of(data).value == "utf-8"
