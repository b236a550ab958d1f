"""Outlook messages (MSG), the messages inside them included."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast

from kb.domain.errors import DamagedFile
from kb.domain.parsed import Attachment
from kb.parsing.clean import inline
from kb.parsing.outlook_rtf import plain_of

if TYPE_CHECKING:
    from oxmsg import Message as OutlookMessage
    from oxmsg.attachment import Attachment as OutlookAttachment
    from oxmsg.storage import Storage

# Properties and storages, Microsoft [MS-OXPROPS] and [MS-OXMSG] 2.2.
_SHORT_NAME, _DISPLAY_NAME, _RTF = 0x3704, 0x3001, 0x1009
_EMBEDDED = "__substg1.0_3701000D"
_EMBEDDED_HEADER = 24
"""Bytes before the properties of a message inside a message; the outermost has 32."""
_DEEPEST = 3
"""Messages inside messages that are followed, the outermost counted as 1."""
_UNFIT = re.compile(r'[\\/:*?"<>|]+')
_LONGEST_STEM = 80


@dataclass(frozen=True, slots=True)
class Message:
    """A message, whatever format it came in."""

    subject: str
    fields: tuple[tuple[str, str], ...]
    """("From", "…"), ("To", "…"), … in the order people read them."""
    date: str
    """ISO 8601, or empty."""
    bodies: tuple[tuple[str, str], ...] = ()
    """Its texts in order, each as (plain, HTML); either may be empty."""
    attachments: tuple[Attachment, ...] = ()


def file_stem(subject: str) -> str:
    """Return a subject as the stem of a file name, empty when nothing is left of it."""
    return _UNFIT.sub(" ", inline(subject))[:_LONGEST_STEM].strip(" .")


def read_outlook(path: Path, *, name: str) -> Message:
    """Return the message that an MSG file holds.

    Raises:
        DamagedFile: it is no Outlook message.
    """
    import oxmsg  # noqa: PLC0415 - for this one format

    try:
        return _message(oxmsg.Message.load(str(path)), 1)
    except _BROKEN as error:
        detail = f"{type(error).__name__}: {error}"[:200]
        raise DamagedFile(
            name=name, detail=f"Outlook message: {detail}", detail_zh=f"Outlook 邮件错误：{detail}"
        ) from error


_BROKEN = (
    OSError, ValueError, KeyError, IndexError, AttributeError, AssertionError, TypeError,
    OverflowError, LookupError, RecursionError,
)  # fmt: skip
"""What olefile and oxmsg raise on damaged files (struct.error is a ValueError's neighbour)."""


def _message(found: OutlookMessage, depth: int) -> Message:
    people = [_person(entry.name, entry.email_address) for entry in found.recipients]
    fields = (("From", _decoded(found.sender or "")), ("To", ", ".join(filter(None, people))))
    date = found.sent_date
    plain, html = found.body or "", found.html_body or ""
    if not plain.strip() and not html.strip():
        plain = plain_of(found.properties.binary_prop_value(_RTF) or b"")
    return Message(
        subject=inline(found.subject or ""),
        fields=tuple((field, inline(value)) for field, value in fields if value),
        date=date.isoformat(" ", "minutes") if isinstance(date, dt.datetime) else "",
        bodies=((plain, html),),
        attachments=tuple(
            attachment for entry in found.attachments if (attachment := _attachment(entry, depth))
        ),
    )


def _person(called: str, address: str) -> str:
    if not address or called == address:
        return address or called
    return f"{called} <{address}>"


def _decoded(value: str) -> str:
    """Return a transport header without its encoded words."""
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, HeaderParseError):
        return value


def _attachment(entry: OutlookAttachment, depth: int) -> Attachment | None:
    properties = entry.properties
    stated = entry.file_name or properties.str_prop_value(_SHORT_NAME)
    name = inline(stated or properties.str_prop_value(_DISPLAY_NAME) or "")
    name = PurePosixPath(name.replace("\\", "/")).name or "attachment"
    whole = cast("Storage", entry._storage)  # noqa: SLF001 - oxmsg shows files alone
    for storage in whole.storages:
        if storage.name == _EMBEDDED and depth < _DEEPEST:
            inner = _as_eml(_message(_embedded(storage), depth + 1))
            stem = file_stem(name.removesuffix(".msg")) or "message"
            return Attachment(f"{stem}.eml", "message/rfc822", inner)
    if not entry.file_bytes:
        return None
    return Attachment(name, entry.mime_type or "application/octet-stream", entry.file_bytes)


def _embedded(storage: Storage) -> OutlookMessage:
    from oxmsg import Message as Outlook  # noqa: PLC0415 - for this one format
    from oxmsg.properties import Properties  # noqa: PLC0415

    message = Outlook(storage)
    message.__dict__["_properties"] = Properties(storage, properties_header_offset=_EMBEDDED_HEADER)
    return message


def _as_eml(message: Message) -> bytes:
    """Return a message in the form that stands on its own."""
    made = MIMEMultipart()
    # Encoded as a whole: what Outlook has for addresses is often none by the standard.
    for field, value in (("Subject", message.subject), *message.fields, ("Date", message.date)):
        if value:
            made[field] = Header(value, "utf-8", maxlinelen=10_000).encode()
    for plain, html in message.bodies:
        if plain.strip() or not html.strip():
            made.attach(MIMEText(plain, "plain", "utf-8"))
        else:
            made.attach(MIMEText(html, "html", "utf-8"))
    for attachment in message.attachments:
        part = MIMEApplication(attachment.content)
        part.add_header(
            "Content-Disposition", "attachment", filename=("utf-8", "", attachment.name)
        )
        made.attach(part)
    return made.as_bytes()
