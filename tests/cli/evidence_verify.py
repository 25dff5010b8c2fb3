#!/usr/bin/env python3
"""evidence_verify.py FILE [KEY]: a second verifier of evidence, written from rollcall-evidence(5).

Python's standard library and the openssl command. Exit 0: all of it holds; 5: something does not;
2: the file is no evidence. KEY is the log's public key in the file's own form, or a PEM file."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from datetime import datetime, timezone

BEGIN = b'<script type="application/json" id="rollcall-evidence">\n'
STATEMENT = b'<script type="text/plain" id="rollcall-statement">\n'
TAIL = b"</script>\n</body>\n</html>\n"
SPKI = bytes.fromhex("302a300506032b6570032100")
LOG = re.compile(r"rollcall/[0-9a-f]{32}")


class NoEvidence(Exception):
    pass


class Wrong(Exception):
    pass


def need(holds, what):
    if not holds:
        raise Wrong(what)


# ---- the file ----


def split(data):
    """(JSON, bytes that the statement covers, statement)"""
    at = data.find(b"\n" + BEGIN)
    if at < 0:
        raise NoEvidence("no document")
    start = at + 1 + len(BEGIN)
    end = data.find(b"\n</script>\n", start)
    if end < 0:
        raise NoEvidence("no end of the document")
    covered = end + len(b"\n</script>\n")
    if not data.startswith(STATEMENT, covered):
        raise NoEvidence("no statement")
    rest = data[covered + len(STATEMENT):]
    stop = rest.find(TAIL)
    if stop < 0 or stop + len(TAIL) != len(rest):
        raise NoEvidence("no end")
    return data[start:end], data[:covered], rest[:stop]


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("two members of one name")
    return dict(pairs)


def no_constant(name):
    raise ValueError(name)


def parse(text):
    value = json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constant)
    check_strings(value)
    return value


def check_strings(value):
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("NUL")
        value.encode()
    elif isinstance(value, list):
        for item in value:
            check_strings(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            check_strings(name)
            check_strings(item)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("too large")


def members(value, where, **types):
    """`value` has these members of these types; those whose type is a list may be missing."""
    need(isinstance(value, dict), f"{where} is no object")
    for name in value:
        need(name in types, f"{where}/{name} does not belong there")
    for name, kind in types.items():
        if isinstance(kind, list):
            if name not in value:
                continue
            kind = kind[0]
        need(name in value, f"{where}/{name} is missing")
        need(type(value[name]) is kind, f"{where}/{name} has another type")
        if kind is int:
            need(0 <= value[name] < 2**63, f"{where}/{name} is out of range")


def time_of(text):
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", text, re.A), f"{text} is no time")
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ"
    try:
        when = datetime.strptime(text, form).replace(tzinfo=timezone.utc)
    except ValueError:
        raise Wrong(f"{text} is no time") from None
    need(when.year >= 1970, f"{text} is too early")
    return when


def from_hex(text, size):
    need(isinstance(text, str) and re.fullmatch(f"[0-9a-f]{{{2 * size}}}", text), "no hexadecimal")
    return bytes.fromhex(text)


def from_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong("no base64") from None
    need(base64.b64encode(data).decode() == text, "no base64")
    return data


def check_form(d):
    members(d, "", rollcall=int, kind=str, made=dict, device=str, version=int, asked=dict, full=bool,
            seen=str, log=str, key=str, head=str, entries=list, parts=list, access=list, accounts=list)
    members(d["made"], "/made", time=str, program=str)
    members(d["asked"], "/asked", at=[str], event=[str])
    time_of(d["made"]["time"])
    time_of(d["seen"])
    if "at" in d["asked"]:
        time_of(d["asked"]["at"])
    need(d["entries"], "no entries")
    for entry in d["entries"]:
        members(entry, "/entries", seq=int, leaf=str, proof=list)
        need(len(entry["proof"]) <= 65, "a proof is too long")
        for item in entry["proof"]:
            from_hex(item, 32)
    for part in d["parts"]:
        members(part, "/parts", name=str, lines=list)
    for lines in [d["access"], d["accounts"]] + [part["lines"] for part in d["parts"]]:
        for line in lines:
            need(isinstance(line, dict), "a line is no object")
            if "leaf" in line:
                members(line, "line", leaf=str, shown=str)
            elif "base64" in line:
                members(line, "line", salt=str, base64=str)
            else:
                members(line, "line", salt=str, text=str)


# ---- keys and notes ----


def sha256(*pieces):
    return hashlib.sha256(b"".join(pieces)).digest()


def key_id(name, key):
    return sha256(name.encode(), b"\n\1", key)[:4]


def read_key(text):
    """(name, key) of NAME+ID+KEY"""
    pieces = text.split("+", 2)
    need(len(pieces) == 3 and LOG.fullmatch(pieces[0]), "no key of a log")
    typed = from_base64(pieces[2])
    need(len(typed) == 33 and typed[0] == 1, "no Ed25519 key")
    need(pieces[1] == key_id(pieces[0], typed[1:]).hex(), "the ID of the key is another")
    return pieces[0], typed[1:]


def verify(key, signature, text):
    with tempfile.TemporaryDirectory() as folder:
        pem = base64.b64encode(SPKI + key).decode()
        for name, data in (("key", f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n".encode()),
                           ("text", text), ("signature", signature)):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(data)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", f"{folder}/key", "-rawin", "-in",
             f"{folder}/text", "-sigfile", f"{folder}/signature"], capture_output=True, check=False)
        return done.returncode == 0


def open_note(note, name, key):
    """The text of a signed note, once its signature is checked."""
    need(len(note) <= 2**20, "a note is too long")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise Wrong("a note is not UTF-8") from None
    need(all(c >= " " or c == "\n" for c in whole), "a note has a control character")
    at = whole.rfind("\n\n")
    need(at >= 0, "a note has no signature")
    text, rest = whole[:at + 1], whole[at + 2:]
    need(rest.endswith("\n"), "a note does not end with a newline")
    lines = rest[:-1].split("\n")
    need(1 <= len(lines) <= 16, "a note has too many signatures")
    found = None
    for line in lines:
        match = re.fullmatch("\u2014 ([^ +]+) ([^ ]+)", line)
        need(match, "a signature line has another form")
        data = from_base64(match[2])
        need(5 <= len(data) <= 1024, "a signature has another length")
        if not found and match[1] == name and len(data) == 68 and data[:4] == key_id(name, key):
            found = data[4:]
    need(found, "a note is not signed with the key")
    need(verify(key, found, text.encode()), "a signature is of another text")
    return text


def read_head(text, log):
    match = re.fullmatch(r"(.*)\n(0|[1-9][0-9]{0,18})\n(.*)\ntime (.*)\n", text)
    need(match and match[1] == log, "this is no head of the log")
    root = from_base64(match[3])
    need(len(root) == 32, "the head has no root")
    time_of(match[4])
    need(not match[4].endswith(".000000Z"), "the head's time has another form")
    return int(match[2]), root


# ---- trees ----


def node(left, right):
    return sha256(b"\1", left, right)


def root_of(leaves):
    """Join complete trees of one size as they come, and what is left from the right."""
    stack = []
    for leaf in leaves:
        size, tree = 1, leaf
        while stack and stack[-1][0] == size:
            tree = node(stack.pop()[1], tree)
            size *= 2
        stack.append((size, tree))
    if not stack:
        return sha256()
    tree = stack.pop()[1]
    while stack:
        tree = node(stack.pop()[1], tree)
    return tree


def root_by_proof(leaf, index, size, proof):
    """As the tree is defined: from the root down to the leaf, then back."""
    need(index < size, "there is no such entry")
    sides, first, count = [], 0, size
    while count > 1:
        k = 1
        while 2 * k < count:
            k *= 2
        left = index - first < k
        sides.append(left)
        first, count = (first, k) if left else (first + k, count - k)
    need(len(sides) == len(proof), "a proof has another length")
    for left, other in zip(reversed(sides), proof):
        leaf = node(leaf, other) if left else node(other, leaf)
    return leaf


# ---- what the document says ----


def line_leaf(line):
    """(hash of the leaf, bytes or None)"""
    if "leaf" in line:
        return from_hex(line["leaf"], 32), None
    data = line["text"].encode() if "text" in line else from_base64(line["base64"])
    need(b"\n" not in data[:-1], "a line holds a newline")
    return sha256(b"\0", from_hex(line["salt"], 16), data), data


def check_lines(lines, logged, count):
    """Gives whether some are hidden."""
    need(isinstance(logged, dict), "the log says nothing of these lines")
    both = [line_leaf(line) for line in lines]
    hidden = any(data is None for _, data in both)
    need(logged.get(count) == len(lines), "there are more or fewer lines in the log")
    need(logged.get("root") == root_of([leaf for leaf, _ in both]).hex(), "the log has other lines")
    if not hidden and "bytes" in logged:
        need(logged["bytes"] == sum(len(data) for _, data in both), "the log has more or fewer bytes")
    return hidden


def entry_leaf(entry):
    try:
        leaf = parse(entry["leaf"])
    except ValueError:
        raise Wrong("an entry is no JSON") from None
    need(isinstance(leaf, dict), "an entry is no object")
    return leaf


def check_entries(d, size, root):
    """(leaf of the version, leaf of the next or None)"""
    before, following, ids, events, version = -1, None, set(), 0, None
    for entry in d["entries"]:
        seq = entry["seq"]
        need(seq > before, "entries are not in order")
        before = seq
        proof = [from_hex(item, 32) for item in entry["proof"]]
        leaf_hash = sha256(b"\0", entry["leaf"].encode())
        need(root_by_proof(leaf_hash, seq, size, proof) == root, f"entry {seq} is not in the log")
        leaf = entry_leaf(entry)
        document = leaf.get("document")
        need(isinstance(document, dict), "an entry has no document")
        need(leaf.get("device") == d["device"], "an entry is of another device")
        kind = leaf.get("kind")
        if version is None:
            need(kind == "version" and document.get("number") == d["version"],
                 "the first entry is not of the version")
            version = leaf
        elif kind == "event":
            need(document.get("version") == d["version"], "an event is of another version")
            events += 1
            ids.add(document.get("id"))
        elif kind == "acknowledgement":
            need(document.get("event") in ids, "an acknowledgement is of an event that is not there")
        elif kind == "version":
            need(following is None and document.get("number") == d["version"] + 1 and
                 document.get("previous") == d["version"], "a version does not follow")
            following = leaf
        else:
            need(kind == "approval", "an entry does not belong there")
    need(version["document"].get("event_count") == events, "events are missing")
    return version, following


def check_times(d, version, following):
    created = time_of(version["document"]["created"])
    seen = time_of(d["seen"])
    need(seen >= created, "seen before it was created")
    if following:
        need(time_of(following["document"]["previous_seen"]) == seen, "the log says when it was seen")
    if "at" in d["asked"]:
        at = time_of(d["asked"]["at"])
        need(at >= created, "asked for a time before")
        if following and at > seen:
            need(at < time_of(following["document"]["created"]), "asked for a time behind")


def check(data, given=None):
    """Raises NoEvidence or Wrong. `given` is the key (name or None, 32 bytes) from elsewhere."""
    document, covered, statement = split(data)
    try:
        d = parse(document.decode())
    except (ValueError, RecursionError) as why:
        raise NoEvidence(f"no JSON: {why}") from None
    if not isinstance(d, dict) or d.get("kind") != "evidence" or type(d.get("rollcall")) is not int or \
            d["rollcall"] != 1:
        raise NoEvidence("not of this format")
    check_form(d)
    name, key = read_key(d["key"])
    need(name == d["log"], "the key is of another log")
    if given:
        need(given[1] == key and given[0] in (None, name), "it is not the key that was given")
    size, root = read_head(open_note(d["head"].encode(), name, key), name)
    version, following = check_entries(d, size, root)
    check_times(d, version, following)
    logged = version["document"]
    need([part["name"] for part in d["parts"]] == [part["name"] for part in logged["parts"]],
         "the log has other parts")
    hidden = [check_lines(part["lines"], want, "lines") for part, want in zip(d["parts"], logged["parts"])]
    hidden.append(check_lines(d["access"], logged["access"], "lines"))
    hidden.append(check_lines(d["accounts"], logged["accounts"], "count"))
    need(not (d["full"] and any(hidden)), "it says that nothing is hidden")
    want = f"{d['log']} evidence\nsha256 {sha256(covered).hex()}\ntime {d['made']['time']}\n"
    need(open_note(statement, name, key) == want, "the file was changed after it was signed")


def given_key(text):
    if text.startswith("rollcall/"):
        return read_key(text)
    with open(text, encoding="ascii") as file:
        der = base64.b64decode("".join(line for line in file if not line.startswith("-")))
    return None, der[len(SPKI):]


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    try:
        check(data, given_key(sys.argv[2]) if len(sys.argv) > 2 else None)
    except NoEvidence as why:
        print(f"{sys.argv[1]}: no evidence: {why}")
        return 2
    except Wrong as why:
        print(f"{sys.argv[1]}: wrong: {why}")
        return 5
    print(f"{sys.argv[1]}: all of it holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
