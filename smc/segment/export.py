"""The members of a segment as a file, here or at the place of a feed."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from urllib.parse import unquote

from sqlglot import exp

from smc import registry
from smc.config.problem import nearest
from smc.config.profile import profile_fields
from smc.config.specs.base import Spec
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.config.specs.source import DropboxPlace, kind_of, place_of
from smc.errors import UsageError, writing
from smc.segment.show import computed_day
from smc.warehouse import Warehouse, sql, text_of

_FOLDERS = ("path", "prefix", "url")
"""What the folder of a place is called."""

_FORMATS = {".csv": "(format csv, header true)", ".parquet": "(format parquet)"}


class Target(Protocol):
    """A place that takes files; sources that have ``put`` are such places. Errors are those of sources."""

    def __init__(self, place: Any, root: Path) -> None: ...

    def put(self, file: Path, name: str) -> None:
        """Store a file as ``name``, a path below the place's folder; it appears there whole or not at all."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


def export_to(
    warehouse: Warehouse,
    segment: str,
    target: str,
    *,
    feeds: Mapping[str, FeedSpec],
    root: Path,
    as_of: date | None = None,
    fields: FieldsSpec | None = None,
    columns: Sequence[str] = (),
) -> int:
    """Write members to a file here, or with ``FEED:path/file.csv`` below the folder of a feed's source.

    ``root`` is the project's folder. Raises as ``export`` does, ``UsageError`` for a name that is no feed, a source
    that takes no files and a file that a feed would read, and what a source raises (``FeedError``,
    ``SourceDownError``).
    """
    feed, sign, name = target.partition(":")
    if not sign or "/" in feed:
        return export(warehouse, segment, Path(target), as_of=as_of, fields=fields, columns=columns)
    place = _place(feed, name, feeds, root)
    kind = kind_of(feeds[feed].source)
    made: type[Target] = registry.load("smc.sources", kind)
    if not hasattr(made, "put"):
        raise UsageError(f"{kind}, the source of feed '{feed}', takes no files", remedy="Name a feed with a folder.")
    with TemporaryDirectory() as folder:
        file = Path(folder) / posixpath.basename(name)
        written = export(warehouse, segment, file, as_of=as_of, fields=fields, columns=columns)
        taker = made(place, root)
        try:
            taker.put(file, name)
        finally:
            taker.close()
    return written


def _place(feed: str, name: str, feeds: Mapping[str, FeedSpec], root: Path) -> Spec:
    """The place of the feed, when a file of this name may be put there."""
    if feed not in feeds:
        remedy = f"{nearest(feed, feeds)} A file here whose name has a colon is written ./{feed}:{name}"
        raise UsageError(f"there is no feed '{feed}'", remedy=remedy)
    if not all(part.strip() and part not in {".", ".."} and part.isprintable() for part in name.split("/")):
        raise UsageError(f"'{name}' is no path below a folder", remedy="Write it like out/lapsed.csv, without '..'.")
    place = place_of(feeds[feed].source)
    folder, last = posixpath.split(name)
    here = _folder(place, root, folder)
    for other, spec in feeds.items():
        if _folder(place_of(spec.source), root) == here and _would_read(spec, last):
            raise UsageError(f"feed '{other}' would read this file", remedy="Choose another folder or another name.")
    return place


def _folder(place: Spec, root: Path, below: str = "") -> tuple[Spec, str]:
    """A folder of a server as a value that is the same for the same folder."""
    name = next((name for name in _FOLDERS if name in type(place).model_fields), None)
    if name is None:
        return place, below
    path = str(getattr(place, name))
    path = str(root.absolute() / path) if isinstance(getattr(place, name), Path) else path
    path = unquote(path) if name == "url" else path
    path = posixpath.normpath(posixpath.join(path.rstrip("/") or "/", below))
    if isinstance(place, DropboxPlace):
        path = path.strip("/").lower()
    return place.model_copy(update={name: None}), path


def _would_read(feed: FeedSpec, name: str) -> bool:
    """Dropbox does not tell capitals from small letters: to write TAGS.csv there is to replace tags.csv."""
    if isinstance(place_of(feed.source), DropboxPlace):
        return fnmatchcase(name.lower(), feed.files.lower())
    return fnmatchcase(name, feed.files)


def export(
    warehouse: Warehouse,
    segment: str,
    target: Path,
    *,
    as_of: date | None = None,
    fields: FieldsSpec | None = None,
    columns: Sequence[str] = (),
) -> int:
    """Write members to CSV or Parquet, by the suffix of ``target``; the number of members.

    The columns are customer_id, entered_on and the fields of the profile that are named. The file appears whole or not
    at all. Without ``as_of`` the last computed day is meant. Raises ``UsageError`` for another suffix, an unknown
    field, a segment that was never computed, or a place that cannot be written; ``DiskFullError``.
    """
    options = _FORMATS.get(target.suffix.lower())
    if options is None:
        raise UsageError(f"cannot write '{target.name}'", remedy=f"End the name in {' or '.join(_FORMATS)}.")
    day = computed_day(warehouse, segment, as_of)
    query = _export_query(segment, day, fields or FieldsSpec(), columns)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    with writing(target, "the file", UsageError, remedy="Name a file in a folder that you may write to."):
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.touch()  # DuckDB would blame its own file for a place that cannot be written
        try:
            written = warehouse.run(f"copy ({text_of(query)}) to $target {options}", target=str(fresh))
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
    return written


def _export_query(segment: str, as_of: date, fields: FieldsSpec, columns: Sequence[str]) -> exp.Select:
    known = profile_fields(fields)
    for column in columns:
        if column not in known:
            raise UsageError(f"there is no field of a customer '{column}'", remedy=nearest(column, known))
    chosen = [name for name in dict.fromkeys(columns) if name != "customer_id"]
    reads = {name: known[name].read for name in chosen}
    holes = {name: {"as_of": as_of} if "$as_of" in text else {} for name, text in reads.items()}
    extra = [exp.alias_(sql(text, **holes[name]), name, quoted=True) for name, text in reads.items()]
    query = exp.select("i.customer_id", "s.entered_on", *extra).from_("segment_member as s")
    query = query.join("customer_ident as i", on="i.customer_key = s.customer_key")
    query = query.join("customer as c", on="c.customer_key = s.customer_key", join_type="left")
    there = sql(
        "s.segment = $segment and s.entered_on <= $as_of and (s.left_on is null or s.left_on > $as_of)",
        segment=segment, as_of=as_of,
    )  # fmt: skip
    return query.where(there).order_by("i.customer_id")
