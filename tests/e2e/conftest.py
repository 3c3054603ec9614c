import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import harness  # noqa: E402 (needs the path)


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
