"""The alarm of the compiler cache: a sentence where it did nothing, silence where it worked."""

from __future__ import annotations

from collections.abc import Sequence

from dockwright.engines.events import CacheUsed
from dockwright.evidence.cache_alarm import alarms
from dockwright.model.cache import CacheStats


def said(stats: CacheStats | None, habit: Sequence[float] = (), state: str = "used") -> str:
    """The alarms of one component, ucx, whose stage ran."""
    event = CacheUsed(
        time=0.0, stage="ucx", component="ucx", state=state, reason="no bucket", stats=stats
    )
    return "\n".join(alarms({"ucx": "ucx"}, {"ucx"}, [event], {"ucx": habit}))


def stats(requests: int, *, hits: int = 0, misses: int = 0, errors: int = 0) -> CacheStats:
    return CacheStats(
        component="ucx",
        step="ucx",
        requests=requests,
        hits={"C/C++": hits},
        misses={"C/C++": misses},
        errors={"read": errors} if errors else {},
    )


def test_a_cache_that_works_is_silent() -> None:
    assert said(stats(10, hits=10)) == ""
    assert said(stats(10, misses=10)) == ""
    assert said(stats(10, hits=6, misses=4), habit=(0.8, 0.8, 0.8)) == ""


def test_a_cache_that_did_nothing_is_told_with_its_component() -> None:
    assert said(stats(0)).startswith("ucx: no compiler asked the cache")
    assert said(None, state="failed") == "ucx: compiled without the cache: no bucket"
    assert said(stats(9, misses=9, errors=9)) == "ucx: the cache gave only errors (read 9)"
    assert "its step said nothing" in alarms({"ucx": "ucx"}, {"ucx"}, [], {})[0]
    assert alarms({"ucx": "ucx"}, set(), [], {}) == ()


def test_a_rate_far_below_the_habit_is_told() -> None:
    low = stats(10, hits=1, misses=9)
    assert said(low, habit=(0.9, 0.9, 0.9)).startswith(
        "ucx: 10% hits, in 3 earlier runs it was 90%"
    )
    assert said(low, habit=(0.9, 0.9)) == ""
