"""A camera without hardware: publishes a video, pictures or a device as a camera driver does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.duration import Duration
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from lpsnet_ros.frames import FrameSource, open_source
from lpsnet_ros.frames.sources import STREET, repeated
from lpsnet_ros.nodes import qos
from lpsnet_ros.nodes.camera_input import MESSAGE_TYPES
from lpsnet_ros.nodes.camera_topics import image_topics, info_topic
from lpsnet_ros.nodes.codec import encode, encode_jpeg
from lpsnet_ros.nodes.parameters import type_hint
from lpsnet_ros.nodes.pinhole import pinhole_info
from lpsnet_ros.nodes.process import run_node
from lpsnet_ros.nodes.settings import COMPRESSED, RAW

# How long the end waits for reliable subscribers that have not acknowledged the last frames.
LAST_FRAMES = Duration(seconds=2)
_BGR8 = 'bgr8'
# Encoding -> OpenCV's conversion of BGR to it; None where there is nothing to convert.
_FROM_BGR = {
    _BGR8: None,
    'rgb8': cv2.COLOR_BGR2RGB,
    'bgra8': cv2.COLOR_BGR2BGRA,
    'mono8': cv2.COLOR_BGR2GRAY,
}


class _Parameter(NamedTuple):
    default: str | float | bool | int
    meaning: str
    choices: Sequence[str] = ()


PARAMETERS = {
    'source': _Parameter(
        STREET, 'A video, a picture, a folder of pictures, a camera index, or "street".'
    ),
    'rate_hz': _Parameter(0.0, "Frames a second; 0 means the source's own."),
    'loop': _Parameter(True, 'Start again at the end; false ends the process there.'),
    'duration_s': _Parameter(0.0, 'End the process after this time of publishing; 0 means never.'),
    'frame_id': _Parameter('camera', 'frame_id of the messages.'),
    'image_transport': _Parameter(
        RAW, 'How the frames travel; compressed means JPEG on image/compressed.', (RAW, COMPRESSED)
    ),
    'encoding': _Parameter(_BGR8, 'Encoding of raw frames.', tuple(_FROM_BGR)),
    'camera_info': _Parameter(
        True, 'Publish the calibration of an ideal pinhole camera, 60 degrees wide.'
    ),
    'reliable': _Parameter(
        True, 'Reliability offered: reliable, else best effort as many cameras.'
    ),
    'wait_for_subscribers': _Parameter(0, 'Start when so many subscribe.'),
}


class ReplayCamera(Node):
    """Publishes ``image`` or ``image/compressed``, and ``camera_info``, stamped when published."""

    def __init__(self, **options: object) -> None:
        super().__init__('camera', **options)
        for name, parameter in PARAMETERS.items():
            self._declare(name, parameter)
        self._source = open_source(self._value('source'))
        self._frames: Iterator[NDArray[np.uint8]] = self._iterate(self._source)
        self._rate = self._value('rate_hz') or self._source.rate_hz
        duration = self._value('duration_s')
        self._limit = round(duration * self._rate) if duration else None
        self._published = 0
        self._images = self._create_image_publisher()
        self._infos = (
            self._create(CameraInfo, info_topic(self).given)
            if self._value('camera_info')
            else None
        )
        self._timer = self.create_timer(1 / self._rate, self._tick)
        self.get_logger().info(
            f'publishing {self._source.name} at {self._rate:g} Hz on {self._images.topic_name}'
        )

    def _declare(self, name: str, parameter: _Parameter) -> None:
        allowed = f'one of {", ".join(parameter.choices)}' if parameter.choices else ''
        descriptor = ParameterDescriptor(
            description=parameter.meaning, read_only=True, additional_constraints=allowed
        )
        try:
            value = self.declare_parameter(name, parameter.default, descriptor).value
        except InvalidParameterTypeException as error:
            raise ValueError(f'{error}{type_hint(parameter.default)}') from error
        if parameter.choices and value not in parameter.choices:
            raise ValueError(f'parameter {name} must be {allowed}, not {value!r}')
        if isinstance(value, (int, float)) and value < 0:
            raise ValueError(f'parameter {name} must be 0 or more, not {value}')

    def _value(self, name: str):
        return self.get_parameter(name).value

    def _iterate(self, source: FrameSource) -> Iterator[NDArray[np.uint8]]:
        return repeated(source) if self._value('loop') else source.frames()

    def _create_image_publisher(self) -> Publisher:
        transport = self._value('image_transport')
        return self._create(MESSAGE_TYPES[transport], image_topics(self)[transport].given)

    def _create(self, message_type: type, topic: str) -> Publisher:
        reliability = (
            ReliabilityPolicy.RELIABLE
            if self._value('reliable')
            else ReliabilityPolicy.BEST_EFFORT
        )
        profile = QoSProfile(depth=5, reliability=reliability)
        return qos.create_output(self.create_publisher, message_type, topic, profile)

    def _message_of(self, frame: NDArray[np.uint8], header: Header) -> Image | CompressedImage:
        if self._value('image_transport') == COMPRESSED:
            return encode_jpeg(frame, header)
        encoding = self._value('encoding')
        conversion = _FROM_BGR[encoding]
        picture = frame if conversion is None else cv2.cvtColor(frame, conversion)
        return encode(picture, encoding, header)

    def _tick(self) -> None:
        if self._waits_for_subscribers():
            return
        frame = next(self._frames, None)
        if frame is None or self._published == self._limit:
            self._end()
        else:
            self._publish(frame)

    def _waits_for_subscribers(self) -> bool:
        waited_for = self._value('wait_for_subscribers')
        if not self._published:
            return self._images.get_subscription_count() < waited_for
        # A subscriber that is known here may not know this publisher yet, and would miss all that
        # the history forgets until then: it has to acknowledge the first frame.
        first_alone = waited_for > 0 and self._published == 1
        return first_alone and not self._acknowledged(Duration())

    def _acknowledged(self, timeout: Duration) -> bool:
        return all(p.wait_for_all_acked(timeout) for p in (self._images, self._infos) if p)

    def _end(self) -> None:
        self._acknowledged(LAST_FRAMES)  # What is lost after a publisher's end is not sent again.
        self.get_logger().info(f'published {self._published} frames')
        self._timer.cancel()
        self.context.try_shutdown()

    def _publish(self, frame: NDArray[np.uint8]) -> None:
        stamp = self.get_clock().now().to_msg()
        header = Header(stamp=stamp, frame_id=self._value('frame_id'))
        if self._infos is not None:
            height, width = frame.shape[:2]
            self._infos.publish(pinhole_info(width, height, header))
        self._images.publish(self._message_of(frame, header))
        self._published += 1


def main(args: Sequence[str] | None = None) -> None:
    """Run the camera until its source ends or it is stopped."""
    run_node(ReplayCamera, args)


if __name__ == '__main__':
    main()
