"""The node's parameters: one table of names, defaults, ranges and meanings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from lpsnet_ros.engine.backends import AUTO, BACKENDS
from lpsnet_ros.engine.engine import RESOLUTION_RANGE
from lpsnet_ros.network import SCALES, UNLABELED

AUTOMATIC = 0.0
# ROS can't tell the type of an empty list, so one empty name stands for it.
NO_NAMES = ('',)
RAW = 'raw'
COMPRESSED = 'compressed'


def _parameter(
    default: Any,
    description: str,
    *,
    live: bool = False,
    within: tuple[float, float] | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    metadata = {'description': description, 'live': live, 'within': within, 'choices': choices}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """Values of all parameters; the field's metadata describe each to ROS and to the docs."""

    scale: str = _parameter(
        's',
        f'Network: a scale ({", ".join(SCALES)}), the name of a checkpoint in models_dir, or '
        f'{AUTO}, which keeps the latency within latency_budget_ms.',
        live=True,
    )
    resolution: float = _parameter(
        AUTOMATIC,
        'Ratio of the camera frame that the network sees, '
        f'{RESOLUTION_RANGE[0]}..{RESOLUTION_RANGE[1]}; '
        '0 brings frames to the height that the network was trained on.',
        live=True,
        within=(AUTOMATIC, RESOLUTION_RANGE[1]),
    )
    latency_budget_ms: float = _parameter(
        100.0,
        f'What scale {AUTO} keeps: the p95 of the engine time of a frame.',
        live=True,
        within=(1.0, 60000.0),
    )
    mask_scale: float = _parameter(
        1.0, "Size of the outputs as a ratio of the frame's.", live=True, within=(0.05, 1.0)
    )
    confidence_threshold: float = _parameter(
        0.0,
        f'Pixels whose class is less probable than this become {UNLABELED}. 0 keeps them all.',
        live=True,
        within=(0.0, 1.0),
    )
    overlay_alpha: float = _parameter(
        0.5, 'Share of the class colours in ~/overlay.', live=True, within=(0.0, 1.0)
    )
    max_rate_hz: float = _parameter(
        0.0,
        'Upper limit of the mask rate; frames above it are dropped. 0 sets no limit.',
        live=True,
        within=(0.0, 1000.0),
    )
    slow_frame_ms: float = _parameter(
        200.0,
        'Engine time above which a frame counts as slow: diagnostics warn.',
        live=True,
        within=(1.0, 60000.0),
    )
    slow_for_s: float = _parameter(
        2.0,
        'Time of nothing but slow frames after which diagnostics turn from warning to error.',
        live=True,
        within=(0.0, 3600.0),
    )
    expected_rate_hz: float = _parameter(
        0.0,
        'Masks a second that are expected: diagnostics warn below. 0 expects none.',
        live=True,
        within=(0.0, 1000.0),
    )
    rate_tolerance_percent: float = _parameter(
        10.0,
        'By how much the mask rate may fall short of expected_rate_hz.',
        live=True,
        within=(0.0, 100.0),
    )
    silence_s: float = _parameter(
        2.0,
        'Time without a frame after which diagnostics go stale and say why.',
        live=True,
        within=(0.1, 3600.0),
    )
    cameras: tuple[str, ...] = _parameter(
        NO_NAMES,
        'Names of several cameras: NAME/image is segmented to ~/NAME/mask. '
        'None: the one camera on image.',
    )
    image_transport: str = _parameter(
        RAW,
        f'{RAW} subscribes image (Image), {COMPRESSED} image/{COMPRESSED} (CompressedImage).',
        choices=(RAW, COMPRESSED),
    )
    resident_scales: tuple[str, ...] = _parameter(
        NO_NAMES,
        'Scales and checkpoints that are made ready before they are asked for. '
        f'None: the present one; with scale {AUTO} every scale that has a checkpoint.',
    )
    model: str = _parameter(
        '',
        'What the scales were trained on: with camvid, s means lpsnet_s_camvid. '
        'Empty: of several the first by name.',
    )
    models_dir: str = _parameter(
        '', "Folder of checkpoints (*.safetensors); empty means the package's own."
    )
    backend: str = _parameter(
        AUTO, 'What computes; auto takes the best that works here.', choices=(AUTO, *BACKENDS)
    )
    device: str = _parameter(
        '',
        'GPU to compute on, as CUDA_VISIBLE_DEVICES takes it: "0", "1", ... (a text: in quotes). '
        'Empty: the first.',
    )
    precision: str = _parameter(
        AUTO,
        "Precision of the network; auto is the back end's best.",
        choices=(AUTO, 'fp32', 'fp16', 'bf16'),
    )
    engine_cache_dir: str = _parameter(
        '', 'Private folder for engines; empty means lpsnet_ros/engines below ~/.cache.'
    )
    frame_size: str = _parameter(
        '',
        'WIDTHxHEIGHT of the frames to come: their engine is made ready when configuring. '
        'Empty: when the first frame comes.',
    )
    build_only: bool = _parameter(
        False, 'Make the engine for frame_size ready, keep it on disk, and exit.'
    )
    autostart: bool = _parameter(
        True, 'Configure and activate at start; false waits for lifecycle transitions.'
    )

    def changed(self, values: dict[str, Any]) -> Settings:
        """Return a copy with some values replaced, checked.

        Raises:
            ValueError: a value is not allowed; says what is.

        """
        for name, value in values.items():
            check_value(SETTINGS[name], value)
        return replace(self, **values)

    @property
    def camera_names(self) -> tuple[str, ...]:
        """Names of the cameras; one without a name where none are given."""
        return tuple(name for name in self.cameras if name) or NO_NAMES

    @property
    def checkpoint(self) -> str:
        """The scale as the zoo takes it."""
        of_model = self.model and self.scale.lower() in SCALES
        return f'{self.scale.lower()}_{self.model}' if of_model else self.scale

    @property
    def engine_resolution(self) -> float | None:
        """The resolution as the engine takes it: None for automatic."""
        return None if self.resolution == AUTOMATIC else self.resolution

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width of the frames to come; None where not told."""
        if not self.frame_size:
            return None
        width, height = self.frame_size.split('x')
        return int(height), int(width)

    @property
    def cache_folder(self) -> Path | None:
        """The folder of engines as the engine takes it: None for the default one."""
        return Path(self.engine_cache_dir) if self.engine_cache_dir else None

    @property
    def models_folder(self) -> Path | None:
        """The folder of checkpoints as the zoo takes it: None for the package's own."""
        return Path(self.models_dir) if self.models_dir else None


