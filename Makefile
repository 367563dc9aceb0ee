# What people type. Each line is one tool's own command.
.PHONY: help run test check fix advice bench words lock
.DEFAULT_GOAL := help
help:    ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*## */\t/'
run:     ## serve with demo data on http://localhost:8000
	./start
test:    ## the tests alone
	.venv/bin/pytest -n auto --dist worksteal
check:   ## what a commit must pass
	./check
fix:     ## repair what tools can repair
	.venv/bin/ruff check --fix . ; .venv/bin/ruff format .
advice:  ## what deserves a second look: long or branchy functions; never a gate
	.venv/bin/ruff check --exit-zero --select C901,PLR0911,PLR0912,PLR0913,PLR0915 .
bench:   ## what it costs, beside wsgidav, nginx (with its dav module), y-websocket and Hocuspocus
	.venv/bin/python -m pip install -q --disable-pip-version-check -r requirements-bench.txt
	.venv/bin/python -m bench.webdav --big
	.venv/bin/python -m bench.pads
words:   ## take the sentences of pages and islands into the catalogues, and compile them
	tools/words
lock:    ## take new versions of the dependencies
	$(LOCK) --extra scale pyproject.toml -o requirements.txt
	$(LOCK) --group front -o requirements-front.txt
	$(LOCK) --group bench -o requirements-bench.txt
	$(LOCK) --extra scale pyproject.toml --group dev -o requirements-dev.txt
	npm update --silent

LOCK = uv pip compile -q --upgrade --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11
