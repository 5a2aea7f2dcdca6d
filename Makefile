# make demo   the main job: a crossbar and an oscillator, tables and pictures in demo/
# make test   the tests, comparisons with ngspice included; make test-long those that take seconds each, as CI does
# make lint   ruff, mypy, cython-lint, import layers
# make docs   the documentation site in build/docs/; its pages run their code
# make bench  timings beside other programs, tables and charts in build/bench/; make bench ARGS=--quick takes minutes
# make validation  every deck in both simulators, a page with pictures in build/validation/
# make build  the compiled core only;  make clean  removes what was built, not .venv
#
# Each does its own set-up: system packages (apt-get where it may), .venv, build. A second call is quick.

PYTHON ?= python3
BIN := .venv/bin
STAMPS := build/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
SOURCES := setup.py $(wildcard client/*.c cext/*.pyx cext/*.h circuitnn/_cext/*.pxd circuitnn/equations/*.py circuitnn/models/*.py circuitnn/models/*/*.py circuitnn/analyses/*.py circuitnn/options/*.py)

.PHONY: all build demo test test-long lint docs bench bench-check validation clean
all: build

$(STAMPS)/system: .ci/system-packages
	@mkdir -p $(STAMPS)
	@PYTHON=$(PYTHON) sh .ci/system-packages
	@touch $@

$(STAMPS)/venv: pyproject.toml $(STAMPS)/system
	@[ -x $(BIN)/python ] || { echo "Making .venv"; $(PYTHON) -m venv .venv; }
	@echo "Installing Python packages"
	@$(PIP) install "setuptools>=77" "cython>=3.1" wheel
	@$(BIN)/python .ci/requirements.py | xargs -d '\n' $(PIP) install
	@touch $@

$(STAMPS)/tools: pyproject.toml $(STAMPS)/venv
	@echo "Installing tools for tests and linting"
	@$(BIN)/python .ci/requirements.py test lint validation | xargs -d '\n' $(PIP) install
	@touch $@

# Other simulators' packages to compare with, built here, from C too. A test skips what could not be installed, or fails
# where CIRCUITNN_REQUIRE says that it must be there; torch, JAX and OpenVAF, which are large, come only then.
$(STAMPS)/peers: pyproject.toml $(STAMPS)/venv
	@$(BIN)/python .ci/requirements.py peers | xargs -d '\n' $(PIP) install > build/peers.log 2>&1 || \
	    echo "Going on without badcrossbar and spicelib, which could not be installed (build/peers.log): tests with them are skipped"
ifdef CIRCUITNN_REQUIRE
	@$(BIN)/python .ci/requirements.py torch jax openvaf | xargs -d '\n' $(PIP) install > build/large.log 2>&1 || \
	    echo "Going on without torch, JAX and OpenVAF, which could not be installed (build/large.log): tests with them are skipped"
endif
	@touch $@

# Editable: the package is used from here, its command is .venv/bin/circuitnn.
$(STAMPS)/install: $(SOURCES) pyproject.toml $(STAMPS)/venv
	@echo "Building the compiled core (a few minutes at first)"
	@$(PIP) install --no-build-isolation --no-deps -e . > build/log 2>&1 || { tail -n 40 build/log; exit 1; }
	@touch $@

build: $(STAMPS)/install

demo: $(STAMPS)/install
	$(BIN)/circuitnn demo demo

test: $(STAMPS)/install $(STAMPS)/tools $(STAMPS)/peers
	$(BIN)/python -m pytest -n auto --dist worksteal

test-long: $(STAMPS)/install $(STAMPS)/tools $(STAMPS)/peers
	$(BIN)/python -m pytest -n auto --dist worksteal -m long

lint: $(STAMPS)/install $(STAMPS)/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cython-lint cext circuitnn/_cext
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(STAMPS)/install
	@$(BIN)/python .ci/requirements.py docs | xargs -d '\n' $(PIP) install
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs

bench: $(STAMPS)/install $(STAMPS)/tools $(STAMPS)/peers
	$(BIN)/python -m bench $(ARGS)

# Points, iterations and factorisations beside stored ones.
bench-check: $(STAMPS)/install
	$(BIN)/python -m bench.check

validation: $(STAMPS)/install $(STAMPS)/tools
	$(BIN)/python -m validation.report build/validation

clean:
	rm -rf build dist *.egg-info demo docs/generated
	rm -f circuitnn/_cext/*.so
