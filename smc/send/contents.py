"""What planned messages say: letters and texts by their templates, and the words of steps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smc.config.specs.channel import AnyChannel, SmsChannelSpec
from smc.errors import RenderError
from smc.model.sms import size
from smc.model.template import TEXT, Content, Note, Template
from smc.warehouse import Warehouse, statement
from smc.warehouse.permitted import EMAIL

Step = tuple[str, int, int, str]
"""Campaign, version, number of the step, channel."""


@dataclass(frozen=True, slots=True)
class Contents:
    """``texts``: of templates that are no letters. ``words``: what steps say themselves."""

    letters: Mapping[str, Template]
    texts: Mapping[str, Note]
    words: Mapping[Step, Note]

    @classmethod
    def read(cls, warehouse: Warehouse, templates: Mapping[str, Template]) -> Contents:
        """Those of planned messages; words come from the table ``step_words``."""
        rows = warehouse.rows(statement("smc.send", "planned_words"))
        return cls(
            {name: one for name, one in templates.items() if one.is_letter},
            {name: Note(name, ((TEXT, one.text or ""),)) for name, one in templates.items() if not one.is_letter},
            {
                (campaign, version, step, channel): Note(f"{campaign}, step {step}", tuple(json.loads(words).items()))
                for campaign, version, step, channel, words in rows
            },
        )

    def of(self, row: Mapping[str, Any]) -> Content | None:
        """What a message says; None when its template is gone, or is not one for its channel."""
        if not row["template"]:
            return self.words.get((row["campaign"], row["version"], row["step"], row["channel"]))
        return (self.letters if row["channel"] == EMAIL else self.texts).get(row["template"])

    def every(self) -> Iterator[Content]:
        yield from self.letters.values()
        yield from self.texts.values()
        yield from self.words.values()


def fits(channel: AnyChannel, parts: Mapping[str, str]) -> None:
    """``RenderError`` when a short message is longer than its channel takes."""
    if not isinstance(channel, SmsChannelSpec):
        return
    found = size(parts[TEXT])
    if found.segments > channel.segments:
        raise RenderError(f"the text takes {found.segments} segments; {channel.segments} are allowed")
