"""The publisher of a robot's odometry."""
import math

from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.time import Time
from smartcam_bridge.companions.route import Drive

FRAME = 'odom'
_DEPTH = 100


class OdometryTopic:
    """Says where the robot is and how it moves, exactly. One thread at a time."""

    def __init__(self, node: Node, topic: str) -> None:
        self._publisher = node.create_publisher(Odometry, topic, _DEPTH)

    def publish(self, stamp_ns: int, robot: Drive) -> None:
        """Publish one pose and its velocities."""
        message = Odometry(child_frame_id='base_link')
        message.header.stamp = Time(nanoseconds=stamp_ns).to_msg()
        message.header.frame_id = FRAME
        message.pose.pose.position.x, message.pose.pose.position.y = robot.x, robot.y
        message.pose.pose.orientation.z = math.sin(robot.yaw / 2)
        message.pose.pose.orientation.w = math.cos(robot.yaw / 2)
        message.twist.twist.linear.x = robot.speed_m_s
        message.twist.twist.angular.z = robot.turn_rad_s
        self._publisher.publish(message)
