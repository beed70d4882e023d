"""`smartcam export` writes what the API exports, whole or not at all."""
import json
from pathlib import Path
import sys
from typing import Iterator

import pytest

from smartcam_bridge.cli.main import main
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.engine import database_path
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier, RecordFrameSize, RecordLabel

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))  # for store_builders

from store_builders import fact, START_NS  # noqa: E402


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a bridge that runs and saw 10 boxes of one camera."""
    recorder = Recorder(database_path(tmp_path / 'data'), Settings)
    recorder.start()
    recorder.record(RecordLabel(1, 'person'))
    recorder.record(RecordFrameSize(1, START_NS, 640, 480))
    for number in range(5):
        recorder.record(fact(START_NS + number, boxes=2))
    recorder.submit(Barrier()).result(60)
    yield tmp_path / 'data'
    recorder.close()


def test_a_file_appears_when_it_is_whole(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / 'boxes.json'
    assert main(['export', 'coco.json', '--output', str(file), '--data-dir', str(data_dir)]) == 0
    exported = json.loads(file.read_text())
    assert (len(exported['images']), len(exported['annotations'])) == (5, 10)
    assert exported['images'][0]['width'] == 640
    assert list(tmp_path.glob('*.partial')) == []


def test_without_a_file_it_goes_to_standard_output(
        data_dir: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(['export', 'mot.txt', '--camera', 'camera', '--data-dir', str(data_dir)]) == 0
    said = capfdbinary.readouterr()
    assert len(said.out.splitlines()) == 10 and said.err == b''


def test_the_estimate_is_exact_where_all_was_looked_at(
        data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['export', 'detections.csv', '--estimate', '--from', '2027-01-15T08:00:00Z',
                 '--data-dir', str(data_dir)]) == 0
    assert capsys.readouterr().out.startswith('10 boxes in 5 observations, ')


@pytest.mark.parametrize(('arguments', 'reason'), [
    (['mot.txt'], 'say which with --camera'),
    (['coco.json', '--camera', 'nowhere'], "no camera 'nowhere'")])
def test_what_cannot_be_is_said(data_dir: Path, capsys: pytest.CaptureFixture[str],
                                arguments: list[str], reason: str) -> None:
    assert main(['export', *arguments, '--data-dir', str(data_dir)]) == 1
    said = capsys.readouterr()
    assert reason in said.err and 'Traceback' not in said.err and said.out == ''


@pytest.mark.parametrize(('option', 'value'), [
    ('--from', 'yesterday'), ('--from', '2027-01-15T08:00:00'), ('--size', '640'),
    ('--size', '0x480')])
def test_values_are_checked(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(['export', 'coco.json', option, value])
    assert ended.value.code == 2 and value in capsys.readouterr().err
