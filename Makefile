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

# Queries are checked against backend/.sqlx, so a build needs no database.
export SQLX_OFFLINE := true
# The profile of `make run`: quick to compile. BUILD=release takes as long as an image build, for a faster program.
export BUILD ?= quick
# Lint, tests and the program of the journeys are built for both packages at once, so that no dependency is compiled for
# each of them. What is shipped, and what is measured, is built by itself.
debug := --locked --workspace

##@ Use

.PHONY: run
run: build ## Start the app on http://localhost:8000, with its own database (PORT=…, DATA_DIR=…, BUILD=release for a faster server)
	@exec scripts/run.sh

.PHONY: demo
demo: build ## The same, with sample data if the database is empty
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

# Building a test with it makes cargo choose the same features as `cargo test`, so dependencies are compiled once.
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
queries: ## Update backend/.sqlx after changing a query or a migration
	@scripts/ensure.sh rust
	scripts/with-services.sh scripts/check-queries.sh --write

.PHONY: api
api: $(packages) debug-binary ## Update the OpenAPI document and the client's types after changing a route
	scripts/check-api.sh --write

.PHONY: explain
explain: ## Measure the cost of every SQL statement at 10 thousand and 1 million tasks (a few minutes)
	scripts/with-services.sh database/explain/run.sh

##@ Measure

.PHONY: bench
bench: ## Requests, latency and memory against the machine's limits (PROFILE=short|full|tiny, ARGS='--only list')
	@scripts/ensure.sh rust nginx wrk
	cargo build --locked --release --bin todo
	cargo build --locked --release --package todo-bench
	SERVICES_SETTINGS=stack scripts/with-services.sh $(target_dir)/release/todo-bench run --profile $(or $(PROFILE),short) $(ARGS)

.PHONY: bench-page
bench-page: $(spa) ## The page with 2,000 tasks in Chromium: input latency, CPU time (PROFILE=full|tiny)
	@scripts/ensure.sh rust postgresql chromium
	cargo build --locked --release --bin todo
	SERVER_BUILD=release BENCH_PROFILE=$(or $(PROFILE),full) scripts/e2e.sh --project=bench --workers=1 $(ARGS)

.PHONY: bench-compare
bench-compare: ## Compare two results in bench/results (A=… B=…)
	@scripts/ensure.sh rust
	@cargo run --locked --quiet --release --package todo-bench -- compare "$(A)" "$(B)"

.PHONY: load-test
load-test: ## Simulate users on any installation with JMeter or k6 (URL=… TOOL=k6 USERS=10 DURATION=60 ACCOUNTS=file)
	@scripts/load-test.sh

##@ Check

.PHONY: test
test: ## Lint, generated files and all tests (prints how long each part took)
	@scripts/parts.sh lint-repo lint-frontend format-backend check-arrows check-queries test-backend check-api test-contract \
	  test-bench test-backup test-frontend test-e2e
	@echo "All checks and tests have passed."

.PHONY: test-full
test-full: ## The same, the stack in containers, and slow tests that need not run on every change
	@scripts/parts.sh test test-firefox test-webkit test-load test-backend-slow test-compose-full

.PHONY: lint
lint: lint-repo lint-frontend lint-backend ## Formatting, linters, types

.PHONY: lint-repo
lint-repo: ## Lint everything that is neither Rust nor front end (ARGS='scripts images migrations workflows dependencies load chart secrets')
	@scripts/lint-repo.sh $(ARGS)

.PHONY: format-backend
format-backend:
	@scripts/ensure.sh rust
	cargo fmt --check

.PHONY: check-arrows
check-arrows: ## Check that server modules depend only on lower layers
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
check-queries: ## Check that backend/.sqlx is up to date (also lints the server and the benchmark)
	@scripts/ensure.sh rust
	scripts/with-services.sh scripts/check-queries.sh

.PHONY: check-api
check-api: $(packages) debug-binary ## Check that the OpenAPI document and the client's types are up to date
	scripts/check-api.sh

.PHONY: test-contract
test-contract: debug-binary ## Check that the server conforms to the OpenAPI document (ARGS=… goes to Schemathesis)
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
test-bench: debug-binary ## Run every benchmark load for a second, to find errors
	@scripts/ensure.sh nginx wrk
	SERVICES_SETTINGS=stack scripts/with-services.sh $(target_dir)/debug/todo-bench run --profile tiny --output $(target_dir)/bench

# Finds errors; its figures mean nothing. Without mail, accounts need no confirmation.
.PHONY: test-load
test-load: debug-binary
	@scripts/ensure.sh postgresql jmeter
	SERVER_SETTINGS=SMTP_URL= scripts/with-server.sh scripts/load-test.sh

.PHONY: test-frontend
test-frontend: $(spa) ## The SPA's tests
	cd frontend && npm test

.PHONY: test-backup
test-backup: ## Tests of backup retention, and that a restore brings back no deleted account
	database/backup/tests/retention.sh
	scripts/with-services.sh database/backup/tests/erased.sh

.PHONY: test-e2e
test-e2e: $(spa) debug-binary ## End-to-end tests in a browser (ARGS=… goes to Playwright)
	@scripts/ensure.sh postgresql chromium
	scripts/e2e.sh $(ARGS)

.PHONY: test-firefox
test-firefox: $(spa) debug-binary ## The main journey in Firefox
	@scripts/ensure.sh postgresql firefox
	scripts/webdriver.sh firefox $(ARGS)

.PHONY: test-webkit
test-webkit: $(spa) debug-binary ## The main journey in WebKit, the engine of Safari
	@scripts/ensure.sh postgresql webkit
	scripts/webdriver.sh webkit $(ARGS)

