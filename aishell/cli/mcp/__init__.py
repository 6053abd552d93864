"""`aishell mcp`: aishell's tools for other AI programs, on standard input and output; and the tools of other servers."""

from __future__ import annotations

from aishell.cli.parser import Parser


def parser() -> Parser:
    made = Parser(prog="aishell mcp", description="without a verb: a server on standard input and output", allow_abbrev=False)
    verbs = made.add_subparsers(dest="verb", metavar="VERB")
    verbs.add_parser("serve", help="be a server, for a program that starts it", allow_abbrev=False)
    listed = verbs.add_parser("list", help="the servers of your settings, and their tools", allow_abbrev=False)
    listed.add_argument("--json", action="store_true", help="one JSON object a server")
    call = verbs.add_parser("call", help="call a tool of one of them", allow_abbrev=False)
    call.add_argument("server", metavar="SERVER")
    call.add_argument("tool", metavar="TOOL")
    call.add_argument("arguments", nargs="?", default="{}", metavar="JSON", help="its arguments, as a JSON object")
    enable = verbs.add_parser("enable", help="use a server again that did not answer", allow_abbrev=False)
    enable.add_argument("server", metavar="SERVER")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.verb in (None, "serve"):
        from aishell.cli.mcp import serve

        return serve.run()
    from aishell.cli.mcp import others

    return others.run(options)
