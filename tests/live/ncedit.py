#!/usr/bin/python3
"""An operator at a NETCONF server, who has nothing to do with rollcall: Debian's python3-ncclient.

    ncedit.py PORT USER KEY-FILE ACTION [ARGUMENT...] [/ ACTION [ARGUMENT...]]...

All actions of one call are one edit: locked, edited, committed, unlocked. With NC_CONFIRM=FIFO the
commit is a confirmed one, which is confirmed when there is something to read in FIFO.

    add-user NAME PASSWORD      password NAME PASSWORD      delete-user NAME
    add-key USER NAME KEY.pub   delete-key USER NAME        order METHOD...
    hostname NAME               xml ELEMENTS                (below <config>)

or one that edits nothing: `capabilities`, `config`, `schemas`, or `listen COUNT [FILE]`, which
prints "listening" and then that many notifications. A PASSWORD is a hash (openssl passwd -6).
"""
import base64
import os
import sys
from xml.sax.saxutils import escape

from ncclient import manager

SYSTEM = "urn:ietf:params:xml:ns:yang:ietf-system"


def system(inner):
    return f'<system xmlns="{SYSTEM}">{inner}</system>'


def user(name, inner, attributes=""):
    return system(
        f"<authentication><user{attributes}><name>{escape(name)}</name>{inner}</user></authentication>"
    )


def key(name, path):
    kind, data = open(path, encoding="ascii").read().split()[:2]
    base64.b64decode(data, validate=True)
    return (
        f"<authorized-key><name>{escape(name)}</name><algorithm>{kind}</algorithm>"
        f"<key-data>{data}</key-data></authorized-key>"
    )


def order(*methods):
    """netconfd takes no yang:insert for values that are there: all of them go and come anew."""

    def one(method, attributes=""):
        return system(
            f"<authentication><user-authentication-order{attributes}>{escape(method)}"
            "</user-authentication-order></authentication>"
        )

    away = [one(m, ' nc:operation="remove"') for m in ("local-users", "radius")]
    return away + [one(m) for m in methods]


DELETE = ' nc:operation="delete"'
ACTIONS = {
    "add-user": lambda name, word: [
        user(name, f"<password>{escape(word)}</password>", ' nc:operation="create"')
    ],
    "password": lambda name, word: [user(name, f"<password>{escape(word)}</password>")],
    "delete-user": lambda name: [user(name, "", DELETE)],
    "add-key": lambda owner, name, path: [user(owner, key(name, path))],
    "delete-key": lambda owner, name: [
        user(owner, f"<authorized-key{DELETE}><name>{escape(name)}</name></authorized-key>")
    ],
    "hostname": lambda name: [system(f"<hostname>{escape(name)}</hostname>")],
    "order": order,
    "xml": lambda elements: [elements],
}


def edit(session, target, elements):
    for inner in elements:
        session.edit_config(
            target=target,
            config='<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" '
            f'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0">{inner}</config>',
        )


def change(session, words):
    elements = []
    while words:
        end = words.index("/") if "/" in words else len(words)
        elements += ACTIONS[words[0]](*words[1:end])
        words = words[end + 1 :]
    if ":candidate" not in session.server_capabilities:
        with session.locked("running"):
            edit(session, "running", elements)
        return
    with session.locked("running"), session.locked("candidate"):
        session.discard_changes()
        edit(session, "candidate", elements)
        if "NC_CONFIRM" in os.environ:
            session.commit(confirmed=True, timeout="300")
            open(os.environ["NC_CONFIRM"], encoding="ascii").read()
        session.commit()


def listen(session, count, path=None):
    session.create_subscription()
    out = open(path, "w", encoding="utf-8") if path else sys.stdout
    print("listening", file=out, flush=True)
    for _ in range(int(count)):
        print(session.take_notification().notification_xml, file=out, flush=True)


def main():
    port, login, key_file, action, *rest = sys.argv[1:]
    with manager.connect(
        host="127.0.0.1",
        port=int(port),
        username=login,
        key_filename=key_file,
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
        timeout=60,
    ) as session:
        if action == "listen":
            listen(session, *rest)
        elif action == "capabilities":
            print(*sorted(session.server_capabilities), sep="\n")
        elif action == "config":
            print(session.get_config("running").data_xml)
        elif action == "schemas":
            print(session.get(("subtree", "<modules-state xmlns='urn:ietf:params:xml:ns:yang:ietf-yang-library'/>")).data_xml)
        else:
            change(session, [action, *rest])


main()
