"""Every error a user can meet, with the exit status each one ends in.

    AishellError                70  our own fault, unless a subclass says otherwise
    +-- UsageError              64  the command line cannot be understood
    +-- Unanswerable            65  the data does not say what is asked, or it is not clear
    +-- Untrusted               65  a file is not signed by anybody it may be from
    +-- ModelUnavailable        69  no model, a model that does not load, an engine that cannot be kept alive
    |   +-- EngineCrashed           the engine process died or fell silent, and so did its successor
    |   +-- AssetError              a file of the catalog cannot be had, or is not what it should be
    +-- ServerUnavailable      69  an MCP server does not start, or breaks off, or the SDK for it is missing
    |   +-- ServerHung              it does not answer in its time
    +-- ExtensionFailed         69  a hook, tool or plugin of the person's own does not start, fails, or takes too long
    +-- ShellUnavailable       71  the person's shell cannot be started, does not come to its prompt, or is busy
    +-- TrialUnavailable       71  this machine cannot try a command without its effects, or not this one
    +-- MemoryUnavailable      74  the memory file cannot be read or written, or not safely
    |   +-- MemoryDamaged           its contents are not what was written
    +-- Conflict               75  files were changed by somebody else meanwhile; nothing was done
    +-- Replaced                75  aishell itself is another version by now; what was loaded before goes on
    +-- TookTooLong             70  a program that was asked for its documentation did not answer in time
    +-- NoPlan                  70  the model answered, and nothing in the answer can be run
    +-- ConsentMissing          77  a step needs a person's yes and there is none
    +-- ConfigError             78  a settings file or AISHELL_* variable is wrong
    +-- Interrupted            130  Ctrl-C

`str(error)` is one sentence for the user; `hint` says what to do next. Exit statuses: sysexits.h and shell custom.
"""

EXIT_TIMED_OUT = 124
EXIT_NOT_RUNNABLE = 126
EXIT_INTERRUPTED = 130
EXIT_CLOSED_PIPE = 141


class AishellError(Exception):
    """A failure that can be told in one sentence."""

    exit_status = 70

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(AishellError):
    exit_status = 64


class Unanswerable(AishellError):
    exit_status = 65


class Untrusted(AishellError):
    exit_status = 65


class ModelUnavailable(AishellError):
    exit_status = 69


class EngineCrashed(ModelUnavailable):
    pass


class AssetError(ModelUnavailable):
    pass


class ServerUnavailable(AishellError):
    exit_status = 69


class ServerHung(ServerUnavailable):
    pass


class ExtensionFailed(AishellError):
    exit_status = 69


class ShellUnavailable(AishellError):
    exit_status = 71


class TrialUnavailable(AishellError):
    exit_status = 71


class MemoryUnavailable(AishellError):
    exit_status = 74


class MemoryDamaged(MemoryUnavailable):
    pass


class Conflict(AishellError):
    exit_status = 75


class Replaced(AishellError):
    exit_status = 75


class TookTooLong(AishellError):
    pass


class NoPlan(AishellError):
    pass


class ConsentMissing(AishellError):
    exit_status = 77


class ConfigError(AishellError):
    exit_status = 78


class Interrupted(AishellError):
    exit_status = EXIT_INTERRUPTED
