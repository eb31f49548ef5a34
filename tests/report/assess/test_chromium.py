"""The HTML page in a real browser: it shows, fits, can be read, and prints."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.report.assess.everything import EVERYTHING, hostile, report

from poolshift.core.finding import Assessment
from poolshift.report.assess import format_named

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
PDFTOTEXT = shutil.which("pdftotext")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        BROWSER is None, reason="no Chromium is installed: scripts/system-packages.sh chromium"
    ),
]
SCHEMES = {"dark": 0, "light": 1}
WIDTHS = (320, 390, 768, 1280)
RED = (165, 14, 28)
MEASURE = (Path(__file__).parent / "measure.js").read_text()


def browse(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the browser with a profile of its own; as root it has no sandbox."""
    fixed = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    fixed += ["--force-device-scale-factor=1", "--enable-logging=stderr"]
    return subprocess.run(
        [str(BROWSER), *fixed, f"--user-data-dir={folder / 'profile'}", *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def written(folder: Path, assessment: Assessment = EVERYTHING) -> Path:
    path = folder / "report.html"
    path.write_bytes(format_named("html").render(report(assessment)))
    return path


def measured(folder: Path, assessment: Assessment, scheme: str) -> list[dict[str, Any]]:
    """What a page around the report, in frames of different widths, sees of it."""
    html = json.dumps(written(folder, assessment).read_text()).replace("<", "\\u003c")
    wrapper = folder / "wrapper.html"
    wrapper.write_text(
        f"<!DOCTYPE html><meta name=color-scheme content='light dark'><pre id=out></pre>"
        f"<script>const html={html};const widths={list(WIDTHS)};{MEASURE}</script>"
    )
    setting = f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}"
    done = browse(folder, setting, "--virtual-time-budget=20000", "--dump-dom", wrapper.as_uri())
    found = re.search(r'<pre id="out">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None
    assert "Content Security Policy" not in done.stderr
    said: list[dict[str, Any]] = json.loads(found[1])
    return said


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("assessment", [EVERYTHING, hostile()], ids=["all", "hostile"])
def test_page_fits_every_width_and_can_be_read(
    tmp_path: Path, assessment: Assessment, scheme: str
) -> None:
    frames = measured(tmp_path, assessment, scheme)
    assert [f["width"] for f in frames] == list(WIDTHS)
    for frame in frames:
        assert frame["styled"], "the policy keeps the style out"
        assert frame["scheme"] == scheme
        assert frame["overflow"] == [], frame["width"]
        assert frame["texts"] > 50
        assert frame["faint"] == [], frame["width"]


def test_screenshot_shows_the_drawings(tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    setting = f"--blink-settings=preferredColorScheme={SCHEMES['light']}"
    browse(
        tmp_path,
        setting,
        "--window-size=1280,1600",
        f"--screenshot={picture}",
        written(tmp_path).as_uri(),
    )
    width, height, pixels = decoded(picture.read_bytes())
    assert (width, height) == (1280, 1600)
    # The edges of two cards, tiles and marks that are past.
    assert pixels[RED] > 2_000
    assert pixels[(255, 255, 255)] > width * height / 3
    assert len(pixels) > 100


@pytest.mark.skipif(PDFTOTEXT is None, reason="no pdftotext is installed (poppler-utils)")
def test_print_holds_what_the_screen_folds_away(tmp_path: Path) -> None:
    pdf = tmp_path / "page.pdf"
    browse(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", written(tmp_path).as_uri())
    text = subprocess.run(
        [str(PDFTOTEXT), "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "What stops when" in text
    # A long name may go on in the next line.
    joined = "".join(text.split())
    assert all(re.search(rf"/cart-{n}(?!\d)", joined) for n in range(1, 41))
    assert "Skip to the findings" not in text


def decoded(png: bytes) -> tuple[int, int, Counter[tuple[int, ...]]]:
    """Width, height and the colours of a PNG of 8 bits a channel, each with its count."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data = 8, b""
    width = height = channels = 0
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert depth == 8
            channels = {2: 3, 6: 4}[colour]
        elif kind == b"IDAT":
            data += body
        at += length + 12
    raw = zlib.decompress(data)
    stride = width * channels
    before = bytearray(stride)
    count: Counter[tuple[int, ...]] = Counter()
    for row in range(height):
        start = row * (stride + 1)
        line = _unfiltered(raw[start], raw[start + 1 : start + 1 + stride], before, channels)
        count.update(zip(*(line[c::channels] for c in range(3)), strict=True))
        before = line
    return width, height, count


def _unfiltered(kind: int, line: bytes, before: bytearray, size: int) -> bytearray:
    """A row of a PNG without its filter (PNG specification, section 9)."""
    out = bytearray(line)
    for i in range(len(out)):
        left = out[i - size] if i >= size else 0
        up = before[i]
        corner = before[i - size] if i >= size else 0
        if kind == 1:
            out[i] = (out[i] + left) & 255
        elif kind == 2:
            out[i] = (out[i] + up) & 255
        elif kind == 3:
            out[i] = (out[i] + (left + up) // 2) & 255
        elif kind == 4:
            guess = left + up - corner
            near = min((left, up, corner), key=lambda v, g=guess: abs(g - v))  # type: ignore[misc]
            out[i] = (out[i] + near) & 255
    return out
