"""The calls about trainings: their parts, a run and its runner, webhooks, the older door."""

from megahub.api_docs.call import Call, Chapter

ROWS = '{"prompt": "2 + 2", "completion": "4"}\n{"prompt": "3 + 4", "completion": "7"}\n'
RUN = "/ai/training/runs/{run[id]}/"
OLD = "/api/training/jobs/{run[id]}"
LEASE = "{claim[lease]}"
DATASET = "/ai/training/datasets/{dataset[id]}/"
SETTINGS = "/ai/training/configurations/{settings[id]}/"
OFFER = "/ai/training/offers/{offer[id]}/"

CATALOGUE = Chapter(
    title="Trainings: what they are made of",
    about="Datasets, settings and machines that trainings of the brand choose from: "
    "[trainings](training.md). Owners change theirs, managers all; offers are the managers'.",
    calls=[
        Call(
            at="POST /ai/training/datasets/",
            body={"name": "sums", "format": "jsonl", "content": ROWS},
            status=201,
            keep="dataset",
            does="A dataset, with its rows or with a `reference` to where it lies.",
        ),
        Call(
            at="POST /ai/training/datasets/upload/",
            path="/ai/training/datasets/upload/?name=more-sums&format=jsonl",
            file=ROWS,
            status=201,
            keep="uploaded",
            show=["id", "name", "state", "rows"],
            does="The same from a file, however large: the body is the file.",
        ),
        Call(
            at="GET /ai/training/datasets/",
            path="/ai/training/datasets/?page_size=1",
            does="All of them.",
        ),
        Call(
            at="GET /ai/training/datasets/{id}/",
            path=DATASET,
            show=["id", "name", "columns", "preview", "problems"],
            does="One, with what was found in it.",
        ),
        Call(
            at="PATCH /ai/training/datasets/{id}/",
            path=DATASET,
            body={"description": "Small sums"},
            show=["id", "name", "description"],
            does="Change its name or description; its rows never change.",
        ),
        Call(at="GET /ai/training/datasets/{id}/file/", path=f"{DATASET}file/", does="Its rows."),
        Call(
            at="DELETE /ai/training/datasets/{id}/",
            path="/ai/training/datasets/{uploaded[id]}/",
            status=204,
            does="Take one away.",
        ),
        Call(at="GET /ai/training/presets/", does="Where settings may begin."),
        Call(
            at="POST /ai/training/configurations/",
            body={
                "name": "careful",
                "preset": "conservative",
                "hyperparameters": {"batch_size": 8},
                "guard_rails": {"nan_loss": {"action": "pause"}},
            },
            status=201,
            keep="settings",
            does="Settings: a preset's, and your own over them.",
        ),
        Call(
            at="GET /ai/training/configurations/",
            path="/ai/training/configurations/?page_size=1",
            does="All of them.",
        ),
        Call(
            at="GET /ai/training/configurations/{id}/",
            path=SETTINGS,
            show=["id", "name", "preset"],
            does="One.",
        ),
        Call(
            at="PATCH /ai/training/configurations/{id}/",
            path=SETTINGS,
            body={"description": "For first tries"},
            show=["id", "name", "description"],
            does="Change what is named; runs keep the settings with which they began.",
        ),
        Call(
            at="POST /ai/training/offers/",
            body={
                "name": "two A100 in Gravelines",
                "provider": "OVHcloud",
                "region": "GRA",
                "kind": "gpu",
                "model": "A100",
                "count": 2,
                "hourly_rate": "6.16",
            },
            status=201,
            keep="offer",
            does="Where trainings can run, and what an hour costs there.",
        ),
        Call(at="GET /ai/training/offers/", path="/ai/training/offers/?page_size=1", does="All."),
        Call(
            at="GET /ai/training/offers/{id}/",
            path=OFFER,
            show=["id", "name", "hourly_rate"],
            does="One.",
        ),
        Call(
            at="PATCH /ai/training/offers/{id}/",
            path=OFFER,
            body={"hourly_rate": "5.90"},
            show=["id", "name", "hourly_rate"],
            does="Change what is named; what was spent stays as it was.",
        ),
    ],
)

