"""Checks of what mailings give to their letters beside the template: files, senders and subjects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smc.config.document import Document
from smc.config.layout import Keys
from smc.config.problem import Problem
from smc.config.specs.campaign import MailingSpec
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.model.file import MOST
from smc.model.template import CODE
from smc.send.address import mailbox
from smc.send.check import check_text, known_in, shape_of


def check_letters(doc: Document[MailingSpec], root: Path) -> Iterator[Problem]:
    """Every file is there, those of a letter are not too large together, and senders are mailboxes."""
    for where, paths in doc.spec.attached:
        yield from _files(doc, where, paths, root)
    for number, arm in enumerate(doc.spec.variants.arms if doc.spec.variants else ()):
        if arm.sender is not None and mailbox(arm.sender) is None:
            place: Keys = ("variants", "arms", number, "sender")
            message = f"'{arm.sender}' is not a mailbox"
            yield doc.problem(place, message, "Write it like this: Shop <news@shop.example>")


def check_subjects(doc: Document[MailingSpec], fields: FieldsSpec, metrics: MetricsSpec) -> Iterator[Problem]:
    """Syntax and unknown names of the subjects of variants."""
    arms = doc.spec.variants.arms if doc.spec.variants else ()
    subjects = [(number, arm.subject) for number, arm in enumerate(arms) if arm.subject is not None]
    if not subjects:
        return
    from smc.send.render import Renderer

    renderer = Renderer(language="en", currency="USD", timezone="UTC")
    known = shape_of(fields, metrics)
    shape = {name: known[name] for name in known if doc.spec.promocode or name not in CODE}
    for number, subject in subjects:
        place: Keys = ("variants", "arms", number, "subject")
        yield from check_text(doc, place, subject, renderer, known_in(shape), what="subject")


def _files(doc: Document[MailingSpec], where: Keys, paths: tuple[str, ...], root: Path) -> Iterator[Problem]:
    size = 0
    for index, path in enumerate(paths):
        place = (*where, index)
        file = root / path
        if not file.is_file():
            what = "is no file" if file.exists() else "is not there"
            yield doc.problem(place, f"'{path}' {what}", "Paths start at the project's folder.")
            continue
        size += file.stat().st_size
        if size > MOST:
            message = f"the files of a letter may have {MOST:,} bytes together, and with this one it is {size:,}"
            yield doc.problem(place, message, "Put the file on your site, and a link into the letter.")
