"""Messages (EML, MSG): who wrote what to whom; what came with them is handed out as files."""

from __future__ import annotations

import contextlib
import email.policy
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from enum import Enum
from pathlib import Path, PurePosixPath

from kb.domain.errors import KbError, LimitExceeded
from kb.domain.parsed import Attachment, BlockKind, ParsedPage
from kb.parsing.clean import clean, inline
from kb.parsing.facts import DocumentFacts
from kb.parsing.html import fragment_pieces
from kb.parsing.logical import Piece, lay_out
from kb.parsing.outlook import Message, file_stem, read_outlook
from kb.parsing.sniff import sniff
from kb.parsing.text import text_pieces

_LARGEST = 200 * 1024 * 1024
_MOST_PARTS = 2_000
_SMALL_IMAGE = 20_000
"""Bytes; smaller images are logos and signatures."""
_TEASER = 3
"""How many times longer the HTML form must be for the plain one to be a mere pointer to it."""


def eml_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return subject, sender and date.

    Raises:
        LimitExceeded: it is larger than a message can be.
    """
    return _facts(_headed(_parsed(path, name, HeadersOnly.YES)))


def msg_facts(path: Path, *, name: str) -> DocumentFacts:
    """Return subject, sender and date.

    Raises:
        DamagedFile: it is no Outlook message.
    """
    return _facts(read_outlook(path, name=name))


def read_eml(path: Path, *, name: str, first_page: int = 1, max_pages: int) -> Iterator[ParsedPage]:
    """Yield the pages of a message; its attachments are listed on them.

    Raises:
        LimitExceeded: it is larger than a message can be.
    """
    yield from lay_out(_pieces(_eml(path, name)), first_page=first_page, max_pages=max_pages)


def read_msg(path: Path, *, name: str, first_page: int = 1, max_pages: int) -> Iterator[ParsedPage]:
    """Yield the pages of an Outlook message; its attachments are listed on them.

    Raises:
        DamagedFile: it is no Outlook message.
    """
    message = read_outlook(path, name=name)
    yield from lay_out(_pieces(message), first_page=first_page, max_pages=max_pages)


def eml_attachments(path: Path, *, name: str) -> Iterator[Attachment]:
    """Yield what came with a message, messages inside it as EML; small pictures are left out.

    Raises:
        LimitExceeded: it is larger than a message can be.
    """
    yield from map(_typed, _eml(path, name).attachments)


def msg_attachments(path: Path, *, name: str) -> Iterator[Attachment]:
    """Yield what came with an Outlook message, messages inside it as EML.

    Raises:
        DamagedFile: it is no Outlook message.
    """
    yield from map(_typed, read_outlook(path, name=name).attachments)


def _facts(message: Message) -> DocumentFacts:
    fields = dict(message.fields)
    metadata = {"author": fields.get("From", ""), "recipients": fields.get("To", ""),
                "created": message.date, "subject": message.subject}  # fmt: skip
    return DocumentFacts(
        title=message.subject, metadata={key: value for key, value in metadata.items() if value}
    )


def _pieces(message: Message) -> Iterator[Piece]:
    if message.subject:
        yield Piece(BlockKind.TITLE, message.subject)
    for called, value in message.fields:
        yield Piece(BlockKind.PARAGRAPH, f"{called}: {value}")
    if message.date:
        yield Piece(BlockKind.PARAGRAPH, f"Date: {message.date}")
    for plain, html in message.bodies:
        yield from _body_pieces(plain, html)
    for attachment in message.attachments:
        yield Piece(BlockKind.LIST_ITEM, f"Attachment: {attachment.name}", 1)


def _body_pieces(plain: str, html: str) -> Iterator[Piece]:
    """Yield one text of a message: its plain form, unless that only points at the other."""
    rich = list(fragment_pieces(html)) if html.strip() else []
    words = sum(len(piece.text) for piece in rich)
    if plain.strip() and (not rich or len(plain) * _TEASER >= words):
        yield from text_pieces(iter(clean(plain).split("\n")))
    else:
        yield from rich


def _typed(attachment: Attachment) -> Attachment:
    """Return it with the media type that its bytes have, whatever its sender says."""
    with tempfile.NamedTemporaryFile(prefix="attachment-") as file:
        file.write(attachment.content)
        file.flush()
        with contextlib.suppress(KbError):
            found = sniff(Path(file.name), attachment.name)
            return replace(attachment, media_type=found.media_type)
    return attachment


class HeadersOnly(Enum):
    """How much of a message is parsed."""

    YES = "yes"
    NO = "no"


def _parsed(path: Path, name: str, headers_only: HeadersOnly) -> EmailMessage:
    if path.stat().st_size > _LARGEST:
        raise LimitExceeded(
            name=name,
            detail=f"a message of more than {_LARGEST >> 20} MB",
            detail_zh=f"邮件超过 {_LARGEST >> 20} MB",
        )
    parser = BytesParser(EmailMessage, policy=email.policy.default)
    with path.open("rb") as file:
        return parser.parse(file, headersonly=headers_only is HeadersOnly.YES)


def _headed(parsed: EmailMessage) -> Message:
    """Return a message with its headers alone."""
    fields = [(field, inline(_header(parsed, field))) for field in ("From", "To", "Cc")]
    return Message(
        subject=inline(_header(parsed, "Subject")),
        fields=tuple((field, value) for field, value in fields if value),
        date=_date(_header(parsed, "Date")),
    )


def _eml(path: Path, name: str) -> Message:
    parsed = _parsed(path, name, HeadersOnly.NO)
    bodies: dict[int, _Body] = {}
    attachments: list[Attachment] = []
    for place, (part, alternative) in enumerate(_leaves(parsed, name)):
        file_name = _attached_name(part)
        kind = part.get_content_type()
        if not file_name and kind in {"text/plain", "text/html"}:
            body = bodies.setdefault(alternative or -place - 1, _Body())
            (body.plain if kind == "text/plain" else body.html).append(_decoded(part))
            continue
        content = _content(part)
        if content and not _is_ornament(part, content):
            attachments.append(Attachment(file_name or _unnamed(part, content), kind, content))
    return replace(
        _headed(parsed),
        bodies=tuple((_joined(body.plain), _joined(body.html)) for body in bodies.values()),
        attachments=tuple(attachments),
    )


@dataclass(slots=True)
class _Body:
    """One text of a message, in the forms it was sent in."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)


