"""Weights as whole numbers of 8 bits or fewer, and a traced graph with its large ones made so."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]

OURS = "com.microsoft"
"""The domain of onnxruntime's own operators."""
SEVEN_BITS, EIGHT_BITS = 63, 127
_BLOCK = 32
_LARGE = 1 << 14
"""Numbers in a matrix from which on it is worth it."""


def quantised(weight: Array, largest: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Whole numbers up to `largest`, and their scale along the last axis, kept as an axis of one."""
    scale = np.maximum(np.abs(weight).max(axis=-1, keepdims=True), np.finfo(np.float32).tiny) / largest
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)


def in_blocks(weight: Array) -> tuple[NDArray[np.uint8], NDArray[np.float32], dict[str, Any]]:
    """(outputs, inputs) for MatMulNBits: cut along the inputs, each block with a scale; and the operator's attributes."""
    outputs, inputs = weight.shape
    numbers, scale = quantised(weight.reshape(outputs, inputs // _BLOCK, _BLOCK), EIGHT_BITS)
    about = {"K": inputs, "N": outputs, "bits": 8, "block_size": _BLOCK, "accuracy_level": 4}
    return (numbers.astype(np.int16) + 128).astype(np.uint8), scale[..., 0], about


def shrink(model: onnx.ModelProto) -> None:
    """In place: each large matrix that something is multiplied with in blocks, each large table by rows. About a quarter of the
    size; all else is computed as before."""
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        replaced = _multiplied(node, weights) or _looked_up(node, weights)
        if replaced is None:
            nodes.append(node)
            continue
        more, constants = replaced
        nodes += more
        graph.initializer.extend(constants)
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend({tensor.name: tensor for tensor in kept}.values())
    model.opset_import.append(helper.make_opsetid(OURS, 1))


_Replaced = tuple[list[onnx.NodeProto], list[onnx.TensorProto]]


def _multiplied(node: onnx.NodeProto, weights: dict[str, onnx.TensorProto]) -> _Replaced | None:
    if node.op_type != "MatMul" or not _large(weights.get(node.input[1])) or weights[node.input[1]].dims[0] % _BLOCK:
        return None
    name = node.input[1]
    numbers, scale, about = in_blocks(numpy_helper.to_array(weights[name]).T)
    constants = [numpy_helper.from_array(numbers, f"{name}.numbers"), numpy_helper.from_array(scale, f"{name}.scale")]
    inputs = [node.input[0], constants[0].name, constants[1].name]
    return [helper.make_node("MatMulNBits", inputs, list(node.output), domain=OURS, **about)], constants


def _looked_up(node: onnx.NodeProto, weights: dict[str, onnx.TensorProto]) -> _Replaced | None:
    if node.op_type != "Gather" or not _large(weights.get(node.input[0])):
        return None
    name, which = node.input
    numbers, scale = quantised(numpy_helper.to_array(weights[name]), EIGHT_BITS)
    constants = [numpy_helper.from_array(numbers, f"{name}.numbers"), numpy_helper.from_array(scale, f"{name}.scale")]
    out = node.output[0]
    return [
        helper.make_node("Gather", [constants[0].name, which], [f"{out}.numbers"]),
        helper.make_node("Gather", [constants[1].name, which], [f"{out}.scale"]),
        helper.make_node("Cast", [f"{out}.numbers"], [f"{out}.cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{out}.cast", f"{out}.scale"], [out]),
    ], constants


def _large(tensor: onnx.TensorProto | None) -> bool:
    return (
        tensor is not None
        and tensor.data_type == TensorProto.FLOAT
        and len(tensor.dims) == 2
        and int(np.prod(tensor.dims)) >= _LARGE
    )
