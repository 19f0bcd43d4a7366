"""Objects of a bucket: Amazon S3 and everything that speaks its protocol."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any, BinaryIO, ClassVar
from urllib.parse import urlsplit

import aiohttp
import s3fs  # type: ignore[import-untyped] # the library carries no types
from botocore import exceptions as boto  # type: ignore[import-untyped] # the same
from fsspec.asyn import sync  # type: ignore[import-untyped] # the same

from smc.config.specs.feed import After
from smc.config.specs.source import S3Place
from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.reason import known_reason
from smc.import_.sources.source import RemoteFile
from smc.import_.sources.stream import changed, matching, parts_below, stream
from smc.import_.sources.tls import authority, is_verification, unverified

_ONE_COPY = 5 << 30  # larger objects are copied in parts
_SERVER = 500


class _SaidNoError(Exception):
    """An answer that the caller may expect: 404 or 412."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.gone = status == 404 and code != "NoSuchBucket"  # noqa: PLR2004 # HTTP
        self.other = status in {412, 416} or code in {"PreconditionFailed", "InvalidRange"}


class S3Source:
    """Objects directly below a prefix, read in one request that is bound to the listed ETag.

    s3fs signs and asks; its own files and caches are not used: they read in blocks, each a request of its own, at half
    the speed, and cut names at ``?versionId=``.
    """

    connections: ClassVar[int] = 4
    resumes: ClassVar[bool] = True
    ordered: ClassVar[bool] = False
    bound: ClassVar[bool] = True

    def __init__(self, place: S3Place, root: Path, state: str = "") -> None:
        del state
        self._place = place
        self._prefix = f"{place.prefix.rstrip('/')}/" if place.prefix else ""
        url = urlsplit(place.endpoint or "https://s3.amazonaws.com")
        self._host = url.hostname or ""
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._verify = authority(place.ca_file, root)
        self._opened: Any = None

    def files(self, pattern: str) -> list[RemoteFile]:
        where = self._at()
        found: list[RemoteFile] = []
        page: dict[str, Any] = {}
        while not page or page.get("IsTruncated"):
            more = {"ContinuationToken": page["NextContinuationToken"]} if page else {}
            try:
                page = self._call("list_objects_v2", Prefix=self._prefix, Delimiter="/", **more)
            except _SaidNoError as error:
                raise _refused(str(error), where) from error
            found += [self._file(item) for item in page.get("Contents", ()) if item["Key"] != self._prefix]
        return matching(found, pattern, where)

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        if file.size is not None and 0 < file.size <= offset:
            return io.BytesIO()
        where = self._at(file.name)
        bound = {"IfMatch": file.version} if file.version else {}
        part = {"Range": f"bytes={offset}-"} if offset else {}
        try:
            answer = self._call("get_object", Key=self._key(file.name), **bound, **part)
        except _SaidNoError as error:
            raise changed(where) from error
        begin = offset if answer.get("ContentRange", "").startswith(f"bytes {offset}-") else 0
        total = begin + answer["ContentLength"]
        done = self._closer(answer["Body"])
        if answer.get("ETag", file.version) != file.version or file.size not in {None, total}:
            done()
            raise changed(where)
        return stream(self._reader(answer["Body"]), done, left=total - begin, where=where, skip=offset - begin)

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        """A newer object of the same name is left where it is: it is not what was loaded."""
        del rejected
        if after.action == "leave":
            return
        key = self._key(file.name)
        try:
            if self._call("head_object", Key=key).get("ETag", "") != file.version:
                return
            if after.action == "move":
                self._copy(key, "/".join((*parts_below(after.folder), file.name)), file)
            self._delete(key, file.version)
        except _SaidNoError as error:
            if not (error.gone or error.other):
                raise _refused(str(error), self._at(file.name)) from error

    def put(self, file: Path, name: str) -> None:
        """Store a file as ``name`` below the prefix. An object appears whole or not at all."""
        key = self._prefix + "/".join(parts_below(name))
        where = self._at(name)
        if "?versionId=" in key:  # s3fs would read it as the number of a version
            raise FeedError("an object of this name cannot be written", where=where, remedy="Choose another name.")
        try:
            with self._spoken():
                self._fs().put_file(str(file), f"{self._place.bucket}/{key}")
            size = self._call("head_object", Key=key)["ContentLength"]
        except _SaidNoError as error:
            raise _refused(str(error), where) from error
        if size != file.stat().st_size:
            raise SourceDownError("only a part of the file has arrived", where=where, remedy="Try again.")

    def close(self) -> None:
        if self._opened is not None:
            sync(self._opened.loop, self._opened.s3.close)
            self._opened = None

    def _copy(self, key: str, target: str, file: RemoteFile) -> None:
        bound = {"CopySourceIfMatch": file.version} if file.version else {}
        goal = self._prefix + target
        if file.size is None or file.size <= _ONE_COPY:
            self._call("copy_object", Key=goal, CopySource={"Bucket": self._place.bucket, "Key": key}, **bound)
            return
        if "?versionId=" in key + goal:  # s3fs would read it as the number of a version
            raise FeedError(
                "an object of this name and size cannot be moved", where=self._at(file.name), remedy=_RENAME
            )
        with self._spoken():
            self._fs().cp_file(f"{self._place.bucket}/{key}", f"{self._place.bucket}/{goal}")
        if self._call("head_object", Key=goal)["ContentLength"] != file.size:
            raise changed(self._at(file.name))

    def _delete(self, key: str, version: str) -> None:
        """Bound to the version where the server can do that."""
        try:
            self._call("delete_object", Key=key, **({"IfMatch": version} if version else {}))
        except _NotThereError:
            self._call("delete_object", Key=key)

    def _call(self, method: str, **arguments: Any) -> dict[str, Any]:
        with self._spoken():
            answer: dict[str, Any] = self._fs().call_s3(method, Bucket=self._place.bucket, **arguments)
        return answer

    def _reader(self, body: Any) -> Callable[[int], bytes]:
        loop = self._fs().loop

        def read(most: int) -> bytes:
            with self._spoken():
                chunk: bytes = sync(loop, body.read, most)
            return chunk

        return read

    def _closer(self, body: Any) -> Callable[[], None]:
        loop = self._fs().loop

        async def end() -> None:  # in the thread that the connection belongs to
            body.close()

        return lambda: sync(loop, end)

    def _fs(self) -> Any:
        if self._opened is None:
            place = self._place
            settings = {"region_name": place.region, "verify": str(self._verify) if self._verify else None}
            self._opened = s3fs.S3FileSystem(
                key=place.key.get_secret_value() if place.key else None,
                secret=place.secret.get_secret_value() if place.secret else None,
                endpoint_url=place.endpoint,
                client_kwargs={name: value for name, value in settings.items() if value is not None},
                config_kwargs={
                    "connect_timeout": place.timeout,
                    "read_timeout": place.timeout,
                    "retries": {"total_max_attempts": 1},
                    "request_checksum_calculation": "when_required",  # or servers other than Amazon's refuse
                    "response_checksum_validation": "when_required",  # or a part cannot be read
                },
                use_listings_cache=False,
                skip_instance_cache=True,
            )
            self._opened.retries = 1
        return self._opened

    def _file(self, item: dict[str, Any]) -> RemoteFile:
        name = item["Key"].removeprefix(self._prefix)
        return RemoteFile(name, item["Size"], item["LastModified"].astimezone(UTC), item.get("ETag", ""))

    def _key(self, name: str) -> str:
        return self._prefix + name

    def _at(self, name: str = "") -> str:
        return f"{self._host}:{self._port}/{self._place.bucket}/{self._prefix}{name}"

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        try:
            yield
        except (boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError) as error:
            raise FeedError("there are no keys for this bucket", where=self._at(), remedy=_KEYS) from error
        except (boto.HTTPClientError, boto.ConnectionError, aiohttp.ClientError, TimeoutError) as error:
            raise self._down(error) from error
        except boto.BotoCoreError as error:
            raise FeedError(
                f"the request cannot be made ({type(error).__name__})", where=self._at(), remedy=_SETTINGS
            ) from error
        except (OSError, boto.ClientError) as error:
            said = error if isinstance(error, boto.ClientError) else error.__cause__
            if isinstance(said, boto.ClientError):
                raise self._said(said) from error
            raise self._down(error) from error

    def _said(self, error: Any) -> Exception:
        told = str(error.response.get("Error", {}).get("Code", ""))
        code = _WITHOUT_BODY.get(told, told)
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code == "NotImplemented":
            return _NotThereError(code, status)
        if status in {404, 412, 416}:
            return _SaidNoError(code, status)
        if status >= _SERVER or code in _PASSING or status in {408, 429}:
            return SourceDownError(
                f"the server is busy or broken ({code})", where=self._at(), remedy="Try again later."
            )
        return _refused(code, self._at())

    def _reason(self, error: BaseException) -> str:
        if isinstance(error, (boto.ConnectTimeoutError, boto.ReadTimeoutError)):
            return f"no answer within {self._place.timeout:g} s"
        return known_reason(error) or type(error).__name__

    def _down(self, error: BaseException) -> SmcError:
        complaint = is_verification(error)
        if complaint is not None:
            return unverified(self._host, self._port, getattr(complaint, "verify_message", ""))
        return SourceDownError(
            f"the connection failed: {self._reason(error)}",
            where=self._at(),
            remedy="Check endpoint and region of the source, and that the server runs; then try again.",
        )


