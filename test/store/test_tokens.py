"""Secrets are long, told apart by kind, and kept as digests only."""
import hashlib

import pytest

from smartcam_bridge.store.tokens import digest_of, new_secret


@pytest.mark.parametrize('kind, prefix', [('token', 'sc_'), ('session', 'ss_'), ('login', 'sl_')])
def test_a_secret_says_its_kind_and_is_never_the_same(kind: str, prefix: str) -> None:
    made = {new_secret(kind) for _ in range(50)}
    assert len(made) == 50
    for secret, digest in made:
        assert secret.startswith(prefix) and len(secret) == 3 + 43   # 32 bytes in base64
        assert digest == digest_of(secret) == hashlib.sha256(secret.encode()).digest()


@pytest.mark.parametrize('text', ['', 'ä', '\udcff', 'x' * 100_000])
def test_whatever_somebody_sends_has_a_digest(text: str) -> None:
    assert len(digest_of(text)) == 32
