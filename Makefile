# The project's commands. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

target_dir := $(or $(CARGO_TARGET_DIR),target)
spa := frontend/dist/index.html
spa_sources := $(shell find frontend/src frontend/public frontend/index.html frontend/*.ts frontend/package.json -type f 2>/dev/null)
packages := frontend/node_modules/.package-lock.json

# Queries are checked against backend/.sqlx, so that a build needs no database.
export SQLX_OFFLINE := true
# What `make run` builds: quick to compile; BUILD=release takes as long as an image does, for a faster program.
export BUILD ?= quick
# Lint, tests and the program of the journeys are built for both packages at once, so that no dependency is compiled for
# each of them. What is shipped, and what is measured, is built by itself.
debug := --locked --workspace

##@ Use

.PHONY: run
run: build ## Start it on http://localhost:8000, with all it needs (PORT=…, DATA_DIR=…, BUILD=release for a faster program)
	@exec scripts/run.sh

.PHONY: demo
demo: build ## The same, with sample data when there are none yet
	@exec scripts/run.sh --demo

##@ Build

.PHONY: build
build: $(spa) ## Build the SPA and the server
	@scripts/ensure.sh rust
	@echo "==> building the server (some minutes the first time, then only what has changed)"
	@cargo build --locked --profile $(BUILD) --bin todo

$(packages): frontend/package-lock.json
	@scripts/ensure.sh node
	@echo "==> fetching the page's packages"
	@cd frontend && npm ci --no-audit --no-fund
	@touch $@

$(spa): $(packages) $(spa_sources)
	@echo "==> building the page"
	@cd frontend && npm run build --silent -- --logLevel warn
	@touch $@

# With one test beside it, cargo chooses the dependencies' features as it does for `cargo test`, and builds them once.
.PHONY: debug-binary
debug-binary:
	@scripts/ensure.sh rust
	cargo build $(debug) --bin todo --bin todo-bench --test embedded

##@ Write

.PHONY: fmt
fmt: $(packages) ## Format everything
	cargo fmt
	cd frontend && npm run format:write -- --log-level warn

.PHONY: queries
queries: ## Renew backend/.sqlx after a change to a query or a migration
	@scripts/ensure.sh rust
	scripts/with-services.sh scripts/check-queries.sh --write

.PHONY: api
api: $(packages) debug-binary ## Renew the OpenAPI document and the client's types after a change to a route
	scripts/check-api.sh --write

.PHONY: explain
explain: ## Show what every statement costs at 10 thousand and at 1 million tasks (a few minutes)
	scripts/with-services.sh database/explain/run.sh

##@ Measure

.PHONY: bench
bench: ## Beside what the machine could do: requests, latency, memory (PROFILE=short|full|tiny, ARGS='--only list')
	@scripts/ensure.sh rust nginx wrk
	cargo build --locked --release --bin todo
	cargo build --locked --release --package todo-bench
	SERVICES_SETTINGS=stack scripts/with-services.sh $(target_dir)/release/todo-bench run --profile $(or $(PROFILE),short) $(ARGS)

.PHONY: bench-page
bench-page: $(spa) ## The page with 2,000 tasks in Chromium: from each input to its frame, CPU time (PROFILE=full|tiny)
	@scripts/ensure.sh rust postgresql chromium
	cargo build --locked --release --bin todo
	SERVER_BUILD=release BENCH_PROFILE=$(or $(PROFILE),full) scripts/e2e.sh --project=bench --workers=1 $(ARGS)

.PHONY: bench-compare
bench-compare: ## Two results of bench/results side by side (A=… B=…)
	@scripts/ensure.sh rust
	@cargo run --locked --quiet --release --package todo-bench -- compare "$(A)" "$(B)"

.PHONY: load-test
load-test: ## People at work on any installation, by JMeter or k6, with a report (URL=… TOOL=k6 USERS=10 DURATION=60 ACCOUNTS=file)
	@scripts/load-test.sh

##@ Check

.PHONY: test
test: ## Everything that a change can break: lint, generated files, all tests (says how long each part took)
	@scripts/parts.sh lint-repo lint-frontend format-backend check-arrows check-queries test-backend check-api test-contract \
	  test-bench test-backup test-frontend test-e2e
	@echo "All checks and tests have passed."

.PHONY: test-full
test-full: ## The same, the stack in containers, and the slow proofs that need not run on every change
	@scripts/parts.sh test test-load test-backend-slow test-compose-full

.PHONY: lint
lint: lint-repo lint-frontend lint-backend ## Formatting, linters, types

.PHONY: lint-repo
lint-repo: ## What is neither Rust nor the page (ARGS='scripts images migrations workflows dependencies load chart secrets')
	@scripts/lint-repo.sh $(ARGS)

.PHONY: format-backend
format-backend:
	@scripts/ensure.sh rust
	cargo fmt --check

.PHONY: check-arrows
check-arrows: ## Does each module of the server name only what stands below it?
	@scripts/ensure.sh node
	node --test --test-reporter=dot scripts/check-arrows.test.mjs
	node scripts/check-arrows.mjs

.PHONY: lint-backend
lint-backend: format-backend check-arrows
	cargo clippy $(debug) --all-targets -- -D warnings

.PHONY: lint-frontend
lint-frontend: $(packages)
	cd frontend && npm run format
	cd frontend && npm run lint
	cd frontend && npm run type-check

.PHONY: check-queries
check-queries: ## Is backend/.sqlx current? (lints the server and the benchmark, too)
	@scripts/ensure.sh rust
	scripts/with-services.sh scripts/check-queries.sh

.PHONY: check-api
check-api: $(packages) debug-binary ## Are the OpenAPI document and the client's types current?
	scripts/check-api.sh

.PHONY: test-contract
test-contract: debug-binary ## Does the server do what the OpenAPI document says? (ARGS=… goes to Schemathesis)
	@scripts/ensure.sh postgresql schemathesis
	scripts/contract.sh $(ARGS)

.PHONY: test-backend
test-backend: ## The server's tests (ARGS=… goes to cargo test)
	@scripts/ensure.sh rust
	scripts/with-services.sh scripts/test-backend.sh $(ARGS)

.PHONY: test-backend-slow
test-backend-slow:
	@scripts/ensure.sh rust
	scripts/with-services.sh cargo test $(debug) --test live -- --ignored

.PHONY: test-bench
test-bench: debug-binary ## Everything that make bench asks for, a second each: for its errors, not for its figures
	@scripts/ensure.sh nginx wrk
	SERVICES_SETTINGS=stack scripts/with-services.sh $(target_dir)/debug/todo-bench run --profile tiny --output $(target_dir)/bench

# For its errors, not for its figures. Without mail an account needs no confirmation.
.PHONY: test-load
test-load: debug-binary
	@scripts/ensure.sh postgresql jmeter
	SERVER_SETTINGS=SMTP_URL= scripts/with-server.sh scripts/load-test.sh

.PHONY: test-frontend
test-frontend: $(spa) ## The SPA's tests and the size of its first page
	cd frontend && npm test
	cd frontend && npm run check:bundle

.PHONY: test-backup
test-backup: ## The rules by which backups are kept, and that a restore brings no deleted account back
	database/backup/tests/retention.sh
	scripts/with-services.sh database/backup/tests/erased.sh

.PHONY: test-e2e
test-e2e: $(spa) debug-binary ## The journeys in a browser (ARGS=… goes to Playwright)
	@scripts/ensure.sh postgresql chromium
	scripts/e2e.sh $(ARGS)

.PHONY: test-compose
test-compose: $(packages) ## The whole stack on a real Docker engine: built, used, broken, mended (ARGS=… goes to Playwright)
	@scripts/ensure.sh chromium
	cd frontend && npm run stack -- --grep-invert @slow $(ARGS)

# With the images as they are shipped.
.PHONY: test-compose-full
test-compose-full: $(packages)
	@scripts/ensure.sh chromium
	cd frontend && CARGO_PROFILE=release npm run stack -- $(ARGS)

.PHONY: test-kubernetes
test-kubernetes: ## The Helm chart on a real cluster, which KUBECONFIG names: installed, upgraded under load, broken (docs/kubernetes.md)
	@scripts/test-kubernetes.sh

.PHONY: scan
scan: ## Known vulnerabilities in dependencies and images (ARGS='advisories packages images', STRICT=yes)
	@scripts/scan.sh $(ARGS)

##@ Release

.PHONY: images
images: ## Build all images as a release has them (IMAGE_REGISTRY=… TAG=… CARGO_PROFILE=… PUSH=yes)
	@scripts/images.sh build

.PHONY: publish-images
publish-images: ## Join what was pushed for each architecture, and sign it (IMAGE_REGISTRY=… TAG=…)
	@scripts/images.sh publish

.PHONY: chart
chart: ## Package the Helm chart (CHART_DIR=…)
	@scripts/chart.sh package

.PHONY: publish-chart
publish-chart: ## Package it, push it to IMAGE_REGISTRY/charts and sign it
	@scripts/chart.sh publish

.PHONY: sbom
sbom: ## What the program and the page are made of, as CycloneDX (SBOM_DIR=…)
	@scripts/sbom.sh

.PHONY: release-notes
release-notes: ## The changelog's section for a tag; fails when the versions are not the same (VERSION=v1.2.3)
	@scripts/release-notes.sh "$(VERSION)"

##@ Containers (Docker alone is needed; STACK=dev|prod chooses when both are there)

# Without a terminal, as in a script, none is asked for.
exec_options := $(shell [ -t 0 ] || echo --no-TTY)

.PHONY: dev-up
dev-up: ## Build and start the development stack, which shows every edit by itself
	@scripts/dev-up.sh

.PHONY: dev-down
dev-down: ## Stop the development stack; its data stay
	@scripts/compose.sh dev down --remove-orphans

.PHONY: prod-init
prod-init: ## Write .env.production and secrets/ (asks for the domain; DOMAIN=… ACME_EMAIL=… HTTP_PORT=… HTTPS_PORT=…)
	@scripts/prod-init.sh

.PHONY: prod-up
prod-up: ## Build and start the production stack, or bring it up to date
	@scripts/prod-up.sh

.PHONY: deploy
deploy: ## Put this checkout into service without an interruption (FORCE=yes, BACKUP=no)
	@scripts/deploy.sh

.PHONY: rotate
rotate: ## Renew a secret without an interruption (SECRET=jwt|redis|database)
	@scripts/rotate.sh

.PHONY: rollback
rollback: ## Go back to the images before, without an interruption
	@scripts/rollback.sh

.PHONY: scale
scale: ## So many replicas of the back end, now and later (BACKEND=4)
	@scripts/scale.sh $(BACKEND)

.PHONY: cert
cert: ## Obtain or renew the certificate now (FORCE=1; or CERT_FILE=… KEY_FILE=… from elsewhere)
	@scripts/cert.sh

.PHONY: down
down: ## Stop the stack; its data stay
	@scripts/compose.sh down --remove-orphans

.PHONY: status
status: ## The health of each service
	@scripts/status.sh

.PHONY: doctor
doctor: ## What is wrong with the stack, and how to mend it
	@scripts/doctor.sh

.PHONY: logs
logs: ## Follow the logs, all or S=backend (FOLLOW=no, TAIL=100)
	@scripts/logs.sh $(S)

.PHONY: migrate
migrate: ## Bring the schema up to date
	@scripts/compose.sh run --rm --no-TTY migrate

.PHONY: seed
seed: ## Fill an empty development database with sample data, and print the accounts
	@scripts/compose.sh exec $(exec_options) backend todo seed

.PHONY: psql
psql: ## The database's prompt (DATABASE=todo, ROLE=todo or postgres, ARGS=…)
	@scripts/compose.sh exec $(exec_options) database psql --username=$(or $(ROLE),todo) --dbname=$(or $(DATABASE),todo) $(ARGS)

.PHONY: redis-cli
redis-cli: ## Redis' prompt (ARGS=…)
	@scripts/compose.sh exec $(exec_options) redis \
	  sh -c 'REDISCLI_AUTH="$$(cat /run/secrets/redis_password)" exec redis-cli "$$@"' redis-cli $(ARGS)

.PHONY: shell
shell: ## A shell in a container (S=backend)
	@scripts/container-shell.sh $(S)

##@ Backups

.PHONY: backup
backup: ## Make a backup now, and prove it by restoring it into a scratch database
	@scripts/backup.sh create

.PHONY: backups
backups: ## List the backups with size, age, whether verified and encrypted
	@scripts/backup.sh list

.PHONY: backup-verify
backup-verify: ## Prove a backup again (BACKUP=…|latest|all, AGE_IDENTITY=file when it is encrypted)
	@scripts/backup.sh verify $(or $(BACKUP),latest)

.PHONY: restore
restore: ## Put a backup in the place of the present data (BACKUP=…|latest, CONFIRM=yes, AGE_IDENTITY=file)
	@scripts/restore.sh "$(BACKUP)"

##@ Other

.PHONY: clean
clean: ## Remove containers, volumes, images and what was built; says which, and asks (YES=1 answers)
	@scripts/clean.sh

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  \033[1mmake %-14s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
