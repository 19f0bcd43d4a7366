"""Letters as bytes, written by hand: Python's own ``EmailMessage`` makes 400 a second and damages long subjects.

Sources: RFC 5322 (form), RFC 2045 (bodies), RFC 2047 (words in other alphabets), RFC 2369 and 8058 (unsubscribing).
"""

from __future__ import annotations

import hmac
import re
from base64 import encodebytes, urlsafe_b64encode
from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from smc.errors import RenderError
from smc.model.file import File
from smc.send.address import Mailbox
from smc.send.render import Letter

_LINE = 76
_WORD = 75
_PLAIN = re.compile(r"[\x20-\x7e]*")
_ATOM_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = {byte: chr(byte) if byte in _Q_SAFE else "_" if byte == ord(" ") else f"={byte:02X}" for byte in range(256)}
_FRAME = len("=?utf-8?B??=")


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Where one customer's unsubscribing goes; ``url`` takes one-click POSTs (RFC 8058)."""

    url: str | None
    mailto: str | None

    @property
    def link(self) -> str:
        """What templates print as ``unsubscribe_url``."""
        return self.url or self.mailto or ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything of a letter but its text. ``due_at`` becomes Date: the same message has the same bytes."""

    key: str
    sender: Mailbox
    to: str
    due_at: datetime
    reply_to: Mailbox | None = None
    unsubscribe: Unsubscribe | None = None
    feedback_id: str = ""


def build(envelope: Envelope, letter: Letter, files: Sequence[bytes] = ()) -> bytes:
    """A complete message, every line ended by CRLF. ``RenderError`` when a header value holds a line break.

    ``files``: parts that ``file_part`` made.
    """
    boundary, around = f"=_{envelope.key}", f"=_files_{envelope.key}"
    kind = f'multipart/alternative;\r\n boundary="{boundary}"'
    headers = [
        ("From", address_value("From", envelope.sender)),
        ("To", _checked("To", envelope.to)),
        ("Subject", text_value("Subject", letter.subject)),
        ("Date", format_datetime(envelope.due_at.astimezone(UTC))),
        ("Message-ID", f"<{envelope.key}@{envelope.sender.domain}>"),
        *_optional(envelope),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/mixed;\r\n boundary="{around}"' if files else kind),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    body = _body(boundary, letter)
    if not files:
        return head.encode("ascii") + body
    between = f"\r\n--{around}\r\n".encode("ascii")
    end = f"\r\n--{around}--\r\n".encode("ascii")
    whole = f"Content-Type: {kind}\r\n".encode("ascii") + body
    return head.encode("ascii") + between + between.join((whole, *files)) + end


def file_part(file: File) -> bytes:
    """A file as a part of a letter; the name in other alphabets as RFC 2231 has it."""
    name = file.name.replace("\\", "").replace('"', "") if _PLAIN.fullmatch(file.name) else None
    shown = f'filename="{name}"' if name is not None else f"filename*=utf-8''{quote(file.name, safe='')}"
    head = (
        f"Content-Type: {file.kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {shown}\r\n\r\n"
    )
    return head.encode("ascii") + encodebytes(file.content).replace(b"\n", b"\r\n")


def _body(boundary: str, letter: Letter) -> bytes:
    return b"".join((
        f"\r\n--{boundary}\r\n".encode("ascii"),
        _part("text/plain", letter.text),
        f"\r\n--{boundary}\r\n".encode("ascii"),
        _part("text/html", letter.html),
        f"\r\n--{boundary}--\r\n".encode("ascii"),
    ))  # fmt: skip


def unsubscribe_token(secret: bytes, message_key: str, customer_id: str) -> str:
    """HMAC-SHA256 of both ids, 43 characters that need no quoting in a link."""
    text = f"{len(message_key)}:{message_key}{customer_id}".encode()
    return urlsafe_b64encode(hmac.digest(secret, text, sha256)).rstrip(b"=").decode("ascii")


def verify_token(secret: bytes, message_key: str, customer_id: str, token: str) -> bool:
    """Whether a token from a link is ours; takes the same time whatever it holds."""
    return hmac.compare_digest(unsubscribe_token(secret, message_key, customer_id).encode(), token.encode())


def unsubscribe(
    secret: bytes, message_key: str, customer_id: str, *, url: str | None, mailto: str | None
) -> Unsubscribe:
    """The links of one message; ``url`` and ``mailto`` are the project's settings."""
    token = unsubscribe_token(secret, message_key, customer_id)
    query = f"m={message_key}&c={quote(customer_id, safe='')}&t={token}"
    link = f"{url}{'&' if '?' in url else '?'}{query}" if url else None
    mail = f"mailto:{mailto}?subject=unsubscribe%20{message_key}.{token}" if mailto else None
    return Unsubscribe(link, mail)