class _NotThereError(_SaidNoError):
    """The server does not know this part of the protocol."""


def _refused(code: str, where: str) -> FeedError:
    return FeedError(f"the server refuses: {code}", where=where, remedy=_REMEDIES.get(code, _SETTINGS))


_KEYS = (
    "Write key and secret of the source, or give them by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "~/.aws/credentials or the machine's role."
)
_SETTINGS = "Check endpoint, region, bucket and prefix of the source."
_RENAME = "Rename it, or let after.action be 'delete' or 'leave'."
_WRONG_KEYS = "Check key and secret of the source."
_REMEDIES = {
    "AccessDenied": "Give the key the right to list, read and, for 'delete' and 'move', write and delete there.",
    "InvalidAccessKeyId": _WRONG_KEYS,
    "SignatureDoesNotMatch": _WRONG_KEYS,
    "ExpiredToken": "Renew the keys.",
    "NoSuchBucket": "Correct bucket of the source, or make the bucket.",
    "PermanentRedirect": "Write the region of the bucket into the source.",
    "AuthorizationHeaderMalformed": "Write the region of the bucket into the source.",
    "RequestTimeTooSkewed": "Set the clock of this machine.",
    "InvalidObjectState": "The object is in an archive; restore it first.",
}
_WITHOUT_BODY = {"403": "AccessDenied", "301": "PermanentRedirect"}  # answers to HEAD carry no name of the error
_PASSING = frozenset(
    {"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException", "RequestLimitExceeded", "OperationAborted"}
)
