"""What /diagnostics says of a camera: a level, a sentence, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from lpsnet_ros.engine import Provenance
from lpsnet_ros.nodes.settings import Settings
from lpsnet_ros.nodes.silence import Surroundings, why_silent
from lpsnet_ros.nodes.statistics import RECENT_S, Snapshot

PERCENTILES = ('p50', 'p95', 'p99', 'max')
NODE = 'node'
"""Key of the node's full name: names of statuses have no namespace."""
NOTABLE_LOSS = 0.05
MASKS_TO_JUDGE, LONGEST_S = 10, 60.0
Judgement = tuple[bytes, str]


@dataclass(frozen=True)
class Condition:
    """The state of node and camera, as far as the counters do not tell it.

    Args:
        state: lifecycle state: unconfigured, inactive, active.
        surroundings: of the image subscription.
        node: full name of the node.
        failure: why configuring or the engine failed last; empty where all is well.
        warning: what is wrong with the node apart from failures; empty where nothing is.
        working_for: seconds that the frame in work, of whichever camera, has taken so far.
        building: engine that is being prepared, and for how long; empty where none is.
        waiting: whether the camera's latest frame waits for its engine.
        provenance: of the engine in use; None before the first frame.
        move: the latest one of ``scale: auto``, and why; empty where there was none.
        lost: share of the camera's frames that were lost in transport; None where unknown.
        camera_rate_hz: at which the camera publishes, by its stamps; None where unknown.
        memory_mib: resident memory of the process.

    """

    state: str
    surroundings: Surroundings
    node: str = ''
    failure: str = ''
    warning: str = ''
    working_for: float = 0.0
    building: str = ''
    waiting: bool = False
    provenance: Provenance | None = None
    move: str = ''
    lost: float | None = None
    camera_rate_hz: float | None = None
    memory_mib: float = 0.0


def judge(condition: Condition, now: Snapshot, before: Snapshot, settings: Settings) -> Judgement:
    """Return (level, sentence) for the time between two snapshots."""
    if condition.failure and condition.state != 'active':
        return DiagnosticStatus.ERROR, condition.failure
    if condition.state != 'active':
        return DiagnosticStatus.OK, condition.state
    if condition.working_for > settings.slow_for_s + settings.slow_frame_ms / 1000:
        return (
            DiagnosticStatus.ERROR,
            f'no answer from the engine for {condition.working_for:.0f} s: '
            'if that stays so, restart the node',
        )
    if now.since_frame is None or now.since_frame > settings.silence_s:
        return DiagnosticStatus.STALE, why_silent(condition.surroundings)
    if condition.failure:
        return DiagnosticStatus.ERROR, condition.failure
    refused = now.refused - before.refused
    if refused and now.masked == before.masked:
        return DiagnosticStatus.STALE, f'only refused frames: {now.last_refusal}'
    if condition.waiting and condition.building:
        return DiagnosticStatus.WARN, f'no mask yet, preparing {condition.building}'
    if refused:
        return DiagnosticStatus.WARN, f'{refused} frames refused: {now.last_refusal}'
    return _judge_speed(condition, now, settings)


def _judge_speed(condition: Condition, now: Snapshot, settings: Settings) -> Judgement:
    limit = settings.slow_frame_ms
    if now.slow_for > settings.slow_for_s:
        return (
            DiagnosticStatus.ERROR,
            f'slow for {now.slow_for:.1f} s: every engine time above {limit:g} ms, '
            f'p50 {now.percentiles["engine"][0]:.1f} ms',
        )
    if now.slowest_ms > limit:
        return DiagnosticStatus.WARN, f'slow frame: {now.slowest_ms:.1f} ms > {limit:g} ms'
    if condition.warning:
        return DiagnosticStatus.WARN, condition.warning
    least = settings.expected_rate_hz * (1 - settings.rate_tolerance_percent / 100)
    # The time has no whole number of masks in it: one may be just before or after.
    if now.recent_masks + 1 < least * now.recent_s:
        return (
            DiagnosticStatus.WARN,
            f'rate low: {now.recent_masks / now.recent_s:.1f} masks/s, '
            f'{settings.expected_rate_hz:g} are expected',
        )
    if condition.lost is not None and condition.lost > NOTABLE_LOSS:
        return (
            DiagnosticStatus.WARN,
            f'about {100 * condition.lost:.0f} % of the frames are lost between camera and node: '
            'see docs/troubleshooting.md',
        )
    return DiagnosticStatus.OK, f'{now.rate_out:.1f} masks/s from {now.rate_in:.1f} frames/s'


