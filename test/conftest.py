"""Every run of the tests talks to itself only: its own ROS domain, on this machine."""

import os

# 0 is everybody's; above 101 the ports meet Linux's ephemeral ones.
os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 101))
os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
