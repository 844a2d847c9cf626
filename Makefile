# All set-up and all checks. "make demo" and "make test" need git, make and Python 3.10-3.13 only.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The CPU build, where PyTorch's own index can be reached; "TORCH=torch" takes PyPI's newest.
TORCH ?= torch==2.13.0
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
# Demo: SOURCE=video, folder of pictures, camera index or "street"; OUTPUT=folder; DURATION=seconds.
SOURCE ?=
OUTPUT ?= demo_output
DURATION ?= 20
# A sourced ROS 2 brings another rclpy: the environment here brings its own.
CLEAN_ENV := env -u PYTHONPATH -u LD_LIBRARY_PATH -u AMENT_PREFIX_PATH -u _ROS_WHEELS_BOOTSTRAP_COMPLETE

.PHONY: demo test lint docs venv clean

demo: venv
	$(CLEAN_ENV) $(BIN)/lpsnet demo --source '$(SOURCE)' --output '$(OUTPUT)' --duration $(DURATION)

test: venv
	$(CLEAN_ENV) $(BIN)/python -m pytest

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: venv
	$(BIN)/python -m pip install --quiet 'mkdocs>=1.6,<2'
	$(BIN)/mkdocs build --strict

venv: $(VENV)/ready

$(VENV)/ready: setup.py package.xml scripts/make_venv.sh
	scripts/make_venv.sh '$(PYTHON)' $(VENV)
	$(BIN)/python -m pip install --retries 1 --extra-index-url $(TORCH_INDEX) '$(TORCH)'
	$(BIN)/python -m pip install --editable '.[ros,train,test]'
	touch $@

clean:
	rm -rf $(VENV) build install log site demo_output
