"""A folder of an FTP server (RFC 959, 3659), with TLS unless told otherwise (RFC 4217)."""

from __future__ import annotations

import io
import re
import socket
import ssl
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from ftplib import FTP, FTP_TLS, all_errors, error_perm
from pathlib import Path
from time import monotonic
from typing import BinaryIO, ClassVar

from smc.config.specs.feed import After
from smc.config.specs.source import FtpPlace
from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.ftpline import TlsFtp, answer, described, facts_of, features, is_folder, remote_file
from smc.import_.sources.source import RemoteFile
from smc.import_.sources.stream import changed, is_safe, matching, once, parts_below, said, stream
from smc.import_.sources.tls import authority, unverified

_PORT, _TLS_PORT = 21, 990
_MOST_FILES = 1_000_000
_BLOCK = 1 << 16
_IDLE_S = 10.0  # servers hang up on lines that rest; younger ones are not asked first
_UNKNOWN = frozenset({"500", "501", "502", "503", "504"})  # the server does not know the command
_TRY_AGAIN = "Run the import again; it goes on where it stopped."
_BROKEN: tuple[type[Exception], ...] = (*all_errors, ValueError)  # ValueError: what it says is no FTP
_SETTINGS = "Check the settings of the feed's source."


class FtpSource:
    """Files that lie directly in a folder. The version is the time of change, to the second on most servers, and size.

    Servers that know MLSD list with it (RFC 3659); others are asked for SIZE and MDTM of each file that matches.
    """

    connections: ClassVar[int] = 2
    resumes: ClassVar[bool] = True
    ordered: ClassVar[bool] = False
    bound: ClassVar[bool] = True

    def __init__(self, place: FtpPlace, root: Path, state: str = "") -> None:
        del state
        self._place = place
        self._root = root
        self._port = place.port or (_TLS_PORT if place.tls == "implicit" else _PORT)
        self._where = f"{place.host}:{self._port}"
        self._ftp: FTP | None = None
        self._data: socket.socket | None = None
        self._used = 0.0
        self._base = ""
        self._features: frozenset[str] = frozenset()

    def files(self, pattern: str) -> list[RemoteFile]:
        ftp = self._line()
        with self._spoken("the folder cannot be listed", "Give the user the right to list the folder."):
            if "MLST" not in self._features:
                named = matching(map(RemoteFile, self._names(ftp)), pattern, self._at())
                return [file for one in named if (file := one if one.bad else self._asked(ftp, one.name)) is not None]
            parsed = [facts_of(line) for line in self._lines(ftp, "MLSD")]
        files = ((name, facts) for name, facts in parsed if not is_folder(facts))
        found = once(files, pattern, self._at())
        named = matching(map(RemoteFile, found), pattern, self._at())
        with self._spoken("the folder cannot be listed", _SETTINGS):
            known = (
                one if one.bad else described(one.name, found[one.name]) or self._asked(ftp, one.name) for one in named
            )
            return [file for file in known if file is not None]

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        if file.size is not None and 0 < file.size <= offset:
            return io.BytesIO()
        name = self._name(file)
        ftp = self._line()
        with self._spoken(f"{name} cannot be read", "Give the user the right to read it."):
            self._same(ftp, file)
            data, begin = self._begin(ftp, name, offset)
        left = None if file.size is None else file.size - begin
        read, done = self._transfer(ftp, data, file)
        return stream(read, done, left=left, where=self._at(name), skip=offset - begin)

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        """A newer file of the same name is left where it is: it is not what was loaded."""
        del rejected
        if after.action == "leave":
            return
        name = self._name(file)
        parts = parts_below(after.folder) if after.action == "move" else ()
        ftp = self._line()
        with self._spoken(f"{name} is loaded, but cannot be put away", "Give the user the right to change the folder."):
            now = self._asked(ftp, name)
            if now is None or (now.size, now.version) != (file.size, file.version):
                return
            try:
                self._put_away(ftp, name, parts)
            except error_perm:
                if name in self._names(ftp):
                    raise

    def put(self, file: Path, name: str) -> None:
        """Send a file to ``name``, a path below the folder: first under another name, so that nobody reads half."""
        *folders, last = parts_below(name)
        ftp = self._line()
        fresh = "/".join((*folders, f".{last}.part"))
        with self._spoken(f"{name} cannot be written", "Give the user the right to write there."):
            _make(ftp, folders)
            try:
                self._send(ftp, file, fresh)
                _rename(ftp, fresh, name)
            except (error_perm, SourceDownError):
                answer(ftp, f"DELE {fresh}")
                raise

    def _send(self, ftp: FTP, file: Path, name: str) -> None:
        self._data = data = ftp.ntransfercmd(f"STOR {name}")[0]
        with file.open("rb") as source:
            while chunk := source.read(_BLOCK):
                data.sendall(chunk)
        self._end(data)
        ftp.voidresp()
        self._used = monotonic()
        size = re.fullmatch(r"213 +([0-9]{1,18})", answer(ftp, f"SIZE {name}").strip())
        if size is not None and int(size[1]) != file.stat().st_size:
            raise SourceDownError("only a part of the file has arrived", where=self._at(name), remedy="Try again.")

    def close(self) -> None:
        ftp = self._ftp
        if ftp is not None and self._data is None:
            with suppress(*_BROKEN):
                ftp.quit()
        self._drop()

    def _line(self) -> FTP:
        """The control connection; made anew when there is none, when a download was left or the server hung up."""
        if self._data is not None:
            self._drop()
        if self._ftp is not None and monotonic() - self._used > _IDLE_S:
            try:
                self._ftp.voidcmd("NOOP")
            except all_errors:
                self._drop()
        if self._ftp is None:
            self._ftp = self._connected()
        self._used = monotonic()
        return self._ftp

    def _connected(self) -> FTP:
        place = self._place
        ftp = self._made()
        try:
            self._greet(ftp)
            with self._spoken("the server refuses user or password", "Check user and password of the source."):
                ftp.login(place.user, place.password.get_secret_value())
            with self._spoken("the server does not encrypt data", "Ask its owner to allow PROT P."):
                if isinstance(ftp, FTP_TLS):
                    ftp.prot_p()
            with self._spoken(f"the folder {place.path} cannot be opened", "Make it, or correct path of the source."):
                self._features = features(ftp)
                if "UTF8" in self._features and place.encoding == "utf-8":
                    with suppress(error_perm):
                        ftp.sendcmd("OPTS UTF8 ON")
                ftp.cwd(place.path)
                self._base = ftp.pwd()
                ftp.voidcmd("TYPE I")
        except BaseException:
            ftp.close()
            raise
        return ftp

    def _made(self) -> FTP:
        place = self._place
        if place.tls == "none":
            ftp = FTP(timeout=place.timeout, encoding=place.encoding)  # noqa: S321 - only where the feed says so
        else:
            trusted = authority(place.ca_file, self._root)
            context = ssl.create_default_context(cafile=str(trusted) if trusted else None)
            ftp = TlsFtp(context=context, timeout=place.timeout, encoding=place.encoding)
        ftp.set_pasv(place.passive)
        return ftp

    def _greet(self, ftp: FTP) -> None:
        place = self._place
        with self._spoken("the server turns us away", "Ask its owner."):
            if isinstance(ftp, TlsFtp):
                ftp.begin(place.host, self._port, place.timeout, implicit=place.tls == "implicit")
            else:
                ftp.connect(place.host, self._port, place.timeout)
        with self._spoken(
            "the server does not offer TLS", "Set tls to 'implicit', or to 'none' if others may read user and password."
        ):
            if isinstance(ftp, TlsFtp) and place.tls == "explicit":
                ftp.auth()

    def _begin(self, ftp: FTP, name: str, offset: int) -> tuple[socket.socket, int]:
        """A data connection and where in the file it begins."""
        try:
            return ftp.ntransfercmd(f"RETR {name}", offset or None)[0], offset
        except error_perm as error:
            if not offset or str(error)[:3] not in _UNKNOWN:
                raise
        return ftp.ntransfercmd(f"RETR {name}")[0], 0  # it does not know REST

    def _transfer(
        self, ftp: FTP, data: socket.socket, file: RemoteFile
    ) -> tuple[Callable[[int], bytes], Callable[[], None]]:
        """``read`` and ``done`` of a stream. All has come when the server says so and the file is still the same."""
        self._data = data
        ended = False

        def read(size: int) -> bytes:
            nonlocal ended
            if ended:
                return b""
            with self._spoken(f"{file.name} cannot be read", _TRY_AGAIN):
                chunk = data.recv(size)
                if not chunk:
                    ended = True
                    self._end(data)
                    ftp.voidresp()
                    self._same(ftp, file)
                    self._used = monotonic()
            return chunk

        def done() -> None:
            data.close()
            if self._data is data:  # left before its end: what the server says next would be about it
                self._drop()

        return read, done

    def _end(self, data: socket.socket) -> None:
        self._data = None
        if isinstance(data, ssl.SSLSocket):
            with suppress(OSError, ValueError):  # a good-bye that many servers do not answer
                data.unwrap()
        data.close()

    def _put_away(self, ftp: FTP, name: str, parts: tuple[str, ...]) -> None:
        if not parts:
            ftp.delete(name)
            return
        _make(ftp, parts)
        target = "/".join((*parts, name))
        try:
            ftp.rename(name, target)
        except error_perm:  # there is a file of that name, and this server does not replace it
            if name not in self._names(ftp):
                return
            ftp.delete(target)
            ftp.rename(name, target)

    def _same(self, ftp: FTP, file: RemoteFile) -> None:
        now = self._asked(ftp, file.name)
        if now is None or (now.size, now.version) != (file.size, file.version):
            raise changed(self._at(file.name))

    def _asked(self, ftp: FTP, name: str) -> RemoteFile | None:
        """A file as it is now; None for a folder. Where the server says nothing about it, opening it will tell why."""
        size = re.fullmatch(r"213 +([0-9]{1,18})", answer(ftp, f"SIZE {name}").strip())
        if "MLST" in self._features and (told := answer(ftp, f"MLST {name}")):
            facts = facts_of(next((line for line in told.splitlines() if line.startswith(" ")), "").lstrip(" "))[1]
            if is_folder(facts):
                return None
            file = described(name, facts)
            if file is not None and (size is None or int(size[1]) == file.size):  # proftpd tells the length of a link
                return file
        if size is None and self._opens(ftp, name):
            return None
        time = re.fullmatch(r"213 +([0-9]{14}(\.[0-9]+)?)", answer(ftp, f"MDTM {name}").strip())
        return remote_file(name, size[1] if size else "", time[1] if time else "")

    def _opens(self, ftp: FTP, name: str) -> bool:
        try:
            ftp.cwd(name)
        except error_perm:
            return False
        ftp.cwd(self._base)
        return True

    def _names(self, ftp: FTP) -> list[str]:
        try:
            lines = self._lines(ftp, "NLST")
        except error_perm as error:
            if re.match(r"550 .*no (such )?files", str(error), re.IGNORECASE) is None:
                raise
            lines = []  # so some say that a folder is empty
        folder = self._base.rstrip("/") + "/"
        return [line.removeprefix(folder).removeprefix("./") for line in lines]

    def _lines(self, ftp: FTP, command: str) -> list[str]:
        lines: list[str] = []

        def keep(line: str) -> None:
            if len(lines) == _MOST_FILES:
                self._drop()
                raise FeedError(
                    f"the folder has more than {_MOST_FILES} files", where=self._at(), remedy="Move some of them away."
                )
            lines.append(line)

        ftp.retrlines(command, keep)
        ftp.voidcmd("TYPE I")
        return lines

    def _name(self, file: RemoteFile) -> str:
        if not is_safe(file.name):
            raise FeedError(f"the name {file.name!a} cannot be used", where=self._at(), remedy="Rename the file.")
        return file.name

    def _at(self, name: str = "") -> str:
        return f"{self._where}{'' if self._place.path.startswith('/') else '/'}{self._place.path.rstrip('/')}/{name}"

    def _drop(self) -> None:
        """Hang up without a word."""
        data, ftp = self._data, self._ftp
        self._data = self._ftp = None
        for line in (data, ftp):
            if line is not None:
                line.close()

    @contextmanager
    def _spoken(self, refused: str, remedy: str) -> Iterator[None]:
        """Errors of the line become ours; ``refused`` is what a definite no (5xx) means here."""
        try:
            yield
        except error_perm as error:
            words = said(error, self._place.password.get_secret_value())
            raise FeedError(f"{refused}: {words}", where=self._where, remedy=remedy) from None
        except UnicodeDecodeError:
            self._drop()
            raise FeedError(
                f"what the server writes is not {self._place.encoding}", where=self._where,
                remedy="Set encoding of the source to that of the names of files there.",
            ) from None  # fmt: skip
        except _BROKEN as error:
            connecting = self._ftp is None
            self._drop()
            raise self._down(error, connecting=connecting) from None

    def _down(self, error: Exception, *, connecting: bool) -> SmcError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return unverified(self._place.host, self._port, error.verify_message, certificate=self._certificate())
        if isinstance(error, ssl.SSLError) and connecting and not isinstance(error, ssl.SSLEOFError):
            words = f"TLS cannot be agreed with the server: {said(error.reason or error)}"
            return FeedError(words, where=self._where, remedy="Check port and tls ('explicit' or 'implicit').")
        words = said(error, self._place.password.get_secret_value()) or "the server hung up"
        return SourceDownError(
            f"the connection failed: {words}", where=self._where,
            remedy="Check host, port and tls of the source, and that the server runs; then try again.",
        )  # fmt: skip

    def _certificate(self) -> bytes | None:
        """What an unknown server shows after AUTH TLS; no name or password is sent to it."""
        if self._place.tls == "implicit":
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        ftp = TlsFtp(context=context, timeout=self._place.timeout)
        try:
            ftp.begin(self._place.host, self._port, self._place.timeout, implicit=False)
            ftp.auth()
            return ftp.sock.getpeercert(binary_form=True) if isinstance(ftp.sock, ssl.SSLSocket) else b""
        except _BROKEN:
            return b""
        finally:
            ftp.close()


def _make(ftp: FTP, parts: Sequence[str]) -> None:
    for depth in range(len(parts)):
        with suppress(error_perm):  # it is there; when it is not, what follows says so
            ftp.mkd("/".join(parts[: depth + 1]))


def _rename(ftp: FTP, name: str, target: str) -> None:
    """To a new name; a file that has it is replaced."""
    try:
        ftp.rename(name, target)
    except error_perm:  # there is such a file, and this server does not replace it
        answer(ftp, f"DELE {target}")
        ftp.rename(name, target)
