"""Model files: given by path, looked at before they are believed."""
from dataclasses import dataclass
import hashlib
import os

from smartcam_bridge.errors import SmartcamError

PUBLISHED = {
    'face_detection_yunet_2022mar.onnx': (
        345478, '50ef07f702a31741ca46a4c0d947773b64143b9362780237bf0d427d6c79bab7'),
    'face_detection_yunet_2023mar.onnx': (
        232589, '8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4'),
    'face_recognition_sface_2021dec.onnx': (
        38696353, '0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79'),
}
"""Size in bytes and SHA-256, as OpenCV's model zoo (github.com/opencv/opencv_zoo) records them
for Git LFS, which keeps the files themselves."""
_POINTER = b'version https://git-lfs'
_BLOCK_BYTES = 1 << 20


class ModelError(SmartcamError):
    """A model cannot be used: its file is missing, damaged or another one, or a library is."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file that was read to its end."""

    path: str
    size_bytes: int
    sha256: str

    def __str__(self) -> str:
        """Return path and size, and whether this is what was published under its name."""
        size, digest = PUBLISHED.get(os.path.basename(self.path), (0, None))
        if digest is None:
            return f'{self.path} ({self.size_bytes} bytes, SHA-256 {self.sha256})'
        if digest == self.sha256:
            return f'{self.path} ({size} bytes, as published)'
        return (f'{self.path} (not the published file of that name: it has {self.size_bytes} '
                f'bytes instead of {size}, or others; SHA-256 {self.sha256})')


def read_model_file(parameter: str, path: str, sha256: str = '') -> ModelFile:
    """Return what is at `path` (~ and $NAME are expanded); raises ModelError.

    parameter: whose value the path is, for the message. sha256: what the file must have, as hex
    digits; empty: anything.
    """
    if not path:
        raise ModelError(f'{parameter}: name the file of the model (docs/face_embedder.md tells '
                         'where to get it)')
    path = os.path.expandvars(os.path.expanduser(path))
    digest, size, head = hashlib.sha256(), 0, b''
    try:
        with open(path, 'rb') as file:
            while block := file.read(_BLOCK_BYTES):
                head = head or block[:len(_POINTER)]
                digest.update(block)
                size += len(block)
    except OSError as cause:
        raise ModelError(f'{parameter}: {path!r} cannot be read: {cause.strerror}') from cause
    found = ModelFile(path, size, digest.hexdigest())
    if head == _POINTER:
        raise ModelError(f'{parameter}: {path!r} is a Git LFS pointer, not the model: get the '
                         'file itself with `git lfs pull`, or download it')
    if sha256 and sha256.strip().lower() != found.sha256:
        raise ModelError(f'{parameter}: {found} does not have the SHA-256 {sha256} that is asked '
                         'for: get it again')
    return found


def reason(cause: Exception) -> str:
    """Return the heart of what a library says about a file or picture, in one line."""
    text = str(getattr(cause, 'err', '') or cause)
    return ' '.join(text.split())[:200]
