import json
from pathlib import Path
import xml.etree.ElementTree as ElementTree

import pytest

PROFILE = Path(__file__).resolve().parents[2] / 'config' / 'fastdds_shm.xml'
NAMESPACE = '{http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles}'


def transports() -> dict[str, dict[str, str]]:
    """Return the transports that the default participant uses, by type."""
    root = ElementTree.parse(PROFILE).getroot()
    told = [{part.tag.removeprefix(NAMESPACE): part.text for part in transport}
            for transport in root.iter(f'{NAMESPACE}transport_descriptor')]
    used = {part.text for user in root.iter(f'{NAMESPACE}userTransports') for part in user}
    return {transport['type']: transport for transport in told
            if transport['transport_id'] in used}


def test_shared_memory_has_32_mb():
    assert int(transports()['SHM']['segment_size']) == 32 * 2**20
    assert int(transports()['SHM']['maxMessageSize']) == 32 * 2**20


def test_other_hosts_stay_within_reach():
    assert set(transports()['UDPv4']) == {'transport_id', 'type'}


def test_large_raw_pictures_reach_a_best_effort_subscriber(start_companion, listen, tmp_path):
    image = pytest.importorskip('sensor_msgs.msg', reason='needs ROS 2').Image
    boxes = pytest.importorskip('vision_msgs.msg', reason='needs vision_msgs').Detection2DArray
    listener = listen({'a/tracks': boxes}, sizes={'a/image': image})
    process = start_companion(
        'demo_scene', cameras=['a'], width=1920, height=1080, frames='raw', rate_hz=10.0,
        frame_hz=2.5, duration_s=8.0, wait_for_subscribers=30.0,
        truth_path=tmp_path / 'truth.json')
    listener.hear_out(process)
    sent = json.loads((tmp_path / 'truth.json').read_text())['cameras']['a']['frames']
    pictures = listener.got['a/image']
    assert sent > 10 and min(pictures) > 1920 * 1080 * 3
    assert len(pictures) >= 0.9 * sent   # on stock Fast DDS: 0.1 to 0.4
