"""One HTTP server: always verified, each answer timed, no redirect to another host, its errors made ours."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.stream import said
from smc.import_.sources.tls import authority, is_loopback, is_verification, unverified

_HOPS = 5
_BLOCK = 1 << 20
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PASSING = frozenset({408, 421, 423, 425, 429})


@dataclass(frozen=True, slots=True)
class Piece:
    """``size`` bytes of a file from ``begin`` on, to be sent; every time it is asked for they are read anew."""

    file: Path
    begin: int
    size: int

    def __iter__(self) -> Iterator[bytes]:
        left = self.size
        with self.file.open("rb") as data:
            data.seek(self.begin)
            while left and (block := data.read(min(left, _BLOCK))):
                left -= len(block)
                yield block


@cache
def _trust(authority: Path | None) -> ssl.SSLContext:
    """Made once for all connections: to read the public authorities takes longer than a request."""
    return httpx.create_ssl_context() if authority is None else ssl.create_default_context(cafile=str(authority))


class Http:
    """Requests to the one server of ``url``.

    ``secrets`` are kept out of errors. Answers are taken as they are: no decompression, no cookies. Proxies of the
    environment are used except for this machine. Every failure is a ``FeedError`` or, where trying again can help, a
    ``SourceDownError``.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        ca_file: Path | None = None,
        root: Path = Path(),
        auth: httpx.Auth | None = None,
        secrets: Iterable[str] = (),
    ) -> None:
        self.secrets = list(secrets)
        self.url = httpx.URL(url)
        self.host = self.url.host
        self.port = self.url.port or _DEFAULT_PORTS[self.url.scheme]
        self.where = f"{self.host}:{self.port}"
        self._client = httpx.Client(
            auth=auth,
            timeout=timeout,
            verify=_trust(authority(ca_file, root)),
            trust_env=not is_loopback(self.host),
            headers={"Accept-Encoding": "identity", "User-Agent": "smc"},
        )

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | Piece | None = None
    ) -> httpx.Response:
        """The answer with its body still unread: ``whole`` or ``chunks`` reads it, ``close`` lets it go."""
        if isinstance(content, Piece):
            headers = {**(headers or {}), "Content-Length": str(content.size)}
        for _ in range(_HOPS):
            with self._spoken():
                request = self._client.build_request(method, url, headers=headers, content=content)
                response = self._client.send(request, stream=True)
            if not response.has_redirect_location:
                return response
            response.close()
            url = self._next(request.url, response.headers["Location"])
        raise FeedError(
            "the server redirects in a circle", where=self.where, remedy="Ask the server's owner for the right URL."
        )

    def whole(self, response: httpx.Response, limit: int) -> bytes:
        """The body, which is then closed. Raises ``FeedError`` when it has more than ``limit`` bytes."""
        body = bytearray()
        try:
            with self._spoken():
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > limit:
                        raise FeedError(
                            f"the server's answer has more than {limit >> 20} MiB", where=self.where,
                            remedy="Move files that are done out of the folder.",
                        )  # fmt: skip
        finally:
            response.close()
        return bytes(body)

    def chunks(self, response: httpx.Response) -> Callable[[int], bytes]:
        """``read(n)`` over the body of an answer."""
        arriving = response.iter_raw()
        rest = b""

        def read(most: int) -> bytes:
            nonlocal rest
            with self._spoken():
                while not rest:
                    chunk = next(arriving, None)
                    if chunk is None:
                        return b""
                    rest = chunk
            out, rest = rest[:most], rest[most:]
            return out

        return read

    def refusal(self, response: httpx.Response, what: str, *, detail: str = "") -> SmcError:
        """The error for an answer that is not what was asked for; the answer is closed."""
        response.close()
        status = response.status_code
        words = said(f"{status} {response.reason_phrase}", *self.secrets)
        told = f"{what}: HTTP {words}{f', {detail}' if detail else ''}"
        if status in _PASSING or httpx.codes.is_server_error(status):
            wait = response.headers.get("Retry-After", "")
            asked = f"The server asks to wait {wait} s. " if wait.isdigit() else ""
            return SourceDownError(told, where=self.where, remedy=f"{asked}Try again later.")
        return FeedError(
            told, where=self.where, remedy=_REMEDIES.get(status, "Check the settings of the feed's source.")
        )

    def close(self) -> None:
        self._client.close()

    def _next(self, asked: httpx.URL, location: str) -> str:
        with self._spoken():
            goal = asked.join(location)
        if (goal.scheme, goal.host, goal.port) != (asked.scheme, asked.host, asked.port):
            raise FeedError(
                f"the server sends us to another place: {goal.scheme}://{goal.host}",
                where=self.where,
                remedy="Name and password go to no other host than the feed names. Write the new URL into the feed "
                "if you trust it.",
            )
        return str(goal)

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise SourceDownError(
                f"no answer within {self._client.timeout.read:g} s",
                where=self.where,
                remedy="Try again later, or raise 'timeout' of the source.",
            ) from error
        except (httpx.LocalProtocolError, UnicodeError):  # their texts repeat what was to be sent, tokens too
            raise FeedError(
                "the server cannot be asked: a name or a secret of the source has letters that HTTP cannot send",
                where=self.where,
                remedy="Correct user, password, token and URL of the source.",
            ) from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise FeedError(
                f"the server cannot be asked: {said(error, *self.secrets)}",
                where=self.where,
                remedy="Correct the URL of the source.",
            ) from error
        except httpx.TransportError as error:
            complaint = is_verification(error)
            if complaint is not None:
                raise unverified(self.host, self.port, getattr(complaint, "verify_message", "")) from error
            raise SourceDownError(
                f"the connection failed: {said(error, *self.secrets) or type(error).__name__}",
                where=self.where,
                remedy="Check host and port of the source, and that the server runs; then try again.",
            ) from error


_REMEDIES = {
    401: "Check user and password of the source.",
    403: "Give the user the right to list, read, write, move and delete there.",
    404: "Check the path in the source's settings; it must be there.",
    405: "The URL must be that of a folder on a server that speaks the protocol.",
    413: "Let the server, and the proxy before it, take larger files (client_max_body_size of nginx).",
    507: "Free some space on the server.",
}
