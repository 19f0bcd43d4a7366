"""Why something failed, in words that may be shown: below the classes of libraries, and without values of rows."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator

from smc.import_.sources.stream import said

_QUOTED = re.compile(r"""(?<!\w)'[^']*'|"[^"]*"|`[^`]*`""")
_NAME = re.compile(r"""(['"`])([^\W\d][\w$.-]*( list| clause| statement)?|\d{1,3}(\.\d{1,3}){3})\1""")
_NEAR = re.compile(r"(?<=near ').*(?=' at line \d+$)|(?<=near \").*(?=\"$)", re.DOTALL)
_ADDRESS = re.compile(r"[^\s'\"`]+@[^\s'\"`]+")


def masked(words: object, *secrets: str) -> str:
    """What a database said, on one short line; what is quoted in it stays where it can only be a name."""
    text = _NEAR.sub("…", str(words))
    text = _QUOTED.sub(lambda found: found[0] if _NAME.fullmatch(found[0]) else "'…'", text)
    return said(_ADDRESS.sub("…", text), *secrets)


def reason_of(error: BaseException, *secrets: str) -> str:
    """``known_reason``, else the words or the name of what is at the bottom of an error."""
    last = [*_below(error)][-1]
    words = known_reason(error) or said(getattr(last, "strerror", None) or last, *secrets)
    return words or type(last).__name__


def known_reason(error: BaseException) -> str:
    """Refused, no such host, no TLS, no answer; empty when it is none of these."""
    for one in _below(error):
        match one:
            case ConnectionRefusedError():
                return "the connection is refused, nobody listens there"
            case socket.gaierror():
                return "there is no such host"
            case ssl.SSLError() if getattr(one, "reason", "") in {
                "WRONG_VERSION_NUMBER",
                "UNEXPECTED_MESSAGE",
                "HTTP_REQUEST",
            }:
                return "the server does not speak TLS on this port"
            case TimeoutError():
                return "no answer in time"
    return ""


def _below(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it holds or that caused it."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if one not in seen:
            seen.append(one)
            yield one
            held = (*one.args, *vars(one).values(), one.__cause__, one.__context__)
            waiting += [item for item in _flat(held) if isinstance(item, BaseException)]


def _flat(held: tuple[object, ...]) -> Iterator[object]:
    for item in held:
        if isinstance(item, (list, tuple)):
            yield from item
        else:
            yield item
