"""The calls of the main door about jobs, in the order in which a newcomer meets them."""

from megahub.api_docs import prose
from megahub.api_docs.call import Call, Chapter

SLEEP = {"job_type": "sleep", "input_data": {"seconds": 1}}
AT_ONCE = {"job_type": "sleep", "input_data": {"seconds": 0}}
LONG = {"job_type": "sleep", "input_data": {"seconds": 600}, "description": "A long one"}
JOB = "/ai/jobs/{job[id]}/"
LONG_JOB = "/ai/jobs/{long[id]}/"

TYPES = Chapter(
    title="Job types",
    about="What can be asked for. `available` says whether a job of the type could run now.",
    calls=[
        Call(at="GET /ai/job-types/", does="All of them, a plain list."),
        Call(
            at="GET /ai/job-types/{name}/",
            path="/ai/job-types/sleep/",
            does="One, with the JSON Schema of its `input_data`, its stages and its limits.",
        ),
        Call(
            at="GET /ai/job-types/{name}/",
            path="/ai/job-types/slep/",
            status=404,
            does="What does not exist, and what is another brand's.",
        ),
    ],
)

MAKING = Chapter(
    title="Making jobs",
    about=prose.MAKING,
    calls=[
        Call(
            at="POST /ai/jobs/",
            does="Make a job. A created job has no `result_data`.",
            body={**SLEEP, "description": "My first job", "priority": "high", "tags": ["docs"]},
            status=201,
            keep="first",
            shown_headers=["Location"],
        ),
        Call(
            at="GET /ai/jobs/{id}/status/",
            path="/ai/jobs/{first[id]}/status/",
            does="Asked until it is over.",
            until="completed",
            show=["id", "job_id", "status", "is_final"],
        ),
        Call(
            at="POST /ai/jobs/",
            does="Make one, and wait for its result.",
            body={
                "job_type": "content_analysis",
                "input_data": {"text": "A queue is a line. Whoever waits in it is served in turn."},
            },
            headers={"Prefer": "wait=30", "Idempotency-Key": "order-4711"},
            status=201,
            keep="job",
            shown_headers=["Location", "Preference-Applied"],
        ),
        Call(
            at="POST /ai/jobs/",
            does="The same once more, for instance since the first answer was lost: no second job.",
            body={
                "job_type": "content_analysis",
                "input_data": {"text": "A queue is a line. Whoever waits in it is served in turn."},
            },
            headers={"Idempotency-Key": "order-4711"},
            brief=True,
            show=["id", "job_id", "status"],
            shown_headers=["Location", "Idempotency-Replayed"],
        ),
        Call(
            at="POST /ai/jobs/",
            does="The same key for something else.",
            body=SLEEP,
            headers={"Idempotency-Key": "order-4711"},
            status=409,
        ),
        Call(
            at="POST /ai/jobs/",
            does="A misspelt type: the nearest names come back.",
            body={"job_type": "slep"},
            status=400,
        ),
        Call(
            at="POST /ai/jobs/",
            does="Invalid input: each field by its path, checked against the type's schema.",
            body={"job_type": "sleep", "input_data": {"seconds": "ten"}},
            status=400,
        ),
        Call(
            at="POST /ai/jobs/",
            does="A misspelt member: it is refused, not overlooked.",
            body={**SLEEP, "priorty": "high"},
            status=400,
        ),
        Call(
            at="POST /ai/jobs/bulk/",
            does="Up to 1,000 at once: all are made, or none, and then the error names the index.",
            body={"jobs": [AT_ONCE, {**AT_ONCE, "priority": "low"}]},
            status=201,
        ),
    ],
)

