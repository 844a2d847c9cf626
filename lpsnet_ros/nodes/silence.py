"""Why no frames come: what the ROS graph tells."""

from __future__ import annotations

from dataclasses import dataclass

MAX_NAMED = 3


@dataclass(frozen=True)
class Offer:
    """One publisher on the subscribed topic.

    Args:
        node: its node's name.
        message_type: like ``sensor_msgs/msg/Image``.
        obstacle: why its quality of service does not fit the subscription; empty where it does.

    """

    node: str
    message_type: str
    obstacle: str = ''


@dataclass(frozen=True)
class Surroundings:
    """What there is around a subscription.

    Args:
        topic: its full name.
        message_type: what it expects.
        offers: who publishes on the topic.
        other_transport: the ``image_transport`` with which there would be publishers; empty
            where there is none.
        elsewhere: images that others publish as is expected, by the name to remap to.

    """

    topic: str
    message_type: str
    offers: tuple[Offer, ...] = ()
    other_transport: str = ''
    elsewhere: tuple[str, ...] = ()


def why_silent(around: Surroundings) -> str:
    """Say in a sentence why no frames come, and what to do where that is known."""
    if not around.offers:
        return f'no frames: nobody publishes on {around.topic}{_advice(around)}'
    wrong = next((o for o in around.offers if o.message_type != around.message_type), None)
    if wrong is not None:
        return (
            f'no frames: {wrong.node} publishes {wrong.message_type} on {around.topic}, '
            f'{around.message_type} is expected'
        )
    unheard = next((o for o in around.offers if o.obstacle), None)
    if unheard is not None:
        return (
            f'no frames: {unheard.node} on {around.topic} can not be heard, its quality of '
            f'service does not fit: {unheard.obstacle}'
        )
    return f'no frames: {len(around.offers)} publisher(s) on {around.topic} are silent'


def _advice(around: Surroundings) -> str:
    if around.other_transport:
        return f'; set image_transport to {around.other_transport}, that is published'
    if around.elsewhere:
        named = ', '.join(around.elsewhere[:MAX_NAMED])
        more = ', ...' if len(around.elsewhere) > MAX_NAMED else ''
        return f'; there are {named}{more}: remap image to one of them'
    return ''