def text_value(name: str, text: str) -> str:
    """A header's text, folded: as it is when it is plain ASCII that fits, otherwise as encoded words (RFC 2047).

    No word is longer than 75 characters, no line than 76. All of the text goes into words, spaces too, because
    readers drop what stands between two words; a character is never divided between words.
    """
    _checked(name, text)
    if _PLAIN.fullmatch(text) and "=?" not in text and text == text.strip() and (folded := _folded(name, text)):
        return folded
    return "\r\n ".join(_words(text, _LINE - len(name) - 2))


@lru_cache(maxsize=64)
def address_value(name: str, box: Mailbox) -> str:
    """``Name <address>``; the name is written plain, quoted or encoded, as it needs."""
    if not box.name:
        return box.address
    _checked(name, box.name)
    address = f"<{box.address}>"
    if _PLAIN.fullmatch(box.name) and "=?" not in box.name:
        atoms = _ATOM_PHRASE.fullmatch(box.name) and box.name == " ".join(box.name.split())
        shown = box.name if atoms else '"' + re.sub(r'(["\\])', r"\\\1", box.name) + '"'
        if len(name) + 2 + len(shown) + 1 + len(address) <= _LINE:
            return f"{shown} {address}"
    words = _words(box.name, _LINE - len(name) - 2)
    start = len(name) + 2 if len(words) == 1 else 1
    fold = " " if start + len(words[-1]) + 1 + len(address) <= _LINE else "\r\n "
    return "\r\n ".join(words) + fold + address


def _optional(envelope: Envelope) -> list[tuple[str, str]]:
    headers = []
    if envelope.reply_to:
        headers.append(("Reply-To", address_value("Reply-To", envelope.reply_to)))
    if envelope.unsubscribe and envelope.unsubscribe.link:
        links = [link for link in (envelope.unsubscribe.url, envelope.unsubscribe.mailto) if link]
        shown = [f"<{_checked('List-Unsubscribe', link)}>" for link in links]
        headers.append(("List-Unsubscribe", ",\r\n ".join(shown)))
        if envelope.unsubscribe.url:
            headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if envelope.feedback_id:
        headers.append(("Feedback-ID", _checked("Feedback-ID", envelope.feedback_id)))
    return headers


def _checked(name: str, value: str) -> str:
    """Refuse what could begin a header of its own: the only line breaks are the folds that we make."""
    if _CONTROL.search(value):
        raise RenderError(f"the header {name} would hold a line break or control character")
    return value


def _folded(name: str, text: str) -> str | None:
    """The text broken at single spaces into lines of 76; None when a word is too long."""
    lines: list[str] = []
    line, room = "", _LINE - len(name) - 2
    for piece in re.findall(r" *[^ ]+", text):
        if line and len(line) + len(piece) > room:
            lines.append(line)
            line, room = "", _LINE
        line += piece
        if len(line) > room:
            return None
    lines.append(line)
    return "\r\n".join(lines)


def _words(text: str, first_room: int) -> list[str]:
    """Encoded words; ``first_room`` is what the header's name leaves of the first line."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise RenderError("a text holds half a character", where="header") from error
    quoted = sum(len(_Q[byte]) for byte in text.encode()) < size * 4 / 3
    words: list[str] = []
    chunk, length, room = bytearray(), 0, min(first_room, _WORD) - _FRAME
    for character in text:
        data = character.encode()
        cost = sum(len(_Q[byte]) for byte in data) if quoted else len(data)
        if chunk and length + cost > (room if quoted else room // 4 * 3):
            words.append(_word(bytes(chunk), quoted=quoted))
            chunk, length, room = bytearray(), 0, _WORD - _FRAME
        chunk += data
        length += cost
    words.append(_word(bytes(chunk), quoted=quoted))
    return words


def _word(data: bytes, *, quoted: bool) -> str:
    if quoted:
        return f"=?utf-8?Q?{''.join(_Q[byte] for byte in data)}?="
    return f"=?utf-8?B?{b2a_base64(data, newline=False).decode('ascii')}?="


def _part(kind: str, text: str) -> bytes:
    """One body: quoted-printable or base64, whichever is smaller; lines of at most 76."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    data = lines.encode()
    others = len(data) - len(data.translate(None, bytes(range(128, 256))))
    if others * 2 < len(data) // 3:
        encoding, body = "quoted-printable", b2a_qp(data, istext=True).replace(b"\n", b"\r\n")
    else:
        encoding, body = "base64", encodebytes(data.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + body
