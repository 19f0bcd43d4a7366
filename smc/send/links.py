"""Parameters that are added to the links of a letter, so that the shop's statistics know where visitors come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape, unescape
from urllib.parse import quote, unquote_plus

from smc.send.render import Letter

Parameters = Sequence[tuple[str, str]]

_HREF = re.compile(r"(<(?:a|area)\b[^>]*?\bhref\s*=\s*)(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_PLAIN = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_BEHIND = ".,;:!?'"


def tagged(letter: Letter, parameters: Parameters, spared: str) -> Letter:
    """The letter with parameters in its links to the web. ``spared``: the link that gets none, for unsubscribing."""
    if not parameters:
        return letter

    def href(found: re.Match[str]) -> str:
        link = unescape(found[2] if found[2] is not None else found[3])
        return f'{found[1]}"{escape(_with(link, parameters, spared))}"'

    def plain(found: re.Match[str]) -> str:
        link = _link_of(found[0])
        return _with(link, parameters, spared) + found[0][len(link) :]

    return replace(letter, html=_HREF.sub(href, letter.html), text=_PLAIN.sub(plain, letter.text))


def _link_of(words: str) -> str:
    """Without the signs that end a sentence, and brackets that were opened before the link."""
    link = words.rstrip(_BEHIND)
    while link.endswith(")") and link.count(")") > link.count("("):
        link = link[:-1].rstrip(_BEHIND)
    return link


def _with(link: str, parameters: Parameters, spared: str) -> str:
    """A parameter that the link has already stays as it is."""
    if not _WEB.match(link.strip()) or link == spared:
        return link
    whole, hash_, fragment = link.partition("#")
    _, asked, query = whole.partition("?")
    known = {unquote_plus(part.partition("=")[0]) for part in query.split("&")}
    added = "&".join(f"{quote(key)}={quote(value, safe='')}" for key, value in parameters if key not in known)
    if not added:
        return link
    joint = "?" if not asked else "" if not query or query.endswith("&") else "&"
    return f"{whole}{joint}{added}{hash_}{fragment}"
