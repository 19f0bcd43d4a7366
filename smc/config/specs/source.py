"""Where the drops of a feed come from: one place per kind of source."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Annotated, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Discriminator, Field, SecretStr, Tag, field_validator, model_validator

from smc.config.specs.base import FilePath, Host, Spec
from smc.config.specs.rule import only_key

Port = Annotated[int, Field(ge=1, le=65535)]
Timeout = Annotated[int, Field(ge=1, le=600, description="seconds without an answer")]


def _bare(url: str, name: str, keys: str) -> None:
    """Secrets have keys of their own, for a URL is shown in errors."""
    parts = _split(url, name)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"{name} carries no user, password, '?' or '#'; {keys} have keys of their own")


def _private(url: str, name: str) -> None:
    """A password or token goes unencrypted to this machine only."""
    host = _split(url, name).hostname or ""
    if not url.startswith("https://") and host not in {"localhost", "::1"} and not re.fullmatch(r"127(\.\d+){3}", host):
        raise ValueError(f"{name} must begin with https://, or the password could be read on its way")


def checked_url(url: str) -> str:
    """An address that is posted to with a secret: https, or this machine; without user, password and query."""
    _bare(url, "url", "secrets")
    _private(url, "url")
    return url


def _split(url: str, name: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:  # to ask for the port is to check it
            return parts
    except ValueError:
        pass
    raise ValueError(f"{name} names no host, or a wrong port")


OneLine = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
DATABASE = r"^[^\x00-\x20\x7f=/@]+$"
"""A name, and no text of connection with a password in it: it is shown in errors."""


def _is_public_key(text: str) -> bool:
    """Whether this is a type and a key in base64 that begins with the same type (RFC 4253, section 6.6)."""
    parts = text.split()
    if len(parts) < 2:  # noqa: PLR2004 - the type and the key
        return False
    try:
        blob = b64decode(parts[1], validate=True)
    except ValueError:
        return False
    return blob.startswith(len(parts[0]).to_bytes(4, "big") + parts[0].encode())


class LocalPlace(Spec):
    """A folder on this machine."""

    path: FilePath


class FtpPlace(Spec):
    """A folder of an FTP server. ``tls``: AUTH TLS after connecting, TLS from the first byte, or none."""

    host: Host
    port: Port | None = Field(default=None, description="21, or 990 with implicit TLS")
    path: OneLine = "/"
    user: OneLine = "anonymous"
    password: SecretStr = Field(default=SecretStr(""))
    tls: Literal["explicit", "implicit", "none"] = "explicit"
    ca_file: FilePath | None = Field(default=None, description="PEM file with the certificates to trust")
    passive: bool = Field(default=True, description="whether we connect to the server for data, not it to us")
    encoding: Literal["utf-8", "cp1250", "cp1251", "cp1252", "cp866", "koi8-r", "latin-1"] = Field(
        default="utf-8", description="of the names of files"
    )
    timeout: Timeout = 30


class SftpPlace(Spec):
    """A folder of an SSH server. The server must show a key that is pinned here or stands in ``known_hosts``."""

    host: Host
    port: Port = 22
    path: OneLine = Field(default=".", min_length=1)
    user: OneLine
    password: SecretStr | None = None
    key_file: FilePath | None = Field(default=None, description="our private key")
    passphrase: SecretStr | None = Field(default=None, description="of the private key")
    host_key: str | None = Field(default=None, description="the server's public key, such as 'ssh-ed25519 AAAA…'")
    known_hosts: FilePath | None = Field(
        default=None, description="as OpenSSH writes it; ~/.ssh/known_hosts if not given"
    )
    timeout: Timeout = 30

    @model_validator(mode="after")
    def _ways_in(self) -> Self:
        if self.password is None and self.key_file is None:
            raise ValueError("needs a password or a key_file")
        if self.host_key is not None and self.known_hosts is not None:
            raise ValueError("host_key and known_hosts exclude each other")
        return self

    @field_validator("host_key")
    @classmethod
    def _public_key(cls, value: str | None) -> str | None:
        if value is not None and not _is_public_key(value):
            raise ValueError("a host key is written like 'ssh-ed25519 AAAA…': its type and its base64 on one line")
        return value


class S3Place(Spec):
    """Objects of a bucket directly below ``prefix``, on Amazon or any other S3 (``endpoint``).

    Without ``key`` and ``secret`` they come from the environment: AWS_ACCESS_KEY_ID, ~/.aws, or the machine's role.
    """

    bucket: str = Field(pattern=r"^[^/\s]+$")
    prefix: str = Field(
        default="", pattern=r"^([^/].*)?$", description="a folder such as 'drops/', no slash at its beginning"
    )
    endpoint: str | None = Field(default=None, pattern=r"^https?://")
    region: str | None = None
    key: SecretStr | None = None
    secret: SecretStr | None = None
    ca_file: FilePath | None = None
    timeout: Timeout = 30

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.key is None) != (self.secret is None):
            raise ValueError("key and secret go together")
        if self.endpoint is not None:
            _bare(self.endpoint, "endpoint", "key and secret")
        return self


class WebdavPlace(Spec):
    """A folder of a WebDAV server."""

    url: str = Field(pattern=r"^https?://", description="of the folder, such as https://files.example.com/dav/drops")
    user: str | None = None
    password: SecretStr | None = None
    ca_file: FilePath | None = None
    timeout: Timeout = 30

    @model_validator(mode="after")
    def _safe(self) -> Self:
        _bare(self.url, "url", "user and password")
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.user is not None:
            _private(self.url, "url")
        return self


class DropboxPlace(Spec):
    """A folder of a Dropbox account: a short-lived ``token``, or a refresh token with the app's key and secret."""

    path: str = ""
    token: SecretStr | None = None
    refresh_token: SecretStr | None = None
    app_key: str | None = None
    app_secret: SecretStr | None = None
    api_url: str = Field(default="https://api.dropboxapi.com", pattern=r"^https?://")
    content_url: str = Field(default="https://content.dropboxapi.com", pattern=r"^https?://")
    timeout: Timeout = 30

    @model_validator(mode="after")
    def _tokens(self) -> Self:
        if (self.token is None) == (self.refresh_token is None):
            raise ValueError("needs either token or refresh_token")
        if self.refresh_token is not None and self.app_key is None:
            raise ValueError("refresh_token needs app_key")
        for name, url in (("api_url", self.api_url), ("content_url", self.content_url)):
            _bare(url, name, "token")
            _private(url, name)
        return self


