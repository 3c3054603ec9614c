#!/usr/bin/python3
"""Manual pages and bash's completion, made of what the programs say of
themselves: `--help` and `--print-reference`.

usage: manual.py BUILD OUT      all of them, into OUT
The options and keys are rows in the programs, so that no page can be
behind them."""
import os
import re
import subprocess
import sys

OPTION = re.compile(r"^  (?:(-\w), |    )?(--[\w-]+)(?: ([A-Z][A-Z=]*))?  +"
                    r"(.*)$")
OPTION_BARE = re.compile(r"^  (?:(-\w), |    )?(--[\w-]+)(?: ([A-Z][A-Z=]*))"
                         r"? (\S.*)$")
TWIN = re.compile(r" ?\[(WARMPATH_\w+)\]$")
KEY = re.compile(r"^(\s*)(- )?(\w+):(?: (.*))?$")
EXAMPLE = re.compile(r"^\s*# (\w+): (.+)$")


# --- what the programs say --------------------------------------------

def told(*command):
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout


def commands_of(binary):
    """Those that have a help of their own, as the usage lists them."""
    return re.findall(r"^ +warmpath ([\w-]+) --help$",
                      told(binary, "--help"), re.M)


class Help:
    """A --help text in its parts: usage lines, options as (letter, name,
    value, text, twin), and the paragraphs before and behind them."""

    def __init__(self, text):
        self.usage, self.options = [], []
        self.before, self.behind = [], []
        paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
        for paragraph in paragraphs:
            self.take(paragraph.split("\n"))

    def take(self, lines):
        if lines[0].startswith("usage: "):
            self.usage = [line.split(": ", 1)[-1].strip() for line in lines]
        elif OPTION.match(lines[0]) or OPTION_BARE.match(lines[0]):
            for line in lines:
                self.take_option(line)
        elif self.options:
            self.behind.append(lines)
        else:
            self.before.append(lines)

    def take_option(self, line):
        match = OPTION.match(line) or OPTION_BARE.match(line)
        if match:
            self.options.append(list(match.groups()))
        else:
            self.options[-1][3] += " " + line.strip()

    def rows(self):
        for letter, name, value, text in self.options:
            twin = TWIN.search(text)
            yield (letter, name, value, TWIN.sub("", text),
                   twin and twin.group(1))


class Key:
    def __init__(self, path, value, comment, example):
        self.path, self.value, self.comment = path, value, comment
        self.example = example


def keys_of(reference):
    """(head, keys) of a page of --print-reference."""
    stack, comment, head, keys = [], [], None, []
    for line in reference.split("\n"):
        if line.startswith("#") or line.strip().startswith("# "):
            comment.append(line.strip()[1:].strip())
            example = EXAMPLE.match(line)
            if example and "Not set by default." in " ".join(comment[-2:]):
                indent = len(line) - len(line.lstrip())
                keys.append(Key(place(stack, indent) + [example.group(1)],
                                example.group(2), comment[:-1], True))
                comment = []
            continue
        match = KEY.match(line)
        if not match:
            head, comment = head or comment, []
            continue
        indent = len(match.group(1)) + len(match.group(2) or "")
        path = place(stack, indent) + [match.group(3)]
        stack.append((indent, match.group(3)))
        if match.group(4) is not None or comment:
            keys.append(Key(path, match.group(4), comment, False))
        comment = []
    return head, keys


def place(stack, indent):
    while stack and stack[-1][0] >= indent:
        stack.pop()
    return [name for _, name in stack]


# --- roff ------------------------------------------------------------

def plain(text):
    """Any text as roff: nothing in it is a request or an escape."""
    text = text.replace("…", "...")
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line
                     for line in text.split("\n"))


def bold(text):
    return f"\\fB{plain(text)}\\fR"


def paragraph(lines):
    return ".PP\n" + plain("\n".join(line.strip() for line in lines))


def literal(lines):
    return ".PP\n.nf\n" + plain("\n".join(lines)) + "\n.fi"


def head(name, section, version, brief):
    return [f'.TH {plain(name).upper()} {section} "" "warmpath {version}"',
            ".SH NAME", f"{plain(name)} \\- {plain(brief)}"]


def option_items(rows):
    for letter, name, value, text, twin in rows:
        flags = (bold(letter) + ", " if letter else "") + bold(name)
        value = f" \\fI{plain(value)}\\fR" if value else ""
        yield f".TP\n{flags}{value}\n{plain(text)}."
        if twin:
            yield f"Else {bold(twin)} of the environment."


def is_listing(lines):
    return all(line.startswith("  ") for line in lines)


def texts(paragraphs):
    for lines in paragraphs:
        yield literal(lines) if is_listing(lines) else paragraph(lines)


def section(title, *parts):
    return [f'.SH "{title}"', *parts]


def labelled(paragraphs, label):
    """The lines of the paragraph's sentence that begins with `label: `."""
    found, on = [], False
    for line in (line for lines in paragraphs for line in lines):
        if re.match(r"[A-Z][\w ]+: ", line):
            on = line.startswith(label + ": ")
            line = line.split(": ", 1)[1]
        if on:
            found.append(line)
    return found


