"""Every run of the tests talks to itself only: its own ROS domain, on this machine."""

import os
from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parent))  # for builders of this folder

os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')  # see smartcam_bridge/__init__.py
# 0 is everybody's; above 101 the ports meet Linux's ephemeral ones.
os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 101))
os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')

try:
    from hypothesis import settings
except ImportError:     # only generated tests need it, and they say so
    pass
else:
    # A machine that is busy with something else is no reason to fail.
    settings.register_profile('quick', max_examples=40, deadline=None)
    settings.register_profile('thorough', max_examples=1000, deadline=None)
    settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'quick'))
