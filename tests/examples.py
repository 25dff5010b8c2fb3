#!/usr/bin/env python3
"""Run the examples of a document and compare what they print with what it shows.

    examples.py [--update] [--in-folder] BINARIES FILE...

An example is a block that starts with ```console: a line `$ COMMAND`, then its output; several may
follow each other. Commands run from the top of the tree. Times and fingerprints, which differ from
run to run, count as equal. --update writes into the document what was printed.

With --in-folder commands run in an empty folder instead, and a block whose first line names a file behind
its language (```yaml platforms/x.yaml) is written to that file, in its turn.
"""
import os, re, subprocess, sys, tempfile

VARYING = [(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"), (r"<secret:[^>]*>", "<secret:X>"),
           (r"k1:[A-Za-z0-9_-]{22}", "k1:X"), (r"\b[0-9a-f]{32}\b", "ID")]


def same(text):
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def run(command, binaries, folder):
    environment = dict(os.environ, PATH=binaries + os.pathsep + os.environ["PATH"], NO_COLOR="1", LC_ALL="C.UTF-8")
    done = subprocess.run(["bash", "-c", command], env=environment, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder)
    return done.stdout


def examples(block):
    """(command, shown output) of a block."""
    for piece in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, shown = piece.partition("\n")
        yield command, shown


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    options = [word for word in sys.argv[1:] if word.startswith("--")]
    binaries, *files = [word for word in sys.argv[1:] if not word.startswith("--")]
    update, folder, temporary = "--update" in options, None, None
    if "--in-folder" in options:
        binaries, temporary = os.path.abspath(binaries), tempfile.TemporaryDirectory()
        folder = temporary.name
    count = failed = 0
    for name in files:
        with open(name, encoding="utf-8") as f:
            text = f.read()

        def check(match):
            nonlocal count, failed
            language, file, body = match.groups()
            if language != "console":
                if folder and file:
                    write(folder, file, body)
                return match.group(0)
            made = ""
            for command, shown in examples(body):
                printed = run(command, binaries, folder)
                count += 1
                if not update and same(printed) != same(shown):
                    failed += 1
                    print(f"{name}: $ {command}\n--- shown\n{shown}--- printed\n{printed}")
                made += f"$ {command}\n" + "".join(line.rstrip() + "\n" for line in printed.splitlines())
            return "```console\n" + made + "```"
        new = re.sub(r"```(\w*)(?: (\S+))?\n(.*?)```", check, text, flags=re.S)
        if update:
            with open(name, "w", encoding="utf-8") as f:
                f.write(new)
    print(f"{count} examples, {failed} differ")
    return 1 if failed or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
