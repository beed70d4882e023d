"""The linters of ament pass, configured as `make lint` has them."""
from pathlib import Path
import subprocess
import sys

import pytest

LINT = Path(__file__).resolve().parents[1] / 'tools' / 'lint'


@pytest.mark.timeout(600)   # 15 s of CPU, on a machine that may be busy
def test_the_linters_of_ament_have_nothing_to_say():
    for linter in 'ament_flake8', 'ament_pep257':
        pytest.importorskip(linter, reason=f'{linter} is not installed')
    if not LINT.exists():
        pytest.skip('the tools are not installed with the package')
    result = subprocess.run([sys.executable, LINT], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    assert result.returncode == 0, result.stdout
