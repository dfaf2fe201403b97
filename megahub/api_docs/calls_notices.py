"""The calls about notifications and schedules."""

from megahub.api_docs.call import Call, Chapter

HOOK = "/ai/notifications/webhooks/{hook[id]}/"
LOG = HOOK + "deliveries/"

NOTIFICATIONS = Chapter(
    title="Notifications",
    about="Who is told what happens: [notifications](notifications.md). Managers have webhooks.",
    calls=[
        Call(
            at="GET /ai/notifications/kinds/",
            does="What there is to be told of.",
        ),
        Call(
            at="POST /ai/notifications/webhooks/",
            body={
                "name": "our-board",
                "url": "https://hooks.example.com/megahub",
                "kinds": ["job.completed", "job.failed"],
            },
            status=201,
            does="Add a webhook. `secret` signs what it is told, and is shown this once. "
            "`payload`: `standard` or `slack`.",
            keep="hook",
        ),
        Call(at="GET /ai/notifications/webhooks/", does="All of the brand."),
        Call(at="GET /ai/notifications/webhooks/{id}/", path=HOOK, does="One."),
        Call(
            at="PATCH /ai/notifications/webhooks/{id}/",
            path=HOOK,
            body={"kinds": ["job.failed", "job.timeout"]},
            does="Change what is named; `is_active` switches it off and on.",
            show=["id", "name", "kinds", "is_active"],
        ),
        Call(
            at="POST /ai/notifications/webhooks/{id}/rotate/",
            path=HOOK + "rotate/",
            does="A new secret. For a day what is sent carries both signatures.",
            show=["id", "name", "secret"],
        ),
        Call(
            at="POST /ai/notifications/webhooks/{id}/test/",
            path=HOOK + "test/",
            status=202,
            does="Send it a message of the kind `webhook.test`.",
            keep="sent",
        ),
        Call(
            at="GET /ai/notifications/webhooks/{id}/deliveries/",
            path=LOG,
            does="What was sent, the newest first.",
            show=["count"],
        ),
        Call(
            at="GET /ai/notifications/webhooks/{id}/deliveries/{delivery}/",
            path=LOG + "{sent[id]}/",
            does="One, with its body and every try.",
            show=["id", "kind", "body"],
        ),
        Call(
            at="POST /ai/notifications/webhooks/{id}/deliveries/{delivery}/resend/",
            path=LOG + "{sent[id]}/resend/",
            status=202,
            does="Send it once more, with the same `webhook-id`.",
            show=["id", "kind"],
        ),
        Call(
            at="DELETE /ai/notifications/webhooks/{id}/",
            path=HOOK,
            status=204,
            does="Remove it, with its log.",
        ),
        Call(
            at="GET /ai/notifications/preferences/",
            does="What the caller is told, by e-mail and in the bell.",
        ),
        Call(
            at="PATCH /ai/notifications/preferences/",
            body={"email": ["job.failed", "job.completed"], "language": "fr"},
            does="Change what is named.",
            show=["email", "language"],
        ),
        Call(
            at="PUT /ai/notifications/jobs/{id}/",
            path="/ai/notifications/jobs/{job[id]}/",
            body={"notify": "always"},
            does="Be told of one job: `always`, `failure`, `never`, or `null` as the preferences "
            "say. A new job takes `notify` for its creator.",
        ),
        Call(
            at="GET /ai/notifications/jobs/{id}/",
            path="/ai/notifications/jobs/{job[id]}/",
            does="The caller's choice.",
        ),
    ],
)

ONE = "/ai/schedules/{schedule[id]}/"

SCHEDULES = Chapter(
    title="Schedules",
    about="Jobs that are made again and again: [schedules](schedules.md).",
    calls=[
        Call(
            at="POST /ai/schedules/preview/",
            body={"cron": "0 7 * * 1-5", "time_zone": "Europe/Paris"},
            does="When an expression would come next; nothing is saved.",
            show=["cron", "time_zone"],
        ),
        Call(
            at="POST /ai/schedules/",
            body={
                "name": "every-new-year",
                "cron": "0 7 1 1 *",
                "job_type": "sleep",
                "input_data": {"seconds": 1},
                "missed": "once",
                "overlap": "skip",
            },
            status=201,
            does="Make a schedule. `missed`: `skip`, `once`, `all`; `overlap`: `allow`, `skip`, "
            "`wait`. Its jobs are made in the name of the caller.",
            keep="schedule",
            show=["id", "name", "cron", "time_zone", "job_type", "missed", "overlap", "is_paused"],
        ),
        Call(at="GET /ai/schedules/", does="All of the brand.", show=["count"]),
        Call(
            at="GET /ai/schedules/{id}/",
            path=ONE,
            does="One, with its next runs.",
            show=["id", "name"],
        ),
        Call(
            at="PATCH /ai/schedules/{id}/",
            path=ONE,
            body={"priority": "low", "tags": ["yearly"]},
            does="Change what is named.",
            show=["id", "name", "priority", "tags"],
        ),
        Call(
            at="POST /ai/schedules/{id}/run/",
            path=ONE + "run/",
            status=201,
            does="Make its job now, in the name of the caller.",
        ),
        Call(
            at="GET /ai/schedules/{id}/ticks/",
            path=ONE + "ticks/",
            does="What became of each tick, the newest first.",
        ),
        Call(
            at="POST /ai/schedules/{id}/pause/",
            path=ONE + "pause/",
            does="Make nothing until it is resumed.",
            show=["id", "is_paused", "paused_because", "next_at"],
        ),
        Call(
            at="POST /ai/schedules/{id}/resume/",
            path=ONE + "resume/",
            does="Go on with the next tick.",
            show=["id", "is_paused", "paused_because"],
        ),
        Call(
            at="DELETE /ai/schedules/{id}/", path=ONE, status=204, does="Remove it; its jobs stay."
        ),
    ],
)

CHAPTERS = [NOTIFICATIONS, SCHEDULES]
