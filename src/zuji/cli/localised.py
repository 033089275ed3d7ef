"""What typer itself says to a user, in the language of this run: help headings and usage errors."""

from __future__ import annotations

import re

from typer.core import TyperCommand, TyperGroup

from zuji.i18n import N_, tr

_HEADINGS = {
    "Usage: ": N_("Usage: "),
    "Arguments:": N_("Arguments:"),
    "Options:": N_("Options:"),
    "Commands:": N_("Commands:"),
}
_HELP_OPTION = N_("Show this message and exit.")
_ERRORS = (
    (r"Missing argument '(?P<name>[^']+)'\.?", N_("the argument {name} is missing")),
    (r"Missing option '(?P<name>[^']+)'\.?", N_("the option {name} is missing")),
    (r"Missing command\.", N_("no command was given")),
    (r"No such command '(?P<name>[^']+)'\.(?P<hint>.*)", N_("there is no command {name}{hint}")),
    (r"No such option: (?P<name>\S+?)(?P<hint> .*)?", N_("there is no option {name}{hint}")),
    (r"Option '(?P<name>[^']+)' requires an argument\.", N_("the option {name} needs a value")),
    (r"Got unexpected extra arguments? \((?P<name>.*)\)", N_("unexpected argument: {name}")),
    (r"Invalid value for '?(?P<name>[^':]+)'?(?: \(.*?\))?: (?P<hint>.*)", N_("{name}: {hint}")),
    (r"Invalid value: (?P<hint>.*)", "{hint}"),
)


def help_text(text: str) -> str:
    """A help page with typer's own headings translated."""
    for english, message in _HEADINGS.items():
        text = re.sub(rf"(?m)^{re.escape(english)}", tr(message), text)
    text = text.replace("[required]", tr("[required]"))
    return re.sub(r"Show this message and\s+exit\.", tr(_HELP_OPTION), text)


def error_text(text: str) -> str:
    """A usage error of typer, translated where it is one of the known ones."""
    for pattern, message in _ERRORS:
        match = re.fullmatch(pattern, text.strip(), re.DOTALL)
        if match:
            return tr(message, **{key: value or "" for key, value in match.groupdict().items()})
    return text


class Command(TyperCommand):
    """A command whose help page speaks the language of the run."""

    def get_help(self, ctx: object) -> str:  # type: ignore[override]
        return help_text(super().get_help(ctx))  # type: ignore[arg-type]


class Group(TyperGroup):
    """A group of commands whose help page speaks the language of the run."""

    def get_help(self, ctx: object) -> str:  # type: ignore[override]
        return help_text(super().get_help(ctx))  # type: ignore[arg-type]
