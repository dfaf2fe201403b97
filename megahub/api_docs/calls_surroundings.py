"""The calls around jobs: queues, files, providers, usage, brands and keys."""

from megahub.api_docs.call import Call, Chapter

ASKED = {
    "messages": [
        {
            "role": "user",
            "content": "Summarise this text in one sentence. The shop opens at nine and "
            "closes at seven. On Sundays the shop is closed, the bakery next door is not.",
        }
    ]
}
LOCAL = {"name": "second-engine", "kind": "local"}

QUEUES = Chapter(
    title="Queues",
    about="All brands share the queues: of other brands' jobs only the number is told, and only a "
    "superuser may change a queue.",
    calls=[
        Call(at="GET /ai/queues/", does="All queues with their slots and their depth."),
        Call(
            at="GET /ai/queues/{name}/",
            path="/ai/queues/demo/?limit=1",
            does="One, with the waiting jobs of the brand in their order.",
        ),
        Call(
            at="PATCH /ai/queues/{name}/",
            path="/ai/queues/training/",
            body={"concurrency_limit": 4},
            does="How many may run at once (`null`: as many as the workers have room for), "
            "or `is_paused`.",
        ),
    ],
)

FILES = Chapter(
    title="Files",
    calls=[
        Call(
            at="GET /ai/artifacts/{token}/",
            path="/ai/artifacts/{token}/",
            does="The file behind a signed link, for whoever has the link, until it expires. "
            "`Range` goes on where a download broke off.",
            shown_headers=["Content-Type", "Content-Disposition", "Accept-Ranges"],
            anyone=True,
        ),
    ],
)

PROVIDERS = Chapter(
    title="Providers and models",
    about="Who computes answers, with which key, within which limits: [providers](providers.md). "
    "Managers change them. A key is written and never read: its last four characters come back.",
    calls=[
        Call(
            at="POST /ai/providers/",
            does="Add one. `kind`: `openai`, `anthropic`, `openai_compatible` (with a `base_url`), "
            "`local` (the hub's own engine, no key).",
            body=LOCAL,
            status=201,
            keep="provider",
        ),
        Call(at="GET /ai/providers/", does="In the order in which they are asked."),
        Call(
            at="GET /ai/providers/{id}/",
            path="/ai/providers/{provider[id]}/",
            does="One.",
        ),
        Call(
            at="POST /ai/providers/{id}/check/",
            path="/ai/providers/{provider[id]}/check/",
            does="Call it now, and say what works. No tokens are used.",
        ),
        Call(
            at="PATCH /ai/providers/{id}/",
            path="/ai/providers/{provider[id]}/",
            body={"requests_per_minute": 60},
            does="Change what is named.",
            show=["id", "name", "requests_per_minute"],
        ),
        Call(
            at="PUT /ai/providers/{id}/",
            path="/ai/providers/{provider[id]}/",
            body={**LOCAL, "is_active": False},
            does="Change it as a whole.",
            show=["id", "name", "kind", "is_active"],
        ),
        Call(
            at="PUT /ai/providers/{id}/quota/",
            path="/ai/providers/{provider[id]}/quota/",
            body={"quotas": [{"unit": "tokens", "limit": "100000", "mode": "soft"}]},
            does="Monthly limits: in tokens, in money, or none. `hard` refuses, `soft` warns, "
            "`shadow` counts.",
        ),
        Call(
            at="GET /ai/providers/{id}/quota/",
            path="/ai/providers/{provider[id]}/quota/",
            does="What is left.",
        ),
        Call(
            at="PUT /ai/providers/quota/",
            body={"quotas": [{"unit": "money", "limit": "100", "mode": "hard"}]},
            does="The same for all providers of the brand together.",
        ),
        Call(at="GET /ai/providers/quota/", does="What is left of it."),
        Call(
            at="DELETE /ai/providers/{id}/",
            path="/ai/providers/{provider[id]}/",
            status=204,
            does="Take it away with its key; its calls stay on record.",
        ),
        Call(
            at="POST /ai/openai/chat/",
            body=ASKED,
            headers={"Prefer": "wait=30"},
            status=201,
            does="Ask a model: a job of the type `chat_completion`. Also `model`, `temperature`, "
            "`max_tokens`, `description`, `priority`.",
            keep="chat",
        ),
        Call(
            at="GET /ai/jobs/{id}/",
            path="/ai/jobs/{chat[id]}/",
            does="What the extensions know of it.",
            show=["id", "openai_job", "usage"],
        ),
    ],
)

USAGE = Chapter(
    title="Usage",
    about="What was used, by whom and for what. `group_by`: up to three of `day`, `brand`, "
    "`job_type`, `provider`, `model`, `user`; `from` and `to` are days.",
    calls=[
        Call(
            at="GET /ai/usage/",
            path="/ai/usage/?group_by=job_type",
            does="Sums. Jobs without a known price are in no sum: `unpriced_jobs` counts them.",
        ),
        Call(
            at="GET /ai/usage/export/",
            path="/ai/usage/export/?format=csv&job_type=chat_completion",
            does="The bills themselves, a line a job, as `csv` or `json`.",
        ),
    ],
)

PEOPLE = Chapter(
    title="Brands, people and keys",
    calls=[
        Call(at="GET /ai/me/", does="Who am I, in which brand, and how far do I reach?"),
        Call(at="GET /ai/brands/", does="The brands of the caller; a key has one."),
        Call(at="GET /ai/members/", does="The people of the brand."),
        Call(
            at="POST /ai/api-keys/",
            body={"name": "reports", "scopes": ["read"], "expires_at": "2099-01-01T00:00:00Z"},
            status=201,
            does="Make a key that reaches no further than the caller. `token` is shown this once.",
            keep="key",
        ),
        Call(at="GET /ai/api-keys/", does="The keys of the brand, never their secrets."),
        Call(
            at="DELETE /ai/api-keys/{id}/",
            path="/ai/api-keys/{key[id]}/",
            status=204,
            does="Close one for good.",
        ),
        Call(
            at="GET /ai/audit/",
            path="/ai/audit/?kind=api_key&page_size=2",
            does="Who did what, when and from where; for managers. Also `person`, `object_id`, "
            "`search` (a request id, too), `from`, `to`; walk on with `cursor`.",
        ),
        Call(
            at="GET /ai/audit/export/",
            path="/ai/audit/export/?format=json&kind=quota",
            does="The same as a file, `csv` or `json`.",
        ),
        Call(
            at="GET /ai/me/",
            headers={"X-Brand": "academy"},
            status=403,
            does="A brand that the key does not belong to.",
        ),
        Call(at="GET /api/", does="The entrances.", anyone=True),
    ],
)

CHAPTERS = [FILES, QUEUES, PROVIDERS, USAGE, PEOPLE]
