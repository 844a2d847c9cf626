"""Torch's deterministic mode after a trainer that sets it."""

from __future__ import annotations

import lightning
import pytest
import torch

from lpsnet_ros.training.determinism import restored_determinism


@pytest.mark.parametrize('before', [True, False])
def test_what_lightning_sets_for_the_process_is_put_back(
    monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    monkeypatch.setenv('CUBLAS_WORKSPACE_CONFIG', ':4096:8')  # Lightning sets it, too.
    with restored_determinism():
        torch.use_deterministic_algorithms(before)
        torch.backends.cudnn.benchmark = True
        with pytest.raises(KeyboardInterrupt), restored_determinism():
            lightning.Trainer(accelerator='cpu', deterministic='warn', logger=False)
            assert torch.is_deterministic_algorithms_warn_only_enabled()
            assert not torch.backends.cudnn.benchmark
            raise KeyboardInterrupt
        assert torch.are_deterministic_algorithms_enabled() is before
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
        assert torch.backends.cudnn.benchmark