def gateway_page(binary, version):
    text = Help(told(binary, "--help"))
    rows = list(text.rows())
    page = head("warmpath", 1, version, "a cache-aware gateway for LLM fleets")
    page += section("SYNOPSIS", literal(text.usage))
    page += section("DESCRIPTION", *texts(text.before))
    page += section("OPTIONS", *option_items(rows))
    page.append(paragraph(text.behind[0][1:]))
    page += section("COMMANDS")
    for command in commands_of(binary):
        page += [f'.SS "warmpath {command}"',
                 literal(told(binary, command, "--help").rstrip("\n")
                         .split("\n"))]
    page += section("SIGNALS", paragraph(labelled(text.behind, "Signals")))
    page += section("EXIT STATUS",
                    paragraph(labelled(text.behind, "Exit status")))
    page += section("ENVIRONMENT")
    page += [f".TP\n{bold(twin)}\nAs {bold(name)}."
             for _, name, _, _, twin in rows if twin]
    page += section("FILES", f".TP\n{bold('/etc/warmpath/warmpath.yaml')}\n"
                    "What the service reads.")
    page += section("SEE ALSO", "\\fBwarmpath.yaml\\fR(5), "
                    "\\fBwarmpath\\-tenants.yaml\\fR(5), "
                    "\\fBwarmpath\\-sim\\fR(1)")
    return page


def tool_page(binary, name, brief, version):
    text = Help(told(binary, "--help"))
    page = head(name, 1, version, brief)
    page += section("SYNOPSIS", literal(text.usage))
    page += section("DESCRIPTION", *texts(text.before))
    page += section("OPTIONS", *option_items(text.rows()))
    page += list(texts(text.behind))
    page += section("SEE ALSO", "\\fBwarmpath\\fR(1)")
    return page


def file_page(reference, name, brief, version):
    intro, keys = keys_of(reference)
    page = head(name, 5, version, brief)
    page += section("DESCRIPTION", paragraph(intro))
    page += section("KEYS")
    for key in keys:
        page.append(f".TP\n{bold('.'.join(key.path))}\n"
                    + plain("\n".join(key.comment)))
        if key.example:
            page.append(f"For example {bold(key.value)}.")
    page += section("SEE ALSO", "\\fBwarmpath\\fR(1)")
    return page


# --- completion -------------------------------------------------------

COMPLETION = """# bash completion of warmpath; made by tools/manual.
_warmpath()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}

	COMPREPLY=()
	case ${COMP_WORDS[1]} in
@commands@	*)
@gateway@		;;
	esac
	[[ ${COMPREPLY-} == *= ]] && compopt -o nospace
}
complete -F _warmpath warmpath
"""
FILES, FOLDERS = '-f', '-d'


def among(words):
    return f'-W "{" ".join(words)}"'


def choices(text):
    """Words that a help lists, as in "error, warn, info or debug"."""
    match = re.fullmatch(r"((?:[\w-]+, )*[\w-]+ or [\w-]+)", text)
    return re.split(r", | or ", match.group(1)) if match else None


def reply(what):
    return f'COMPREPLY=($(compgen {what} -- "$word"))' if what else ":"


def completer(rows, more=(), special=None):
    """Lines that complete these options; `more` are words beside them,
    `special` what may follow an option where its help does not say."""
    lines = []
    for letter, name, value, text, _ in rows:
        if not value:
            continue
        words = choices(text)
        what = (special or {}).get(name) or \
            (among(words) if words else
             {"FILE": FILES, "DIR": FOLDERS}.get(value))
        flags = f"{letter}|{name}" if letter else name
        lines.append(f"\t\t{flags}) {reply(what)} ;;\n")
    names = [row[1] for row in rows] + list(more)
    return "\t\tcase $before in\n" + "".join(lines) + \
        f"\t\t*) {reply(among(names))} ;;\n\t\tesac\n"


def settings(reference):
    """What may follow --set, and the policies."""
    _, keys = keys_of(reference)
    names = [".".join(key.path) for key in keys if key.path[0] != "models"]
    policies = next(" ".join(key.comment) for key in keys
                    if key.path == ["policy", "name"])
    listed = re.search(r"\. (.*); default", policies).group(1)
    return {"--set": among(name + "=" for name in names),
            "--policy": among(choices(listed))}


def completion(binary):
    parts = ["\tcheck) " + reply(FILES) + " ;;\n"]
    for command in commands_of(binary):
        own = list(Help(told(binary, command, "--help")).rows())
        parts.append(f"\t{command})\n{completer(own)}\t\t;;\n")
    gateway = completer(list(Help(told(binary, "--help")).rows()),
                        ["check", *commands_of(binary)],
                        settings(told(binary, "--print-reference")))
    return COMPLETION.replace("@commands@", "".join(parts)).replace(
        "@gateway@", gateway)


# --- all of it --------------------------------------------------------

def pages(build, version):
    def program(name):
        return os.path.join(build, name)
    gateway = program("warmpath")
    return {
        "warmpath.1": gateway_page(gateway, version),
        "warmpath-sim.1": tool_page(
            program("warmpath-sim"), "warmpath-sim",
            "plays vLLM workers, without a GPU", version),
        "warmpath.yaml.5": file_page(
            told(gateway, "--print-reference"), "warmpath.yaml",
            "configuration of warmpath", version),
        "warmpath-tenants.yaml.5": file_page(
            told(gateway, "--print-tenants"), "warmpath-tenants.yaml",
            "who may call warmpath, and how much", version),
    }


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    build, out = arguments
    os.makedirs(out, exist_ok=True)
    gateway = os.path.join(build, "warmpath")
    version = told(gateway, "--version").split()[1]
    files = {name: "\n".join(page) + "\n"
             for name, page in pages(build, version).items()}
    files["warmpath.bash"] = completion(gateway)
    for name, text in files.items():
        with open(os.path.join(out, name), "w", encoding="utf-8") as f:
            f.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
