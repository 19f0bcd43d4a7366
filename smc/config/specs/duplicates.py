"""The kind ``duplicates.yaml``: when customers under several ids are one, and what a merge of them keeps."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from smc.config.specs.base import Name, Spec

CONTACTS = ("phone", "email")
NAMES = ("first_name", "middle_name", "last_name", "full_name")
PERSONAL = ("birth_date", *NAMES)
"""What belongs to a person. A name is a sign of its own when it is whole: full_name, or last_name and first_name."""
FURTHER = ("gender", "city", "zip")
SIGNS = ("card", *CONTACTS, *PERSONAL, *FURTHER)
KEPT = (*NAMES, *CONTACTS, "birth_date", "gender", "address", "timezone", "source")
"""What a merge can be told how to keep. ``address`` is country, region, city, zip and street together."""

Sign = Annotated[str, Field(pattern=r"^(custom\.)?[a-z][a-z0-9_]{0,62}$")]
Keep = Literal["survivor", "filled", "newest"]


class DuplicateRule(Spec):
    """Customers are one when all of these are filled and the same."""

    same: tuple[Sign, ...] = Field(min_length=1)


class DuplicatesSpec(Spec):
    """``duplicates.yaml``. Phones and e-mails are compared as the import normalised them, names without case."""

    merge: Literal["report", "nightly"] = "report"
    rules: dict[Name, DuplicateRule] = Field(default_factory=dict)
    strong: tuple[Sign, ...] = Field(
        default=(), description="custom fields that belong to one person alone, such as custom.passport"
    )
    largest_group: int = Field(default=4, ge=2, le=50, description="bigger groups are reported, never merged")
    conflict: tuple[Sign, ...] = Field(
        default=("birth_date", "gender"), description="customers in whom these differ are never merged by a rule"
    )
    ignore: dict[Sign, tuple[str, ...]] = Field(
        default={"birth_date": ("1900-01-01", "1970-01-01")}, description="values that stand for nothing"
    )
    survivor: Literal["first_registered", "last_registered", "most_receipts"] = "first_registered"
    fields: dict[Sign, Keep] = Field(
        default_factory=dict,
        description="survivor: his, even when empty; filled: his, or the other's where he has none (the default); "
        "newest: that of who registered last, where filled",
    )
