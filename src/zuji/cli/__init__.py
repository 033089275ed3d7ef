"""The `zuji` command: parse, call, print. Heavy imports wait until a command needs them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from zuji.i18n import LANGUAGES, detect, set_language


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 fine, 1 findings, 2 usage, 3 data that cannot be read."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # The language is chosen before the commands are declared, because their help texts are translated then.
    set_language(_language(given))
    from zuji.cli.app import run
    from zuji.cli.terminal import accept_every_character

    accept_every_character()

    return run(given)


def _language(arguments: Sequence[str]) -> str:
    for i, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith("--lang=") else ""
        if argument == "--lang" and i + 1 < len(arguments):
            value = arguments[i + 1]
        if value in LANGUAGES:
            return value
    return detect()
