"""What the simulations and comparisons say."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.validation import rates
from reports.present import validation as page

REFERENCES = pd.DataFrame({
    "method": ["H-score", "H-score"], "case": ["25/25/25/25", "50/10/10/30"], "quantity": "h_score", "reference": [150.0, 120.0],
    "ours": [150.0, 123.0], "relative_error": [1e-15, 0.025], "source": "definition", "met": [True, False],
})  # fmt: skip


def test_what_is_not_met_is_named() -> None:
    said = page.agreement_in_words(REFERENCES)
    assert said.startswith("1 of 2 reference numbers are met")
    assert "H-score, 50/10/10/30, h_score is off by" in said
    assert "50/10/10/30" not in page.agreement_in_words(REFERENCES.head(1))
    assert page.show_agreement(REFERENCES)["Relative error"][0] == page.BELOW


def test_warnings_do_not_count_among_the_methods_in_use() -> None:
    table = rates.rates_frame([
        rates.Rate("profile", "top dose", 0.95, 0.951, 0.005, 1000), rates.Rate("log", "52 patients", 0.95, 0.90, 0.005, 1000),
        rates.Rate("Wald", "top dose", 0.95, 0.7, 0.01, 1000, "warning"),
    ])  # fmt: skip
    said = page.coverage_in_words(table)
    assert said.startswith("1 of 2 intervals in use cover")
    assert said.endswith("the least, log (52 patients), covers 90.0 %")
    assert page.show_rates(table)["Role"].tolist() == ["in use", "in use", "shown as a warning"]


@pytest.mark.parametrize(("observed", "kept"), [(0.05, 1), (0.2, 0)])
def test_tests_that_reject_too_often_are_counted(observed: float, kept: int) -> None:
    table = rates.rates_frame([
        rates.Rate("signed rank", "8 patients", 0.05, observed, 0.005, 1000),
        rates.Rate("event-level model", "8 patients", 0.05, 0.8, 0.01, 1000, "warning"),
    ])  # fmt: skip
    said = page.type_one_in_words(table)
    assert (
        said
        == f"{kept} of 1 test in use reject at most 7 % of null data; the event-level model rejects 80.0 % of it"
    )
