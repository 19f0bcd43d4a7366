"""The kind ``feeds/*.yaml``: which files become which object."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from smc.config.specs.base import AnyPercent, Name, Percent, Spec
from smc.config.specs.rule import only_key
from smc.config.specs.source import SourceSpec, is_stream, kind_of

OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]
Encoding = Literal[
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "cp1251", "cp1252", "cp1254", "cp866", "koi8-r", "koi8-u",
    "latin-1", "iso8859-2", "iso8859-5", "iso8859-9", "iso8859-15", "mac-roman", "mac-cyrillic",
]  # fmt: skip


class Format(Spec):
    """How the files are written. Nothing is detected: what is not said here is the default shown here.

    ``date`` and ``datetime`` are written as in strptime, or are ``iso`` (ISO 8601), ``epoch`` (seconds since 1970) or
    ``epoch_ms``; ``iso`` is the default of NDJSON and Parquet. ``timezone`` is the zone of times that carry none; the
    project's when not given.
    """

    kind: Literal["csv", "ndjson", "parquet"] = "csv"
    encoding: Encoding = "utf-8"
    compression: Literal["none", "gzip", "zip", "zstd", "by_name"] = "by_name"
    member: str | None = Field(default=None, description="a name pattern for the one file to take out of a zip")
    delimiter: OneCharacter = ","
    quote: Literal["none"] | OneCharacter = Field(
        default='"', description="the sign around cells; none: there is none, and every quote is text"
    )
    escape: OneCharacter | None = Field(default=None, description="the sign before a quote; none means it is doubled")
    header: bool = True
    columns: tuple[str, ...] = Field(default=(), description="names of the columns of files without a header")
    skip: int = Field(default=0, ge=0, le=1000, description="lines before the header")
    comment: OneCharacter | None = Field(default=None, description="lines that begin with it are passed over")
    trailer: str | None = Field(
        default=None, description="the last line with the number of rows, such as 'END;{rows}'; it is no row itself"
    )
    decimal: Literal[".", ","] = "."
    thousands: Literal["", " ", ",", ".", "'"] = ""
    date: str = "%Y-%m-%d"
    datetime: str = "%Y-%m-%d %H:%M:%S"
    timezone: str | None = None
    true: tuple[str, ...] = ("true", "1", "yes")
    false: tuple[str, ...] = ("false", "0", "no")
    null: str | None = None

    @property
    def quotes(self) -> str:
        """The sign around cells, empty when there is none."""
        return "" if self.quote == "none" else self.quote

    @model_validator(mode="before")
    @classmethod
    def _dates(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("kind") in {"ndjson", "parquet"}:
            return {"date": "iso", "datetime": "iso", **value}
        return value


class Split(Spec):
    """One part of a text that a sign divides, counting from 1, or from the end with -1."""

    by: str = Field(min_length=1)
    part: int


class Lookup(Spec):
    """Their word for ours: from ``items`` or an imported dictionary; ``otherwise`` says what happens to other words."""

    items: dict[str, str] = Field(default_factory=dict)
    dictionary: Name | None = None
    otherwise: Literal["reject", "empty", "keep"] = "reject"

    @model_validator(mode="after")
    def _either(self) -> Self:
        if bool(self.items) == (self.dictionary is not None):
            raise ValueError("needs either items or a dictionary")
        return self


class SplitStep(Spec):
    split: Split


class LookupStep(Spec):
    lookup: Lookup


class PrefixStep(Spec):
    prefix: str


class SuffixStep(Spec):
    suffix: str


class DefaultStep(Spec):
    """What an empty cell means."""

    default: str


Simple = Literal["trim", "upper", "lower", "capitalize", "digits"]
Step = (
    Simple
    | Annotated[
        Annotated[SplitStep, Tag("split")]
        | Annotated[LookupStep, Tag("lookup")]
        | Annotated[PrefixStep, Tag("prefix")]
        | Annotated[SuffixStep, Tag("suffix")]
        | Annotated[DefaultStep, Tag("default")],
        Discriminator(only_key),
    ]
)


class Mapped(Spec):
    """Where a field's value comes from: a column, several joined by ``with``, or a constant; then ``steps`` in order.

    ``blank`` says what an empty cell does to a value we already have. In NDJSON a column is a path such as ``a.b``.
    """

    column: str | None = None
    join: tuple[str, ...] = ()
    separator: str = Field(default=" ", alias="with")
    constant: str | None = None
    steps: tuple[Step, ...] = ()
    blank: Literal["newest", "keep", "first"] = "newest"

    @property
    def columns(self) -> tuple[str, ...]:
        """Their columns that the field reads."""
        return (self.column,) if self.column is not None else self.join


def _mapped(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


MappedField = Annotated[Mapped, BeforeValidator(_mapped, json_schema_input_type=str | Mapped)]
Fields = Annotated[dict[str, MappedField], Field(min_length=1)]


class Part(Spec):
    """One of several objects that the rows of a file carry."""

    fields: Fields


class Ready(Spec):
    """When a file is whole. ``marker``: a file beside it such as ``{name}.ok``; ``settle``: seconds without change."""

    marker: str | None = None
    settle: int = Field(default=0, ge=0, le=86_400, description="seconds without a change")

    @model_validator(mode="after")
    def _beside(self) -> Self:
        if self.marker is not None and ("/" in self.marker or not self.marker.replace("{name}", "")):
            raise ValueError("marker is a name beside the file, such as {name}.ok, and differs from the file's own")
        return self


DAY = "{as_of}"
"""Stands in ``after.folder`` for the day of the run, as 2017-12-29."""


class After(Spec):
    """What becomes of a file at its source after it is loaded: left, deleted, or moved to a folder beside it."""

    action: Literal["leave", "delete", "move"] = "leave"
    folder: str | None = Field(
        default=None,
        description="a folder below the source's folder, for 'move'; {as_of} in it is the day of the run",
    )

    @model_validator(mode="after")
    def _folder(self) -> Self:
        if (self.action == "move") != (self.folder is not None):
            raise ValueError("folder and action 'move' go together")
        return self


class FieldLimits(Spec):
    """What a load may look like in one field: shares in percent of its rows."""

    empty: Percent | None = Field(default=None, description="at most so many rows without a value")
    empty_change: Percent | None = Field(default=None, description="at most so many points more than in the last loads")
    new_values: Percent | None = Field(default=None, description="at most so many rows with a value never seen before")


class Quality(Spec):
    """Limits that stop a load before it harms; ``last`` loads of the feed are what it is compared with."""

    min_rows: int | None = Field(default=None, ge=0)
    fewer_rows: Percent | None = Field(default=None, description="at most so many percent fewer than the last loads")
    more_rows: AnyPercent | None = Field(default=None, description="at most so many percent more; may be above 100")
    last: int = Field(default=7, ge=1, le=100)
    fields: dict[str, FieldLimits] = Field(default_factory=dict)


class FeedSpec(Spec):
    """One kind of drop. ``fields`` maps our field names to their columns; custom fields as ``custom.NAME``.

    A file whose rows carry several objects has ``objects`` instead of ``object`` and ``fields``.
    """

    title: str
    object: Name | None = None
    fields: dict[str, MappedField] = Field(default_factory=dict)
    objects: dict[Name, Part] = Field(default_factory=dict)
    source: SourceSpec
    files: str = Field(default="*", min_length=1, description="a file name pattern such as receipts_*.csv*")
    format: Format | None = None
    mode: Literal["upsert", "append", "replace", "delete", "snapshot"] = "upsert"
    vanish_limit: Percent | None = Field(
        default=None,
        description="replace and snapshot: rows that may go, in percent; 20, and none for carts and lines that replace",
    )
    ready: Ready = Field(default_factory=Ready.model_construct)
    after: After = Field(default_factory=After.model_construct)
    reject_limit: Percent | None = Field(
        default=None, description="rows that may be rejected; 1% when not given, and any of messages and of the spool"
    )
    quality: Quality = Field(default_factory=Quality.model_construct)
    expect: Literal["nightly", "any"] = "any"

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.object is None) == (not self.objects):
            raise ValueError("needs either object with fields, or objects")
        if (self.object is None) != (not self.fields):
            raise ValueError("object and fields go together")
        return self

    @property
    def parts(self) -> dict[str, dict[str, Mapped]]:
        """Object → fields, whichever way the feed is written."""
        if self.object is not None:
            return {self.object: self.fields}
        return {name: part.fields for name, part in self.objects.items()}

    @property
    def most_rejected(self) -> Decimal:
        """In percent. Nobody sends a queue's messages again, so a bad one must not hold up those behind it."""
        if self.reject_limit is not None:
            return self.reject_limit
        return _ALL if is_stream(self.source) else _FEW

    @property
    def layout(self) -> Format:
        """The format given, or what the kind of source writes."""
        return self.format or _LAYOUTS.get(kind_of(self.source), _CSV)


_ALL, _FEW = Decimal(100), Decimal(1)
_CSV = Format.model_construct()
_ISO = Format.model_construct(date="iso", datetime="iso")
_NDJSON = Format.model_construct(kind="ndjson", date="iso", datetime="iso")
_LAYOUTS = {"postgresql": _ISO, "mysql": _ISO, "rabbitmq": _NDJSON, "spool": _NDJSON}