class SqlPlace(Spec):
    """A query on a database. ``mark`` is a column of its result that only grows: an id or a time of change.

    The highest mark that was loaded is kept; the next run asks for rows above it. ``overlap`` seconds are read again
    when the mark is a time, because transactions commit late; rows that are known already change nothing. Without a
    mark the whole result is read every time.
    """

    host: Host = "localhost"
    port: Port | None = Field(default=None, description="5432 of PostgreSQL or 3306 of MySQL")
    database: Annotated[str, Field(pattern=DATABASE)]
    user: OneLine = Field(min_length=1)
    password: SecretStr | None = None
    tls: Literal["verify", "require", "none"] = Field(
        default="verify", description="'require' encrypts without looking who the server is"
    )
    ca_file: FilePath | None = Field(default=None, description="PEM file with the certificates to trust")
    query: str = Field(min_length=1, description="one SELECT, without the condition on the mark")
    mark: str | None = Field(default=None, min_length=1)
    mark_type: Literal["id", "time"] = "id"
    overlap: int = Field(default=0, ge=0, le=31_536_000, description="seconds that are read again")
    batch: int = Field(default=1_000_000, ge=1, description="rows of one batch")
    timeout: Timeout = 60

    @model_validator(mode="after")
    def _marked(self) -> Self:
        if self.mark is None and (self.mark_type == "time" or self.overlap):
            raise ValueError("mark_type and overlap need a mark")
        if self.overlap and self.mark_type == "id":
            raise ValueError("overlap needs 'mark_type: time'")
        return self


class RabbitmqPlace(Spec):
    """Messages of a queue, each one JSON object. They are acknowledged after the load is committed."""

    host: Host
    port: Port | None = Field(default=None, description="5671, or 5672 without TLS")
    virtual_host: OneLine = Field(default="/", min_length=1)
    queue: OneLine = Field(min_length=1)
    user: OneLine = Field(min_length=1)
    password: SecretStr
    tls: Literal["verify", "none"] = "verify"
    ca_file: FilePath | None = Field(default=None, description="PEM file with the certificates to trust")
    batch: int = Field(default=50_000, ge=1, le=65_535, description="messages of one batch")
    idle: int = Field(default=2, ge=1, le=600, description="seconds without a message after which the queue is empty")
    timeout: Timeout = 30


class SpoolPlace(LocalPlace):
    """The folder into which smc's own collector writes NDJSON."""

    path: FilePath


class LocalSourceSpec(Spec):
    local: LocalPlace


class FtpSourceSpec(Spec):
    ftp: FtpPlace


class SftpSourceSpec(Spec):
    sftp: SftpPlace


class S3SourceSpec(Spec):
    s3: S3Place


class WebdavSourceSpec(Spec):
    webdav: WebdavPlace


class DropboxSourceSpec(Spec):
    dropbox: DropboxPlace


class PostgresqlSourceSpec(Spec):
    postgresql: SqlPlace


class MysqlSourceSpec(Spec):
    mysql: SqlPlace


class RabbitmqSourceSpec(Spec):
    rabbitmq: RabbitmqPlace


class SpoolSourceSpec(Spec):
    spool: SpoolPlace


SourceSpec = Annotated[
    Annotated[LocalSourceSpec, Tag("local")]
    | Annotated[FtpSourceSpec, Tag("ftp")]
    | Annotated[SftpSourceSpec, Tag("sftp")]
    | Annotated[S3SourceSpec, Tag("s3")]
    | Annotated[WebdavSourceSpec, Tag("webdav")]
    | Annotated[DropboxSourceSpec, Tag("dropbox")]
    | Annotated[PostgresqlSourceSpec, Tag("postgresql")]
    | Annotated[MysqlSourceSpec, Tag("mysql")]
    | Annotated[RabbitmqSourceSpec, Tag("rabbitmq")]
    | Annotated[SpoolSourceSpec, Tag("spool")],
    Discriminator(only_key),
]


def kind_of(source: Spec) -> str:
    """``ftp``, ``s3``, …: the name under which the registry finds the implementation."""
    return next(iter(type(source).model_fields))


def gives_batches(source: Spec) -> bool:
    """Whether what is new decides how many rows come at once, not who sends them: messages, and rows above a mark."""
    place = place_of(source)
    return isinstance(place, RabbitmqPlace) or (isinstance(place, SqlPlace) and place.mark is not None)


def is_stream(source: Spec) -> bool:
    """Whether rows come in the order in which they happened, from one that never sends them again: messages of a queue,
    and what our own collector writes."""
    return isinstance(place_of(source), RabbitmqPlace | SpoolPlace)


def place_of(source: Spec) -> Spec:
    place: Spec = getattr(source, kind_of(source))
    return place
