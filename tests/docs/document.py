"""Reads a document's fenced blocks, and compares what commands print with what the document says they print."""
import os
import re

from kit import USER, WRITTEN_PORT

READER = "ana"  # whose machine the documents show
READER_HOME = "/home/ana"


class Block:
    def __init__(self, kind, line, before):
        self.kind, self.line, self.before = kind, line, before
        self.text = []

    def saved_as(self):
        """The file a reader is told to save this block as: the line before it ends in "`NAME`:"."""
        found = re.search(r"`([\w./-]+)`:$", self.before)
        return found.group(1) if found and self.kind != "console" else None


def blocks(path):
    found, block, before = [], None, ""
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f.read().split("\n"), 1):
            if block is not None and line.strip() == "```":
                found.append(block)
                block = None
            elif block is not None:
                block.text.append(line)
            elif line.startswith("```"):
                block = Block(line[3:].strip(), number, before)
            elif line.strip():
                before = line.strip()
    return found


class Command:
    """`$ ` begins a command, `> ` goes on with it, `botops> ` is typed into it; the rest is what it prints."""

    def __init__(self, text, line):
        self.text, self.line, self.end = text, line, line
        self.typed, self.prints = [], []


def commands(block):
    found = []
    for number, line in enumerate(block.text, block.line + 1):
        if line.startswith("$ "):
            found.append(Command(line[2:], number))
        elif not found:
            raise ValueError(f"line {number}: a console block begins with a command")
        elif line.startswith("> ") and not found[-1].prints:
            found[-1].text += "\n" + line[2:]
        elif line.startswith("botops> "):
            found[-1].typed.append(line[8:])
        else:
            found[-1].prints.append(line)
        found[-1].end = number
    return found


def as_reader(text, home):
    """What was printed, as it would be on the reader's machine."""
    text = text.replace(f"{home.dir}", READER_HOME).replace(f"127.0.0.1:{home.port}", f"127.0.0.1:{WRITTEN_PORT}")
    text = text.replace(f'"port":{home.port}', f'"port":{WRITTEN_PORT}')
    text = re.sub(rf"\b{re.escape(USER)}\b", READER, text)
    # What bash says about its jobs and what make says about compiling differ with how they are used.
    lines = [s.rstrip() for s in text.rstrip().split("\n")] if text.strip() else []
    return [s for s in lines if not re.match(r"\[\d+\]|.*: line \d+: +\d+ (Killed|Terminated)|  (CC|LD)  ", s)]


# What differs from run to run, in the order in which it is looked for.
VARIABLE = (
    (r"\b01[0-9A-HJKMNP-TV-Z]{24}\b", "ID"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"(?<!\b[A-Z][a-z][a-z] )\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b", "TIME"),  # `cron` gives the day too, and exactly
    (r"(until |, )(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC", r"\1MOMENT"),
    (r"<?\b\d+(\.\d+)? (ms|s|min|h)\b( \d+ (min|s|ms)\b)?", "TOOK"),
    (r"\b(\d+(\.\d+)? )(kB|MB|GB)", "SIZE"),
    (r"\b\d+ rows\b", "N rows"),
    (r"\bprocess \d+", "process PID"),
    (r"\bconfiguration [0-9a-f]{12}\b", "configuration HASH"),
    (r'"hash":"[0-9a-f]{64}"', '"hash":"HASH"'),
    (r"\bDate: .*", "Date: DATE"),
    (r"[ \t]+", " "),
)


def plain(line):
    for pattern, word in VARIABLE:
        line = re.sub(pattern, word, line)
    return line.strip()


def line_fits(said, printed):
    parts = [re.escape(p) for p in plain(said).split("…")]
    return re.fullmatch(".*".join(parts), plain(printed)) is not None


def fits(said, printed):
    """`…` stands for anything in a line; alone, for any number of lines."""
    if not said:
        return not printed
    if said[0].strip() == "…":
        return any(fits(said[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and line_fits(said[0], printed[0]) and fits(said[1:], printed[1:])


def rewrite(path, block_commands):
    """Puts in what the commands really printed, where it differed."""
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    for command, printed in reversed(block_commands):
        if command.typed:
            continue
        begin = command.end - len(command.prints)
        lines[begin : command.end] = printed
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write("\n".join(lines))
    os.rename(path + ".new", path)
