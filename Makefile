# Everything that a person or CI types. Each target prints what it took to install and what it took to run, apart.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup java node demo test bench chaos readme

KILLS ?= 10
SEED ?= 1
PATIENTS ?= 20
FAULTS ?= hostile
DEMO ?=
PY := .venv/bin/python

help:
	@echo "make setup | demo [DEMO=--stay] | test | bench | chaos KILLS=$(KILLS) SEED=$(SEED) PATIENTS=$(PATIENTS) [CHARACTER=epic-like FAULTS=$(FAULTS)] | readme"

setup:
	@.ci/timed install .ci/setup

java: setup
	@.ci/timed "install Java and build the real parts" .ci/java

node:
	@.ci/timed "install Node.js and a client of other people" .ci/node

demo: setup
	@.ci/timed run .venv/bin/infusion-fhir demo $(DEMO)

test: setup java node
	@.ci/timed run .ci/check

bench: setup
	@mkdir -p build
	@.ci/timed run $(PY) -m tests.benchmarks

# CHARACTER=epic-like FAULTS=hostile: at that pretend hospital; without it at a real server behind a faulty line.
chaos: setup $(if $(CHARACTER),,java)
	@.ci/timed run $(PY) -m tests.chaos --kills $(KILLS) --seed $(SEED) --patients $(PATIENTS) \
		$(if $(CHARACTER),--character $(CHARACTER) --faults $(FAULTS))

readme: setup
	@.ci/timed run $(PY) -m tests.shape.readme
	@.ci/timed "run the pretend hospitals' page" $(PY) -m tests.shape.readme integration/sandbox/README.md
