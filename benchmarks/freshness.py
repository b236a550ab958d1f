"""Upload of a one-page PDF to the first search hit: ``python -m benchmarks.freshness [N]``.

A running ``kb up`` on an otherwise idle machine; each round uploads a PDF with a word that no
other document has and searches for it, by words and by meaning, until it is found.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from tests.support.instance import Instance

_POLL_SECONDS = 0.02
_GIVE_UP_SECONDS = 30.0


def one_page_pdf(lines: list[str]) -> bytes:
    """A minimal PDF 1.4 with one page of Helvetica text."""
    text = "\n".join(f"({line}) Tj T*" for line in lines)
    stream = f"BT /F1 11 Tf 14 TL 72 760 Td\n{text}\nET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode()
    xref = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    return body + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{xref}{trailer}".encode()


def seconds_until_found(client: httpx2.Client, number: int, mode: str) -> tuple[float, float]:
    """(seconds of the upload call, seconds from before the call to the first hit)."""
    word = f"ZHK{number:05d}X"
    lines = [f"Inspection record {word} of pump station {number}."] + [
        f"Line {line}: pressure {line * number % 97} kPa, valve checked and closed."
        for line in range(30)
    ]
    began = time.monotonic()
    reply = client.post(
        "/api/v1/documents", files=[("files", (f"{word}.pdf", one_page_pdf(lines)))]
    )
    reply.raise_for_status()
    uploaded = time.monotonic() - began
    document = reply.json()["documents"][0]["id"]
    query = word if mode == "lexical" else f"inspection of pump station {number} {word}"
    while time.monotonic() - began < _GIVE_UP_SECONDS:
        found = client.get("/api/v1/search", params={"q": query, "mode": mode, "k": 20}).json()
        if any(hit["document"] == document for hit in found["hits"]):
            return uploaded, time.monotonic() - began
        time.sleep(_POLL_SECONDS)
    return uploaded, float("inf")


def main() -> None:
    """Print median, p95 and worst for both modes."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        instance = Instance(Path(folder) / "data", {})
        instance.start()
        try:
            with instance.client() as client:
                seconds_until_found(client, 0, "lexical")
                time.sleep(5)
                for mode in ("lexical", "vector"):
                    base = 1 if mode == "lexical" else 50_000
                    runs = []
                    for number in range(base, base + rounds):
                        runs.append(seconds_until_found(client, number, mode))
                        time.sleep(0.5)
                    found = sorted(run[1] for run in runs)
                    p95 = found[min(len(found) - 1, int(len(found) * 0.95))]
                    upload = statistics.median(run[0] for run in runs)
                    print(
                        f"{mode}: n={rounds} upload median {upload * 1000:.0f} ms, to first hit "
                        f"median {statistics.median(found):.2f} s, p95 {p95:.2f} s, "
                        f"worst {found[-1]:.2f} s"
                    )
        finally:
            instance.stop()


if __name__ == "__main__":
    main()
