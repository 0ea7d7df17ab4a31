# The only door. Every target makes the virtual environment that it needs; nothing but Python 3.10 or newer,
# make and a network to PyPI has to be there.

PYTHON ?= python3
VENVS := .venv
ARGS ?=
# A file of tests stays in one process: what its tests share is made once.
SPREAD := -n 2 --dist loadfile
CC ?= gcc
SANITIZED := tests/twins tests/wire tests/pipes tests/routing tests/engine
HALF := tests/values tests/pipes tests/routing tests/wire tests/engine tests/faces tests/scenarios tests/faults

FREE := tests/twins tests/pipes tests/routing tests/faces tests/scenarios tests/engine tests/asyncio

.PHONY: help demo test sanitize free-threaded soak lint spec options bench clean

help:
	@echo "make demo    every pattern at work, in about ten seconds"
	@echo "make test    lint, types, the rules of the architecture, and all tests"
	@echo "make soak    long storms of threads and a thousand forks, about five minutes; SOAK=10 for ten times that"
	@echo "make sanitize the compiled half under the address and undefined-behaviour sanitizers (gcc)"
	@echo "make free-threaded PYTHON=python3.14t: the tests where several threads meet, without the interpreter lock"
	@echo "make lint    ruff, mypy and import-linter alone"
	@echo "make spec    docs/spec/tests.md: which statement is tested where"
	@echo "make options docs/options.md: every option, from the table"
	@echo "make bench   zmqx, pyzmq and plain sockets side by side; writes bench/results/"
	@echo "make clean   remove the virtual environments and caches"
	@echo "PYTHON=python3.13 chooses an interpreter, ARGS='-k interop' goes to pytest or the benchmark."

# An environment is good as long as it is younger than the list of what belongs in it. Its stamp is written last,
# so one that was interrupted is made anew.
define environment
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(2) $(@D)/bin/python -m pip install --quiet $(1) --editable .
	touch $@
endef

COMPILED := pyproject.toml setup.py $(wildcard src/zmqx/_accel/*.py src/zmqx/_accel/*.pyx src/zmqx/_accel/*.pxd)

# Patterns at work need no compiler, and are seen sooner without.
$(VENVS)/demo/.made: pyproject.toml
	$(call environment,,ZMQX_ACCEL=off)

$(VENVS)/test/.made: $(COMPILED)
	$(call environment,--group test,ZMQX_ACCEL=require)

$(VENVS)/bench/.made: $(COMPILED)
	$(call environment,--group bench)

demo: $(VENVS)/demo/.made
	$(VENVS)/demo/bin/python examples/demo.py $(ARGS)

# Not editable: what it compiles must not stay behind in the source tree.
$(VENVS)/sanitize/.made: $(COMPILED) $(shell find src -name '*.py')
	rm -rf $(@D) build
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	ZMQX_ACCEL=require ZMQX_SANITIZE=address,undefined $(@D)/bin/python -m pip install --quiet --group test .
	rm -rf build
	touch $@

# The allocator of the interpreter hides what it hands out; its leaks are none of ours.
sanitize: $(VENVS)/sanitize/.made
	LD_PRELOAD="$$($(CC) -print-file-name=libasan.so) $$($(CC) -print-file-name=libubsan.so)" PYTHONMALLOC=malloc \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 ZMQX_ACCEL=require \
	$(VENVS)/sanitize/bin/python -m pytest -p no:cacheprovider $(SANITIZED) $(ARGS)

$(VENVS)/free-threaded/.made: $(COMPILED)
	$(PYTHON) -c "import sysconfig; assert sysconfig.get_config_var('Py_GIL_DISABLED'), 'PYTHON has to be a free-threaded build'"
	$(call environment,--group free-threaded,ZMQX_ACCEL=require)

# Once as a program would run it, to see that nothing of ours brings the lock back; then without it whatever tests import.
free-threaded: $(VENVS)/free-threaded/.made
	$(VENVS)/free-threaded/bin/python -W error -c "import sys, zmqx.asyncio; assert not sys._is_gil_enabled() and zmqx.accelerated"
	PYTHON_GIL=0 ZMQX_ACCEL=require $(VENVS)/free-threaded/bin/python -m pytest $(SPREAD) $(FREE) $(ARGS)
	PYTHON_GIL=0 ZMQX_ACCEL=off $(VENVS)/free-threaded/bin/python -m pytest $(SPREAD) $(FREE) $(ARGS)

lint: $(VENVS)/test/.made
	$(VENVS)/test/bin/ruff check src tests bench examples
	$(VENVS)/test/bin/mypy
	$(VENVS)/test/bin/lint-imports --no-logo

# Both halves: the compiled one with everything, the Python one with what runs through it.
test: lint
	ZMQX_ACCEL=require $(VENVS)/test/bin/python -m pytest $(SPREAD) $(ARGS)
	ZMQX_ACCEL=off $(VENVS)/test/bin/python -m pytest $(SPREAD) $(HALF) $(ARGS)

soak: $(VENVS)/test/.made
	$(VENVS)/test/bin/python -m pytest tests/soak $(ARGS)

spec: $(VENVS)/test/.made
	$(VENVS)/test/bin/python -m tests.spec.pages $(ARGS)

options: $(VENVS)/test/.made
	$(VENVS)/test/bin/python -m tests.docs.options_page

bench: $(VENVS)/bench/.made
	$(VENVS)/bench/bin/python -m bench $(ARGS)

clean:
	rm -rf $(VENVS) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