def _joined(texts: list[str]) -> str:
    return "\n\n".join(texts)


def _is_ornament(part: EmailMessage, content: bytes) -> bool:
    """Say whether a part is a logo or a spacer: a small picture shown inside the text."""
    return part.get_content_maintype() == "image" and len(content) < _SMALL_IMAGE


def _leaves(message: EmailMessage, name: str) -> Iterator[tuple[EmailMessage, int]]:
    """Yield the parts that hold something, each with the number of the alternative it is part of.

    Without recursion: hostile mail nests deeply. 0 stands for no alternative.
    """
    waiting = [(message, 0)]
    seen = 0
    while waiting:
        part, alternative = waiting.pop()
        seen += 1
        if seen > _MOST_PARTS:
            raise LimitExceeded(
                name=name,
                detail=f"more than {_MOST_PARTS} parts",
                detail_zh=f"邮件部分超过 {_MOST_PARTS} 个",
            )
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            if part.get_content_subtype() == "alternative":
                alternative = seen
            waiting.extend(
                (entry, alternative) for entry in reversed(inner) if isinstance(entry, EmailMessage)
            )
        else:
            yield part, alternative


def _attached_name(part: EmailMessage) -> str:
    try:
        found = part.get_filename() or ""
        disposition = part.get_content_disposition()
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""  # headers beyond repair
    name = PurePosixPath(inline(found).replace("\\", "/")).name
    return name or ("attachment" if disposition == "attachment" else "")


def _unnamed(part: EmailMessage, content: bytes) -> str:
    kind = part.get_content_type()
    if kind != "message/rfc822":
        return f"attachment.{kind.rpartition('/')[2]}"
    headers = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(
        content, headersonly=True
    )
    return f"{file_stem(_header(headers, 'Subject')) or 'message'}.eml"


def _content(part: EmailMessage) -> bytes:
    try:
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            return first.as_bytes() if isinstance(first, EmailMessage) else b""
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError, MessageError, RecursionError):
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
