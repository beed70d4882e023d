"""Tiny networks as files, and what they are loaded with."""
from pathlib import Path
import sys

import pytest

pytest.importorskip('cv2', reason='needs OpenCV')
sys.path.insert(0, str(Path(__file__).parent))  # for onnx_bytes and tiny_networks


@pytest.fixture
def networks(tmp_path) -> dict[str, str]:
    """Return the paths of a detector and a recognizer, as parameters."""
    import tiny_networks
    paths = {'detector_path': tmp_path / 'detector.onnx',
             'recognizer_path': tmp_path / 'recognizer.onnx'}
    paths['detector_path'].write_bytes(tiny_networks.detector())
    paths['recognizer_path'].write_bytes(tiny_networks.recognizer())
    return {name: str(path) for name, path in paths.items()}
