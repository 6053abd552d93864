"""An exported model, computed by onnxruntime on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aishell.core.errors import ModelUnavailable
from aishell.core.quiet import tell_nobody
from aishell.memory.embed import folder as folders
from aishell.memory.embed.embedder import Vectors, clean


class OnnxEmbedder:
    """`about` is read from the folder when it is not given. Raises AssetError when `folder` holds no model."""

    def __init__(self, folder: Path, about: folders.Description | None = None) -> None:
        self._folder = folder
        self._about = about or folders.read(folder)
        self._session: Any = None
        self._tokenizer: Any = None

    @property
    def name(self) -> str:
        return self._about.name

    @property
    def dimension(self) -> int:
        return self._about.dimension

    @property
    def fingerprint(self) -> str:
        return self._about.fingerprint

    def load(self) -> None:
        if self._session is not None:
            return
        tell_nobody()
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as failures
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # measured: 100 MB instead of 270 after a long text, for the same time
        options.log_severity_level = 4
        try:
            tokenizer = Tokenizer.from_file(str(self._folder / folders.TOKENIZER))
            graph = str(self._folder / folders.GRAPH)
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except (
            failures.Fail,
            failures.InvalidGraph,
            failures.InvalidProtobuf,
            failures.NoSuchFile,
            failures.NotImplemented,
            failures.RuntimeException,
            OSError,
            ValueError,
        ) as error:
            reason = str(error).splitlines()[0][:200]
            raise ModelUnavailable(
                f"The embedding model {self.name} does not load: {reason}",
                hint=f"Delete {self._folder}: it is made again, or `aishell memory model add` does.",
            ) from error
        tokenizer.enable_truncation(self._about.longest)
        tokenizer.no_padding()
        self._tokenizer = tokenizer

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._vectors(self._about.query, texts)

    def documents(self, texts: Sequence[str]) -> Vectors:
        return self._vectors(self._about.document, texts)

    def _vectors(self, before: str, texts: Sequence[str]) -> Vectors:
        """One text at a time: 8 together, sorted by length, take 1.4 times as long each, and quantised activations would
        make a vector depend on its neighbours."""
        self.load()
        found = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            ids = np.array([self._tokenizer.encode(before + clean(text)).ids], np.int64)
            found[row] = self._session.run(None, {"ids": ids, "mask": np.ones_like(ids)})[0][0]
        return found
