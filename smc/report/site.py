"""The folder that becomes the report: tables with their CSV, pages from templates, and the swap at the end."""

from __future__ import annotations

import csv
import ctypes
import errno
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from smc.config.specs.project import ProjectSpec
from smc.errors import DiskFullError, RunError, UsageError
from smc.report import show
from smc.report.figure import FIGURES, Column, Figure, Kind
from smc.warehouse import Warehouse, statement

MARK = "report.json"
"""The file by which a report of ours is known: only such a folder is ever replaced."""

_PARAMETER = re.compile(r"\$(\w+)")
_PLAIN = re.compile(r"[a-z0-9_-]{1,60}")

Row = dict[str, Any]
NO_TITLES: Mapping[str, str | None] = {}


@dataclass(frozen=True, slots=True)
class Table:
    """A figure with its rows. ``csv`` is the path beside the page; ``limit`` rows are shown, all are in the files."""

    figure: Figure
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    csv: str
    limit: int | None = None

    @property
    def json(self) -> str:
        """The same rows as objects."""
        return f"{self.csv.removesuffix('.csv')}.json"

    @property
    def shown(self) -> Sequence[Row]:
        return self.rows[: self.limit]


@dataclass(frozen=True, slots=True)
class Site:
    """Where pages and tables go while the report is being made."""

    warehouse: Warehouse
    folder: Path
    settings: ProjectSpec
    as_of: date
    environment: Environment
    params: Mapping[str, object]

    def rows(self, name: str, **params: object) -> list[Row]:
        """The rows of a statement; it gets those of the parameters that it names."""
        text = statement(FIGURES[name].package if name in FIGURES else "smc.report", name)
        known = {"as_of": self.as_of, **self.params, **params}
        return self.warehouse.records(text, **{key: known[key] for key in _PARAMETER.findall(text)})

    def table(
        self,
        name: str,
        rows: Sequence[Row],
        *,
        part: str = "",
        titles: Mapping[str, str | None] = NO_TITLES,
        limit: int | None = None,
    ) -> Table:
        """A table with its CSV. ``part`` tells tables of one figure apart.

        ``titles`` gives columns another title by name; None leaves the column out.
        """
        figure = FIGURES[name]
        columns = tuple(
            replace(column, title=title)
            for column in figure.columns
            if (title := titles.get(column.name, column.title)) is not None
        )
        path = f"data/{name}{'-' + part if part else ''}.csv"
        _write_csv(self.folder / path, columns, rows)
        made = Table(figure, columns, rows, path, limit)
        _write_json(self.folder / made.json, columns, rows)
        return made

    def page(self, file: str, template: str, **context: object) -> None:
        text = self.environment.get_template(template).render(page=file, **context)
        (self.folder / file).write_text(text, encoding="utf-8")


def environment(settings: ProjectSpec, as_of: date) -> Environment:
    """Templates with everything escaped and an unknown name an error."""
    made = Environment(
        loader=PackageLoader("smc.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters.update(
        number=show.number, money=partial(show.money, currency=settings.currency), share=show.share, day=show.day,
        points=show.points, brief=partial(show.brief_money, currency=settings.currency),
        words=show.day_in_words, cell=partial(cell_text, settings=settings), slug=slug,
    )  # fmt: skip
    made.globals.update(settings=settings, as_of=as_of)
    return made


def cell_text(value: Any, column: Column, settings: ProjectSpec) -> str:
    """A value as its column shows it."""
    if value is None:
        return show.NOTHING
    words: dict[Kind, Callable[[Any], str]] = {
        "text": lambda text: column.labels.get(text, str(text)),
        "code": lambda text: column.labels.get(text, str(text)),
        "count": show.number,
        "decimal": partial(show.number, digits=1),
        "seconds": partial(show.number, digits=1),
        "money": partial(show.money, currency=settings.currency),
        "share": show.share,
        "day": show.day,
        "month": show.month,
        "since": since_text,
        "instant": partial(show.instant, zone=settings.timezone),
        "yes": lambda yes: "yes" if yes else "no",
    }
    return words[column.kind](value)


def since_text(months: int) -> str:
    """Buckets of base_by_last_purchase."""
    return {0: "under 1 month", 1: "1 month", 12: "12 or more", 13: "never"}.get(months, f"{months} months")


def slug(name: str) -> str:
    """A file name for an id from outside: itself when it is plain, otherwise with a hash, so that no two meet."""
    if _PLAIN.fullmatch(name):
        return name
    plain = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:40]
    return f"{plain}-{sha256(name.encode()).hexdigest()[:8]}".strip("-")


def _write_csv(path: Path, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Plain values: ISO dates, UTC instants, points in decimals, shares 0 to 1."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        writer.writerows([_csv_value(row.get(column.name)) for column in columns] for row in rows)


def _write_json(path: Path, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Objects by column name. Money is text, so that it stays exact; days and instants are as in the CSV."""
    found = [{column.name: row.get(column.name) for column in columns} for row in rows]
    text = json.dumps(found, default=_csv_value, ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")


def _csv_value(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(tz=UTC).isoformat()
        case float():
            return f"{value:.6f}"
        case str() if value[:1] in ("=", "+", "-", "@", "\t", "\r"):
            # A spreadsheet would run it as a formula.
            return f"'{value}"
        case _:
            return str(value)


@contextmanager
def replaced(target: Path, about: Mapping[str, object]) -> Iterator[Path]:
    """A new folder to fill; at the end it takes the place of ``target`` at once. A killed run leaves the old one.

    Raises ``UsageError`` when ``target`` holds something that is not a report of ours: it would be lost.
    """
    _check(target)
    fresh, old = (target.with_name(f".{target.name}.{end}") for end in ("new", "old"))
    with _disk(target):
        if old.exists() and not target.exists():
            old.rename(target)
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            yield fresh
            (fresh / "style.css").write_bytes((files("smc.report") / "templates" / "style.css").read_bytes())
            (fresh / MARK).write_text(json.dumps(dict(about), indent=1) + "\n", encoding="utf-8")
            _swap(fresh, target, old)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _check(target: Path) -> None:
    if target.exists() and not (target.is_dir() and ((target / MARK).is_file() or not any(target.iterdir()))):
        raise UsageError(
            "this is not a report of smc, and writing the report here would replace it",
            where=str(target),
            remedy="Give a folder that does not exist yet, or empty this one.",
        )


def _swap(fresh: Path, target: Path, old: Path) -> None:
    if not target.exists():
        fresh.rename(target)
    elif not _exchanged(fresh, target):
        target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Both names change places in one step where the system can (Linux); the old folder is then at ``one``."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    here, exchange = -100, 2
    return call is not None and call(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0


@contextmanager
def _disk(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFullError(
                "the disk is full; the old report is as it was",
                where=str(target),
                remedy="Free some space and run the same command again.",
            ) from error
        raise RunError(
            f"the report cannot be written: {error}", where=str(target), remedy="See who may write to this folder."
        ) from error
