"""Parses mails with Python's email package, an implementation that is not ours.

Input: mails one after the other, each preceded by its length in bytes and a line feed.
Output: a JSON array with an object for each.
"""

import email.policy
import json
import sys
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import parseaddr


def mailbox(raw: str) -> list:
    """Display name and address. (Python 3.11's newer parser leaves blanks between the encoded words of a name.)"""
    name, address = parseaddr(raw.replace("\r\n", ""))
    return [str(make_header(decode_header(name))), address]


def describe(content: bytes) -> dict:
    message = BytesParser(policy=email.policy.default).parsebytes(content)
    older = BytesParser(policy=email.policy.compat32).parsebytes(content)
    defects = [str(defect) for part in message.walk() for defect in part.defects]
    defects += [f"{name}: {defect}" for name, value in message.items() for defect in value.defects]
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "to": [mailbox(raw) for raw in older.get_all("To")],
        "from": [mailbox(raw) for raw in older.get_all("From")],
        "date": message["Date"].datetime.isoformat(),
        "type": message.get_content_type(),
        "parts": [
            {
                "type": part.get_content_type(),
                "charset": part.get_content_charset(),
                "encoding": part["Content-Transfer-Encoding"],
                "content": part.get_content(),
            }
            for part in message.iter_parts()
        ],
        "recipients": [address.addr_spec for address in message["To"].addresses],
        "defects": defects,
    }


def main() -> None:
    source = sys.stdin.buffer
    mails = []
    while line := source.readline():
        mails.append(describe(source.read(int(line))))
    json.dump(mails, sys.stdout)


main()
