"""A request that comes twice is one job, however close the twins are."""

import pytest

from ai_core.errors import IdempotencyConflict
from ai_core.models import AIJob, IdempotencyKey
from ai_core.services import JobService
from tests import factories
from tests.ai_core.workbench import at_once, sql

TWINS = 20


@pytest.mark.usefixtures("committed")
def test_twenty_twins_with_one_key_are_one_job():
    brand = factories.make_brand()

    def create(_: int) -> str:
        job = JobService.create_job("quick", {"seconds": 0}, None, brand, idempotency_key="same")
        return job.job_id

    answers = at_once(TWINS, create)
    assert len(set(answers)) == 1
    assert AIJob.objects.count() == IdempotencyKey.objects.count() == 1
    assert sql("SELECT count(*) FROM ai_core_jobevent")[0][0] == 1


@pytest.mark.usefixtures("committed")
def test_of_two_different_requests_with_one_key_one_is_refused():
    brand = factories.make_brand()

    def create(number: int) -> str:
        wish = {"seconds": number % 2}
        try:
            return JobService.create_job("quick", wish, None, brand, idempotency_key="same").job_id
        except IdempotencyConflict as refusal:
            return f"refused with {refusal.status}"

    answers = at_once(TWINS, create)
    assert answers.count("refused with 409") == TWINS // 2
    assert len(set(answers)) == 2
    assert AIJob.objects.count() == 1


@pytest.mark.usefixtures("synced")
class TestKeys:
    def test_another_body_is_refused(self):
        brand = factories.make_brand()
        JobService.create_job("quick", {}, None, brand, idempotency_key="k")
        with pytest.raises(IdempotencyConflict):
            JobService.create_job("quick", {}, None, brand, idempotency_key="k", priority="high")
        with pytest.raises(IdempotencyConflict):
            JobService.create_job("sleep", {}, None, brand, idempotency_key="k")

    def test_the_same_key_of_another_brand_is_another_promise(self):
        brands = [factories.make_brand(), factories.make_brand()]
        jobs = [
            JobService.create_job("quick", {}, None, brand, idempotency_key="k") for brand in brands
        ]
        assert len({job.pk for job in jobs}) == 2

    def test_the_job_of_that_time_comes_back_even_when_it_is_over(self):
        brand = factories.make_brand()
        first = JobService.create_job("quick", {}, None, brand, idempotency_key="k")
        JobService.cancel_job(first.pk)
        again = JobService.create_job("quick", {}, None, brand, idempotency_key="k")
        assert (again.pk, again.status) == (first.pk, "cancelled")

    def test_a_refused_request_does_not_use_up_its_key(self):
        brand = factories.make_brand()
        from ai_core.errors import JobTypeNotFound

        with pytest.raises(JobTypeNotFound):
            JobService.create_job("no-such-type", {}, None, brand, idempotency_key="k")
        assert JobService.create_job("quick", {}, None, brand, idempotency_key="k").pk
