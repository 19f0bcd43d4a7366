"""Mistakes in the texts of steps that are no letters, and in where their tasks go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.effect import CallStep, NotifyStep, WebhookStep
from smc.config.specs.project import FieldsSpec, MetricsSpec, ProjectSpec
from smc.config.specs.source import kind_of
from smc.config.specs.step import Path as Place
from smc.config.specs.step import Step, every
from smc.model.template import CODE, TriggerData
from smc.send.check import TRIGGER, check_text, known_in, shape_of, shape_of_trigger

_TAKE_FILES = ("local", "ftp", "sftp", "s3", "webdav", "dropbox")
_ROOTS = ("customer", "metric", "shop")


def check_handing(doc: Document[ProjectSpec]) -> Iterator[Problem]:
    """Files go to a place that takes files, accruals to a webhook that is there, certificates can be read."""
    accruals, calls = doc.spec.accruals, doc.spec.calls
    for name, source in (("accruals", accruals and accruals.files), ("calls", calls and calls.files)):
        if source and kind_of(source) not in _TAKE_FILES:
            yield doc.problem((name, "files"), f"{kind_of(source)} takes no files", f"Name {', '.join(_TAKE_FILES)}.")
    if accruals and accruals.webhook is not None and accruals.webhook not in doc.spec.webhooks:
        remedy = nearest(accruals.webhook, doc.spec.webhooks) if doc.spec.webhooks else "Declare it under 'webhooks'."
        yield doc.problem(("accruals", "webhook"), f"there is no webhook '{accruals.webhook}'", remedy)
    for name, hook in doc.spec.webhooks.items():
        if hook.ca_file and (why := _bad_certificates(doc.file.parent / hook.ca_file)):
            remedy = "Name a PEM file with the certificates to trust."
            yield doc.problem(("webhooks", name, "ca_file"), f"the certificates cannot be read: {why}", remedy)


def _bad_certificates(file: Path) -> str:
    import ssl

    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError:
        return "there is none"
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def check_texts(
    doc: Document[CampaignSpec], fields: FieldsSpec, metrics: MetricsSpec, known: TriggerData
) -> Iterator[Problem]:
    """Syntax and unknown names of notes, notices and bodies. ``known``: what the trigger knows."""
    texts = [(path, source) for where, step in every(doc.spec.steps) for path, source in _texts(where, step)]
    if not texts:
        return
    from smc.send.render import Renderer

    renderer = Renderer(language="en", currency="USD", timezone="UTC")
    whole = shape_of(fields, metrics)
    shape: dict[str, Any] = {name: whole[name] for name in (*_ROOTS, *CODE)}
    shape |= {TRIGGER: shape_of_trigger(known)} if known.fields else {}
    shape["task"] = {"key": {}, "campaign": {}, "day": {}}
    for path, source in texts:
        yield from check_text(doc, path, source, renderer, known_in(shape))


def _texts(path: Place, step: Step) -> Iterator[tuple[Place, str]]:
    match step:
        case CallStep(call=call) if call.note:
            yield (*path, "call", "note"), call.note
        case NotifyStep(notify=notice):
            yield (*path, "notify", "text"), notice.text
        case WebhookStep(webhook=hook):
            for name, value in hook.body.items():
                if isinstance(value, str):
                    yield (*path, "webhook", "body", name), value
