"""A folder of an SSH server (SFTP, protocol version 3)."""

from __future__ import annotations

import io
import logging
import posixpath
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from time import monotonic
from typing import BinaryIO, ClassVar

import paramiko

from smc.config.specs.feed import After
from smc.config.specs.source import SftpPlace
from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.sftpread import Blocks
from smc.import_.sources.source import RemoteFile
from smc.import_.sources.stream import changed, is_safe, matching, once, parts_below, said, stream

_PORT = 22
_TRY_AGAIN = "Run the import again; it goes on where it stopped."

# Paramiko writes to stderr what it also raises.
_LOG = "smc.sftp"
logging.getLogger(_LOG).addHandler(logging.NullHandler())
logging.getLogger(_LOG).propagate = False


class SftpSource:
    """Files that lie directly in a folder. The version is the time of change, to the second, and the size."""

    connections: ClassVar[int] = 4
    resumes: ClassVar[bool] = True
    ordered: ClassVar[bool] = False
    bound: ClassVar[bool] = True

    def __init__(self, place: SftpPlace, root: Path, state: str = "") -> None:
        del state
        self._place = place
        self._root = root
        self._where = f"{place.host}:{place.port}"
        self._ssh: paramiko.SSHClient | None = None
        self._sftp: paramiko.SFTPClient | None = None

    def files(self, pattern: str) -> list[RemoteFile]:
        sftp = self._line()
        with self._spoken(
            f"the folder {self._place.path} cannot be listed", "Correct path of the source, or its rights."
        ):
            found = [(item.filename, item) for item in sftp.listdir_attr(self._place.path)]
        known = dict(found)
        once(((name, (item.st_mode, item.st_size, item.st_mtime)) for name, item in found), pattern, self._at())
        named = matching((RemoteFile(name) for name, item in found if not _is_folder(item)), pattern, self._at())
        listed = (file if file.bad else self._listed(sftp, file.name, known[file.name]) for file in named)
        return [file for file in listed if file is not None]

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        where = self._at(file.name)
        path = self._path(file)
        if file.size is not None and 0 < file.size <= offset:
            return io.BytesIO()
        sftp = self._line()
        with self._spoken(f"{file.name} cannot be read", "Check that it is there and that the user may read it."):
            handle = sftp.open(path, "rb", bufsize=0)
            now = _described(file.name, handle.stat())
            if now is None or _is_other(now, file):
                handle.close()
                raise changed(where)
        blocks = Blocks(sftp, handle, offset, now.size or 0)
        ended = False

        def read(size: int) -> bytes:
            nonlocal ended
            with self._spoken(f"{file.name} cannot be read", _TRY_AGAIN):
                chunk = blocks.read(size)
                after = file if chunk else _described(file.name, handle.stat())
            if after is None or _is_other(after, file):
                raise changed(where)
            ended = not chunk
            return chunk

        def done() -> None:
            if not ended and self._sftp is sftp:  # much more is on its way
                self.close()
            with suppress(OSError, EOFError, paramiko.SSHException):
                handle.close()

        left = None if now.size is None else now.size - offset
        return stream(read, done, left=left, where=where)

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        """A newer file of the same name is left where it is: it is not what was loaded."""
        del rejected
        if after.action == "leave":
            return
        path = self._path(file)
        parts = parts_below(after.folder) if after.action == "move" else ()
        sftp = self._line()
        with self._spoken(
            f"{file.name} is loaded, but cannot be put away", "Give the user the right to change the folder."
        ):
            try:
                now = _described(file.name, sftp.stat(path))
                if now is not None and not _is_other(now, file):
                    self._put_away(sftp, path, parts)
            except FileNotFoundError:
                _gone(sftp, path)

    def put(self, file: Path, name: str) -> None:
        """Send a file to ``name``, a path below the folder: first under another name, so that nobody reads half."""
        *folders, last = parts_below(name)
        sftp = self._line()
        with (
            self._spoken(f"{name} cannot be written", "Give the user the right to write there."),
            file.open("rb") as data,
        ):
            folder = self._made(sftp, folders)
            fresh = posixpath.join(folder, f".{last}.part")
            try:
                sftp.putfo(data, fresh)  # it compares the sizes when all is sent
                _rename(sftp, fresh, posixpath.join(folder, last))
            except BaseException:
                with suppress(OSError, EOFError, paramiko.SSHException):
                    sftp.remove(fresh)
                raise

    def close(self) -> None:
        ssh = self._ssh
        self._ssh = self._sftp = None
        if ssh is not None:
            ssh.close()

    def _line(self) -> paramiko.SFTPClient:
        transport = self._ssh.get_transport() if self._ssh is not None else None
        if self._sftp is None or transport is None or not transport.is_active():
            self.close()
            self._sftp = self._connected()
        return self._sftp

    def _connected(self) -> paramiko.SFTPClient:
        place = self._place
        self._ssh = ssh = paramiko.SSHClient()
        ssh.set_log_channel(_LOG)
        ssh.set_missing_host_key_policy(_Refuse())
        self._trust(ssh)
        key = self._key()
        secret = place.password.get_secret_value() if place.password is not None else None
        with self._spoken("the server says no", "Check the settings of the feed's source."):
            ssh.connect(
                place.host, place.port, place.user, password=secret, pkey=key, look_for_keys=False, allow_agent=False,
                timeout=place.timeout, banner_timeout=place.timeout, auth_timeout=place.timeout,
                channel_timeout=place.timeout,
            )  # fmt: skip
            sftp = ssh.open_sftp()
            channel = sftp.get_channel()
            if channel is not None:
                channel.settimeout(place.timeout)
            return sftp

    def _trust(self, ssh: paramiko.SSHClient) -> None:
        """Only the keys that the feed names are known."""
        place = self._place
        if place.host_key is not None:
            kind, _, text = place.host_key.strip().partition(" ")
            name = place.host if place.port == _PORT else f"[{place.host}]:{place.port}"
            try:
                key = paramiko.PKey.from_type_string(kind, _decoded(text.split()[0]))
            except (paramiko.SSHException, paramiko.pkey.UnknownKeyType, ValueError, IndexError) as error:
                raise FeedError(
                    f"host_key cannot be used: '{kind}' is not known, or the key is cut off", where=self._where,
                    remedy="Copy it from the server's /etc/ssh/ssh_host_*_key.pub.",
                ) from error  # fmt: skip
            ssh.get_host_keys().add(name, kind, key)
            return
        path = Path("~/.ssh/known_hosts") if place.known_hosts is None else self._root / place.known_hosts
        try:
            ssh.load_host_keys(str(path.expanduser()))
        except (OSError, RuntimeError) as error:  # RuntimeError: no home
            if place.known_hosts is not None:
                raise FeedError(
                    "known_hosts cannot be read", where=str(path), remedy="Correct known_hosts of the source."
                ) from error
        except (paramiko.SSHException, paramiko.hostkeys.InvalidHostKey, ValueError, TypeError, IndexError):
            raise FeedError(
                "this file of known hosts has a line that is no key", where=str(path),
                remedy="Correct or remove that line, or write host_key into the source.",
            ) from None  # fmt: skip

    def _key(self) -> paramiko.PKey | None:
        place = self._place
        if place.key_file is None:
            return None
        path = self._root / place.key_file
        phrase = place.passphrase.get_secret_value().encode() if place.passphrase is not None else None
        try:
            return paramiko.PKey.from_path(path.expanduser(), phrase)  # type: ignore[arg-type]  # it takes bytes only
        except OSError as error:
            raise FeedError(
                f"the private key cannot be read: {error.strerror}", where=str(path),
                remedy="Correct key_file of the source, or the rights of the file.",
            ) from error  # fmt: skip
        except (paramiko.SSHException, paramiko.pkey.UnknownKeyType, ValueError, TypeError):
            raise FeedError(
                "the private key cannot be used: it needs another passphrase, or is no key that is known here",
                where=str(path),
                remedy="Correct passphrase or key_file of the source.",
            ) from None

    def _listed(self, sftp: paramiko.SFTPClient, name: str, item: paramiko.SFTPAttributes) -> RemoteFile | None:
        if item.st_mode is not None and S_ISLNK(item.st_mode):
            with self._spoken(f"{name} cannot be asked for", "Check the user's rights."):
                try:
                    item = sftp.stat(posixpath.join(self._place.path, name))
                except OSError as error:
                    if isinstance(error, (TimeoutError, ConnectionError)):
                        raise
                    return RemoteFile(name)  # a link to nothing: opening it says so
        return _described(name, item)

    def _put_away(self, sftp: paramiko.SFTPClient, path: str, parts: tuple[str, ...]) -> None:
        if not parts:
            sftp.remove(path)
            return
        _rename(sftp, path, posixpath.join(self._made(sftp, parts), posixpath.basename(path)))

    def _made(self, sftp: paramiko.SFTPClient, parts: Iterable[str]) -> str:
        """The folder below the source's, made where it is not there."""
        folder = self._place.path
        for part in parts:
            folder = posixpath.join(folder, part)
            with suppress(PermissionError):
                _make(sftp, folder)
        return folder

    def _path(self, file: RemoteFile) -> str:
        if not is_safe(file.name):
            raise FeedError(f"the name {file.name!a} cannot be used", where=self._at(), remedy="Rename the file.")
        return posixpath.join(self._place.path, file.name)

    def _at(self, name: str = "") -> str:
        return f"{self._where}{'' if self._place.path.startswith('/') else '/'}{posixpath.join(self._place.path, name)}"

    @contextmanager
    def _spoken(self, refused: str, remedy: str) -> Iterator[None]:
        """Errors of the library become ours; ``refused`` is what a definite no means here."""
        begun = monotonic()
        try:
            yield
        except UnicodeDecodeError:
            raise FeedError(
                "there is a name that is not UTF-8", where=self._at(), remedy="Rename that file at its source."
            ) from None
        except (OSError, EOFError, paramiko.SSHException, _UnknownHostError) as error:
            refusal = self._refusal(error)
            if refusal is None and isinstance(error, OSError) and self._answered(error):
                raise FeedError(f"{refused}: {self._said(error)}", where=self._where, remedy=remedy) from None
            self.close()
            late = monotonic() - begun >= self._place.timeout
            reason = f"no answer within {self._place.timeout:g} s" if late else self._said(error)
            raise refusal or SourceDownError(
                f"the connection failed: {reason}", where=self._where,
                remedy="Check host and port of the source, and that the server runs; then try again.",
            ) from None  # fmt: skip

    def _answered(self, error: OSError) -> bool:
        """Whether this is an answer of the server, such as 'no such file', and not the end of the line."""
        channel = self._sftp.get_channel() if self._sftp is not None else None
        return channel is not None and not channel.closed and not isinstance(error, _LINE)

    def _refusal(self, error: Exception) -> SmcError | None:
        """What the server or we refuse for good; None for a line that broke."""
        match error:
            case _UnknownHostError():
                return self._unknown("is not known", error.key)
            case paramiko.BadHostKeyException():
                return self._unknown("is another than the one that is known: somebody may listen in", error.key)
            case paramiko.AuthenticationException() if "imeout" not in str(error):
                return FeedError(
                    f"the server refuses user, password or key: {self._said(error)}", where=self._where,
                    remedy="Check user, password and key_file of the source.",
                )  # fmt: skip
            case paramiko.ssh_exception.IncompatiblePeer():
                return FeedError(
                    f"the server is too old: {self._said(error)}",
                    where=self._where,
                    remedy="Ask its owner to update it.",
                )
            case _:
                return None

    def _unknown(self, how: str, key: paramiko.PKey) -> FeedError:
        return FeedError(
            f"the key of the server {how}: {key.get_name()} {key.fingerprint}",
            where=self._where,
            remedy="Ask the server's owner for the fingerprint. If it is this one, write into the source: "
            f"host_key: {key.get_name()} {key.get_base64()}",
        )

    def _said(self, error: Exception) -> str:
        secrets = (self._place.password, self._place.passphrase)
        text = getattr(error, "strerror", None) or error
        return said(text, *(item.get_secret_value() for item in secrets if item is not None)) or "the server hung up"


