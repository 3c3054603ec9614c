"""The table in fault_matrix.py and the tests that it names agree."""
import ast
import os

import pytest

from fault_matrix import ATTACKS, FAULTS

HERE = os.path.dirname(os.path.abspath(__file__))
N_FAULTS = 33
ROWS = [*FAULTS.values(), *ATTACKS.values()]


def names_in(file):
    with open(os.path.join(HERE, file), encoding="utf-8") as f:
        tree = ast.parse(f.read())
    return {node.name for node in tree.body
            if isinstance(node, ast.FunctionDef)
            and node.name.startswith("test_")}


def test_the_matrix_has_every_row():
    assert list(FAULTS) == list(range(1, N_FAULTS + 1))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_row_has_tests_or_says_why_not(row):
    assert bool(row.tests) != bool(row.reason)
    assert len(set(row.tests)) == len(row.tests)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_the_tests_of_a_row_are_there(row):
    missing = [f"{file}::{name}" for file, name in row.tests
               if name not in names_in(file)]
    assert not missing


@pytest.mark.parametrize("file", sorted(
    name for name in os.listdir(HERE)
    if name.startswith("fault_") and name.endswith("_test.py")
    and name != os.path.basename(__file__)))
def test_every_test_of_a_fault_is_in_the_matrix(file):
    named = {name for row in ROWS for other, name in row.tests
             if other == file}
    assert names_in(file) <= named
