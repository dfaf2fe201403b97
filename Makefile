# The commands of the house. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: api-docs screenshots test-training bench-training bench-gateway bench-api bench-jobs bench-reads bench-streams bench-start bench-soak bench-growth bench-hosts bench-upgrade bench-retention bench help run test check check-static lock install install-dev
# Tests wait half of their time; worksteal keeps those of one file together, which share what they start.
WORKERS ?= 3

run: install ## run everything here: http://localhost:8000
	@exec .venv/bin/python manage.py up

test: install-dev ## run all tests on real services (ARGS="-k words" to choose, WORKERS=3)
	@sh tests/browser_needed
	@.venv/bin/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-training: install-dev ## the tests of the extra `training`, in .venv-training (brings gigabytes)
	@test -x .venv-training/bin/python || .venv/bin/python -m venv .venv-training
	@.venv-training/bin/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@.venv-training/bin/python -m pip install --quiet -r requirements/training.in
	@.venv-training/bin/python -m pytest tests/ai_training/outside/test_lora.py $(ARGS)

check: check-static ## everything that must hold before a commit: format, lint, types, tests
	@$(MAKE) --no-print-directory test

check-static: install-dev ## the checks without the tests
	@.venv/bin/python -m megahub.checks

screenshots: install-dev ## pictures of every page (light, dark, narrow, French) into screenshots/
	@.venv/bin/python -m pytest -q tests/browser/pictures.py tests/browser/pictures_jobs.py tests/browser/pictures_office.py tests/browser/pictures_training.py

api-docs: install-dev ## make every call of the API once, and write docs/api.md
	@.venv/bin/python -m megahub.api_docs

torture: install-dev ## jobs under chaos, then what must hold, as SQL (SEED, JOBS, SECONDS, LEASE)
	@.venv/bin/python -m bench.torture

lock: install-dev ## write requirements/*.txt anew from *.in
	@for name in run dev; do \
	  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

install:
	@sh requirements/install run
	@.venv/bin/python -m megahub.assets

install-dev:
	@sh requirements/install dev
	@.venv/bin/python -m megahub.assets

help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
	  printf '  make %-14s %s\n' "$$name" "$$text"; done

bench-jobs: install-dev ## jobs a second and latency, next to other systems (BENCH_QUICK=1: short)
	@.venv/bin/python -m bench.jobs

bench-gateway: install-dev ## the gateway beside LiteLLM, before the same mock (BENCH_QUICK=1: short)
	@.venv/bin/python -m bench.gateway

bench-streams: install-dev ## many open event streams: delay and memory of each (BENCH_QUICK=1: short)
	@.venv/bin/python -m bench.streams

bench-reads: install-dev ## server time of lists, dashboards and pages at a million jobs (JOBS, BENCH_QUICK=1)
	@.venv/bin/python -m bench.reads

bench-api: install-dev ## list and create by the API, next to a plain ModelSerializer (BENCH_QUICK=1: short)
	@.venv/bin/python -m bench.api

bench-start: install-dev ## a warm start of the whole hub, and its memory at rest (BENCH_QUICK=1: short)
	@.venv/bin/python -m bench.start

bench-soak: install-dev ## half an hour of steady work: what grows? (MINUTES, BENCH_QUICK=1: two minutes)
	@.venv/bin/python -m bench.soak

bench-growth: install-dev ## what an answer costs at 1, 5 and 10 million jobs (SIZES, BENCH_QUICK=1)
	@.venv/bin/python -m bench.growth

bench-hosts: install-dev ## four machines by network namespaces, one cut off (root; CUT, JOBS)
	@.venv/bin/python -m bench.hosts

bench-upgrade: install-dev ## migrations forward and back beside a hub under load (FROM)
	@.venv/bin/python -m bench.upgrade

bench-retention: install-dev ## is the list as quick while content is removed?
	@.venv/bin/python -m bench.retention

bench: install-dev ## all benches in turn; writes bench/results/latest.json and docs/performance.md
	@.venv/bin/python -m bench $(ARGS)

bench-training: install-dev ## a thousand reports a second, and a page with a million points (BENCH_QUICK=1: short)
	@.venv/bin/python -m bench.training
