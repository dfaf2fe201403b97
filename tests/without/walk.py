"""Run in a process of its own: makes a database, runs jobs, asks the API, and tells in JSON."""

import html
import json
import re
import sys

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from ai_core.execution import sweeper  # noqa: E402
from ai_core.services import JobService  # noqa: E402
from brands import keys  # noqa: E402
from brands.models import Brand, Membership, Role  # noqa: E402
from brands.rights import Right  # noqa: E402

call_command("migrate", verbosity=0)
call_command("check", verbosity=0)
brand = Brand.objects.create(slug="owls", name="Owls")
user = User.objects.create(username="owner")
Membership.objects.create(brand=brand, user=user, role=Role.MANAGER)
token = keys.issue(user=user, brand=brand, name="test", right=Right.MANAGE).token
api = APIClient(SERVER_NAME="localhost")
api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

told: dict = {"types": [row["name"] for row in api.get("/ai/job-types/").json()]}
kinds = {"sleep": {"seconds": 0}}
if "chat_completion" in told["types"]:
    kinds["chat_completion"] = {"messages": [{"role": "user", "content": "Bonjour"}]}
told["jobs"] = {}
for kind, data in kinds.items():
    answer = api.post("/ai/jobs/", {"job_type": kind, "input_data": data})
    job = JobService.process_job(answer.json()["id"])
    detail = api.get(f"/ai/jobs/{job.pk}/").json()
    told["jobs"][kind] = {"status": detail["status"], "keys": sorted(detail)}
sweeper.keep_house()
addresses = ["/ai/jobs/", "/ai/jobs/dashboard/", "/ai/providers/", "/ai/usage/", "/api/schema/"]
told["answers"] = {address: api.get(address).status_code for address in addresses}
browser = Client(SERVER_NAME="localhost")
browser.force_login(user)
pages = [
    "/", "/jobs/", f"/jobs/{job.job_id}/", "/job-types/", "/queue/", "/workers/", "/jobs/new/",
    "/releases/", "/search/?q=sleep", "/news/", "/settings/", "/settings/keys/",
]  # fmt: skip
told["pages"], told["links"] = {}, {}
for page in pages:
    answer = browser.get(page, follow=True)
    told["pages"][page] = answer.status_code
    for link in re.findall(r'href="(/[^"#]*)', answer.content.decode()):
        told["links"].setdefault(html.unescape(link), page)
static = [link for link in told["links"] if link.startswith(("/static/", "/admin/"))]
for link in static:
    told["links"].pop(link)
told["broken"] = {
    link: f"{status} on {page}"
    for link, page in told["links"].items()
    if (status := browser.get(link, follow=True).status_code) != 200
}
optional = ["/providers/", "/settings/quotas/", "/usage/", "/usage/jobs/", "/trainings/",
            "/schedules/", "/settings/webhooks/", "/settings/notifications/"]  # fmt: skip
told["optional"] = {page: browser.get(page, follow=True).status_code for page in optional}
connection.close()
json.dump(told, sys.stdout)
