"""One web process for each module, and jobs that the test drives by hand."""

import pytest

from tests.ai_core.streams.server import WebProcess


@pytest.fixture(scope="module")
def web_settings():
    """What a module wants to be different in its web process."""
    return {}


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker, tmp_path_factory, web_settings):
    with django_db_blocker.unblock():
        process = WebProcess(tmp_path_factory.mktemp("web"), **web_settings)
    try:
        yield process
    finally:
        process.end()


@pytest.fixture
def types(transactional_db):
    from ai_core.execution import registry

    registry.sync()


@pytest.fixture
def crew(types, people):
    return people


@pytest.fixture
def token(crew):
    from tests import factories

    return factories.make_key(crew.owner, crew.brand).token


@pytest.fixture
def make_job(crew):
    from ai_core.services import JobService

    def make(brand=None, **details):
        return JobService.create_job(
            "sleep", {"seconds": 60}, crew.owner, brand or crew.brand, **details
        )

    return make


@pytest.fixture
def job(make_job):
    return make_job()


@pytest.fixture
def listen(web, token):
    """`listen(path)`: an open stream with the owner's key, closed after the test."""
    opened = []

    def begin(path, *, key=token, **headers):
        opened.append(web.listen(path, key, **headers))
        return opened[-1]

    yield begin
    for one in opened:
        one.close()
