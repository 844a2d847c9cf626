"""The ROS side: a thin shell around the engine. The only place that imports rclpy."""
