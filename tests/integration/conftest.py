"""Fixtures, the checks after each test, and a loud word when there is no daemon to test."""
import pytest

import daybook

MISSING = [name for name, variable in (("daybookd", "DAYBOOKD"), ("daybook", "DAYBOOK"))
           if daybook.program(name, variable) is None]


def pytest_collection_modifyitems(items):
    if MISSING:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="not built: %s" % " and ".join(MISSING)))


def pytest_terminal_summary(terminalreporter):
    if MISSING:
        terminalreporter.write_line("SKIPPED: %s: not built, nothing was tested" % " and ".join(MISSING), red=True)


def pytest_sessionfinish(session):
    if MISSING:
        session.exitstatus = 77    # what meson takes for "skipped"


@pytest.fixture
def make_daemon(tmp_path):
    """daemon = make_daemon(connectors=…): configured, not started. Each one is checked after the test."""
    made = []

    def make(name="daybook", **options):
        folder = tmp_path / name
        folder.mkdir()
        made.append(daybook.Daemon(folder, **options))
        return made[-1]

    yield make
    failures = []
    for daemon in made:
        try:
            daemon.finish()
        except AssertionError as e:
            failures.append(str(e))
    assert not failures, "\n".join(failures)


@pytest.fixture
def daemon(make_daemon):
    """A running one with a WhatsApp number "shop" and a form "contact"."""
    return make_daemon().start()
