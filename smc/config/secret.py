"""Secrets come from the environment or from files, never from the YAML itself: ``${env:NAME}`` and ``${file:PATH}``."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_REFERENCE = re.compile(r"\$\{(?!\{)([^}]*)\}?")  # ``${{`` is a currency sign before a template's variable
_LARGEST = 64_000
_STAND_IN = "a secret that is not looked up"


class MissingSecretError(Exception):
    """A reference that leads nowhere; ``remedy`` says what to do. Never carries a value."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where references are looked up; relative paths start at ``folder``. Values stay out of ``repr``.

    ``needed`` false looks at the form of references alone, for those who check a project and hold none of its secrets.
    """

    folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    needed: bool = True

    def put(self, text: str) -> str:
        """The text with every reference replaced; raises MissingSecretError."""
        return _REFERENCE.sub(self._value, text) if "${" in text else text

    def _value(self, found: re.Match[str]) -> str:
        kind, _, name = found[1].partition(":")
        if not found[0].endswith("}") or kind not in {"env", "file"} or not name.strip():
            raise MissingSecretError(
                f"'{found[0]}' is no reference to a secret.", "Write ${env:NAME} or ${file:PATH} with a name or a path."
            )
        if not self.needed:
            return _STAND_IN
        if kind == "env":
            return _plain(self._variable(name.strip()), f"environment variable {name.strip()}")
        return _plain(self._file(name.strip()), f"secret file {name.strip()}")

    def _variable(self, name: str) -> str:
        value = self.environ.get(name, "").rstrip("\r\n")
        if not value:
            raise MissingSecretError(f"The environment variable {name} is not set.", f"Set it: export {name}=…")
        return value

    def _file(self, name: str) -> str:
        path = self.folder / name
        try:
            if path.stat().st_size > _LARGEST:
                raise MissingSecretError(f"The secret file {name} is larger than 64 kB.", "Name the right file.")
            value = path.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            reason = error.strerror or "unreadable"
            raise MissingSecretError(
                f"The secret file {name} cannot be read: {reason}.", "Write the secret into it, readable for smc only."
            ) from None
        except ValueError:
            raise MissingSecretError(f"The secret file {name} is not UTF-8 text.", "Name the right file.") from None
        if not value:
            raise MissingSecretError(f"The secret file {name} is empty.", "Write the secret into it.")
        return value


def _plain(value: str, name: str) -> str:
    """One line of text. Anything else is a slip in writing it down, and libraries repeat it when they refuse it."""
    if any(unicodedata.category(sign) == "Cc" for sign in value):
        raise MissingSecretError(
            f"The {name} holds a line break or another control character.", "Write the secret alone, on one line."
        )
    if any(unicodedata.category(sign) == "Cs" for sign in value):
        raise MissingSecretError(f"The {name} is not UTF-8 text.", "Write the secret in UTF-8.")
    return value
