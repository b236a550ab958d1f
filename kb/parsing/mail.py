"""Messages (EML, MSG): who wrote what to whom, then each attachment as further pages."""

from __future__ import annotations

import datetime as dt
import email.policy
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath

from kb.domain.errors import DamagedFile, KbError, LimitExceeded
from kb.domain.parsed import BlockKind, ParsedPage
from kb.parsing.clean import clean, inline
from kb.parsing.facts import DocumentFacts
from kb.parsing.html import fragment_pieces
from kb.parsing.logical import Piece, lay_out
from kb.parsing.registry import readable, readers
from kb.parsing.sniff import sniff
from kb.parsing.text import text_pieces

_LARGEST = 200 * 1024 * 1024
_MOST_ATTACHMENTS = 100
_MOST_PARTS = 2_000
_DEEPEST = 3
"""Messages inside messages, the outermost counted as 1."""
_PAGES_OF_ATTACHMENT = 2_000
_SMALL_IMAGE = 20_000
"""Bytes; smaller images are logos and signatures."""
_IMAGES = frozenset({"png", "jpeg", "gif", "bmp", "webp", "tiff"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A message, whatever format it came in."""

    subject: str
    fields: tuple[tuple[str, str], ...]
    """("From", "…"), ("To", "…"), … in the order people read them."""
    date: str
    """ISO 8601, or empty."""
    plain: str
    html: str
    attachments: tuple[Attachment, ...]


def eml_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return subject, sender and date.

    Raises:
        LimitExceeded: it is larger than a message can be.
    """
    return _facts(_eml(path, name))


def msg_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return subject, sender and date.

    Raises:
        DamagedFile: it is no Outlook message.
    """
    return _facts(_msg(path, name))


def read_eml(path: Path, *, name: str, first_page: int = 1, max_pages: int) -> Iterator[ParsedPage]:
    """Yield the pages of a message and of its attachments.

    Raises:
        LimitExceeded: it is larger than a message can be.
    """
    yield from _numbered(_pages(_eml(path, name), 1), first_page, max_pages)


def read_msg(path: Path, *, name: str, first_page: int = 1, max_pages: int) -> Iterator[ParsedPage]:
    """Yield the pages of an Outlook message and of its attachments.

    Raises:
        DamagedFile: it is no Outlook message.
    """
    yield from _numbered(_pages(_msg(path, name), 1), first_page, max_pages)


def _facts(message: Message) -> DocumentFacts:
    fields = dict(message.fields)
    metadata = {"author": fields.get("From", ""), "recipients": fields.get("To", ""),
                "created": message.date, "subject": message.subject}  # fmt: skip
    return DocumentFacts(
        title=message.subject, metadata={key: value for key, value in metadata.items() if value}
    )


def _numbered(pages: Iterator[ParsedPage], first_page: int, max_pages: int) -> Iterator[ParsedPage]:
    for number, page in enumerate(pages, 1):
        if number > max_pages:
            return
        if number >= first_page:
            yield replace(page, number=number)


def _pages(message: Message, depth: int) -> Iterator[ParsedPage]:
    yield from lay_out(_pieces(message))
    for attachment in message.attachments[:_MOST_ATTACHMENTS]:
        yield from _attachment_pages(attachment, depth)


def _pieces(message: Message) -> Iterator[Piece]:
    if message.subject:
        yield Piece(BlockKind.TITLE, message.subject)
    for field, value in message.fields:
        yield Piece(BlockKind.PARAGRAPH, f"{field}: {value}")
    if message.date:
        yield Piece(BlockKind.PARAGRAPH, f"Date: {message.date}")
    if message.plain.strip():
        yield from text_pieces(iter(clean(message.plain).split("\n")))
    else:
        yield from fragment_pieces(message.html)
    for attachment in message.attachments:
        yield Piece(BlockKind.LIST_ITEM, f"Attachment: {attachment.name}", 1)


def _attachment_pages(attachment: Attachment, depth: int) -> Iterator[ParsedPage]:
    """Yield an attachment's pages, or one that says why it could not be read."""
    head = Piece(BlockKind.HEADING, attachment.name, 1)
    with tempfile.NamedTemporaryFile(prefix="attachment-") as file:
        file.write(attachment.content)
        file.flush()
        path = Path(file.name)
        try:
            kind = sniff(path, attachment.name).format
            if kind in _IMAGES and len(attachment.content) < _SMALL_IMAGE:
                return
            if kind in {"eml", "msg"}:
                yield from _inner_message(path, kind, attachment.name, depth)
            elif readable(kind):
                read_pages, _ = readers(kind, name=attachment.name)
                yield from read_pages(path, name=attachment.name, max_pages=_PAGES_OF_ATTACHMENT)
            else:
                yield from lay_out([replace(head, warning=f"{attachment.name} was not read.")])
        except KbError as error:
            yield from lay_out([replace(head, warning=error.sentence("en"))])


def _inner_message(path: Path, kind: str, name: str, depth: int) -> Iterator[ParsedPage]:
    if depth >= _DEEPEST:
        raise LimitExceeded(
            name=name,
            detail=f"messages nested deeper than {_DEEPEST}",
            detail_zh=f"邮件嵌套超过 {_DEEPEST} 层",
        )
    yield from _pages(_eml(path, name) if kind == "eml" else _msg(path, name), depth + 1)


def _eml(path: Path, name: str) -> Message:
    if path.stat().st_size > _LARGEST:
        raise LimitExceeded(
            name=name,
            detail=f"a message of more than {_LARGEST >> 20} MB",
            detail_zh=f"邮件超过 {_LARGEST >> 20} MB",
        )
    with path.open("rb") as file:
        parsed = BytesParser(EmailMessage, policy=email.policy.default).parse(file)
    plain: list[str] = []
    html: list[str] = []
    attachments: list[Attachment] = []
    for part in _leaves(parsed, name):
        file_name = _attached_name(part)
        kind = part.get_content_type()
        if file_name or kind not in {"text/plain", "text/html"}:
            attachments.append(Attachment(file_name or _unnamed(kind), _content(part)))
        else:
            (plain if kind == "text/plain" else html).append(_decoded(part))
    fields = [(field, inline(str(_header(parsed, field)))) for field in ("From", "To", "Cc")]
    return Message(
        subject=inline(_header(parsed, "Subject")),
        fields=tuple((field, value) for field, value in fields if value),
        date=_date(_header(parsed, "Date")),
        plain="\n\n".join(plain),
        html="\n".join(html),
        attachments=tuple(found for found in attachments if found.content),
    )


def _leaves(message: EmailMessage, name: str) -> Iterator[EmailMessage]:
    """Yield the parts that hold something, without recursion: hostile mail nests deeply."""
    waiting = [message]
    seen = 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > _MOST_PARTS:
            raise LimitExceeded(
                name=name,
                detail=f"more than {_MOST_PARTS} parts",
                detail_zh=f"邮件部分超过 {_MOST_PARTS} 个",
            )
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            waiting.extend(entry for entry in reversed(inner) if isinstance(entry, EmailMessage))
        else:
            yield part


def _attached_name(part: EmailMessage) -> str:
    try:
        found = part.get_filename() or ""
        disposition = part.get_content_disposition()
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""  # headers beyond repair
    name = PurePosixPath(inline(found).replace("\\", "/")).name
    return name or ("attachment" if disposition == "attachment" else "")


def _unnamed(kind: str) -> str:
    return "message.eml" if kind == "message/rfc822" else f"attachment.{kind.rpartition('/')[2]}"


def _content(part: EmailMessage) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        return first.as_bytes() if isinstance(first, EmailMessage) else b""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, MessageError):
        return b""
    return content if isinstance(content, bytes) else b""


def _decoded(part: EmailMessage) -> str:
    try:
        content = part.get_content()
    except (LookupError, ValueError, MessageError, AttributeError, KeyError):
        content = _content(part).decode("utf-8", "replace")
    return content if isinstance(content, str) else ""


def _header(message: EmailMessage, field: str) -> str:
    try:
        return str(message.get(field) or "")
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        # The header parser of the standard library trips over some broken headers.
        return next((str(v) for k, v in message.raw_items() if k.lower() == field.lower()), "")


def _date(text: str) -> str:
    try:
        return parsedate_to_datetime(text).isoformat(" ", "minutes")
    except (ValueError, TypeError, IndexError):
        return inline(text)


def _msg(path: Path, name: str) -> Message:
    import oxmsg  # noqa: PLC0415 - for this one format

    try:
        found = oxmsg.Message.load(str(path))
        recipients = ", ".join(
            f"{person.name} <{person.email_address}>" for person in found.recipients
        )
        date = found.sent_date
        return Message(
            subject=inline(found.subject or ""),
            fields=tuple(
                (field, inline(value))
                for field, value in (("From", found.sender or ""), ("To", recipients))
                if value
            ),
            date=date.isoformat(" ", "minutes") if isinstance(date, dt.datetime) else "",
            plain=found.body or "",
            html=found.html_body or "",
            attachments=tuple(
                Attachment(inline(entry.file_name or "attachment"), entry.file_bytes)
                for entry in found.attachments
                if entry.attached_by_value and entry.file_bytes
            ),
        )
    except (OSError, ValueError, KeyError, IndexError, AttributeError, AssertionError) as error:
        detail = f"{type(error).__name__}: {error}"[:200]
        raise DamagedFile(
            name=name, detail=f"Outlook message: {detail}", detail_zh=f"Outlook 邮件错误：{detail}"
        ) from error