def recent_s(settings: Settings) -> float:
    """Return the seconds over which the mask rate is judged: several masks must fit in."""
    if not settings.expected_rate_hz:
        return RECENT_S
    return min(max(RECENT_S, MASKS_TO_JUDGE / settings.expected_rate_hz), LONGEST_S)


def status_message(
    name: str, condition: Condition, now: Snapshot, before: Snapshot, settings: Settings
) -> DiagnosticStatus:
    """Build the status ``name`` for the time between two snapshots."""
    level, sentence = judge(condition, now, before, settings)
    values = {
        **_camera_values(condition, now),
        **_stage_values(now),
        **_engine_values(condition, settings),
        **_greenwave_values(now, settings),
    }
    return DiagnosticStatus(
        level=level,
        name=name,
        message=sentence,
        hardware_id=condition.provenance.device if condition.provenance else '',
        values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
    )


def _camera_values(condition: Condition, now: Snapshot) -> dict[str, object]:
    return {
        NODE: condition.node,
        'state': condition.state,
        'topic': condition.surroundings.topic,
        'publishers': len(condition.surroundings.offers),
        'rate in (Hz)': f'{now.rate_in:.2f}',
        'rate out (Hz)': f'{now.rate_out:.2f}',
        'camera rate (Hz)': _known(condition.camera_rate_hz, '.2f'),
        'lost in transport (%)': _known(condition.lost, '.1f', 100),
        'received': now.received,
        'masked': now.masked,
        'dropped': now.dropped,
        'refused': now.refused,
        'last refusal': now.last_refusal,
    }


def _stage_values(now: Snapshot) -> dict[str, object]:
    return {
        f'{stage} {percentile} (ms)': f'{value:.2f}'
        for stage, percentiles in now.percentiles.items()
        for percentile, value in zip(PERCENTILES, percentiles)
    }


def _engine_values(condition: Condition, settings: Settings) -> dict[str, object]:
    values: dict[str, object] = {'scale': settings.scale}
    if condition.move:
        values['latest move'] = condition.move
    if condition.building:
        values['preparing'] = condition.building
    provenance = condition.provenance
    if provenance is not None:
        values |= {
            'model': provenance.model,
            'back end': provenance.backend,
            'precision': provenance.precision,
            'device': provenance.device,
            'back end because': provenance.reason,
            'engine': provenance.note,
            'resolution': f'{provenance.resolution:.3f}',
            'engine ready in (s)': f'{provenance.seconds:.2f}',
        }
    return {**values, 'memory (MiB)': f'{condition.memory_mib:.0f}'}


def _greenwave_values(now: Snapshot, settings: Settings) -> dict[str, object]:
    """Return the keys that greenwave_monitor shows; it reads them as numbers."""
    return {
        'frame_rate_node': f'{now.rate_out:.2f}',
        'frame_rate_msg': f'{now.rate_stamps or 0.0:.2f}',
        'current_delay_from_realtime_ms': f'{now.last_ms.get("end_to_end", 0.0):.2f}',
        'expected_frequency': f'{settings.expected_rate_hz:g}',
        'tolerance': f'{settings.rate_tolerance_percent:g}',
    }


def _known(value: float | None, form: str, factor: float = 1.0) -> str:
    return 'unknown' if value is None else format(factor * value, form)
