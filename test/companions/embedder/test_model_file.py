import hashlib

import pytest
from smartcam_bridge.companions.embedder.model_file import (
    ModelError, PUBLISHED, read_model_file)

YUNET = 'face_detection_yunet_2023mar.onnx'


def test_a_file_is_told_with_what_it_is(tmp_path, monkeypatch):
    (tmp_path / 'mine.onnx').write_bytes(b'some network')
    monkeypatch.setenv('MODELS', str(tmp_path))
    digest = hashlib.sha256(b'some network').hexdigest()
    file = read_model_file('recognizer_path', '$MODELS/mine.onnx', digest.upper())
    assert (file.path, file.size_bytes, file.sha256) == (f'{tmp_path}/mine.onnx', 12, digest)
    assert str(file) == f'{tmp_path}/mine.onnx (12 bytes, SHA-256 {digest})'


def test_a_file_that_is_not_what_was_published_under_its_name_is_told(tmp_path):
    path = tmp_path / YUNET
    path.write_bytes(b'half of it')
    told = str(read_model_file('detector_path', str(path)))
    assert 'not the published file of that name: it has 10 bytes instead of 232589' in told


def test_what_is_published_has_a_digest_each():
    assert len({digest for _, digest in PUBLISHED.values()}) == len(PUBLISHED) == 3
    assert all(len(bytes.fromhex(digest)) == 32 and size > 100_000
               for size, digest in PUBLISHED.values())


@pytest.mark.parametrize('content, sha256, told', [
    (None, '', 'detector_path: .*model.onnx. cannot be read: No such file'),
    (b'version https://git-lfs.github.com/spec/v1\noid sha256:8f23\nsize 232589\n', '',
     'is a Git LFS pointer, not the model'),
    (b'another one', '8f2383e4', 'does not have the SHA-256 8f2383e4'),
])
def test_a_wrong_file_is_an_error(tmp_path, content, sha256, told):
    path = tmp_path / 'model.onnx'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=told):
        read_model_file('detector_path', str(path), sha256)


def test_a_folder_and_no_name_are_errors(tmp_path):
    with pytest.raises(ModelError, match='cannot be read: Is a directory'):
        read_model_file('detector_path', str(tmp_path))
    with pytest.raises(ModelError, match='detector_path: name the file of the model'):
        read_model_file('detector_path', '')
