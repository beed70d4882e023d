"""Tests with the whole bridge as a process, over real DDS."""
from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parent))      # for builders of this folder
sys.path.insert(0, str(Path(__file__).parents[1] / 'end_to_end'))  # for running and the others

from bridge_fixtures import processes, start, start_bridge, talker, watch  # noqa: E402, F401, I100
