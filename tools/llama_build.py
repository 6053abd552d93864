"""llama-cpp-python built from source for this CPU, cached, and proven before it is kept.

A build for the exact CPU is the fastest, and may crash: llama.cpp's AMX kernels do (llama.cpp #20824, ollama #17249), so they
are left out where the CPU has AMX. Whatever else may be wrong shows in a short generation in a child process; a build that
dies there is made again with fewer instruction sets.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import compiler

VERSION = "0.3.36"
RUNTIME_NEEDS = ("numpy", "jinja2", "diskcache", "typing-extensions")
"""What llama-cpp-python imports."""

ACCELERATORS = {
    "cpu": "",
    "cuda": "-DGGML_CUDA=ON",
    "metal": "-DGGML_METAL=ON",
    "vulkan": "-DGGML_VULKAN=ON",
    "rocm": "-DGGML_HIP=ON",
}
_AMX = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"
_EXACT = "-DGGML_LLAMAFILE=OFF"
"""llamafile's kernels compute two or more tokens in another way than one, so that a few tokens checked together could be other
words than the same tokens one by one (logits differ by 0.5; without them by nothing, up to 3 tokens). Prompts lose 0 to 5 %."""
_SOURCE = 2
"""Counts changes of tools/llama_source.py: an older wheel in the cache is another build."""
_PROOF_S = 300.0


class BuildError(Exception):
    """Why there is no usable build, and what to do."""


@dataclass(frozen=True)
class Flavour:
    """One way to build, from the fastest to the most careful."""

    name: str
    flags: str


def cpu_flags() -> str:
    """The CPU's features as Linux names them; empty elsewhere."""
    try:
        match = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        return ""
    return match[1] if match else ""


def cpu_identity() -> str:
    """A short name for this kind of CPU: a build for one may crash on another."""
    return f"{platform.machine()}-{hashlib.sha256(' '.join(sorted(cpu_flags().split())).encode()).hexdigest()[:10]}"


def flavours(flags: str, compiler: tuple[str, str] = ("cc", "")) -> list[Flavour]:
    """In the order to try them, for a CPU with these features. The careful ones use the system's own compiler."""
    native = f"-DGGML_NATIVE=ON {_EXACT}"
    if "amx" in flags:
        native += f" -DCMAKE_C_FLAGS='{_AMX}' -DCMAKE_CXX_FLAGS='{_AMX}'"
    off = " ".join(f"-DGGML_{name}=OFF" for name in ("NATIVE", "SSE42", "AVX", "AVX2", "BMI2", "FMA", "F16C"))
    name, choice = compiler
    fastest = [Flavour(f"native-{name}", f"{native} {choice}")] if choice else []
    return [
        *fastest,
        Flavour("native", native),
        Flavour("portable", f"-DGGML_NATIVE=OFF {_EXACT}"),
        Flavour("baseline", f"{off} {_EXACT}"),
    ]


def check_compiler() -> None:
    """Raises BuildError naming the packages of the common systems."""
    missing = [name for name in ("cc", "c++") if not shutil.which(name)]
    if missing:
        raise BuildError(
            f"a C++ compiler is needed to build llama.cpp ({' and '.join(missing)} not found). Install it:\n"
            "  Debian, Ubuntu:  sudo apt-get install build-essential python3-dev\n"
            "  Fedora:          sudo dnf install gcc gcc-c++ make python3-devel\n"
            "  Arch:            sudo pacman -S base-devel\n"
            "  macOS:           xcode-select --install"
        )


