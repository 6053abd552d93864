"""EfficientNet-Lite0 (Tan and Le 2019; Google 2020) as a graph for ONNX Runtime, made of its published weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
from onnx import TensorProto, helper, numpy_helper

SIDE = 224
"""Pixels of the square it looks at; red, green and blue, each from -1 to 1."""
CLASSES = 1000
_STAGES = ((1, 1, 1), (2, 2, 6), (2, 2, 6), (3, 2, 6), (3, 1, 6), (4, 2, 6), (1, 1, 6))
"""Of blocks: how many, the first one's step, and how many times wider they are inside. The rest stands in the weights."""
_EPSILON = 1e-3

Array = numpy.ndarray[Any, Any]


class _Graph:
    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = weights
        self.nodes: list[Any] = []
        self.stores: list[Any] = []
        self._count = 0

    def store(self, values: Array) -> str:
        name = f"store{len(self.stores)}"
        self.stores.append(numpy_helper.from_array(numpy.array(values, numpy.float32), name))
        return name

    def node(self, kind: str, inputs: list[str], **options: Any) -> str:
        self._count += 1
        self.nodes.append(helper.make_node(kind, inputs, [f"value{self._count}"], **options))
        return f"value{self._count}"

    def convolved(self, value: str, layer: str, norm: str, *, step: int = 1, apart: bool = False, bent: bool = True) -> str:
        """A convolution with its normalization folded into it. `apart`: each channel by itself; `bent`: cut to 0..6."""
        kernel, of = self._weights[f"{layer}.weight"], self._weights
        gain = of[f"{norm}.weight"] / numpy.sqrt(of[f"{norm}.running_var"] + _EPSILON)
        stores = [
            self.store(kernel * gain[:, None, None, None]),
            self.store(of[f"{norm}.bias"] - of[f"{norm}.running_mean"] * gain),
        ]
        found = self.node(
            "Conv", [value, *stores], strides=[step, step], auto_pad="SAME_UPPER", group=kernel.shape[0] if apart else 1
        )
        return self.node("Clip", [found, "least", "most"]) if bent else found

    def block(self, value: str, name: str, *, step: int, wider: int, first: bool) -> str:
        found = self.convolved(value, f"{name}._expand_conv", f"{name}._bn0") if wider > 1 else value
        found = self.convolved(found, f"{name}._depthwise_conv", f"{name}._bn1", step=step, apart=True)
        found = self.convolved(found, f"{name}._project_conv", f"{name}._bn2", bent=False)
        return found if first else self.node("Add", [found, value])


def graph(weights: Mapping[str, Array]) -> bytes:
    """A model from `picture` (1, 3, SIDE, SIDE) to the last node's (1, CLASSES) probabilities. Raises KeyError, ValueError."""
    made = _Graph(weights)
    for name, bound in (("least", 0.0), ("most", 6.0)):
        made.stores.append(numpy_helper.from_array(numpy.array(bound, numpy.float32), name))
    value, number = made.convolved("picture", "_conv_stem", "_bn0", step=2), 0
    for count, step, wider in _STAGES:
        for at in range(count):
            value = made.block(value, f"_blocks.{number}", step=1 if at else step, wider=wider, first=not at)
            number += 1
    value = made.convolved(value, "_conv_head", "_bn1")
    value = made.node("Flatten", [made.node("GlobalAveragePool", [value])])
    value = made.node("Gemm", [value, made.store(weights["_fc.weight"]), made.store(weights["_fc.bias"])], transB=1)
    value = made.node("Softmax", [value], axis=1)
    outer = helper.make_graph(
        made.nodes,
        "efficientnet-lite0",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, CLASSES])],
        made.stores,
    )
    model = helper.make_model(outer, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, producer_name="aishell")
    return bytes(model.SerializeToString())
