"""Verdicts: a benchmark that flatters is worse than none."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import goals  # noqa: E402 (needs the path)


def test_an_exact_figure_meets_its_bound_outright():
    assert goals.verdict(0.50, None, 0.50, 0.25) == "met"
    assert goals.verdict(0.501, None, 0.50, 0.25) == "MISSED"
    assert goals.verdict(0.25, None, 0.50, 0.25) == "MOONSHOT"


def test_a_noisy_figure_needs_its_upper_quartile_too():
    assert goals.verdict(0.79, 0.87, 0.80, 0.60) == "met"
    assert goals.verdict(0.79, 0.89, 0.80, 0.60) == "MISSED"
    assert goals.verdict(0.81, 0.82, 0.80, 0.60) == "MISSED"
    assert goals.verdict(0.59, 0.67, 0.80, 0.60) == "met"
    assert goals.verdict(0.59, 0.65, 0.80, 0.60) == "MOONSHOT"


def test_without_a_bound_there_is_no_verdict():
    assert goals.verdict(5, 6, None, None) == "-"


def test_a_moonshot_alone_cannot_be_missed():
    assert goals.verdict(5, None, None, 4) == "-"
    assert goals.verdict(3, None, None, 4) == "MOONSHOT"


def test_a_moonshot_does_not_make_up_for_what_must_be():
    assert goals.verdict(4.25, None, 4.2, 4.3) == "MISSED"


def test_quartiles_stand_around_the_median():
    assert goals.quartiles([5, 1, 3, 2, 4]) == (2, 3, 4)
    assert goals.quartiles([2.0, 1.0]) == (1.0, 1.5, 2.0)


def test_a_micro_benchmarks_line_is_a_row():
    row = goals.micro_row("chain\t0.48\tratio\t0.50\t0.47\tcold, 32k\n")
    assert (row.name, row.value, row.seen) == ("chain", 0.48, "met")
    assert row.note == "cold, 32k"


def test_a_lower_bound_is_met_from_above():
    assert goals.micro_row("a\t0.97\t\t>=0.95\t>=0.98\t").seen == "met"
    assert goals.micro_row("a\t0.94\t\t>=0.95\t>=0.98\t").seen == "MISSED"
    assert goals.micro_row("a\t0.99\t\t>=0.95\t>=0.98\t").seen == "MOONSHOT"


def test_a_line_without_bounds_has_no_verdict():
    assert goals.micro_row("a\t12.5\tns").seen == "-"
    assert goals.micro_row("a\t12.5\tns\t-\t-\tx").seen == "-"


def test_what_is_no_result_is_refused():
    with pytest.raises(ValueError):
        goals.micro_row("a\tb")
    with pytest.raises(ValueError):
        goals.micro_row("a\tfast\tns\t\t\t")


def test_the_table_shows_bounds_and_verdicts():
    rows = [goals.ratio_row(1, "small", [0.5, 0.55, 0.6, 0.58], 0.8, 0.6),
            goals.Row("", "haproxy", 21.0, "us")]
    text = "\n".join(goals.table(rows))
    assert "MOONSHOT" in text and "0.565" in text and "21" in text
