"""Write ONNX files without the onnx package: what of its protobuf small networks need."""
import struct
from typing import Iterable, Sequence

import numpy as np

_FLOAT, _INT64 = 1, 7   # TensorProto.DataType
_INT, _INTS = 2, 7      # AttributeProto.AttributeType


def _varint(value: int) -> bytes:
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _INT)
    return _field(1, name) + b''.join(_field(8, v) for v in value) + _field(20, _INTS)


def _value_info(name: str, shape: Iterable[int | str]) -> bytes:
    dims = b''.join(_field(1, _field(1, d) if isinstance(d, int) else _field(2, d))
                    for d in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, _FLOAT) + _field(2, dims)))


class Graph:
    """Nodes one after the other; each method returns the name of what it makes."""

    def __init__(self, name: str, shape: Iterable[int | str]) -> None:
        self._input = _value_info(name, shape)
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._outputs: list[bytes] = []
        self._count = 0

    def node(self, kind: str, inputs: Sequence[str], output: str = '',
             **attributes: int | Sequence[int]) -> str:
        """Add a node with one output."""
        self._count += 1
        output = output or f'{kind.lower()}_{self._count}'
        self._nodes.append(b''.join([
            *(_field(1, name) for name in inputs), _field(2, output), _field(3, f'n_{output}'),
            _field(4, kind), *(_field(5, _attribute(*item)) for item in attributes.items())]))
        return output

    def constant(self, values: np.ndarray) -> str:
        """Add an initializer of float32 or int64."""
        self._count += 1
        kind = _INT64 if values.dtype == np.int64 else _FLOAT
        name = f'c_{self._count}'
        self._constants.append(b''.join([
            *(_field(1, side) for side in values.shape), _field(2, kind), _field(8, name),
            _field(9, values.tobytes())]))
        return name

    def convolution(self, of: str, weights: np.ndarray, bias: np.ndarray) -> str:
        """Add a 1 x 1 convolution; weights: (out, in)."""
        kernel = np.float32(weights)[:, :, None, None]
        return self.node('Conv', [of, self.constant(kernel), self.constant(np.float32(bias))],
                         kernel_shape=[1, 1], strides=[1, 1])

    def pool(self, of: str, side: int) -> str:
        """Add the means of squares."""
        return self.node('AveragePool', [of], kernel_shape=[side, side], strides=[side, side])

    def rows(self, of: str, shape: Sequence[int], output: str = '') -> str:
        """Add channels last, then a reshape."""
        last = self.node('Transpose', [of], perm=[0, 2, 3, 1])
        return self.node('Reshape', [last, self.constant(np.array(shape, np.int64))], output)

    def output(self, name: str, shape: Iterable[int | str]) -> None:
        """Declare an output."""
        self._outputs.append(_value_info(name, shape))

    def model(self) -> bytes:
        """Return the file."""
        graph = b''.join([
            *(_field(1, node) for node in self._nodes), _field(2, 'tiny'),
            *(_field(5, constant) for constant in self._constants), _field(11, self._input),
            *(_field(12, output) for output in self._outputs)])
        return (_field(1, 6) + _field(2, 'smartcam_bridge tests') + _field(7, graph)
                + _field(8, _field(1, '') + _field(2, 11)))


def damaged(file: bytes) -> bytes:
    """Return a file whose second half was lost and came as zeros."""
    return file[:len(file) // 2] + struct.pack('B', 0) * (len(file) - len(file) // 2)
