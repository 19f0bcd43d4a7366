"""The plain text part made from the HTML: of the template, once, so that each letter only renders it.

Jinja code rides through the conversion as marks; what stands in the text or in a link comes out in the same place.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5
from html.parser import HTMLParser

from jinja2 import Environment

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_LINK = re.compile(r"<a\b[^>]*>", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:(#[0-9]+;|#[xX][0-9a-fA-F]+;)|([a-zA-Z][a-zA-Z0-9]*;)?)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BLOCK = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "div", "dl", "dt", "dd", "fieldset", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "li", "main", "nav", "ol", "p", "pre", "section", "table",
    "tbody", "thead", "tfoot", "tr", "ul",
})  # fmt: skip
_APART = frozenset({"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "table", "ul"})
_UNSEEN = frozenset({"head", "script", "style", "template", "title"})
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
})  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_SHOWN_SCHEMES = ("http:", "https:", "mailto:", "tel:", _OPEN)


def text_source(environment: Environment, html: str) -> str:
    """A text template that says what the HTML template says; links stand in brackets behind their words."""
    marked, codes = _marked(environment, html)
    reader = _Reader()
    reader.feed(_LINK.sub(lambda tag: _spelled_out(tag[0]), marked))
    reader.close()
    # Tidied before the code comes back: the newline behind a block would make the blank after it the start of a line.
    return _MARK.sub(lambda mark: codes[int(mark[1])], tidy(reader.text()))


def link_text(attribute: str) -> str:
    """The link that an attribute holds. Only references that end in a semicolon are any: ``&region=`` is none."""
    return unescape(_spelled_out(attribute))


def tidy(text: str) -> str:
    """No blanks at either end of a line, at most one empty line in a row, one newline at the end."""
    lines = "\n".join(line.strip(" \t") for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"


def _spelled_out(text: str) -> str:
    """Every ``&`` that begins no whole reference as one."""
    return _REFERENCE.sub(lambda found: found[0] if found[1] or found[2] in html5 else f"&amp;{found[0][1:]}", text)


def _marked(environment: Environment, source: str) -> tuple[str, list[str]]:
    """The source with each piece of Jinja code replaced by a mark, and the pieces."""
    out: list[str] = []
    codes: list[str] = []
    code: list[str] = []
    for _, kind, value in environment.lex(source):
        if kind == "data" and not code:
            out.append(value.replace(_OPEN, "").replace(_CLOSE, ""))
            continue
        code.append(value)
        if kind in ("variable_end", "block_end", "comment_end", "raw_end"):
            out.append(f"{_OPEN}{len(codes)}{_CLOSE}")
            # A newline behind a block is dropped when the text is rendered; this one, and no other.
            codes.append("".join(code).rstrip("\n") + ("\n" if kind == "block_end" else ""))
            code = []
    return "".join(out), codes


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._unseen: list[str] = []
        self._links: list[tuple[str, int]] = []

    def text(self) -> str:
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        hidden = tag in _UNSEEN or "hidden" in values or bool(_HIDDEN.search(values.get("style", "")))
        if tag not in _VOID and (self._unseen or hidden):
            self._unseen.append(tag)
        if self._unseen:
            return
        match tag:
            case "br":
                self._out.append("\n")
            case "hr":
                self._out.append("\n\n-----\n\n")
            case "img":
                self._words(values.get("alt", ""))
            case "a":
                self._links.append((values.get("href", "").strip(), len(self._out)))
            case "li":
                self._out.append("\n- ")
            case "td" | "th":
                self._words(" ")
            case _ if tag in _BLOCK:
                self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag in self._unseen:
                while self._unseen.pop() != tag:
                    pass
            return
        if tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in _BLOCK and tag != "li":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._words(data)

    def _words(self, data: str) -> None:
        words = _SPACE.sub(" ", data)
        if words.startswith(" ") and (not self._out or self._out[-1].endswith((" ", "\n"))):
            words = words[1:]
        if words:
            self._out.append(words)

    def _break(self, tag: str) -> None:
        if tag in _APART:
            self._out.append("\n\n")
        elif not self._fresh_line():
            self._out.append("\n")

    def _fresh_line(self) -> bool:
        """Whether nothing but code stands on the line so far."""
        for piece in reversed(self._out):
            seen = _MARK.sub("", piece)
            if seen:
                return seen.endswith("\n")
        return True

    def _end_link(self, target: str, start: int) -> None:
        words = "".join(self._out[start:]).strip()
        if not target.startswith(_SHOWN_SCHEMES) or target.removeprefix("mailto:") == words:
            return
        self._out.append(f" ({target})" if words else target)
