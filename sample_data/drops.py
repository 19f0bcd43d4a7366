"""How the files of a drop are written: names, columns, and the same bytes every time."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

Row = Sequence[object]

COLUMNS = {
    "categories": ("category_id", "parent_id", "name"),
    "products": ("product_id", "name", "brand", "category_id", "maker_id"),
    "stores": ("store_id", "name", "region", "city", "address"),
    "receipts": ("receipt_id", "customer_id", "store_id", "purchased_at", "status", "total", "discount"),
    "lines": ("receipt_id", "line_no", "product_id", "quantity", "price", "amount", "discount"),
    "promocodes": ("pool", "code", "title", "valid_from", "valid_to"),
    "promocode_uses": ("pool", "code", "customer_id", "used_on"),
    "tags": ("customer_id", "tag"),
    "past_mailings": ("mailing", "title", "channel", "starts_on", "ends_on"),
    "past_messages": ("mailing", "customer_id", "delivered_on"),
}
GZIP_LEVEL = 6


def file_of(folder: Path, name: str, day: date, *, packed: bool) -> Path:
    """Where a file of the drop of a day stands: ``receipts_2017-12-01.csv``, with ``.gz`` when packed."""
    return folder / f"{name}_{day.isoformat()}.csv{'.gz' if packed else ''}"


def write_text(path: Path, text: str) -> None:
    """Write a file, packed when its name says so. No time and no name of ours go into the gzip header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode()
    path.write_bytes(gzip.compress(data, GZIP_LEVEL, mtime=0) if path.suffix == ".gz" else data)


def pack(plain: Path, packed: Path) -> None:
    """Replace a plain file by its gzip, without reading it whole into memory."""
    with (
        plain.open("rb") as source,
        packed.open("wb") as raw,
        gzip.GzipFile("", "wb", GZIP_LEVEL, raw, mtime=0) as target,
    ):
        while block := source.read(1 << 20):
            target.write(block)
    plain.unlink()


def csv_text(header: Sequence[str], rows: Iterable[Row]) -> str:
    """Rows as CSV text with a header and line feeds."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
