"""E-mail by SMTP: one message per transaction over a few connections that stay open."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from pathlib import Path

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPTimeoutError

from smc.config.specs.channel import SmtpRoute
from smc.send.channels.base import Accepted, Deferred, Lost, NotSent, Outcome, Parcel
from smc.send.channels.replies import impersonal, outcome_of

_BROKEN = (SMTPException, OSError)
_CLOSING = 421
_NEGATIVE = range(400, 600)
_PERMANENT = 500


class _StaleError(Exception):
    """A connection that stayed open was closed by the server before the message was touched."""


class _Client(SMTP):
    def close(self) -> None:
        """Let go of the socket at once: TLS would wait for the other side's goodbye after our loop has ended."""
        transport = self.transport
        super().close()
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class SmtpChannel:
    """A pool of connections to one server. Certificates are verified, also after STARTTLS."""

    idempotent = False
    outward = True

    def __init__(self, route: SmtpRoute, root: Path) -> None:
        self.slots = route.connections
        self._route = route
        self._context = None if route.tls == "none" else _tls(route, root)
        self._idle: list[_Client] = []
        self._gate = asyncio.Semaphore(route.connections)

    async def send(self, parcel: Parcel) -> Outcome:
        async with self._gate:
            while self._idle:
                with suppress(_StaleError):
                    return await self._transaction(self._idle.pop(), parcel)
            try:
                client = await self._connected()
            except _BROKEN as error:
                return NotSent(f"{self._route.host}:{self._route.port}: {impersonal(str(error))}")
            try:
                return await self._transaction(client, parcel)
            except _StaleError as error:
                return Deferred("temporarily unavailable", None, impersonal(str(error)))

    async def close(self) -> None:
        while self._idle:
            with suppress(*_BROKEN):
                await self._idle.pop().quit(timeout=5)

    async def _connected(self) -> _Client:
        route = self._route
        client = _Client(
            hostname=route.host, port=route.port, timeout=route.timeout, local_hostname=socket.gethostname(),
            use_tls=route.tls == "implicit", start_tls=route.tls == "starttls", tls_context=self._context,
            username=route.user, password=route.password.get_secret_value() if route.password else None,
        )  # fmt: skip
        await client.connect()
        return client

    async def _transaction(self, client: _Client, parcel: Parcel) -> Outcome:
        """MAIL, RCPT, DATA. Until DATA nothing is handed over; after it an answer that does not come means unknown."""
        try:
            await client.mail(parcel.sender)
        except SMTPResponseException as error:
            await self._keep(client, error.code)
            if error.code >= _PERMANENT:
                return NotSent(f"the server refuses the sender: {error.code} {impersonal(error.message)}")
            return outcome_of(error.code, error.message)
        except _BROKEN as error:
            client.close()
            raise _StaleError(str(error)) from error
        try:
            await client.rcpt(parcel.address)
        except SMTPResponseException as error:
            await self._keep(client, error.code)
            return outcome_of(error.code, error.message)
        except _BROKEN as error:
            client.close()
            return Deferred("time-out" if isinstance(error, SMTPTimeoutError) else "temporarily unavailable", None,
                            impersonal(str(error)))  # fmt: skip
        return await self._data(client, parcel)

    async def _data(self, client: _Client, parcel: Parcel) -> Outcome:
        try:
            code, text = await client.data(parcel.data)
        except SMTPResponseException as error:
            await self._keep(client, error.code)
            if error.code in _NEGATIVE:
                return outcome_of(error.code, error.message)
            return Lost(f"the answer to the message makes no sense: {error.code}")
        except _BROKEN as error:
            client.close()
            return Lost(f"no answer after the message: {impersonal(str(error))}")
        self._idle.append(client)
        return Accepted(code, impersonal(text))

    async def _keep(self, client: _Client, code: int) -> None:
        """Use the connection again after a refusal, unless the server is closing it."""
        if code == _CLOSING or not client.is_connected:
            client.close()
            return
        try:
            await client.rset()
        except _BROKEN:
            client.close()
        else:
            self._idle.append(client)


def _tls(route: SmtpRoute, root: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=root / route.ca_file if route.ca_file else None)
