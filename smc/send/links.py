"""Parameters that are added to the links of a letter, so that the shop's statistics know where visitors come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from urllib.parse import quote, unquote_plus

from smc.send.plain import link_text
from smc.send.render import Letter

Parameters = Sequence[tuple[str, str]]

_HREF = re.compile(r"(<(?:a|area)\b[^>]*?(?<![-\w])href\s*=\s*)(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_PLAIN = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_BEHIND = ".,;:!?'\u00bb\u201d\u201c\u2019\u2018\u203a\u2026|"
"""Signs of which no link has one at its end; the typographic ones of most languages among them."""
_PAIRS = {")": "(", "]": "[", "}": "{"}


def tagged(letter: Letter, parameters: Parameters, spared: str) -> Letter:
    """The letter with parameters in its links to the web. ``spared``: the link that gets none, for unsubscribing."""
    if not parameters:
        return letter

    def href(found: re.Match[str]) -> str:
        link = link_text(found[2] if found[2] is not None else found[3]).strip()
        new = _with(link, parameters, spared)
        return found[0] if new == link else f'{found[1]}"{escape(new)}"'

    def plain(found: re.Match[str]) -> str:
        link = _link_of(found[0], found.string[: found.start()][-1:])
        return _with(link, parameters, spared) + found[0][len(link) :]

    return replace(letter, html=_HREF.sub(href, letter.html), text=_PLAIN.sub(plain, letter.text))


def _link_of(words: str, before: str) -> str:
    """Without the signs that end a sentence, brackets that were opened before the link, and the sign of emphasis that
    stands before it too."""
    behind = _BEHIND + (before if before in ("*", "_") else "")
    link = words.rstrip(behind)
    while (opened := _PAIRS.get(link[-1:])) and link.count(link[-1]) > link.count(opened):
        link = link[:-1].rstrip(behind)
    return link


def _with(link: str, parameters: Parameters, spared: str) -> str:
    """A parameter that the link has already stays as it is."""
    if not _WEB.match(link) or (spared and link.startswith(spared)):
        return link
    whole, hash_, fragment = link.partition("#")
    _, asked, query = whole.partition("?")
    known = {unquote_plus(part.partition("=")[0]) for part in query.split("&")}
    added = "&".join(f"{quote(key)}={quote(value, safe='')}" for key, value in parameters if key not in known)
    if not added:
        return link
    joint = "?" if not asked else "" if not query or query.endswith("&") else "&"
    return f"{whole}{joint}{added}{hash_}{fragment}"
