from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.report.human import cells, clean, clip, duration, one_line, pad, size, style_of


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0s"),
        (0.44, "0.4s"),
        (12.34, "12.3s"),
        (59.94, "59.9s"),
        (59.96, "1m 00s"),
        (83, "1m 23s"),
        (3599.7, "1h 00m"),
        (3720, "1h 02m"),
        (90000, "25h 00m"),
        (-5, "0.0s"),
        (float("nan"), "0.0s"),
        (float("inf"), "0.0s"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (12_340_000, "12.3 MB"),
        (99_970_000, "100 MB"),
        (840_000_000, "840 MB"),
        (999_600_000, "1.0 GB"),
        (8_412_000_000, "8.4 GB"),
        (-1, "0 B"),
        (3 * 10**18, "3000 PB"),
    ],
)
def test_size(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m and \x1b[1;4mbold\x1b[m", "red and bold"),
        ("\x1b]8;;https://example.org\x07link\x1b]8;;\x07", "link"),
        ("10%\r50%\r100%\r\n", "100%"),
        ("a\tb", "a   b"),
        ("bell\x07 back\x08 \u202eoverride", "bell back override"),
        ("\udce9t\udce9", "?t?"),
        ("", ""),
        ("\x1b", ""),
    ],
)
def test_foreign_output_loses_its_control_codes(raw: str, text: str) -> None:
    assert clean(raw) == text


def test_one_line() -> None:
    assert one_line("RUN  make \\\n    install\n") == "RUN make \\ install"


@given(st.text(), st.integers(0, 60))
def test_clip_and_pad_keep_to_the_width(text: str, width: int) -> None:
    assert cells(clip(text, width)) <= width
    assert cells(pad(text, width)) == width
    assert clean(text).isprintable() or not clean(text).isascii()


def test_wide_characters_take_two_columns() -> None:
    assert cells("漢字") == 4
    assert clip("漢字漢字", 5) == "漢字…"


def test_a_stream_that_cannot_show_glyphs_gets_ascii() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    style = style_of(stream, {"TERM": "xterm"})
    marks = (style.done, style.failed, style.cached, style.started, style.stopped, style.dot)
    assert "".join(marks).isascii()
    assert not style.colour
