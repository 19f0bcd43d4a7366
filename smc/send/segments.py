"""How many segments the planned text messages take, counted from what they really say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from smc.config.specs.project import FieldsSpec, MetricsSpec, ProjectSpec
from smc.errors import RenderError
from smc.model.sms import fixed, size
from smc.model.template import TEXT, Note, Template
from smc.send.contents import Contents
from smc.send.context import Planned, Reader, dumps, loads, look_up_addresses
from smc.send.render import Renderer
from smc.warehouse import Warehouse

SMS = "sms"


def segments(
    warehouse: Warehouse,
    *,
    templates: Mapping[str, Template],
    settings: ProjectSpec,
    metrics: MetricsSpec,
    fields: FieldsSpec,
    as_of: date,
) -> dict[str, int]:
    """Segments by campaign. A text that cannot be made counts what it says to everyone."""
    look_up_addresses(warehouse, settings.categories)
    contents = replace(Contents.read(warehouse, templates), letters={})
    renderer = Renderer.of(settings)
    reader = Reader(warehouse, fields, metrics, settings.title)
    found: Counter[str] = Counter()
    for item in reader.planned(contents, renderer, as_of, channel=SMS):
        if isinstance(item.content, Note):
            found[item.campaign] += size(_text(renderer, item, item.content)).segments
    return dict(found)


def _text(renderer: Renderer, item: Planned, note: Note) -> str:
    try:
        return renderer.note(note, loads(dumps(item.context | {"unsubscribe_url": ""})))[TEXT]
    except RenderError:
        return fixed(dict(note.parts)[TEXT])
