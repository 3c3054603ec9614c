"""How tests/run.py counts: a case that it misses would fail in silence."""
import importlib.util
import os
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = importlib.util.spec_from_file_location(
    "run", os.path.join(HERE, "..", "run.py"))
run = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(run)

CMOCKA = """\
[==========] Running 4 test(s).
[ RUN      ] a_good_one
[       OK ] a_good_one
[ RUN      ] a_bad_one
[  ERROR   ] --- 1 != 2
[   LINE   ] --- x_test.c:9: error: Failure!
[  FAILED  ] a_bad_one
[ RUN      ] another_good_one
[       OK ] another_good_one
[ RUN      ] one_without_its_files
[  SKIPPED ] one_without_its_files
[==========] 4 test(s) run.
[  PASSED  ] 2 test(s).
[  SKIPPED ] tests: 1 test(s), listed below:
[  SKIPPED ] one_without_its_files
[  FAILED  ] tests: 1 test(s), listed below:
[  FAILED  ] a_bad_one
"""


def test_each_cmocka_case_counts_once():
    assert str(run.count_cmocka(CMOCKA)) == "2 passed, 1 failed, 1 skipped"


def test_cases_before_a_crash_count_and_the_crash_is_a_failure():
    text = CMOCKA.split("[ RUN      ] a_bad_one")[0]
    counts = run.settle(run.count_cmocka(text), -6)
    assert str(counts) == "1 passed, 1 failed, 0 skipped"


def test_pytests_summary_is_read():
    for line, wanted in (
            ("22 passed in 0.13s", "22 passed, 0 failed, 0 skipped"),
            ("1 failed, 2 passed, 3 skipped, 1 error in 9s",
             "2 passed, 2 failed, 3 skipped"),
            ("no tests ran in 0.01s", "0 passed, 0 failed, 0 skipped")):
        assert str(run.count_summary("....\n" + line + "\n")) == wanted


def test_a_bad_status_fails_though_nothing_was_counted():
    for status in (1, 5, -11, None):
        counts = run.settle(run.Counts(), status)
        assert str(counts) == "0 passed, 1 failed, 0 skipped"


def test_a_bad_status_fails_though_all_cases_passed():
    counts = run.settle(run.Counts(passed=3), 1)  # a leak at exit
    assert str(counts) == "3 passed, 1 failed, 0 skipped"


def test_a_skip_is_told():
    test = run.Test("unit", "x", [], run.count_cmocka)
    assert set(run.skip_lines(test, CMOCKA)) == {
        "SKIP unit/x: one_without_its_files"}


def test_what_passes_its_limit_is_ended_with_its_children():
    command = ["/bin/sh", "-c", "echo begun; sleep 60 & sleep 60"]
    status, text = run.run_command(command, 0.3, dict(os.environ))
    assert status is None and text == "begun\n"


def test_a_missing_program_is_a_failure():
    status, text = run.run_command(["build/none/nothing"], 5, {})
    assert status == 127 and "build/none/nothing" in text


def test_an_unknown_suite_is_refused(capsys):
    assert run.main(["units"]) == 2
    assert "there are lint, unit" in capsys.readouterr().err


def test_each_test_runs_once_and_no_more_wait_than_may():
    tests = [run.Test(suite, str(i), [], None)
             for i in range(40) for suite in ("e2e", "unit")]
    lock, begun, waiting, most = threading.Lock(), [], set(), [0]

    def one(test):
        with lock:
            begun.append(test)
            if test.suite == "e2e":
                waiting.add(test)
            most[0] = max(most[0], len(waiting))
        time.sleep(0)
        with lock:
            waiting.discard(test)
    run.run_all(tests, one)
    assert len(begun) == len(set(begun)) == len(tests)
    assert most[0] <= run.WAITING


def test_one_kind_alone_has_every_place_it_may_have():
    for suite, places in (("unit", run.WAITING + run.COMPUTING),
                          ("e2e", run.WAITING)):
        meet = threading.Barrier(places, timeout=60)
        tests = [run.Test(suite, str(i), [], None) for i in range(places)]
        run.run_all(tests, lambda _: meet.wait())
