"""The table of the compiler cache."""

from __future__ import annotations

from pathlib import Path

from dockwright.model.cache import CacheStats, read_stats
from dockwright.report.cache import cache_text

DATA = Path(__file__).parents[1] / "model" / "data"


def recorded(name: str, component: str) -> CacheStats:
    text = (DATA / f"sccache-0.16-{name}.json").read_text()
    return read_stats(text, component=component, step="build")


def test_no_rows() -> None:
    assert cache_text(()) == "compiler cache: nothing was compiled through it\n"


def test_what_sccache_recorded() -> None:
    rows = (recorded("disk-warm", "ucx"), recorded("disk-cold", "libfabric"))
    assert cache_text(rows, width=90) == (
        "  compiler cache  disk: 5 of 10 compilations found (50 %)\n"
        "\n"
        "  component  requests     hits   misses   rate  errors   other    saved\n"
        "  ucx               7        5        0  100 %       0       1        -\n"
        "    C/C++                    4        0  100 %\n"
        "    Rust                     1        0  100 %\n"
        "  libfabric         7        0        5    0 %       0       1     0.0s\n"
        "    C/C++                    0        4    0 %\n"
        "    Rust                     0        1    0 %\n"
        "\n"
        "  not cacheable: -E (2)\n"
    )


def test_device_code_is_shown_and_not_counted_twice() -> None:
    row = CacheStats(
        component="deepep",
        step="build",
        requests=30,
        hits={"PTX": 8, "CUDA": 4, "CUBIN": 8},
        misses={"CUDA": 1},
        errors={"write": 2},
        seconds_saved=75.0,
        bytes_written=12_300_000,
        backend="s3",
    )
    assert cache_text((row,), width=90) == (
        "  compiler cache  s3: 4 of 5 compilations found (80 %) · 2 errors · about 1m 15s of "
        "compiling saved · 12.3 MB written\n"
        "\n"
        "  component  requests     hits   misses   rate  errors   other    saved\n"
        "  deepep           30        4        1   80 %       2       0   1m 15s\n"
        "    CUDA                     4        1   80 %\n"
        "    CUBIN                    8        0  100 %\n"
        "    PTX                      8        0  100 %\n"
    )


def test_only_all_is_a_hundred_percent() -> None:
    row = CacheStats(
        component="c", step="s", requests=1000, hits={"C/C++": 999}, misses={"C/C++": 1}
    )
    assert "999 of 1000 compilations found (99 %)" in cache_text((row,))


def test_steps_of_a_component_are_one_row() -> None:
    row = CacheStats(component="ffmpeg", step="one", requests=2, misses={"C/C++": 2})
    other = CacheStats(
        component="ffmpeg", step="two", requests=1, misses={"C/C++": 1}, not_cacheable={"a": 1}
    )
    text = cache_text((row, other))
    assert text.count("ffmpeg") == 1
    assert "0 of 3 compilations found" in text


def test_many_reasons_are_cut() -> None:
    reasons = {f"reason {number}": number for number in range(1, 6)}
    row = CacheStats(component="c", step="s", requests=15, not_cacheable=reasons)
    text = cache_text((row,))
    assert "0 of 0 compilations found\n" in text
    assert "not cacheable: reason 5 (5), reason 4 (4), reason 3 (3), 2 more\n" in text


def test_a_narrow_terminal() -> None:
    row = CacheStats(component="a-component-with-a-long-name", step="s", requests=1)
    assert "a-compon…" in cache_text((row,), width=40)
