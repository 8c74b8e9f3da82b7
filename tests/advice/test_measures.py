"""The adviser against people whose curves are known; the full table is `python -m benchmarks.advice`."""

from __future__ import annotations

import pytest
from benchmarks.advice import ratio, score, table


@pytest.mark.rule("S-51")
def test_bands_hold_the_truth_and_the_advice_is_nearly_the_best_possible() -> None:
    scored = [score(seed, 1000) for seed in range(1000, 1025)]
    assert ratio("covered", "bands", scored) >= 0.93
    assert ratio("waits_covered", "waits", scored) >= 0.93
    assert sum(one.regret <= 0.05 for one in scored) >= 23
    assert all(one.average < -0.3 for one in scored)  # what everybody computes
    assert dict(table(scored))["histories"] == "25"
