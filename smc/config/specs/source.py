"""Where the drops of a feed come from: one place per kind of source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, SecretStr, Tag

from smc.config.specs.base import FilePath, Spec
from smc.config.specs.rule import only_key

Port = Annotated[int, Field(ge=1, le=65535)]
Timeout = Annotated[int, Field(ge=1, le=600, description="seconds without an answer")]


class LocalPlace(Spec):
    """A folder on this machine."""

    path: FilePath


class FtpPlace(Spec):
    """A folder of an FTP server. ``tls``: AUTH TLS after connecting, TLS from the first byte, or none."""

    host: str
    port: Port | None = Field(default=None, description="21, or 990 with implicit TLS")
    path: str = "/"
    user: str = "anonymous"
    password: SecretStr = Field(default=SecretStr(""))
    tls: Literal["explicit", "implicit", "none"] = "explicit"
    ca_file: FilePath | None = None
    passive: bool = True
    timeout: Timeout = 30


class SftpPlace(Spec):
    """A folder of an SSH server. The server must show a key that is pinned here or stands in ``known_hosts``."""

    host: str
    port: Port = 22
    path: str = "."
    user: str
    password: SecretStr | None = None
    key_file: FilePath | None = None
    passphrase: SecretStr | None = None
    host_key: str | None = Field(default=None, description="the server's public key, such as 'ssh-ed25519 AAAA…'")
    known_hosts: FilePath | None = None
    timeout: Timeout = 30


class S3Place(Spec):
    """Objects of a bucket below ``prefix``, on Amazon or any other S3 (``endpoint``)."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = Field(default=None, pattern=r"^https?://")
    region: str | None = None
    key: SecretStr | None = None
    secret: SecretStr | None = None
    ca_file: FilePath | None = None
    timeout: Timeout = 30


class WebdavPlace(Spec):
    """A folder of a WebDAV server."""

    url: str = Field(pattern=r"^https?://")
    user: str | None = None
    password: SecretStr | None = None
    ca_file: FilePath | None = None
    timeout: Timeout = 30


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


class SqlPlace(Spec):
    """A query on a database. ``mark`` is a column of its result that only grows: an id or a time of change.

    The highest mark that was loaded is kept; the next run asks for rows above it. When the mark is a time, ``overlap``
    seconds are read again, because transactions commit late; rows that are known already change nothing.
    """

    host: str = "localhost"
    port: Port | None = None
    database: str
    user: str
    password: SecretStr | None = None
    tls: Literal["verify", "require", "none"] = "verify"
    ca_file: FilePath | None = None
    query: str = Field(min_length=1, description="one SELECT, without the condition on the mark")
    mark: str | None = None
    mark_type: Literal["id", "time"] = "id"
    overlap: int = Field(default=0, ge=0, description="seconds that are read again")
    batch: int = Field(default=1_000_000, ge=1, description="rows of one batch")
    timeout: Timeout = 60


class RabbitmqPlace(Spec):
    """Messages of a queue, each one JSON object. They are acknowledged after the load is committed."""

    host: str
    port: Port | None = Field(default=None, description="5671, or 5672 without TLS")
    virtual_host: str = "/"
    queue: str
    user: str
    password: SecretStr
    tls: Literal["verify", "none"] = "verify"
    ca_file: FilePath | None = None
    batch: int = Field(default=50_000, ge=1, description="messages of one batch")
    idle: int = Field(default=2, ge=1, le=600, description="seconds without a message after which the queue is empty")
    timeout: Timeout = 30


class SpoolPlace(Spec):
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


def place_of(source: Spec) -> Spec:
    place: Spec = getattr(source, kind_of(source))
    return place