RUNS = Chapter(
    title="Trainings: a run",
    about="A run is a job of the category `training`: everything that jobs can do holds for it.",
    calls=[
        Call(
            at="POST /ai/training/estimate/",
            body={"input_data": {"offer": "{offer[id]}", "total_steps": 1000}},
            does="What it would take, judged by the brand's own runs; nothing is saved.",
        ),
        Call(
            at="POST /ai/jobs/",
            body={
                "job_type": "external_training",
                "input_data": {
                    "name": "sums",
                    "image": "registry.example/train:1",
                    "command": ["python", "train.py"],
                    "dataset": "{dataset[id]}",
                    "configuration": "{settings[id]}",
                    "offer": "{offer[id]}",
                    "total_steps": 2,
                    "budget": "20",
                },
            },
            status=201,
            keep="run",
            show=["id", "job_id", "status"],
            does="A training that a machine of yours computes; all but `image` may be left out.",
        ),
        Call(
            at="GET /ai/training/runs/",
            path="/ai/training/runs/?page_size=1",
            brief=True,
            does="All trainings, with the filters of `/ai/jobs/`.",
        ),
        Call(at="GET /ai/training/runs/{id}/", path=RUN, does="One, with its cost and rails."),
        Call(
            at="PATCH /ai/training/runs/{id}/",
            path=RUN,
            body={"budget": "30", "labels": {"team": "search"}},
            show=["id", "labels", "guard_rails"],
            does="Change its budget, its guard rails or its labels.",
        ),
    ],
)

RUNNER = Chapter(
    title="Trainings: the machine that computes",
    about="`megahub runner` and its Python SDK make these calls for you: [trainings](training.md).",
    calls=[
        Call(
            at="POST /ai/training/claim/",
            body={"runner": "gpu-7"},
            keep="claim",
            show=["id", "lease", "lease_seconds", "attempt", "hyperparameters", "checkpoint"],
            does="Take the next run that has a command; 204 when there is none.",
        ),
        Call(
            at="POST /ai/training/runs/{id}/beat/",
            path=f"{RUN}beat/",
            body={"lease": LEASE},
            does="Still here; `stop` says whether to go on.",
        ),
        Call(
            at="POST /ai/training/runs/{id}/report/",
            path=f"{RUN}report/",
            body={
                "message_id": "1",
                "lease": LEASE,
                "points": [
                    {"step": 1, "loss": 1.5, "lr": 0.0002},
                    {"step": 2, "loss": 1.2, "eval_loss": 1.3},
                ],
                "logs": [{"message": "half of it"}],
                "checkpoints": [{"step": 1, "path": "checkpoints/1", "metrics": {"loss": 1.5}}],
            },
            does="What was computed. Once it answers it is kept; the same id twice counts once.",
        ),
        Call(
            at="POST /ai/training/runs/{id}/files/",
            path=f"{RUN}files/?name=notes.txt&lease={{claim[lease]}}",
            file="learned to add\n",
            status=201,
            does="A file of the run: the body is the file.",
        ),
        Call(
            at="GET /ai/training/runs/{id}/metrics/",
            path=f"{RUN}metrics/?names=training_loss",
            does="The curve.",
        ),
        Call(
            at="GET /ai/training/runs/{id}/checkpoints/",
            path=f"{RUN}checkpoints/",
            does="What was saved on the way.",
        ),
        Call(
            at="GET /ai/training/runs/{id}/cost/",
            path=f"{RUN}cost/",
            does="Spent, projected, and the segments of which it adds up.",
        ),
        Call(
            at="POST /ai/training/runs/{id}/pause/",
            path=f"{RUN}pause/",
            show=["id", "status", "stop"],
            does="Ask the machine to save a checkpoint and to stop.",
        ),
        Call(
            at="POST /ai/training/runs/{id}/report/",
            path=f"{RUN}report/",
            body={"message_id": "2", "lease": LEASE, "ending": {"status": "paused"}},
            does="It has.",
        ),
        Call(
            at="POST /ai/training/runs/{id}/resume/",
            path=f"{RUN}resume/",
            show=["id", "status", "stop"],
            does='Back into the queue; `{"offer": <id>}` moves it to other machines.',
        ),
        Call(
            at="POST /ai/training/runs/{id}/claim/",
            path=f"{RUN}claim/",
            body={"runner": "gpu-8"},
            keep="claim",
            show=["id", "lease", "attempt", "checkpoint"],
            does="Take this very run; the last checkpoint comes with it.",
        ),
        Call(
            at="POST /ai/training/runs/{id}/report/",
            path=f"{RUN}report/",
            body={
                "message_id": "3",
                "lease": LEASE,
                "ending": {"status": "completed", "result": {"answer": "7"}},
            },
            does="Done.",
        ),
    ],
)

