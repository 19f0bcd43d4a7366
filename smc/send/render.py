"""The one renderer of letters and short messages: for previews, for the check before sending, and for sending."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from jinja2 import Template as Compiled
from jinja2 import TemplateError, UndefinedError

from smc.config.specs.project import ProjectSpec
from smc.errors import RenderError, SmcError
from smc.model.template import TEXT, Content, Note, Template
from smc.send.filters import Locale, filters
from smc.send.language import MAX_STEPS, Budget, Language
from smc.send.names import Use, uses
from smc.send.plain import text_source, tidy

MAX_OUTPUT = 1_000_000
MAX_SOURCE = 500_000

Part = Literal["subject", "preheader", "html", "text"]
Context = Mapping[str, Any]

_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_PREHEADER = '<div style="display:none;max-height:0;overflow:hidden">{}</div>'
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a customer reads. ``subject`` is one line; ``html`` and ``text`` have newlines as ``\\n``."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class _Parts:
    subject: Compiled
    html: Compiled
    text: Compiled


class Renderer:
    """Renders templates for one project. Each template is compiled once; not to be shared between threads."""

    def __init__(self, *, language: Literal["en", "ru"], currency: str, timezone: str) -> None:
        locale = Locale(language, currency, ZoneInfo(timezone))
        self._budget = Budget()
        self._html = Language(filters(locale), self._budget, autoescape=True)
        self._text = Language(filters(locale), self._budget, autoescape=False)
        self._compiled: dict[Template, _Parts] = {}
        self._notes: dict[Note, dict[str, Compiled]] = {}

    @classmethod
    def of(cls, settings: ProjectSpec) -> Renderer:
        return cls(language=settings.language, currency=settings.currency, timezone=settings.timezone)

    def render(self, template: Template, context: Context) -> Letter:
        """The letter for one customer.

        Raises ``RenderError`` when a value is missing, a name is unknown, the subject is empty or not one line, or the
        template does more than its budget allows. ``context`` is one of ``smc.send.context``.
        """
        parts = self._parts(template)
        self._budget.left = MAX_STEPS
        subject = self._run(parts.subject, context).strip()
        if not subject or _CONTROL.search(subject):
            what = "holds a line break or control character" if subject else "is empty"
            raise RenderError(f"the subject {what}", where=f"{template.name}/subject")
        return Letter(subject, self._run(parts.html, context), tidy(self._run(parts.text, context)))

    def note(self, note: Note, context: Context) -> dict[str, str]:
        """The parts of a short message for one customer; those that come out empty are left out.

        Raises ``RenderError`` as ``render`` does, and when there is no text.
        """
        parts = self._notes.get(note)
        if parts is None:
            try:
                parts = self._notes[note] = {
                    name: self._compile(self._text, source, note.name, name) for name, source in note.parts
                }
            except TemplateError as error:
                raise RenderError(str(error), where=note.name) from error
        self._budget.left = MAX_STEPS
        said = {name: tidy(self._run(part, context)).strip() for name, part in parts.items()}
        if not said.get(TEXT):
            raise RenderError("the text is empty", where=f"{note.name}/{TEXT}")
        return {name: text for name, text in said.items() if text}

    def check_source(self, source: str) -> None:
        """Whether a part of a short message can be compiled; jinja's ``TemplateSyntaxError`` carries the line."""
        self._translate(self._text, source, "text", TEXT)

    def check(self, template: Template, part: Part) -> None:
        """Whether one part can be compiled; jinja's ``TemplateSyntaxError`` carries the line."""
        environment = self._html if part == "html" else self._text
        self._translate(environment, getattr(template, part) or "", template.name, part)

    def check_made_text(self, template: Template) -> None:
        """Whether the text that is made from the HTML can be compiled; raises ``RenderError``."""
        try:
            self._translate(self._text, text_source(self._text, template.html), template.name, "text")
        except TemplateError as error:
            raise RenderError(str(error), where=template.name) from error

    def uses(self, content: Content) -> list[Use]:
        """Every name that the message reads from its context; nothing when it does not compile."""
        try:
            return [use for source in content.sources for use in self.uses_of(source)]
        except TemplateError:
            return []

    def uses_of(self, source: str) -> list[Use]:
        """As ``uses``, of one part."""
        return uses(self._text.parse(source))

    def _parts(self, template: Template) -> _Parts:
        found = self._compiled.get(template)
        if found is None:
            try:
                found = self._compiled[template] = self._compile_all(template)
            except TemplateError as error:
                raise RenderError(str(error), where=template.name) from error
        return found

    def _compile_all(self, template: Template) -> _Parts:
        text = template.text if template.text is not None else text_source(self._text, template.html)
        return _Parts(
            self._compile(self._text, template.subject.strip(), template.name, "subject"),
            self._compile(self._html, _with_preheader(template), template.name, "html"),
            self._compile(self._text, text, template.name, "text"),
        )

    def _compile(self, environment: Language, source: str, name: str, part: str) -> Compiled:
        filename = f"{name}/{part}"
        code = compile(self._translate(environment, source, name, part), filename, "exec")
        return Compiled.from_code(environment, code, environment.make_globals(None))

    def _translate(self, environment: Language, source: str, name: str, part: str) -> str:
        """The part as Python text, in which Jinja finds every mistake of syntax and every unknown filter."""
        if len(source) > MAX_SOURCE:
            raise RenderError(f"the {part} has {len(source)} characters; {MAX_SOURCE} are allowed", where=name)
        filename = f"{name}/{part}"
        return environment.compile(environment.tree(source, filename), name=filename, filename=filename, raw=True)

    def _run(self, compiled: Compiled, context: Context) -> str:
        pieces: list[str] = []
        length = 0
        try:
            for piece in compiled.root_render_func(compiled.new_context(dict(context))):
                length += len(piece)
                if length > MAX_OUTPUT:
                    raise RenderError(f"the letter has more than {MAX_OUTPUT} characters")  # noqa: TRY301 - gets its place below
                pieces.append(piece)
        except SmcError as error:
            raise RenderError(error.what, where=_place(compiled, error.__traceback__), remedy=error.remedy) from error
        except UndefinedError as error:  # its words name what the template asked for
            raise RenderError(str(error), where=_place(compiled, error.__traceback__)) from error
        except Exception as error:  # whatever a template's values do must cost one customer, not the run
            what = f"a value does not fit here ({type(error).__name__})"  # the error's own words may hold the value
            raise RenderError(what, where=_place(compiled, error.__traceback__)) from error
        return "".join(pieces)


def _with_preheader(template: Template) -> str:
    """The HTML with the preheader as the first, hidden text of its body."""
    if not template.preheader.strip():
        return template.html
    hidden = _PREHEADER.format(" ".join(template.preheader.split()))
    body = _BODY.search(template.html)
    at = body.end() if body else 0
    return template.html[:at] + hidden + template.html[at:]


def _place(compiled: Compiled, trace: TracebackType | None) -> str:
    """``NAME/html:12``: the line of the template where rendering stopped."""
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == compiled.filename:
            line = compiled.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return f"{compiled.filename}:{line}" if line else str(compiled.filename)
