"""What a step gives to the letters that it sends, beside their template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Step = tuple[str, int, int]
"""Id of the campaign or mailing, version, number of the step."""


@dataclass(frozen=True, slots=True)
class Extras:
    """``utm``: parameters of links, such as ``("utm_source", "news")``; ``watchers``: people who get a copy;
    ``subject``, ``sender``: instead of those of template and channel; ``attachments``: paths; ``files``: hashes of what
    is in the outbox; ``per_minute``: so many may leave in a minute.
    """

    utm: tuple[tuple[str, str], ...] = ()
    watchers: tuple[str, ...] = ()
    subject: str | None = None
    sender: str | None = None
    attachments: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    per_minute: int | None = None


NONE = Extras()
ExtrasOf = Mapping[Step, Extras]
