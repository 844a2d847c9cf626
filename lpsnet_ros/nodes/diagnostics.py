"""What /diagnostics says of the node: a level, a sentence, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from lpsnet_ros.engine import Provenance
from lpsnet_ros.nodes.settings import Settings
from lpsnet_ros.nodes.statistics import Snapshot

PERCENTILES = ('p50', 'p95', 'p99', 'max')


@dataclass(frozen=True)
class Condition:
    """The node's state, as far as the counters do not tell it.

    Args:
        state: lifecycle state: unconfigured, inactive, active.
        failure: why configuring or the engine failed last; empty where all is well.
        publishers: how many publish on the image topic.
        topic: the image topic's full name.
        provenance: of the engine in use; None before the first frame.

    """

    state: str
    failure: str = ''
    publishers: int = 0
    topic: str = ''
    provenance: Provenance | None = None


def judge(condition: Condition, now: Snapshot, before: Snapshot, settings: Settings) -> tuple:
    """Return (level, sentence) for the time between two snapshots."""
    if condition.failure:
        return DiagnosticStatus.ERROR, condition.failure
    if condition.state != 'active':
        return DiagnosticStatus.OK, condition.state
    if now.since_frame is None or now.since_frame > settings.silence_s:
        return DiagnosticStatus.STALE, _silence(condition)
    refused = now.refused - before.refused
    if refused and now.masked == before.masked:
        return DiagnosticStatus.STALE, f'only refused frames: {now.last_refusal}'
    if refused:
        return DiagnosticStatus.WARN, f'{refused} frames refused: {now.last_refusal}'
    return _judge_speed(now, settings)


def _silence(condition: Condition) -> str:
    if condition.publishers == 0:
        return f'no frames: nobody publishes on {condition.topic}'
    return f'no frames: {condition.publishers} publisher(s) on {condition.topic} are silent'


def _judge_speed(now: Snapshot, settings: Settings) -> tuple:
    limit = settings.slow_frame_ms
    if 'engine' in now.percentiles and now.percentiles['engine'][0] > limit:
        p50 = now.percentiles['engine'][0]
        return DiagnosticStatus.ERROR, f'slow for long: engine p50 {p50:.1f} ms > {limit:g} ms'
    if now.last_engine_ms is not None and now.last_engine_ms > limit:
        return DiagnosticStatus.WARN, f'slow frame: {now.last_engine_ms:.1f} ms > {limit:g} ms'
    if now.masked == 0:
        return DiagnosticStatus.OK, 'preparing the engine for the first frame'
    return DiagnosticStatus.OK, f'{now.rate_out:.1f} masks/s from {now.rate_in:.1f} frames/s'


def status_message(
    name: str, condition: Condition, now: Snapshot, before: Snapshot, settings: Settings
) -> DiagnosticStatus:
    """Build the status ``name`` for the time between two snapshots."""
    level, sentence = judge(condition, now, before, settings)
    values = {
        'state': condition.state,
        'topic': condition.topic,
        'publishers': condition.publishers,
        'rate in (Hz)': f'{now.rate_in:.2f}',
        'rate out (Hz)': f'{now.rate_out:.2f}',
        'received': now.received,
        'masked': now.masked,
        'dropped': now.dropped,
        'refused': now.refused,
        'last refusal': now.last_refusal,
        'scale': settings.scale,
    }
    for stage, percentiles in now.percentiles.items():
        for percentile, value in zip(PERCENTILES, percentiles):
            values[f'{stage} {percentile} (ms)'] = f'{value:.2f}'
    values.update(_engine_values(condition.provenance))
    return DiagnosticStatus(
        level=level,
        name=name,
        message=sentence,
        hardware_id=condition.provenance.device if condition.provenance else '',
        values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
    )


def _engine_values(provenance: Provenance | None) -> dict[str, str]:
    if provenance is None:
        return {}
    return {
        'model': provenance.model,
        'back end': provenance.backend,
        'precision': provenance.precision,
        'back end because': provenance.reason,
        'engine': provenance.note,
        'resolution': f'{provenance.resolution:.3f}',
        'engine ready in (s)': f'{provenance.seconds:.2f}',
    }
