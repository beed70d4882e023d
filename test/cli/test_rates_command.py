"""`smartcam rates` against a web side with a real store."""
import json
import os
from pathlib import Path
import sys

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / 'web'))  # for serving

from serving import serve  # noqa: E402, I100
from smartcam_bridge.cli.main import main  # noqa: E402

FACES = np.linalg.qr(np.random.default_rng(1).standard_normal((128, 128)))[0].astype(np.float32)


def test_rates_are_those_of_the_gallery_at_hand(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(tmp_path / 'data', face_model='sface') as served:
        (tmp_path / 'data' / 'run').mkdir(exist_ok=True)
        (tmp_path / 'data' / 'run' / 'bridge.json').write_text(
            json.dumps({'pid': os.getpid(), 'url': served.url}))
        command = ['rates', '--data-dir', str(tmp_path / 'data')]
        assert main(command) == 0
        empty = capsys.readouterr().out.splitlines()
        assert empty[0] == 'sface: 0 faces of 0 people, 0 of them compared with all'
        assert set(empty[2].split()[1:]) == {'-'}
        # Each person has two faces that meet at 0.8; the first ones of both meet at 0.
        vectors = np.array([FACES[0], 0.8 * FACES[0] + 0.6 * FACES[1],
                            FACES[2], 0.8 * FACES[2] + 0.6 * FACES[3]])
        source = tmp_path / 'g.npz'
        np.savez(source, names=np.array(['Ada', 'Ada', 'Bo', 'Bo']), vectors=vectors)
        assert main(['enroll', str(source), *command[1:]]) == 0
        capsys.readouterr()
        assert main(command) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == 'sface: 4 faces of 2 people, 4 of them compared with all'
        told = {line.split()[0]: line.split()[1:] for line in lines[2:]}
        assert told['0.750'] == ['0.00%', '0.00%'] and told['0.850'] == ['0.00%', '100.00%']
        assert told['0.363'] == ['0.00%', '0.00%', 'in', 'use']
        assert main([*command, '--model', 'nobody-knows']) == 1
        assert 'nobody-knows' in capsys.readouterr().err
