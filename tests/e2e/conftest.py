import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import accounts  # noqa: E402 (needs the path)
import books  # noqa: E402
import harness  # noqa: E402


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the programs wrote stands below a failure."""
    outcome = yield
    report = outcome.get_result()
    programs = item.funcargs.get("programs")
    if report.when == "call" and report.failed and programs:
        for program in programs.started:
            report.sections.append((program.name, program.told()))


@pytest.fixture
def programs():
    """Starts programs; at the end each must end well."""
    started = harness.Programs()
    yield started
    faults = started.stop()
    assert not faults, "\n".join(faults)


@pytest.fixture
def fleet(programs):
    """fleet(n, **options) starts n simulated workers."""
    return programs.fleet


@pytest.fixture
def gateway(programs):
    """gateway(config, ...) starts a gateway; dict or YAML text."""
    return programs.gateway


@pytest.fixture
def front(programs):
    """front(workers, model={}, **top): a ready gateway whose requests are
    counted; at the end its books must balance."""
    made = []

    def make(*arguments, **more):
        made.append(programs.start(books.Front, *arguments, **more))
        return made[-1]
    yield make
    for g in made:
        if g.process.poll() is None:
            accounts.balance(g)
        else:
            accounts.balance_ended(g)
