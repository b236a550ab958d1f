"""Made-up documents of two kinds that a tiny network can tell apart."""

from __future__ import annotations

from kb.domain.models import Example, Lineage, Split

_SPLITS = (Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.VALIDATION, Split.TEST)


def labelled_texts(count: int = 40) -> list[Example]:
    """Contracts and invoices in turn, every fifth pair held out."""
    texts = (
        ("contract", "The contract was signed by both parties. 本合同由甲方签订 {}."),
        ("invoice", "Invoice number {}, total amount due 300."),
    )
    examples = []
    for number in range(count):
        label, pattern = texts[number % 2]
        text = pattern.format(number) * (1 + number % 4)
        examples.append(
            Example(
                key=f"e{number}",
                text=text,
                label=label,
                summary=text[:20],
                language="en",
                split=_SPLITS[(number // 2) % 5],
                lineage=Lineage("correction", by="li", model="head-1", model_said="invoice"),
            )
        )
    return examples
