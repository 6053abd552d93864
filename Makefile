# aishell for developers and for people who run it from a checkout. `make` alone lists the targets.
PYTHON ?= python3
ACCEL ?= cpu
REFERENCE ?= 1
export ACCEL REFERENCE
BIN := .venv/bin
EXTRA = $(BIN)/python -m pip install --quiet --no-build-isolation --constraint constraints.txt --editable
DEMONSTRATION := show the 5 largest files under /usr/share

.PHONY: help setup run test check fix lock package docs screenshots man llama-server clean clean-wheel

help:
	@echo "make run          set up everything, then start aishell (without a terminal: one demonstration)"
	@echo "make test         set up everything, then check and test it"
	@echo "make setup        virtual environment, llama.cpp built for this CPU, default model"
	@echo "                  ACCEL=cuda|metal|vulkan|rocm builds for a GPU; REFERENCE=0 leaves out torch"
	@echo "make check        ruff, mypy, import rules, budgets"
	@echo "make man          the man page, where \`man aishell\` finds it beside $(BIN)/aishell"
	@echo "make screenshots    pictures of the real program, in docs/screens"
	@echo "make package      wheel and source archive in dist/, the same bytes every time, proven in a clean environment; SBOM"
	@echo "make docs         the documentation as a site, in site/"
	@echo "make llama-server llama.cpp's own server, for \`pytest tests/test_end_to_end.py --at llama-server\`"
	@echo "make clean        remove .venv and caches here; make clean-wheel also the cached llama.cpp build"

setup:
	@$(PYTHON) tools/setup.py

run: setup
	@if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/aishell; \
	else echo 'aishell -c "$(DEMONSTRATION)"' >&2; exec $(BIN)/aishell -c "$(DEMONSTRATION)" </dev/null; fi

test: setup check
	@$(BIN)/python -m pytest

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/budgets.py
	@$(BIN)/python tools/hygiene.py

fix: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: setup
	@$(BIN)/python -m pip freeze --exclude-editable | grep -v -e '^llama_cpp_python' -e '^pip==' -e ' @ ' | sed 's/^torch==\(.*\)+cpu/torch==\1/' > constraints.txt

package: setup
	@rm -rf dist
	@$(EXTRA) '.[release]'
	@$(BIN)/python -m tools.package
	@$(BIN)/python -m tools.clean_install --sbom dist/aishell.cdx.json dist/*.whl

docs: setup
	@$(EXTRA) '.[docs]'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

screenshots: setup
	@$(BIN)/python -m tools.screenshots

man: setup
	@mkdir -p .venv/share/man/man1
	@$(BIN)/aishell help --man > .venv/share/man/man1/aishell.1

llama-server: setup
	@$(BIN)/python -m tools.llama_server

clean:
	rm -rf .venv build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache

clean-wheel:
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/aishell/wheels" "$${XDG_CACHE_HOME:-$$HOME/.cache}/aishell/llama-server" .venv/aishell-setup
