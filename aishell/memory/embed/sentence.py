"""Any model that sentence-transformers loads, exported to work without it, if the export gives the same vectors.

sentence-transformers is the reference: what it computes is right.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from aishell.core.errors import AssetError
from aishell.memory.embed import folder as folders
from aishell.memory.embed.embedder import Vectors, unit
from aishell.memory.embed.onnx import OnnxEmbedder

PARITY = 0.99
"""The least mean cosine to the reference."""
_LONGEST = 512
_OPSET = 17
_TEXTS = (
    "find all files larger than one gigabyte",
    "find . -type f -size +1G",
    "compress a folder into a tar archive: tar -czf archive.tar.gz folder/",
    "show which process listens on port 8080",
    "git rebase --onto main feature~3 feature",
    "The committee will meet again on Thursday to discuss the budget for next year.",
    "ffmpeg -i in.mp4 -vf scale=1280:-1 -c:a copy out.mp4",
    "Wie groß ist der Ordner mit den Fotos?",
    "Trouver les fichiers modifiés hier et les copier ailleurs.",
    "¿Cómo se borra una rama remota en git?",
    "Показать свободное место на диске",
    "查找大于一百兆的文件",
    "ディレクトリの中のファイルを数える",
    "현재 실행 중인 프로세스를 나열",
    "كيف أعرض محتويات الملف؟",
    "x",
)
"""Commands and words, several scripts, short and not so short."""


def reference(source: str) -> Any:
    """A SentenceTransformer, of a folder or by its name, on the CPU. Raises AssetError."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise AssetError(
            "Adding a model needs sentence-transformers, which is not installed.",
            hint=f"{sys.executable} -m pip install 'sentence-transformers>=5' 'torch==2.13.0'",
        ) from error
    try:
        return SentenceTransformer(source, device="cpu", model_kwargs={"attn_implementation": "eager"})
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise AssetError(
            f"sentence-transformers cannot load {source}: {_first_line(error)}",
            hint="Give a folder that it saved, or a name it can fetch.",
        ) from error


def export(source: str, name: str, folder: Path, say: Callable[[str], None]) -> folders.Description:
    """`folder`, filled: int8 when that is close enough to the reference, else float32. Raises AssetError with the figure
    when neither is."""
    say(f"loading {source}")
    model = reference(source)
    about = folders.Description(
        name=name,
        dimension=int(model.get_embedding_dimension()),
        longest=min(int(model.max_seq_length or _LONGEST), _LONGEST),
        query=_prompt(model, "query"),
        document=_prompt(model, "document", "passage"),
        title=source,
    )

    def make(part: Path) -> folders.Description:
        backend = getattr(model.tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise AssetError(f"{source} has no fast tokenizer, which aishell needs.")
        (part / folders.TOKENIZER).write_text(backend.to_str(), "utf-8")
        say("exporting")
        whole = part / "float32.onnx"
        _trace(model, whole)
        say("quantising")
        _quantise(whole, part / folders.GRAPH)
        expected = unit(np.asarray(model.encode([about.document + text for text in _TEXTS], prompt="", batch_size=1)))
        parity = _parity(part, about, expected)
        if parity < PARITY:
            say(f"int8 is not close enough (mean cosine {parity:.4f}): float32 is kept")
            whole.replace(part / folders.GRAPH)
            parity = _parity(part, about, expected)
        whole.unlink(missing_ok=True)
        if not parity >= PARITY:
            raise AssetError(
                f"The export of {source} does not give the same vectors: mean cosine {parity:.4f}, and {PARITY} is needed.",
                hint="Its architecture is not one that can be exported in this way; choose another model.",
            )
        return replace(about, parity=round(parity, 5))

    return folders.write(folder, make)


def _prompt(model: Any, *names: str) -> str:
    """What config_sentence_transformers.json says goes before a text."""
    prompts: dict[str, str] = model.prompts or {}
    return next((prompts[name] for name in names if prompts.get(name)), "")


def _trace(model: Any, file: Path) -> None:
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            found = self.model({"input_ids": ids, "attention_mask": mask})
            return torch.nn.functional.normalize(found["sentence_embedding"], dim=-1)

    sample = model.tokenizer([_TEXTS[0], _TEXTS[1]], padding=True, return_tensors="pt")
    axes = {"ids": {0: "texts", 1: "tokens"}, "mask": {0: "texts", 1: "tokens"}, "vectors": {0: "texts"}}
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Whole().eval(),
                (sample["input_ids"], sample["attention_mask"]),
                str(file),
                dynamo=False,  # the newer exporter needs onnxscript
                input_names=["ids", "mask"],
                output_names=["vectors"],
                dynamic_axes=axes,
                opset_version=_OPSET,
            )
    except (RuntimeError, ValueError, TypeError, KeyError, IndexError) as error:
        raise AssetError(f"PyTorch cannot export this model: {_first_line(error)}") from error


def _quantise(whole: Path, file: Path) -> None:
    import onnx

    from aishell.memory.embed.int8 import shrink

    model = onnx.load(whole)
    shrink(model)
    file.write_bytes(model.SerializeToString(deterministic=True))


def _parity(folder: Path, about: folders.Description, expected: Vectors) -> float:
    found = OnnxEmbedder(folder, about).documents(_TEXTS)
    return float((found * expected).sum(axis=1).mean())


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
