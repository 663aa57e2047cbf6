#!/usr/bin/python3
"""A mail server that behaves as the recipient's local part says, for the tests of the Transfer driver.

It writes one JSON line for each thing that happens; the first one is {"event": "listening", "port": N}.
"""
import argparse
import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

MECHANISMS = {"PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"}
OFFERED = {"plain": {"PLAIN"}, "login": {"LOGIN"}, "oauthbearer": {"OAUTHBEARER"}, "xoauth2": {"XOAUTH2"},
           "temporary": {"PLAIN", "LOGIN"}}
USER, PASSWORD, TOKEN = "robot", "c4n4ry-password", "c4n4ry-token"


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Handler:
    def __init__(self, options):
        self.options = options
        self.together = 0
        self.all_there = asyncio.Event()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if self.options.auth == "none":
            # aiosmtpd offers AUTH without a mechanism.
            responses = [line for line in responses if not line[4:].startswith("AUTH")]
        if self.options.pipelining:
            responses.insert(0, "250-PIPELINING")
        return responses

    async def handle_RSET(self, server, session, envelope):
        tell("reset")
        return "250 2.0.0 flushed"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        local = address.split("@")[0]
        if local.startswith("reply-"):
            code = local.split("-")[1]
            if code == "421":
                await server.push("421 4.3.2 going down")
                server.transport.close()
                return "421 4.3.2 going down"
            return f"{code} {code[0]}.1.1 scripted answer"
        if local == "tarpit":
            await asyncio.sleep(3600)
        if local == "drop-recipient":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        content = envelope.original_content
        tell("mail", sender=envelope.mail_from, recipient=envelope.rcpt_tos[0], size=len(content),
             peer=session.peer[1], text=content.decode("utf-8", "replace") if len(content) < 4096 else "")
        if local.startswith("final-"):
            code = local.split("-")[1]
            return f"{code} {code[0]}.2.0 scripted answer after the dot"
        if local == "drop-final":
            server.transport.abort()
        if local.startswith("together-"):
            self.together += 1
            if self.together == int(local.split("-")[1]):
                self.all_there.set()
            await self.all_there.wait()
        if local == "slow":
            await asyncio.sleep(1)
        if local == "freeze":
            await asyncio.sleep(3600)
        return "250 2.0.0 ok: queued"


class Server(SMTP):
    def __init__(self, handler, options, **arguments):
        super().__init__(handler, **arguments)
        self.options = options
        self.served = 0

    def connection_made(self, transport):
        if self.transport is None:
            tell("connection")
        super().connection_made(transport)

    def connection_lost(self, error):
        tell("closed")
        super().connection_lost(error)

    async def smtp_DATA(self, arg):
        recipients = self.envelope.rcpt_tos
        if recipients and recipients[0].startswith("drop-data@"):
            self.transport.abort()
            return
        await super().smtp_DATA(arg)

    async def smtp_MAIL(self, arg):
        if self.options.mails_per_connection and self.served >= self.options.mails_per_connection:
            await self.push("421 4.7.0 enough mail on this connection")
            self.transport.close()
            return
        self.served += 1
        await super().smtp_MAIL(arg)

    async def smtp_QUIT(self, arg):
        tell("quit")
        await super().smtp_QUIT(arg)

    # Neither is built in: RFC 7628 3.1, and Google's and Microsoft's XOAUTH2.
    async def auth_OAUTHBEARER(self, server, args):
        return self.check_token("OAUTHBEARER", args, f"a={USER},")

    async def auth_XOAUTH2(self, server, args):
        return self.check_token("XOAUTH2", args, f"user={USER}\x01")

    def check_token(self, mechanism, args, user):
        given = base64.b64decode(args[1]).decode()
        good = f"auth=Bearer {TOKEN}\x01" in given and user in given
        tell("auth", mechanism=mechanism, good=good)
        return AuthResult(success=good, handled=False)


def authenticate(options):
    def check(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        tell("auth", mechanism=mechanism, good=good)
        if options.auth == "temporary":
            return AuthResult(success=False, handled=False, message="454 4.7.0 temporary failure")
        return AuthResult(success=good, handled=False)
    return check


async def door(reader, writer, options):
    """A server that is no good from its first line on."""
    tell("connection")
    if options.door == "refuse":
        writer.write(b"554 5.3.2 no service here\r\n")
    elif options.door == "busy":
        writer.write(b"421 4.3.2 too many connections\r\n")
    elif options.door == "junk":
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    elif options.door == "flood":
        while not writer.is_closing():
            writer.write(b"220-" + b"x" * 100_000)
            await writer.drain()
    elif options.door == "silent":
        await asyncio.sleep(3600)
    await writer.drain()
    writer.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--auth", choices=["none", *OFFERED], default="none")
    parser.add_argument("--pipelining", action="store_true")
    parser.add_argument("--mails-per-connection", type=int, default=0)
    parser.add_argument("--idle", type=float, default=300)
    parser.add_argument("--door", choices=["refuse", "busy", "junk", "flood", "silent", "drop"])
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()

    context = None
    if options.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)
    loop = asyncio.get_running_loop()
    if options.door:
        server = await asyncio.start_server(lambda r, w: door(r, w, options), "127.0.0.1", options.port)
    else:
        arguments = dict(
            enable_SMTPUTF8=True, timeout=options.idle, auth_required=options.auth != "none",
            auth_require_tls=False, auth_exclude_mechanism=sorted(MECHANISMS - OFFERED.get(options.auth, set())),
            authenticator=authenticate(options) if options.auth != "none" else None,
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls")
        handler = Handler(options)
        server = await loop.create_server(
            lambda: Server(handler, options, **arguments), "127.0.0.1", options.port,
            ssl=context if options.tls == "implicit" else None)
    tell("listening", port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