FINDING = Chapter(
    title="Finding jobs",
    about=prose.FINDING,
    calls=[
        Call(
            at="GET /ai/jobs/",
            path="/ai/jobs/?status=completed&search=first&ordering=-created_at&page_size=1",
            does="A page.",
            brief=True,
        ),
        Call(
            at="GET /ai/jobs/",
            path="/ai/jobs/?tags=docs",
            does="The rows have all fields of a job.",
        ),
        Call(
            at="GET /ai/jobs/",
            path="/ai/jobs/?cursor=&page_size=2",
            does="By cursor: for walking through everything. Go on with `next`.",
            brief=True,
        ),
        Call(
            at="GET /ai/jobs/",
            path="/ai/jobs/?stauts=failed",
            status=400,
            does="A filter that does not exist.",
        ),
        Call(
            at="GET /ai/jobs/by_status/",
            path="/ai/jobs/by_status/?status=failed",
            does="Jobs in one state.",
            brief=True,
        ),
        Call(
            at="GET /ai/jobs/by_status/",
            path="/ai/jobs/by_status/?status=done",
            status=400,
            does="A state that does not exist.",
        ),
        Call(
            at="GET /ai/jobs/dashboard/",
            does="The overview. `daily_activity` is 14 days, newest first.",
            brief=True,
        ),
        Call(
            at="GET /ai/jobs/export/",
            path="/ai/jobs/export/?format=csv&tags=docs",
            does="Exactly the filtered rows as a file, `csv` or `json`, streamed. "
            "No cell begins like a formula.",
            shown_headers=["Content-Type", "Content-Disposition"],
        ),
    ],
)

ONE = Chapter(
    title="One job",
    about=prose.ONE,
    calls=[
        Call(
            at="GET /ai/jobs/{id}/",
            path=JOB,
            does="Everything about it.",
        ),
        Call(
            at="GET /ai/jobs/{id}/status/",
            path=f"{JOB}status/",
            does="What a poller needs. Send the `ETag` back as `If-None-Match`: 304 until "
            "something has changed.",
            shown_headers=["ETag"],
        ),
        Call(
            at="GET /ai/jobs/{id}/logs/",
            path=f"{JOB}logs/?level=info,warning,error",
            does="Log lines from a cursor; also `search`, `limit`, `tail`.",
        ),
        Call(
            at="GET /ai/jobs/{id}/logs/",
            path=f"{JOB}logs/?format=text",
            does="The whole log as plain text.",
        ),
        Call(
            at="GET /ai/jobs/{id}/events/",
            path=f"{JOB}events/",
            does="What happened to it: `type`, `search`, `from`, `to`, `after` narrow it.",
        ),
        Call(
            at="GET /ai/jobs/{id}/stages/",
            path=f"{JOB}stages/",
            does="The steps of its work.",
        ),
        Call(
            at="GET /ai/jobs/{id}/metrics/",
            path=f"{JOB}metrics/?points=100",
            does="Curves. More points than asked for are thinned out, peaks kept, and "
            "`downsampled` says so; `since_step` goes on.",
        ),
        Call(
            at="GET /ai/jobs/{id}/artifacts/",
            path=f"{JOB}artifacts/",
            keep="files",
            does="Its files, each with a signed link.",
        ),
        Call(
            at="POST /ai/jobs/{id}/artifacts/{artifact_id}/link/",
            path=f"{JOB}artifacts/{{files[results][0][id]}}/link/",
            does="A fresh link, when the last has expired.",
            keep="token",
            keep_only=lambda answer: answer["url"].rstrip("/").rpartition("/")[2],
        ),
        Call(
            at="GET /ai/jobs/{id}/stream/",
            path=f"{JOB}stream/?kinds=status,log",
            does="Server-sent events: everything so far, then what comes, then `end`. "
            "See [streams](streams.md).",
            seconds=10,
            shown_headers=["Content-Type"],
        ),
        Call(
            at="GET /ai/jobs/stream/",
            path="/ai/jobs/stream/?job={job[id]}",
            does="All jobs of the brand, or those named. It stays open; here it was cut.",
            seconds=2,
        ),
    ],
)