WEBHOOKS = Chapter(
    title="Trainings: webhooks",
    about="For machines that have no API key: each message is signed as "
    "[Standard Webhooks](https://www.standardwebhooks.com) say, with the run's own secret.",
    calls=[
        Call(
            at="POST /ai/jobs/",
            body={
                "job_type": "external_training",
                "input_data": {"image": "registry.example/train:1"},
            },
            status=201,
            keep="hooked",
            show=["id", "job_id", "status"],
            does="A run of which somebody else tells.",
        ),
        Call(
            at="POST /ai/training/runs/{id}/secret/",
            path="/ai/training/runs/{hooked[id]}/secret/",
            status=201,
            keep="hook",
            does="Where to send, and the secret; it is shown this once.",
        ),
        Call(
            at="POST /ai/webhooks/training/{job_id}/",
            path="/ai/webhooks/training/{hooked[job_id]}/",
            body={"type": "metrics", "step": 1, "data": {"training_loss": 1.5}},
            signed_with="{hook[secret]}",
            anyone=True,
            does="One message; the first begins the run.",
        ),
        Call(
            at="GET /ai/training/compare/",
            path="/ai/training/compare/?ids={run[id]},{hooked[id]}",
            show=["differences"],
            does="Two to ten runs beside each other: curves, costs, and where they differ.",
        ),
    ],
)

OLDER = Chapter(
    title="Older doors: trainings",
    calls=[
        Call(
            at="GET /api/training/jobs",
            path="/api/training/jobs?page_size=1",
            brief=True,
            does="Training jobs; `status` also takes `queued` and `active`.",
        ),
        Call(
            at="GET /api/training/jobs/{id}",
            path=OLD,
            show=["id", "job_id", "status"],
            does="One, as `/ai/jobs/{id}/` shows it.",
        ),
        Call(
            at="GET /api/training/jobs/{id}/metrics",
            path=f"{OLD}/metrics?latest=true",
            does="The newest figures, or the curve.",
        ),
        Call(
            at="GET /api/training/jobs/{id}/events",
            path=f"{OLD}/events?page_size=2",
            does="What happened, newest first.",
        ),
        Call(
            at="POST /api/training/jobs/{id}/cancel",
            path=f"{OLD}/cancel",
            status=409,
            does="Stop it; this one is over.",
        ),
    ],
)

CLEARING = Chapter(
    title="Trainings: clearing up",
    about="Runs keep what they were made with.",
    calls=[
        Call(
            at="DELETE /ai/training/configurations/{id}/",
            path=SETTINGS,
            status=204,
            does="Take settings away.",
        ),
        Call(
            at="DELETE /ai/training/offers/{id}/",
            path=OFFER,
            status=204,
            does="Take an offer away.",
        ),
    ],
)

CHAPTERS = [CATALOGUE, RUNS, RUNNER, WEBHOOKS, CLEARING]
OLDER_CHAPTERS = [OLDER]
