"""What the class ids mean, as vision_msgs/LabelInfo where that package is installed."""

from __future__ import annotations

from rclpy.time import Time

from lpsnet_ros.network import UNLABELED, ClassTable

try:
    from vision_msgs.msg import LabelInfo, VisionClass
except ImportError:  # Not on PyPI; on a ROS machine apt has it.
    LabelInfo = None


def label_info(classes: ClassTable, threshold: float, stamp: Time) -> LabelInfo:
    """Return the message; call it only where ``LabelInfo`` is not None."""
    named = [*enumerate(classes.names), (UNLABELED, 'unlabeled')]
    message = LabelInfo(
        class_map=[VisionClass(class_id=index, class_name=name) for index, name in named],
        threshold=threshold,
    )
    message.header.stamp = stamp.to_msg()
    return message
