"""What a file is by its name: the kind that says how it is read, or a secret that is never read."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import Literal

Kind = Literal["text", "markdown", "html", "csv", "code", "pdf", "docx"]

_SUFFIXES: dict[Kind, str] = {
    "text": "txt text rst adoc org tex bib log srt vtt eml ics po me",
    "markdown": "md markdown mdown mkd rmd qmd",
    "html": "html htm xhtml",
    "csv": "csv tsv tab",
    "code": "py pyi js mjs cjs ts tsx jsx c h cc cpp cxx hpp hh cs java kt kts scala go rs rb php pl pm lua r jl swift m mm hs"
    " ml mli ex exs erl clj cljs el lisp scm vim sh bash zsh fish ps1 sql graphql proto thrift cmake mk nix tf hcl toml yaml"
    " yml json ini cfg conf service desktop xml css scss less vue svelte dart zig nim v sv vhd asm s awk sed tcl gradle groovy",
    "pdf": "pdf",
    "docx": "docx",
}
_BY_SUFFIX: dict[str, Kind] = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_CODE_NAMES = frozenset(
    "makefile gnumakefile dockerfile containerfile jenkinsfile rakefile gemfile vagrantfile justfile".split()
)
_TEXT_NAMES = frozenset(
    "readme license licence copying authors contributors changelog changes news todo install notice history notes".split()
)
_SECRET = (
    *(".env", ".env.*", "*.env", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks"),
    *("*.keystore", "*.kdbx", "*.kdb", "*.gpg", "*.pgp", "*.asc", "*.ppk", "*.ovpn", ".netrc", "_netrc", ".pgpass", ".my.cnf"),
    *(".npmrc", ".pypirc", ".git-credentials", ".htpasswd", ".vault-token", "credentials", "credentials.*", "secrets.*"),
    *("*_history", ".*history", "shadow", "shadow-", "*.tfstate", "*.tfstate.*", "wallet.dat", "service-account*.json"),
)
_SECRET_FOLDERS = frozenset(".ssh .gnupg .aws .azure .kube .docker .password-store .gcloud gcloud keyrings".split())


def kind_of(name: str) -> Kind | None:
    """None for a file that is not read."""
    lowered = name.lower()
    if lowered in _CODE_NAMES:
        return "code"
    stem, dot, suffix = lowered.rpartition(".")
    if not dot:
        return "text" if lowered in _TEXT_NAMES else None
    return _BY_SUFFIX.get(suffix) if stem else None


def is_secret(path: PurePath) -> bool:
    """Whether its name says that it holds keys or passwords."""
    return any(fnmatchcase(path.name.lower(), form) for form in _SECRET) or not _SECRET_FOLDERS.isdisjoint(path.parts)
