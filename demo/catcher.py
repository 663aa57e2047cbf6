#!/usr/bin/python3
"""Catches the mail and the Mattermost posts of the demo and of the tests, and shows them.

An SMTP server and an HTTP server on loopback, in one process. Nothing is passed on. See demo/README.md.
"""

import argparse
import os
import pathlib
import signal
import ssl
import threading

from catching.records import Records
from catching.smtp import MailServer
from catching.web import WebServer


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path, help="where mail and posts are kept as files")
    parser.add_argument("--smtp-port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--http-port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--certificate", help="PEM file: STARTTLS is offered")
    parser.add_argument("--key", help="PEM file of the certificate's private key")
    parser.add_argument("--smtps", action="store_true", help="TLS from the first byte instead of STARTTLS")
    parser.add_argument("--https", action="store_true", help="HTTPS instead of HTTP")
    parser.add_argument("--auth", metavar="USER:PASSWORD", help="mail is taken after AUTH PLAIN or LOGIN only")
    return parser.parse_args()


def main():
    options = arguments()
    tls = None
    if options.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.certificate, options.key)

    records = Records(options.directory)
    records.login = options.auth
    mail = MailServer(records, options.smtp_port, tls, options.smtps)
    web = WebServer(records, options.http_port, tls if options.https else None)
    smtp_port, http_port = mail.start(), web.start()

    ports = options.directory / "ports"
    ports.with_suffix(".new").write_text(f"{smtp_port} {http_port}\n")
    os.replace(ports.with_suffix(".new"), ports)

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    web.stop()
    mail.stop()


if __name__ == "__main__":
    main()
