#!/usr/bin/env python3
"""evidence_tamper.py ROLLCALL FILE KEY EVERY [SEED]: change every member of a file of evidence, and
hold what `rollcall verify` says of each file beside what evidence_verify.py says. EVERY 3: only of
each third of these files.

With SEED (hexadecimal) each changed file is signed again, as one who has the key would: then the
statement finds nothing, and each verifier has to. Prints how many files there were; exit 1 when the
two disagree, or when a changed file is taken for good."""

import base64
import copy
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import evidence_verify as second

ROLLCALL, FILE, KEY = sys.argv[1:4]
EVERY = int(sys.argv[4])
SEED = bytes.fromhex(sys.argv[5]) if len(sys.argv) > 5 else None
GIVEN = second.given_key(KEY)
# What may be said otherwise without a lie, once it is signed again; but not without.
FREE = {"/made/program", "/made/time", "/asked", "/asked/at", "/asked/event", "/full"}
# Who makes a file may leave these out (the last ones of the file).
LEFT_OUT = {"acknowledgement", "approval", "version"}


def signature(text, folder):
    der = bytes.fromhex("302e020100300506032b657004220420") + SEED
    pem = base64.b64encode(der).decode()
    with open(f"{folder}/private", "w", encoding="ascii") as file:
        file.write(f"-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n")
    with open(f"{folder}/text", "wb") as file:
        file.write(text)
    return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", f"{folder}/private", "-in",
                           f"{folder}/text"], capture_output=True, check=True).stdout


def put_together(page, document, statement, log, folder):
    text = json.dumps(document, indent=1).replace("<", "\\u003c").encode()
    covered = page + second.BEGIN + text + b"\n</script>\n"
    if SEED:
        made = document.get("made") if isinstance(document, dict) else None
        made = made.get("time") if isinstance(made, dict) else ""
        name, key = log
        words = f"{name} evidence\nsha256 {hashlib.sha256(covered).hexdigest()}\ntime {made}\n".encode()
        line = base64.b64encode(second.key_id(name, key) + signature(words, folder)).decode()
        statement = words + f"\n\u2014 {name} {line}\n".encode()
    return covered + second.STATEMENT + statement + second.TAIL


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], path + (name,))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from places(item, path + (i,))


def at(document, path):
    for step in path:
        document = document[step]
    return document


def other(value):
    """Values that differ from this one, of its type and of others."""
    if isinstance(value, bool):
        return [not value, None, 1]
    if isinstance(value, int):
        return [value + 1, -value - 1, 2**62, str(value), float(value)]
    if isinstance(value, str):
        changed = [value + "0", value[:-1], value.swapcase(), value[1:] + value[:1], " " + value, 7, None]
        if value:
            changed.append(("1" if value[0] == "0" else "0") + value[1:])
            middle = len(value) // 2
            changed.append(value[:middle] + ("1" if value[middle] == "0" else "0") + value[middle + 1:])
        return [item for item in changed if item != value]
    if isinstance(value, list):
        changed = [value[1:], value[:-1], value + value[-1:], value[::-1], {}, None]
        return [item for item in changed if item != value]
    return [[], None, {**value, "more": 1}]


def changes(document):
    """(what, changed document)"""
    for path in list(places(document)):
        if not path:
            continue
        name = "/" + "/".join(map(str, path))
        for i, value in enumerate(other(at(document, path))):
            changed = copy.deepcopy(document)
            at(changed, path[:-1])[path[-1]] = value
            yield f"{name} changed ({i})", name, changed
        changed = copy.deepcopy(document)
        del at(changed, path[:-1])[path[-1]]
        yield f"{name} removed", name, changed
        holder = at(document, path[:-1])
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        for behind in keys[keys.index(path[-1]) + 1:][:2]:
            changed = copy.deepcopy(document)
            inside = at(changed, path[:-1])
            inside[path[-1]], inside[behind] = inside[behind], inside[path[-1]]
            if changed != document:
                yield f"{name} swapped with {behind}", name, changed


def is_free(what, name, document):
    if not SEED:
        return False
    if name in FREE or name.endswith("/shown"):
        return True
    path = name.split("/")[1:]
    if path[0] != "entries" or what not in (f"{name} removed", "/entries changed (1)"):
        return False
    number = int(path[1]) if len(path) == 2 else -1
    kind = json.loads(document["entries"][number]["leaf"])["kind"]
    return len(path) < 3 and number != 0 and kind in LEFT_OUT


def ours(path):
    done = subprocess.run([ROLLCALL, "verify", "--json", "--key", KEY, path], capture_output=True, check=False)
    return done.returncode, done.stdout + done.stderr


def theirs(data):
    try:
        second.check(data, GIVEN)
    except second.NoEvidence as why:
        return 2, str(why)
    except second.Wrong as why:
        return 5, str(why)
    except (KeyError, TypeError) as why:
        return 5, repr(why)
    return 0, ""


def judge(job):
    number, what, free, data, folder = job
    path = f"{folder}/{number}.html"
    with open(path, "wb") as file:
        file.write(data)
    mine, text = ours(path)
    yours, why = theirs(data)
    os.unlink(path)
    if mine != yours:
        return f"{what}: rollcall says {mine}, the second verifier {yours} ({why})\n{text.decode()}"
    if mine == 0 and not free:
        return f"{what}: taken for good"
    return None


def main():
    with open(FILE, "rb") as file:
        data = file.read()
    json_text, covered, statement = second.split(data)
    document = json.loads(json_text)
    page = covered[:covered.index(second.BEGIN)]
    log = second.read_key(document["key"])
    # The page is held against the document only by the program that made it.
    document["made"]["program"] = "another program"
    with tempfile.TemporaryDirectory() as folder:
        jobs = [(0, "unchanged", SEED is not None, put_together(page, document, statement, log, folder), folder)]
        jobs += [(i + 1, what, is_free(what, name, document),
                  put_together(page, changed, statement, log, folder), folder)
                 for i, (what, name, changed) in enumerate(changes(document)) if i % EVERY == 0]
        if SEED and theirs(jobs[0][3])[0] != 0:
            print("what is only signed again is not good")
            return 1
        with ThreadPoolExecutor(4) as pool:
            complaints = [text for text in pool.map(judge, jobs) if text]
    for text in complaints[:20]:
        print(text)
    print(f"{len(jobs)} files, {len(complaints)} judged wrongly")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
