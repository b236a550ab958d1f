"""Language and title of a document."""

from __future__ import annotations

import pytest

from kb.domain.parsed import Block, BlockKind, PageSource, ParsedPage
from kb.parsing.language import language_of
from kb.parsing.titles import choose_title


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("本合同由双方签订，自签字之日起生效。", "zh"),
        ("本合約由雙方簽訂，自簽字之日起生效。", "zh"),
        ("会議の議事録を作成しましたので、ご確認ください。", "ja"),
        ("회의록을 작성했습니다. 확인해 주세요.", "ko"),
        ("The supplier shall deliver the goods within thirty days.", "en"),
        ("Der Lieferant liefert die Ware innerhalb von dreißig Tagen.", "de"),
        ("Le fournisseur livre les marchandises dans les trente jours.", "fr"),
        ("El proveedor entregará la mercancía en un plazo de treinta días.", "es"),
        ("Поставщик обязуется поставить товар в течение тридцати дней.", "ru"),
        ("采用 Docker 和 Kubernetes 部署服务，使用 PostgreSQL 存储数据", "zh"),
        ("12345 -- 67", "und"),
        ("", "und"),
    ],
)
def test_language(text, language):
    assert language_of(text) == language


def page(*blocks: tuple[BlockKind, str]) -> ParsedPage:
    box = (0.0, 0.0, 1.0, 1.0)
    made = tuple(Block(kind, text, box) for kind, text in blocks)
    return ParsedPage(1, 595, 842, PageSource.TEXT, 1.0, made)


HEADED = page((BlockKind.PARAGRAPH, "No. 7"), (BlockKind.HEADING, "季度报告"))


@pytest.mark.parametrize(
    ("stated", "first", "title"),
    [
        ("年度总结", HEADED, "年度总结"),
        ("Microsoft Word - 合同.doc", HEADED, "季度报告"),
        ("untitled", HEADED, "季度报告"),
        ("\ufffd\ufffd", HEADED, "季度报告"),
        ("", page((BlockKind.PARAGRAPH, "x" * 200), (BlockKind.HEADING, "Late")), "采购合同"),
        ("", None, "采购合同"),
    ],
)
def test_the_best_title_is_chosen(stated, first, title):
    assert choose_title(stated, first, "采购合同.docx") == title