.PHONY: test-compose
test-compose: $(packages) ## Tests of the whole stack on a real Docker engine (ARGS=… goes to Playwright)
	@scripts/ensure.sh chromium
	cd frontend && npm run stack -- --grep-invert @slow $(ARGS)

# With images compiled as in a release.
.PHONY: test-compose-full
test-compose-full: $(packages)
	@scripts/ensure.sh chromium
	cd frontend && CARGO_PROFILE=release npm run stack -- $(ARGS)

.PHONY: test-kubernetes
test-kubernetes: ## The Helm chart on a real cluster, which KUBECONFIG names: installed, upgraded under load, broken (docs/kubernetes.md)
	@scripts/test-kubernetes.sh

.PHONY: scan
scan: ## Look for known vulnerabilities in dependencies and images (ARGS='advisories packages images', STRICT=yes)
	@scripts/scan.sh $(ARGS)

##@ Release

.PHONY: images
images: ## Build all images as for a release (IMAGE_REGISTRY=… TAG=… CARGO_PROFILE=… PUSH=yes)
	@scripts/images.sh build

.PHONY: publish-images
publish-images: ## Combine the pushed images of all architectures, and sign them (IMAGE_REGISTRY=… TAG=…)
	@scripts/images.sh publish

.PHONY: chart
chart: ## Package the Helm chart (CHART_DIR=…)
	@scripts/chart.sh package

.PHONY: publish-chart
publish-chart: ## Package it, push it to IMAGE_REGISTRY/charts and sign it
	@scripts/chart.sh publish

.PHONY: sbom
sbom: ## Write the CycloneDX SBOMs of server and page (SBOM_DIR=…)
	@scripts/sbom.sh

.PHONY: release-notes
release-notes: ## Print the changelog section of a tag; fails if versions differ (VERSION=v1.2.3)
	@scripts/release-notes.sh "$(VERSION)"

##@ Containers (needs only Docker; STACK=dev|prod chooses if both exist)

# No TTY is requested without a terminal, as in a script.
exec_options := $(shell [ -t 0 ] || echo --no-TTY)

.PHONY: dev-up
dev-up: ## Build and start the development stack, with live reload
	@scripts/dev-up.sh

.PHONY: dev-down
dev-down: ## Stop the development stack; its data is kept
	@scripts/compose.sh dev down --remove-orphans

.PHONY: prod-init
prod-init: ## Write .env.production and secrets/ (asks for the domain; DOMAIN=… ACME_EMAIL=… HTTP_PORT=… HTTPS_PORT=…)
	@scripts/prod-init.sh

.PHONY: prod-up
prod-up: ## Build and start the production stack, or apply changed settings
	@scripts/prod-up.sh

.PHONY: deploy
deploy: ## Deploy this checkout without downtime (FORCE=yes, BACKUP=no)
	@scripts/deploy.sh

.PHONY: rotate
rotate: ## Replace a secret without downtime (SECRET=jwt|redis|database)
	@scripts/rotate.sh

.PHONY: rollback
rollback: ## Go back to the previous images without downtime
	@scripts/rollback.sh

.PHONY: scale
scale: ## Set the number of back-end replicas, now and for later starts (BACKEND=4)
	@scripts/scale.sh $(BACKEND)

.PHONY: cert
cert: ## Obtain or renew the certificate now (FORCE=1; or install your own: CERT_FILE=… KEY_FILE=…)
	@scripts/cert.sh

.PHONY: down
down: ## Stop the stack; its data is kept
	@scripts/compose.sh down --remove-orphans

.PHONY: status
status: ## Show the health of each service
	@scripts/status.sh

.PHONY: doctor
doctor: ## Find out what is wrong with the stack, and how to fix it
	@scripts/doctor.sh

.PHONY: logs
logs: ## Follow the logs, all or S=backend (FOLLOW=no, TAIL=100)
	@scripts/logs.sh $(S)

.PHONY: migrate
migrate: ## Run pending database migrations
	@scripts/compose.sh run --rm --no-TTY migrate

.PHONY: seed
seed: ## Fill an empty development database with sample data, and print the accounts
	@scripts/compose.sh exec $(exec_options) backend todo seed

.PHONY: psql
psql: ## Open a psql prompt (DATABASE=todo, ROLE=todo or postgres, ARGS=…)
	@scripts/compose.sh exec $(exec_options) database psql --username=$(or $(ROLE),todo) --dbname=$(or $(DATABASE),todo) $(ARGS)

.PHONY: redis-cli
redis-cli: ## Open a redis-cli prompt (ARGS=…)
	@scripts/compose.sh exec $(exec_options) redis \
	  sh -c 'REDISCLI_AUTH="$$(cat /run/secrets/redis_password)" exec redis-cli "$$@"' redis-cli $(ARGS)

.PHONY: shell
shell: ## Open a shell in a container (S=backend)
	@scripts/container-shell.sh $(S)

##@ Backups

.PHONY: backup
backup: ## Make a backup now, and verify it by restoring it into a scratch database
	@scripts/backup.sh create

.PHONY: backups
backups: ## List backups with size, age, verification and encryption
	@scripts/backup.sh list

.PHONY: backup-verify
backup-verify: ## Verify a backup again (BACKUP=…|latest|all, AGE_IDENTITY=file if encrypted)
	@scripts/backup.sh verify $(or $(BACKUP),latest)

.PHONY: restore
restore: ## Replace the current data with a backup (BACKUP=…|latest, CONFIRM=yes, AGE_IDENTITY=file)
	@scripts/restore.sh "$(BACKUP)"

##@ Other

.PHONY: clean
clean: ## Remove containers, volumes, images and build output; lists them and asks first (YES=1 skips the question)
	@scripts/clean.sh

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  \033[1mmake %-14s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
