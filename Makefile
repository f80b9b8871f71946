# Everything that is done with this project. The only needs are make and Python 3.11 or newer (PYTHON=… names one).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
READY := .venv/.ready
ARGS ?=

.PHONY: help run test check generate lock screenshots vendor-check bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## Run the exporter against the simulated cloud; ARGS="--scenario deploy-fails" goes to the command
	@$(BIN)/cloud-cluster-exporter demo $(ARGS)

test: check ## Run the checks and the whole suite; ARGS="-k deploys" goes to pytest
	$(BIN)/pytest --numprocesses=auto --dist=loadgroup --durations=10 --durations-min=1 $(ARGS)

check: $(READY) ## Look at style, types, layers, YAML, Dockerfile and generated files, without running tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy benchmarks/*.py
	$(BIN)/mypy --package tools.dashboards
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict .
	$(BIN)/hadolint Dockerfile
	@$(BIN)/cloud-cluster-exporter metrics --format markdown | diff -u docs/metrics.md - \
		|| { echo 'docs/metrics.md is not what the catalogue says: make generate' >&2; exit 1; }
	@$(BIN)/python -m tools.generated --check
	@$(BIN)/python -m tools.dashboards --check

generate: $(READY) ## Write docs/metrics.md, docs/coverage.md, the README's table, dashboards and the tests' golden pages anew
	$(BIN)/cloud-cluster-exporter metrics --format markdown > docs/metrics.md.new
	@mv docs/metrics.md.new docs/metrics.md
	$(BIN)/python -m tools.generated
	$(BIN)/python -m tools.dashboards
	UPDATE_GOLDEN=1 $(BIN)/pytest --quiet tests/collectors

lock: $(READY) ## Pin the dependencies of pyproject.toml; UPGRADE=1 takes the newest versions
	$(call compile,requirements.lock,pyproject.toml)
	$(call compile,requirements-dev.lock,pyproject.toml --group dev --constraints requirements.lock)
	$(call compile,requirements-build.lock,--group build --constraints requirements-dev.lock)

screenshots: $(READY) ## Draw the dashboards into docs/images/ with Grafana's components (Node.js 20, the network, ten minutes)
	$(BIN)/python -m tools.screenshots $(ARGS)

vendor-check: $(READY) ## Let the vendors' own SDKs call the simulated cloud (an environment of its own, needs the network)
	$(BIN)/python tools/vendor_check.py

bench: $(READY) ## Measure rendering and scraping, a large fleet's API calls, the way to a page; fuzz and soak (many minutes)
	@for each in rendering api_cost paging fuzz "soak --cycles 600"; do echo "== benchmarks/$$each"; \
		set -- $$each; $(BIN)/python "benchmarks/$$1.py" "$${@:2}"; done

clean: ## Remove everything that was made or downloaded here
	rm -rf .venv .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info
	rm -rf tools/screenshots/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +

$(READY): requirements-dev.lock pyproject.toml tools/environment.sh
	@tools/environment.sh

compile = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) $(2) --output-file $(1)
