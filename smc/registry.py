"""Name → implementation, for sources (``smc.sources``) and channels (``smc.channels``).

Implementations are entry points of installed packages; ours are declared in pyproject.toml and use the same door.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Literal

from smc.config.problem import nearest
from smc.errors import UsageError

Group = Literal["smc.sources", "smc.channels"]

# The same text as in pyproject.toml (a test compares them), so that a source tree works without being installed.
_BUILT_IN: dict[Group, dict[str, str]] = {
    "smc.sources": {
        "local": "smc.import_.sources.local:LocalSource",
        "ftp": "smc.import_.sources.ftp:FtpSource",
        "sftp": "smc.import_.sources.sftp:SftpSource",
        "s3": "smc.import_.sources.s3:S3Source",
        "webdav": "smc.import_.sources.webdav:WebdavSource",
        "dropbox": "smc.import_.sources.dropbox:DropboxSource",
        "postgresql": "smc.import_.sources.postgresql:PostgresqlSource",
        "mysql": "smc.import_.sources.mysql:MysqlSource",
        "rabbitmq": "smc.import_.sources.rabbitmq:RabbitmqSource",
        "spool": "smc.import_.sources.spool:SpoolSource",
    },
    "smc.channels": {
        "file": "smc.send.channels.file:FileChannel",
        "console": "smc.send.channels.console:ConsoleChannel",
        "smtp": "smc.send.channels.smtp:SmtpChannel",
    },
}


def names(group: Group) -> tuple[str, ...]:
    """The implementations that are installed, sorted."""
    return tuple(sorted(_found(group)))


def load(group: Group, name: str) -> type:
    """The class behind a name.

    Raises ``UsageError`` when there is none of that name, or when a library that it needs is not installed.
    """
    kind = group.removeprefix("smc.").removesuffix("s")
    found = _found(group)
    if name not in found:
        raise UsageError(f"no {kind} is called '{name}'", remedy=nearest(name, found))
    try:
        loaded: type = found[name].load()
    except ImportError as error:
        raise UsageError(
            f"the {kind} '{name}' cannot be loaded: {error}",
            remedy=f"Install what it needs: pip install 'smc[{name}]'.",
        ) from error
    return loaded


def _found(group: Group) -> dict[str, EntryPoint]:
    built_in = {name: EntryPoint(name, path, group) for name, path in _BUILT_IN[group].items()}
    return built_in | {point.name: point for point in entry_points(group=group)}
