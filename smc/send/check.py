"""Checks of meaning before anything is sent: templates and channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from smc.config.document import Document
from smc.config.layout import Keys
from smc.config.metrics import catalog
from smc.config.problem import Place, Problem, nearest
from smc.config.profile import profile_fields
from smc.config.specs.campaign import TemplateSpec
from smc.config.specs.channel import ChannelsSpec, FileRouteSpec
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.errors import RenderError
from smc.model.template import CODE, Content, Template, TriggerData
from smc.send.address import mailbox

if TYPE_CHECKING:
    from smc.send.names import Use
    from smc.send.render import Part, Renderer

Shape = Mapping[str, Any]
TRIGGER = "trigger"
_Name = TypeVar("_Name")

_DATE_PARTS = ("year", "month", "day")
_ELEMENT = "[]"


class _AnyKey(dict[str, Any]):
    """Details of an event: any name is one."""

    def __contains__(self, key: object) -> bool:
        return key != _ELEMENT

    def __missing__(self, key: str) -> Shape:
        return {}


def shape_of_trigger(known: TriggerData) -> Shape:
    leaf: Shape = {}
    found: dict[str, Any] = dict.fromkeys(known.fields, leaf)
    lines = dict.fromkeys(known.lines, leaf)
    return found | ({"lines": {_ELEMENT: lines}} if lines else {}) | ({"context": _AnyKey()} if known.details else {})


def check_template(  # noqa: PLR0917 - what the parts of a project are
    doc: Document[TemplateSpec],
    template: Template,
    files: Mapping[str, Path],
    fields: FieldsSpec,
    metrics: MetricsSpec,
    triggers: Mapping[str, TriggerData] | None = None,
) -> list[Problem]:
    """Syntax and unknown names, with file and line. ``files``: ``html`` (body.html) and, if there is one, ``text``.

    ``triggers``: by campaigns and mailings that use the template, what is known of their triggers.
    """
    from smc.send.render import Renderer

    renderer = Renderer(language="en", currency="USD", timezone="UTC")
    parts: list[Part] = ["subject", "preheader", "html"] if template.is_letter else []
    if template.text is not None:
        parts.append("text")
    checker = _Checker(renderer, doc, template, files, shape_of(fields, metrics), triggers or {})
    problems = [*_wrong_parts(doc, template), *(problem for part in parts for problem in checker.part(part))]
    if not problems and template.text is None:
        problems.extend(_made_text(renderer, template, files))
    return problems


def printing_codes(contents: Mapping[_Name, Content]) -> frozenset[_Name]:
    """Names of the letters and texts that print a promocode; one that does not compile prints nothing."""
    suspects = {name: one for name, one in contents.items() if any("promocode" in part for part in one.sources)}
    if not suspects:
        return frozenset()
    from smc.send.render import Renderer

    renderer = Renderer(language="en", currency="USD", timezone="UTC")
    return frozenset(name for name, one in suspects.items() if any(use.path[0] in CODE for use in renderer.uses(one)))


def _wrong_parts(doc: Document[TemplateSpec], template: Template) -> Iterator[Problem]:
    """A letter has a subject, a text has none."""
    if template.is_letter and not template.subject:
        yield doc.problem((), "A letter needs a subject.", "Write 'subject: …' in template.yaml.")
    if not template.is_letter and (template.subject or template.preheader):
        part = "subject" if template.subject else "preheader"
        yield doc.problem((part,), f"A text has no {part}.", "Remove it, or write body.html for a letter.")


def check_channels(doc: Document[ChannelsSpec]) -> list[Problem]:
    """Senders are mailboxes with a domain; a route has what it needs. The spec refuses a password without TLS."""
    return [*_mailboxes(doc), *_folders(doc)]


def shape_of(fields: FieldsSpec, metrics: MetricsSpec) -> Shape:
    """Every name that a template can read, as nested mappings; an empty one is a value."""
    leaf: Shape = {}
    return {
        "customer": dict.fromkeys(profile_fields(fields), leaf),
        "metric": dict.fromkeys(catalog(metrics, fields), leaf),
        "rfm": dict.fromkeys(("recency", "frequency", "monetary", "cell"), leaf),
        "last_receipt": {
            "id": leaf, "day": leaf, "total": leaf,
            "lines": {_ELEMENT: dict.fromkeys(("product", "quantity", "amount"), leaf)},
        },
        "unsubscribe_url": leaf,
        "promocode": leaf,
        "promocode_until": leaf,
        "message": {"campaign": leaf, "key": leaf},
        "shop": {"title": leaf},
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Checker:
    """Checks the parts of one template; the subject and the preheader stand in template.yaml."""

    renderer: Renderer
    doc: Document[TemplateSpec]
    template: Template
    files: Mapping[str, Path]
    shape: Shape
    triggers: Mapping[str, TriggerData]

    def part(self, part: Part) -> Iterator[Problem]:
        from jinja2 import TemplateSyntaxError

        try:
            self.renderer.check(self.template, part)
        except TemplateSyntaxError as error:
            yield self._problem(part, error.lineno, "{", f"The template cannot be read: {error.message}", "")
            return
        except RenderError as error:
            yield self._problem(part, 0, "", f"The template cannot be used: {error.what}", error.remedy)
            return
        for use in self.renderer.uses_of(getattr(self.template, part)):
            found = self._of_trigger(use) if use.path[0] == TRIGGER else unknown(use, self.shape)
            if found:
                word, message, remedy = found
                yield self._problem(part, use.line, word, message, remedy)

    def _of_trigger(self, use: Use) -> tuple[str, str, str] | None:
        """What the triggers of all who use the template must know."""
        if not self.triggers:
            return TRIGGER, "No campaign uses this template, so no trigger is known.", "Use it in a campaign first."
        for campaign, known in self.triggers.items():
            if not known.fields:
                return TRIGGER, f"The trigger of {campaign} has no data; its day is all that is known.", ""
            if found := unknown(use, {TRIGGER: shape_of_trigger(known)}):
                word, message, remedy = found
                return word, f"{message.removesuffix('.')} in {campaign}.", remedy
        return None

    def _problem(self, part: Part, line: int, word: str, message: str, remedy: str) -> Problem:
        if part in ("subject", "preheader"):
            return self.doc.problem((part,), message, remedy)
        return Problem(_place(self.files[part], getattr(self.template, part), line, word), message, remedy)


def _made_text(renderer: Renderer, template: Template, files: Mapping[str, Path]) -> Iterator[Problem]:
    """The plain text part that will be made from the HTML must be a template too."""
    try:
        renderer.check_made_text(template)
    except RenderError as error:
        message = f"No plain text can be made from this HTML: {error.what}"
        yield Problem(Place(files["html"]), message, "Write body.txt beside it.")


def unknown(use: Use, shape: Shape) -> tuple[str, str, str] | None:
    """The first step of a path that leads nowhere: the word, what is wrong, and the nearest name."""
    here, way = shape, ""
    for step in use.path:
        if step in here:
            here, way = here[step], f"{way}.{step}" if way and step != _ELEMENT else way or step
            continue
        if way and not here:
            return None if step in _DATE_PARTS else (step, f"{way} is a single value, it has no '{step}'.", "")
        if step == _ELEMENT or _ELEMENT in here:
            remedy = "Loop over lists: {% for line in last_receipt.lines %}."
            return way, f"{way} is used as a list the wrong way.", remedy
        what = f"{way} has no '{step}'." if way else f"There is no variable '{step}'."
        return step, what, nearest(step, here)
    return None


def check_text(
    doc: Document[Any],
    place: Keys,
    source: str,
    renderer: Renderer,
    judge: Callable[[Use], tuple[str, str] | None],
    *,
    what: str = "text",
) -> Iterator[Problem]:
    """Syntax and names of a text that stands in YAML. ``judge``: what is wrong with a name, and the remedy."""
    from jinja2 import TemplateSyntaxError

    try:
        renderer.check_source(source)
    except TemplateSyntaxError as error:
        yield doc.problem(place, f"the {what} cannot be read: {error.message}")
        return
    except RenderError as error:
        yield doc.problem(place, f"the {what} cannot be used: {error.what}", error.remedy)
        return
    for use in renderer.uses_of(source):
        if found := judge(use):
            yield doc.problem(place, *found)


def known_in(shape: Shape) -> Callable[[Use], tuple[str, str] | None]:
    """For ``check_text``: every name must be in the shape."""

    def judge(use: Use) -> tuple[str, str] | None:
        found = unknown(use, shape)
        return found[1:] if found else None

    return judge


def _place(file: Path, source: str, line: int, word: str) -> Place:
    lines = source.splitlines()
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return Place(file, line, max(text.find(word), 0) + 1, text) if text else Place(file, line, 1 if line else 0)


def _mailboxes(doc: Document[ChannelsSpec]) -> Iterator[Problem]:
    email = doc.spec.email
    if email is None:
        return
    for key in ("sender", "reply_to"):
        written = getattr(email, key)
        if written is not None and mailbox(written) is None:
            remedy = "Write it like: Shop <news@example.com>"
            yield doc.problem(("email", key), f"'{written}' is not a mailbox.", remedy)


def _folders(doc: Document[ChannelsSpec]) -> Iterator[Problem]:
    for name, channel in doc.spec:
        if channel and isinstance(channel.route, FileRouteSpec) and channel.route.file.folder == Path():
            yield doc.problem((name, "route", "file", "folder"), "The folder for the messages is not set.", "")
