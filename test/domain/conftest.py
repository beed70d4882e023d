"""Builders of this folder can be imported by its tests."""
from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).parent))