SETTINGS: dict[str, Field] = {f.name: f for f in fields(Settings)}


def check_value(parameter: Field, value: Any) -> None:
    """Check what a type and a range can't say.

    Raises:
        ValueError: the value is not allowed; says what is.

    """
    choices = parameter.metadata['choices']
    if choices and value not in choices:
        raise ValueError(f'{parameter.name} must be one of {", ".join(choices)}, got {value!r}')
    if parameter.name == 'frame_size' and value and not re.fullmatch(r'[1-9]\d*x[1-9]\d*', value):
        raise ValueError(f'frame_size must be WIDTHxHEIGHT, like 1280x720, got {value!r}')
    if parameter.name == 'cameras':
        check_camera_names(value)
    if parameter.name == 'resolution' and AUTOMATIC < value < RESOLUTION_RANGE[0]:
        raise ValueError(
            f'resolution must be 0 (automatic) or in {RESOLUTION_RANGE[0]}..'
            f'{RESOLUTION_RANGE[1]}, got {value}'
        )


def check_camera_names(names: Sequence[str]) -> None:
    """Check that topics can be named after the cameras.

    Raises:
        ValueError: a name is no ROS name, or stands twice.

    """
    given = [name for name in names if name]
    for name in given:
        if not re.fullmatch(r'[A-Za-z][A-Za-z0-9_]*', name):
            raise ValueError(
                f'cameras must be names of letters, digits and _ that begin with a letter, '
                f'got {name!r}'
            )
        if given.count(name) > 1:
            raise ValueError(f'cameras must differ, {name!r} stands twice')
