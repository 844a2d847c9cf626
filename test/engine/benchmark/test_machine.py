"""The machine and the versions that go with every number."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from lpsnet_ros.engine.benchmark.machine import busy_note, describe_machine, describe_versions


def test_the_machine_is_described_in_plain_values() -> None:
    machine = json.loads(json.dumps(describe_machine()))
    assert machine['processor']
    assert 1 <= machine['usable_cores'] <= machine['cores']
    assert machine['memory_gib'] > 0
    assert (machine['gpu'] is None) == (not torch.cuda.is_available())


def test_versions_are_those_that_run_and_none_for_what_is_absent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    versions = describe_versions()
    assert versions['torch'] == torch.__version__
    assert versions['numpy'] == np.__version__
    assert versions['opencv']
    monkeypatch.setattr('lpsnet_ros.engine.benchmark.machine.PACKAGES', ('no-such-package',))
    assert describe_versions()['no-such-package'] is None


@pytest.mark.parametrize(('load', 'disturbed'), [(0.2, False), (1.5, True)])
def test_a_busy_machine_is_said_to_disturb(load: float, disturbed: bool) -> None:
    note = busy_note({'load_average': load, 'usable_cores': 2})
    assert (note is not None) == disturbed
