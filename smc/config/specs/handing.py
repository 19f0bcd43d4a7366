"""Settings of ``smc.yaml`` for what campaigns hand over beside messages: where it goes, and to whom."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Annotated, Self

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from smc.config.specs.base import FilePath, Name, Spec
from smc.config.specs.source import SourceSpec, Timeout, checked_url

SECRET = "whsec_"  # noqa: S105 - how secrets of Standard Webhooks begin
PERSON = r"^[^\x00-\x20\x7f@<>]+@[^\x00-\x20\x7f@<>]+$"
Person = Annotated[str, Field(max_length=254, pattern=PERSON)]


class WebhookSettings(Spec):
    """An address of another system that takes JSON. Each post is signed as Standard Webhooks says.

    ``secret``: at least 16 signs, or ``whsec_`` and base64.
    """

    url: str
    secret: SecretStr = Field(min_length=16)
    timeout: Timeout = 10
    attempts: int = Field(default=8, ge=1, le=20, description="tries before it has failed")
    ca_file: FilePath | None = Field(default=None, description="PEM file with the certificates to trust")

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        return checked_url(url)

    @field_validator("secret")
    @classmethod
    def _base64(cls, secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        try:
            if text.startswith(SECRET):
                b64decode(text.removeprefix(SECRET), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("what follows whsec_ is no base64") from None
        return secret


class AccrualSettings(Spec):
    """Where points and bonuses go: to the loyalty system, as files or by a webhook."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    files: SourceSpec | None = None
    webhook: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.files is None) == (self.webhook is None):
            raise ValueError("needs either files or webhook")
        return self


class CallSettings(Spec):
    """Lists of the call centre, and the folder that gets a file for each list and day."""

    files: SourceSpec
    lists: dict[Name, str] = Field(min_length=1, description="titles by name")