class Build:
    """The wheel for one accelerator: from the cache, or built in the background between `begin` and `finish`."""

    def __init__(self, accel: str, cache: Path, say: Callable[[str], None] = lambda _text: None) -> None:
        if accel not in ACCELERATORS:
            raise BuildError(f"ACCEL={accel} is not one of {', '.join(ACCELERATORS)}.")
        self.accel = accel
        self._cache = cache / "wheels"
        self.log = self._cache / "build.log"
        self._flavours = flavours(cpu_flags(), compiler.best(say) if accel == "cpu" else ("cc", ""))
        self._process: subprocess.Popen[bytes] | None = None

    def _folder(self, flavour: Flavour) -> Path:
        identity = f"{VERSION} {_SOURCE} {self.accel} {flavour.flags} {os.environ.get('CMAKE_ARGS', '')}"
        key = hashlib.sha256(identity.encode()).hexdigest()[:10]
        return self._cache / f"{VERSION}-{self.accel}-{flavour.name}-{cpu_identity()}-{key}"

    def _wheel(self, flavour: Flavour) -> Path | None:
        return next(self._folder(flavour).glob("*.whl"), None)

    def _crashed(self, flavour: Flavour) -> Path:
        return self._folder(flavour) / "crashed"

    def _first(self) -> Flavour:
        """The fastest flavour that has not crashed here before."""
        return next((f for f in self._flavours if not self._crashed(f).exists()), self._flavours[-1])

    def cached(self) -> bool:
        return self._wheel(self._first()) is not None

    def begin(self) -> None:
        """Start building in the background, unless the wheel is cached."""
        if not self.cached():
            self._start(self._first())

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)

    def finish(self, install: Callable[[str], None], python: Path, model: Path, say: Callable[[str], None]) -> None:
        """Wait, install, prove; on a crash build more carefully. Raises BuildError when no flavour works."""
        began = time.monotonic()
        for flavour in self._flavours[self._flavours.index(self._first()) :]:
            if not self._wheel(flavour):
                if self._process is None:
                    self._start(flavour)
                try:
                    self._wait(flavour)
                except BuildError as error:
                    if not flavour.name.startswith("native-"):
                        raise  # the system's own compiler fails for want of something, and would again
                    self._crashed(flavour).write_text(str(error))
                    say(f"the {flavour.name} build failed; building it another way")
                    continue
                say(f"llama.cpp built ({flavour.name}); waited {time.monotonic() - began:.0f} s for it")
            install(str(self._wheel(flavour)))
            verdict = prove(python, model)
            if verdict == "":
                take_runtime_along(python)
                say(f"llama.cpp works on this CPU ({flavour.name} build, proven by a generation)")
                return
            self._crashed(flavour).write_text(verdict)
            say(f"the {flavour.name} build of llama.cpp fails on this CPU ({verdict}); building it more carefully")
        raise BuildError(f"no build of llama.cpp works on this CPU; the logs are in {self._cache}.")

    def _start(self, flavour: Flavour) -> None:
        target = self._folder(flavour)
        shutil.rmtree(target, ignore_errors=True)
        (target / "part").mkdir(parents=True)
        arguments = f"{flavour.flags} {ACCELERATORS[self.accel]} {os.environ.get('CMAKE_ARGS', '')}"
        source = str(Path(__file__).with_name("llama_source.py"))
        command = [_venv_python() or sys.executable, source, "--version", VERSION, "--wheel-dir", str(target / "part")]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, "CMAKE_ARGS": arguments},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait(self, flavour: Flavour) -> None:
        assert self._process is not None
        status = self._process.wait()
        self._process = None
        if status:
            tail = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])
            raise BuildError(f"llama.cpp could not be built (whole log: {self.log}). Its last lines:\n{tail}")
        wheel = next((self._folder(flavour) / "part").glob("*.whl"))
        wheel.replace(self._folder(flavour) / wheel.name)
        (self._folder(flavour) / "part").rmdir()


def _venv_python() -> str:
    python = Path(__file__).resolve().parents[1] / ".venv" / "bin" / "python"
    return str(python) if python.exists() else ""


_FIND = "import importlib.util as u; print(u.find_spec('llama_cpp').submodule_search_locations[0])"


def take_runtime_along(python: Path) -> None:
    """The compiler's OpenMP runtime, beside the library that needs it: where the same files are used in another root (a
    container, a chroot) there may be none. The library looks in its own folder first."""
    found = subprocess.run([str(python), "-c", _FIND], capture_output=True, text=True, check=False).stdout.strip()
    library = Path(found) / "lib" / "libggml-cpu.so"
    if not found or not library.is_file() or not shutil.which("ldd"):
        return
    needs = subprocess.run(["ldd", str(library)], capture_output=True, text=True, check=False).stdout
    for name, path in re.findall(r"(libomp\.so\S*) => (/\S+)", needs):
        if Path(path).parent != library.parent:
            shutil.copy(path, library.parent / name)


def prove(python: Path, model: Path) -> str:
    """Empty when a short generation works in a child process; else what happened to it."""
    try:
        done = subprocess.run(
            [str(python), "-m", "aishell.backends.prove", str(model)],
            capture_output=True,
            text=True,
            timeout=_PROOF_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_PROOF_S:.0f} s"
    if done.returncode < 0:
        return f"killed by {signal.Signals(-done.returncode).name}"
    return "" if done.returncode == 0 else done.stderr.strip() or f"status {done.returncode}"
