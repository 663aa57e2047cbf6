"""The SMTP side: takes every mail, unless the recipient's name or a script asks for a failure.

A local part of a stage and a code fails always: reject550@, defer451@ (at RCPT), mail421@ (at MAIL, by the sender's
name), data554@ (after the final dot). drop@ loses the line after the final dot, hang@ never answers it.
A scripted answer is a reply line such as "451 4.7.0 later", with "data " before it for the reply after the final dot;
or "drop" or "hang"; "250" accepts.
"""

import asyncio
import re
import threading

from aiosmtpd.smtp import SMTP, AuthResult

from catching.records import describe_mail

BY_NAME = re.compile(r"(reject|defer|mail|data)([245]\d\d)(?:[+.-].*)?$", re.IGNORECASE)


def failure_by_name(address, stages):
    found = BY_NAME.match(address.partition("@")[0])
    if not found or found[1].lower() not in stages:
        return None
    return f"{found[2]} {found[2][0]}.0.0 asked for by the address"


class Handler:
    def __init__(self, records):
        self.records = records

    async def handle_MAIL(self, server, session, envelope, address, options):
        failure = failure_by_name(address, ("mail",))
        if failure:
            return failure
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.records.scripted("mail", address.lower()) or failure_by_name(address, ("reject", "defer"))
        if answer and re.match(r"[45]\d\d", answer):
            return answer
        # What is scripted for the reply after the final dot waits there.
        if answer and not answer.startswith("250"):
            envelope.after_data = answer.removeprefix("data ")
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient OK"

    async def handle_DATA(self, server, session, envelope):
        answer = getattr(envelope, "after_data", None)
        for address in envelope.rcpt_tos:
            local = address.partition("@")[0].lower()
            answer = answer or failure_by_name(address, ("data",)) or (local if local in ("drop", "hang") else None)
        if answer and re.match(r"[45]\d\d", answer):
            return answer
        raw = envelope.original_content
        self.records.add("mail", describe_mail(raw, envelope.mail_from, envelope.rcpt_tos), raw)
        if answer == "drop":
            server.transport.abort()
        if answer in ("drop", "hang"):
            await asyncio.get_running_loop().create_future()
        return f"250 2.0.0 Caught as {self.records.last_id}"


class Connection(SMTP):
    records = None

    def connection_made(self, transport):
        self.records.connected("smtp")
        super().connection_made(transport)


class MailServer:
    def __init__(self, records, port, tls, implicit):
        self.records, self.port, self.tls, self.implicit = records, port, tls, implicit
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def connection(self):
        connection = Connection(
            Handler(self.records),
            hostname="catcher.localhost",
            enable_SMTPUTF8=True,
            tls_context=None if self.implicit else self.tls,
            auth_required=self.records.login is not None,
            auth_require_tls=self.tls is not None and not self.implicit,
            authenticator=self.authenticate,
            loop=self.loop,
        )
        connection.records = self.records
        return connection

    def authenticate(self, server, session, envelope, mechanism, given):
        wanted = self.records.login
        accepted = wanted is None or given.login + b":" + given.password == wanted.encode()
        return AuthResult(success=accepted, handled=False)

    def start(self):
        self.thread.start()
        tls = self.tls if self.implicit else None
        starting = self.loop.create_server(self.connection, "127.0.0.1", self.port, ssl=tls)
        self.server = asyncio.run_coroutine_threadsafe(starting, self.loop).result(10)
        return self.server.sockets[0].getsockname()[1]

    def stop(self):
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(2)
