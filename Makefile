# Needs python3 (3.10-3.13), gcc, g++ and make; everything else it sets up by itself, once.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

ENTER = . tools/env.sh
VIDEO ?=
LOOP ?=
PORT ?=
DATA_DIR ?=
NAME ?=
ARGS ?=
export VIDEO LOOP PORT DATA_DIR
# The other modules there serve these.
BENCHMARKS = $(patsubst bench/%.py,%,$(shell grep -ls '^if __name__' bench/*.py))

.PHONY: help run link test slow bench lint setup build requirements clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-13s%s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: build ## the demo, or VIDEO=file|0|rtsp://... (LOOP=1 repeats a file; PORT=, DATA_DIR=)
	@$(ENTER) && exec python3 tools/run

link: ## another login link of the bridge that runs (DATA_DIR=)
	@$(ENTER) && exec python3 tools/link

test: build ## all tests but the slow ones; ARGS='-k word' picks some
	@tools/browser
	@$(ENTER) && exec python3 tools/test $(ARGS)

slow: build ## the tests that take minutes
	@tools/browser
	@$(ENTER) && exec python3 tools/test --slow $(ARGS)

bench: build ## one benchmark: NAME=ingest runs bench/ingest.py
	@[[ -n '$(NAME)' && ' $(BENCHMARKS) ' == *' $(NAME) '* ]] || { \
	    echo 'Name one: make bench NAME=... ($(BENCHMARKS))' >&2; exit 2; }
	@$(ENTER) && exec python3 'bench/$(NAME).py' $(ARGS)

lint: setup ## flake8 and pep257 as ament has them
	@$(ENTER) && exec python3 tools/lint

setup: ## what the others start with: an environment under .venv, or nothing where ROS 2 is sourced
	@command -v python3 >/dev/null || { echo 'python3 is missing: sudo apt install python3' >&2; exit 1; }
	@tools/setup

build: setup ## colcon build, when something changed
	@$(ENTER) && exec python3 tools/build

requirements: ## pin requirements/*.in anew, with hashes
	@tools/requirements

clean: ## remove everything that was made here
	rm -rf build install log .venv .venv.lock .venv.trash .pytest_cache .hypothesis