class _UnknownHostError(Exception):
    def __init__(self, key: paramiko.PKey) -> None:
        super().__init__("unknown host")
        self.key = key


class _Refuse(paramiko.MissingHostKeyPolicy):
    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        del client, hostname
        raise _UnknownHostError(key)


_LINE = (TimeoutError, ConnectionError, paramiko.ssh_exception.NoValidConnectionsError)


def _decoded(text: str) -> bytes:
    from base64 import b64decode

    return b64decode(text, validate=True)


def _is_folder(item: paramiko.SFTPAttributes) -> bool:
    return S_ISDIR(item.st_mode) if item.st_mode is not None else str(item).startswith("d")


def _described(name: str, item: paramiko.SFTPAttributes) -> RemoteFile | None:
    """None for what has no bytes: a folder, a pipe."""
    if item.st_mode is not None and not S_ISREG(item.st_mode):
        return None
    size, at = item.st_size, item.st_mtime
    version = f"{at} {size}" if at is not None and size is not None else ""
    return RemoteFile(name, size, None if at is None else datetime.fromtimestamp(at, UTC), version)


def _is_other(now: RemoteFile, file: RemoteFile) -> bool:
    return bool(file.version) and (now.size, now.version) != (file.size, file.version)


def _make(sftp: paramiko.SFTPClient, folder: str) -> None:
    try:
        sftp.stat(folder)
    except FileNotFoundError:
        with suppress(OSError):  # another made it meanwhile; when not, the renaming says so
            sftp.mkdir(folder)


def _rename(sftp: paramiko.SFTPClient, path: str, target: str) -> None:
    """To a new name; a file that has it is replaced."""
    try:
        sftp.posix_rename(path, target)
    except (FileNotFoundError, *_LINE):
        raise
    except OSError:  # the server does not know it, or says no: then the plain way, which replaces nothing
        with suppress(FileNotFoundError):
            sftp.remove(target)
        sftp.rename(path, target)


def _gone(sftp: paramiko.SFTPClient, path: str) -> None:
    """It was put away before; when it is still there, something else is missing."""
    with suppress(FileNotFoundError):
        sftp.stat(path)
        raise OSError("the folder for loaded files cannot be made")
