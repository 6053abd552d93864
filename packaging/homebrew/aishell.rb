# A draft: see packaging/README.md for what is missing.
class Aishell < Formula
  include Language::Python::Virtualenv

  desc "Terminal shell that understands plain words, with a model on this machine"
  homepage "https://example.org/aishell"
  url "https://example.org/aishell_terminal-0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "Apache-2.0"

  depends_on "cmake" => :build
  depends_on :linux
  depends_on "python@3.12"
  depends_on "shfmt"

  def install
    virtualenv_install_with_resources
  end

  test do
    assert_match "aishell #{version}", shell_output("#{bin}/aishell --version")
    assert_match "it only reads", shell_output("#{bin}/aishell policy test ls")
    assert_match "is not on this machine", shell_output("#{bin}/aishell -c '?list the files' 2>&1", 69)
  end
end
