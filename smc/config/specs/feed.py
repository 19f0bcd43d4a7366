"""The kind ``feeds/*.yaml``: which files become which object."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from smc.config.specs.base import FilePath, Name, Percent, Spec
from smc.config.specs.rule import only_key


class LocalPlace(Spec):
    """A folder on this machine."""

    path: FilePath


class LocalSourceSpec(Spec):
    local: LocalPlace


SourceSpec = Annotated[Annotated[LocalSourceSpec, Tag("local")], Discriminator(only_key)]

OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]


class CsvFormat(Spec):
    """How the files are written. Nothing is detected: what is not said here is the default shown here."""

    delimiter: OneCharacter = ","
    quote: OneCharacter = '"'
    compression: Literal["none", "gzip", "by_name"] = "by_name"
    decimal: Literal[".", ","] = "."
    date: str = "%Y-%m-%d"
    datetime: str = "%Y-%m-%d %H:%M:%S"
    true: tuple[str, ...] = ("true", "1", "yes")
    false: tuple[str, ...] = ("false", "0", "no")
    null: str | None = None


class Mapped(Spec):
    """Where a field's value comes from. ``blank`` says what an empty cell does to a value we already have."""

    column: str | None = None
    constant: str | None = None
    blank: Literal["newest", "keep", "first"] = "newest"


def _mapped(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


MappedField = Annotated[Mapped, BeforeValidator(_mapped, json_schema_input_type=str | Mapped)]


class FeedSpec(Spec):
    """One kind of drop. ``fields`` maps our field names to their columns; custom fields as ``custom.NAME``."""

    title: str
    object: Name
    source: SourceSpec
    files: str = Field(min_length=1, description="a file name pattern such as receipts_*.csv*")
    format: CsvFormat = Field(default_factory=CsvFormat.model_construct)  # a call here would cost start-up time
    fields: dict[str, MappedField] = Field(min_length=1)
    mode: Literal["upsert", "append"] = "upsert"
    reject_limit: Percent = Decimal(1)
    expect: Literal["nightly", "any"] = "any"