ACTIONS = Chapter(
    title="Changing and acting",
    about=prose.ACTIONS,
    calls=[
        Call(
            at="POST /ai/jobs/",
            does="A job to act upon.",
            body=LONG,
            status=201,
            keep="long",
            show=["id", "job_id", "status"],
        ),
        Call(
            at="GET /ai/jobs/{id}/",
            path=LONG_JOB,
            does="Until it runs.",
            until="running",
            show=["id", "status", "available_actions"],
        ),
        Call(
            at="PATCH /ai/jobs/{id}/",
            path=LONG_JOB,
            does="Description, priority, tags and release until it is over. `PUT` does the same: "
            "what is left out stays.",
            body={"description": "A very long one", "priority": "low"},
            show=["id", "status", "priority", "description"],
        ),
        Call(
            at="PUT /ai/jobs/{id}/",
            path=LONG_JOB,
            does="The input only until it starts.",
            body={"input_data": {"seconds": 5}},
            status=409,
        ),
        Call(
            at="DELETE /ai/jobs/{id}/",
            path=LONG_JOB,
            does="Not while it runs.",
            status=409,
        ),
        Call(
            at="POST /ai/jobs/{id}/pause/",
            path=f"{LONG_JOB}pause/",
            does="Save a checkpoint and free the slot.",
            brief=True,
            show=["message"],
        ),
        Call(
            at="GET /ai/jobs/{id}/",
            path=LONG_JOB,
            does="A moment later.",
            until="paused",
            show=["id", "status", "checkpoint_at", "available_actions"],
        ),
        Call(
            at="POST /ai/jobs/{id}/resume/",
            path=f"{LONG_JOB}resume/",
            does="Go on from the checkpoint.",
            show=["message"],
        ),
        Call(
            at="POST /ai/jobs/{id}/cancel/",
            path=f"{LONG_JOB}cancel/",
            body={"reason": "wrong configuration", "notes": "600 seconds are too many"},
            does="Stop it. The receipt says what was done by then, and when its slot is free.",
        ),
        Call(
            at="POST /ai/jobs/{id}/cancel/",
            path=f"{LONG_JOB}cancel/",
            status=409,
            does="What is over cannot be cancelled.",
        ),
        Call(
            at="PATCH /ai/jobs/{id}/",
            path=LONG_JOB,
            body={"description": "Too late"},
            status=409,
            does="Nor changed.",
        ),
        Call(
            at="POST /ai/jobs/{id}/retry/",
            path=f"{LONG_JOB}retry/",
            body={"input_data": {"seconds": 1}},
            status=201,
            keep="again",
            does="Try again, here with another input.",
            show=["id", "job_id", "input_data"],
        ),
        Call(
            at="GET /ai/jobs/{id}/evidence/",
            path=f"{JOB}evidence/",
            does="All that is known of a job in one document, for its owner and for managers: the "
            "job, its history, hashes of its files, who did what to it. `digest` is the SHA-256 "
            "of the rest as JSON with sorted keys and no spaces.",
            show=["evidence_version", "artifacts", "digest"],
        ),
        Call(
            at="POST /ai/jobs/{id}/restart/",
            path=f"{JOB}restart/",
            status=201,
            does="An identical job.",
            show=["id", "job_id", "description"],
        ),
        Call(
            at="POST /ai/jobs/",
            does="A draft; its queue is not touched before it is submitted.",
            body={**SLEEP, "draft": True, "run_after": "2100-01-01T00:00:00Z"},
            status=201,
            keep="draft",
            show=["id", "job_id", "status"],
        ),
        Call(
            at="POST /ai/jobs/{id}/submit/",
            path="/ai/jobs/{draft[id]}/submit/",
            does="On its way.",
            show=["message"],
        ),
        Call(
            at="POST /ai/jobs/{id}/promote/",
            path="/ai/jobs/{draft[id]}/promote/",
            does="To the front of its queue, also if it was to start later.",
            show=["message"],
        ),
        Call(
            at="DELETE /ai/jobs/{id}/",
            path=LONG_JOB,
            status=204,
            does="Delete it.",
            shown_headers=["Undo-Seconds"],
        ),
        Call(
            at="POST /ai/jobs/{id}/restore/",
            path=f"{LONG_JOB}restore/",
            does="And take that back.",
            show=["id", "job_id", "status"],
        ),
        Call(
            at="POST /ai/jobs/bulk_action/",
            body={
                "action": "retry",
                "ids": ["{long[id]}", "{job[id]}", "999999"],
                "dry_run": True,
            },
            does="One action on up to 1,000 jobs: `ids`, or `filter` with the parameters of the "
            "list. With `dry_run` it only says what would happen.",
        ),
        Call(
            at="POST /ai/jobs/bulk_action/",
            body={"action": "tag", "filter": {"tags": ["docs"]}, "tags": ["seen"]},
            does="And does it: an answer for each job. Actions are those above and `tag`.",
        ),
    ],
)

CHAPTERS = [TYPES, MAKING, FINDING, ONE, ACTIONS]
