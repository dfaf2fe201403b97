"""The calls of the older front doors."""

from megahub.api_docs.call import Call, Chapter

OVH = "/cloud/project/humari/ai/job"
SPEC = {
    "image": "pytorch/pytorch:2.1-cuda12",
    "name": "finetune-llm",
    "region": "GRA",
    "resources": {"gpu": 2, "gpuModel": "A100"},
}

JOBS = Chapter(
    title="Older doors: jobs",
    about="Programs that were written for an older system go on working; what each door means is "
    "told in [doors](doors.md). Every address answers with and without a slash at its end.",
    calls=[
        Call(
            at="GET /api/jobs",
            path="/api/jobs?status=completed&take=1&sortBy=createdAt&sortOrder=desc",
            does="A page of jobs; a plain member sees their own.",
            brief=True,
        ),
        Call(
            at="GET /api/jobs/{id}",
            path="/api/jobs/{job[id]}",
            does="One, as `/ai/jobs/{id}/` shows it.",
            show=["id", "job_id", "status", "available_actions"],
        ),
        Call(at="GET /api/jobs/{id}/status", path="/api/jobs/{job[id]}/status", does="Its state."),
        Call(
            at="GET /api/jobs/{id}/logs",
            path="/api/jobs/{job[id]}/logs?limit=1",
            does="Its log.",
        ),
        Call(
            at="PUT /api/jobs/{id}/cancel",
            path="/api/jobs/{job[id]}/cancel",
            status=409,
            does="Stop it; this one is over.",
        ),
    ],
)

RELEASES = Chapter(
    title="Older doors: releases",
    calls=[
        Call(
            at="POST /api/releases",
            body={"name": "spring", "description": "The spring catalogue"},
            status=201,
            keep="release",
            does='What groups jobs: `"release": <id>` when a job is made or changed.',
        ),
        Call(at="GET /api/releases", path="/api/releases?page_size=1", does="All of them."),
        Call(at="GET /api/releases/{id}", path="/api/releases/{release[id]}", does="One."),
        Call(
            at="PATCH /api/releases/{id}",
            path="/api/releases/{release[id]}",
            body={"description": "Spring and summer"},
            does="Change its name or description.",
            show=["id", "name", "description"],
        ),
        Call(
            at="GET /api/releases/{id}/jobs",
            path="/api/releases/{release[id]}/jobs",
            does="Its jobs.",
        ),
        Call(
            at="DELETE /api/releases/{id}",
            path="/api/releases/{release[id]}",
            status=204,
            does="Take it away; its jobs stay.",
        ),
    ],
)

WIZARD = Chapter(
    title="Older doors: a job in steps",
    calls=[
        Call(
            at="POST /api/wizard/jobs",
            body={"job_type": "sleep", "input_data": {}},
            status=201,
            keep="step",
            show=["id", "job_id", "status", "input_data"],
            does="A draft; its input may be incomplete.",
        ),
        Call(
            at="PATCH /api/wizard/jobs/{id}",
            path="/api/wizard/jobs/{step[id]}",
            body={"input_data": {"seconds": 1}},
            show=["id", "status", "input_data"],
            does="Another step.",
        ),
        Call(
            at="GET /api/wizard/jobs/{id}",
            path="/api/wizard/jobs/{step[id]}",
            show=["id", "status", "available_actions"],
            does="What was said so far.",
        ),
        Call(
            at="GET /api/wizard/jobs/{id}/analysis",
            path="/api/wizard/jobs/{step[id]}/analysis",
            does="What would become of it, before anything is spent.",
        ),
        Call(
            at="POST /api/wizard/jobs/{id}/submit",
            path="/api/wizard/jobs/{step[id]}/submit",
            does="On its way.",
            show=["message"],
        ),
        Call(
            at="GET /api/wizard/jobs/{id}/status",
            path="/api/wizard/jobs/{step[id]}/status",
            until="completed",
            show=["id", "status", "progress_percentage", "is_final"],
            does="Its state.",
        ),
        Call(
            at="GET /api/wizard/jobs/{id}/logs",
            path="/api/wizard/jobs/{step[id]}/logs?limit=1",
            does="Its log.",
        ),
    ],
)

TRAINING = Chapter(
    title="Older doors: OVHcloud AI Training",
    about="OVH's own paths and JSON, with and without `/1.0`; the project is the brand. OVH's "
    "request signature is accepted as well, so the `ovh` client works unchanged.",
    calls=[
        Call(
            at="POST /cloud/project/{project_id}/ai/job",
            path=OVH,
            body=SPEC,
            keep="ovh",
            does="A training; only `image` is needed.",
        ),
        Call(
            at="GET /cloud/project/{project_id}/ai/job",
            path=f"{OVH}?size=1",
            does="A bare array, newest first.",
        ),
        Call(
            at="PUT /cloud/project/{project_id}/ai/job/{job_id}/label",
            path=f"{OVH}/{{ovh[id]}}/label",
            body={"name": "team", "value": "search"},
            status=204,
            does="A label, which is a tag of the hub.",
        ),
        Call(
            at="GET /cloud/project/{project_id}/ai/job/{job_id}/log",
            path=f"{OVH}/{{ovh[id]}}/log",
            does="Its log.",
        ),
        Call(
            at="POST /cloud/project/{project_id}/ai/job/{job_id}/stop",
            path=f"{OVH}/{{ovh[id]}}/stop",
            status=204,
            does="Stop it.",
        ),
        Call(
            at="PUT /cloud/project/{project_id}/ai/job/{job_id}/kill",
            path=f"{OVH}/{{ovh[id]}}/kill",
            status=409,
            does="The same under its other name; it is over now.",
        ),
        Call(
            at="GET /cloud/project/{project_id}/ai/job/{job_id}",
            path=f"{OVH}/{{ovh[id]}}",
            does="One.",
            show=["id", "createdAt", "status"],
        ),
        Call(
            at="DELETE /cloud/project/{project_id}/ai/job/{job_id}",
            path=f"{OVH}/{{ovh[id]}}?force=true",
            status=204,
            does="Delete it; `force` stops it first.",
        ),
        Call(at="GET /auth/time", does="The clock.", anyone=True),
    ],
)

CHAPTERS = [JOBS, RELEASES, WIZARD, TRAINING]
