"""What typer itself says to a user, in the language of this run: help headings and usage errors."""

from __future__ import annotations

import re
import shutil
import unicodedata

from typer.core import TyperCommand, TyperGroup

from zuji.i18n import N_, tr

HEADINGS = {
    "Usage: ": N_("Usage: "),
    "Arguments:": N_("Arguments:"),
    "Options:": N_("Options:"),
    "Commands:": N_("Commands:"),
}
HELP_OPTION = N_("Show this message and exit.")
# What typer 0.29 says, what click 8 said before it, and what zuji says for both.
ERRORS = (
    (r"Missing argument '(?P<name>[^']+)'\.?", N_("the argument {name} is missing")),
    (r"Missing option '(?P<name>[^']+)'\.?", N_("the option {name} is missing")),
    (r"Missing command\.", N_("no command was given")),
    (
        r"No such command '(?P<name>[^']*)'\.? ?Did you mean (?P<near>.*)\?",
        N_("there is no command {name}; nearest: {near}"),
    ),
    (r"No such command '(?P<name>[^']*)'\.", N_("there is no command {name}")),
    (
        r"No such option:? '?(?P<name>[^\s']+)'?\.? \(Possible options: (?P<near>.*)\)",
        N_("there is no option {name}; nearest: {near}"),
    ),
    (
        r"No such option:? '?(?P<name>[^\s']+)'?\.? Did you mean (?P<near>.*)\?",
        N_("there is no option {name}; nearest: {near}"),
    ),
    (r"No such option:? '?(?P<name>[^\s']+?)'?\.?", N_("there is no option {name}")),
    (r"Option '(?P<name>[^']+)' requires an argument\.", N_("the option {name} needs a value")),
    (r"Option '(?P<name>[^']+)' does not take a value\.", N_("the option {name} takes no value")),
    (r"Got unexpected extra arguments?(?:\(s\))? \((?P<name>.*)\)", N_("unexpected argument: {name}")),
    (r"Invalid value for '?(?P<name>[^':]+)'?(?: / '[^']+')*(?: \(.*?\))?: (?P<hint>.*)", "{name}: {hint}"),
    (r"Invalid value: (?P<hint>.*)", "{hint}"),
)
HINTS = (
    (r"Input should be greater than or equal to (?P<least>\S+)", N_("at least {least} is needed")),
    (r"\S+ is not in the range x>=(?P<least>\d+)\.", N_("at least {least} is needed")),
    (r"Input should be less than or equal to (?P<most>\S+)", N_("at most {most} is possible")),
    (r"Input should be a valid number.*", N_("a number is needed")),
    (r"Input should be a valid integer.*", N_("a whole number is needed")),
    (r".* is not a valid int(?:eger)?(?: range)?\.", N_("a whole number is needed")),
)


def help_text(text: str) -> str:
    """A help page with typer's own headings translated, its types and braces gone, every line in the terminal."""
    text = re.sub(r"(?m)^(Usage: .*)$", lambda match: re.sub(r"\{(\w+)\}", r"\1", match[1]), text)
    # "STUDY <str>": the type says nothing to a user; spaces keep the columns.
    text = re.sub(r"(?m)^(  [A-Z]+)( <[\w\[\] ]+>)", lambda match: match[1] + " " * len(match[2]), text)
    for english, message in HEADINGS.items():
        text = re.sub(rf"(?m)^{re.escape(english)}", tr(message), text)
    text = text.replace("[required]", tr("[required]"))
    text = re.sub(r"\[default: (?P<value>[^\];]+)(?:; [^\]]*)?\]", lambda m: tr("[default: {value}]", value=m[1]), text)
    text = re.sub(r"Show this message and\s+exit\.", tr(HELP_OPTION), text)
    width = min(shutil.get_terminal_size().columns, 80)
    return "\n".join(part for line in text.split("\n") for part in _folded(line, width))


def _folded(line: str, width: int) -> list[str]:
    # typer counts characters; a Chinese one takes two columns of the terminal.
    start = re.match(r"\s+\S+(?: \S+)*?\s{2,}|\s*", line)
    indent = " " * (start.end() if start else 0)
    parts, part, used = [], "", 0
    for character in line:
        size = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        # No line begins with a closing mark: it may stand in the last column but one.
        if used + size > width - 2 and size == 2 and character not in "，。；：、）”":
            parts.append(part.rstrip())
            part, used = indent, len(indent)
        part += character
        used += size
    return [*parts, part]


def error_text(text: str) -> str:
    """A usage error of typer, translated where it is one of the known ones."""
    for pattern, message in ERRORS:
        match = re.fullmatch(pattern, text.strip(), re.DOTALL)
        if match:
            values = {key: value or "" for key, value in match.groupdict().items()}
            if "hint" in values:
                values["hint"] = _hint(values["hint"])
            return tr(message, **values)
    return text


def _hint(text: str) -> str:
    for pattern, message in HINTS:
        match = re.fullmatch(pattern, text.strip(), re.DOTALL)
        if match:
            return tr(message, **match.groupdict())
    return text


class Command(TyperCommand):
    """A command whose help page speaks the language of the run."""

    def get_help(self, ctx: object) -> str:
        return help_text(super().get_help(ctx))  # type: ignore[arg-type]

    def get_short_help_str(self, limit: int = 45) -> str:
        """The whole sentence: typer would end it in the middle, and Chinese after its first word."""
        return self.help or ""


class Group(TyperGroup):
    """A group of commands whose help page speaks the language of the run."""

    def get_help(self, ctx: object) -> str:
        return help_text(super().get_help(ctx))  # type: ignore[arg-type]

    def get_short_help_str(self, limit: int = 45) -> str:
        """The whole sentence, as for a command."""
        return self.help or ""
