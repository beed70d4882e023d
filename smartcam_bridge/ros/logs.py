"""What the parts without ROS log goes where ROS users look: console, log file, /rosout."""
import logging

from rclpy.node import Node


class RosLogHandler(logging.Handler):
    """Hand Python's log records to a node's logger. Any thread."""

    def __init__(self, node: Node) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter('%(message)s'))     # with the traceback, if any
        self._logger = node.get_logger()

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record with the severity it has."""
        text = self.format(record)
        if record.levelno >= logging.CRITICAL:
            self._logger.fatal(text)
        elif record.levelno >= logging.ERROR:
            self._logger.error(text)
        elif record.levelno >= logging.WARNING:
            self._logger.warning(text)
        else:
            self._logger.info(text)


def log_through(node: Node) -> logging.Handler:
    """Begin to log this package's records through the node; return what to remove at the end."""
    handler = RosLogHandler(node)
    logger = logging.getLogger('smartcam_bridge')
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return handler
