#!/usr/bin/env python3
"""Hold the mappings of models/mappings against the YANG modules that they speak of.

mappings.py MODELS FOLDER [MAPPING...]: FOLDER holds modules as the public repositories publish them
(YangModels/yang, openconfig/public, Juniper/yang, nokia/7x50_YangModels, nokia/srlinux-yang-models,
Huawei/yang, sonic-net/sonic-buildimage), at any depth. Every step of every path of a mapping must
name a node that a module has. Nothing is evaluated: a predicate only has to name nodes that exist.
"""
import glob
import os
import re
import subprocess
import sys

import yaml

# What is loaded for a mapping, and where its imports are, from the folder of the first. Nodes that
# only other releases have are known by name.
SETS = {
    'ietf-system': dict(load=['ietf-system', 'ietf-system-tacacs-plus@2021-08-05'], near=[]),
    'ietf-netconf-acm': dict(load=['ietf-netconf-acm'], near=[]),
    'openconfig-system': dict(load=['openconfig-system'], near=['..', '../*'], all=True, prefer='release/models/system',
        other={'grpc-servers'}),  # openconfig-system-grpc augments it in what imports it only
    'Cisco-IOS-XE-native': dict(
        load=['Cisco-IOS-XE-' + m for m in ('native', 'aaa', 'http', 'snmp', 'acl', 'eem')], near=[],
        # 16.x: community, RO, RW, ssh-version against version, nopassword; crypto needs features
        other={'community', 'RO', 'RW', 'version', 'nopassword', 'password', 'authentication', 'netconf', 'netconf-yang',
               'restconf', 'vstack', 'pki', 'mac', 'ipv4-prefix', 'host', 'aux', 'dst-host', 'none', 'secure-port'}),
    'Cisco-IOS-XR-aaa-lib-cfg': dict(
        load=['Cisco-IOS-XR-' + m for m in ('aaa-lib-cfg', 'aaa-locald-cfg', 'aaa-tacacs-cfg',
            'aaa-protocol-radius-cfg', 'crypto-ssh-cfg', 'tty-server-cfg', 'tty-management-cfg',
            'snmp-agent-cfg', 'infra-syslog-cfg', 'man-netconf-cfg', 'man-ems-cfg')], near=[]),
    'Cisco-IOS-XR-um-aaa-cfg': dict(
        load=['Cisco-IOS-XR-um-' + m for m in ('aaa-cfg', 'aaa-task-user-cfg', 'aaa-tacacs-server-cfg',
            'aaa-radius-server-cfg', 'ssh-cfg', 'netconf-yang-cfg', 'grpc-cfg', 'snmp-server-cfg', 'logging-cfg')],
        near=[]),
    'junos-conf-root': dict(load=['junos-conf-root', 'junos-conf-system', 'junos-conf-snmp', 'junos-conf-event-options',
        'junos-conf-logical-systems'], near=['../../../common/models'], prefer='/conf/models/',
        other={'clear-text'}),  # up to 22
    'nokia-conf': dict(load=['nokia-conf'], near=['..', '../nokia-submodule']),
    'srl_nokia-aaa': dict(load=['srl_nokia-' + m for m in ('system', 'aaa', 'aaa-password', 'aaa-radius', 'aaa-tacacs',
        'features', 'ssh', 'netconf-server', 'grpc', 'json-rpc', 'logging', 'ftp', 'system-snmp', 'configuration', 'configuration-role')], near=['../*', '../../../ietf', '../../../iana'], all=True,
        # What the feature platform-imgmt turns off, and what is older
        other={'ftp-server', 'snmp', 'logging', 'gnmi-server', 'network-instance'}),
    'huawei-aaa': dict(load=['huawei-aaa', 'huawei-hwtacacs', 'huawei-radius', 'huawei-sshs', 'huawei-telnets',
        'huawei-snmp', 'huawei-syslog'], near=[]),
    'sonic-system-aaa': dict(load=['sonic-system-aaa', 'sonic-system-tacacs', 'sonic-system-radius', 'sonic-system-ldap',
        'sonic-ssh-server', 'sonic-passwh', 'sonic-snmp', 'sonic-syslog'], near=[]),
}


class Node:
    def __init__(self, name, parent):
        self.name, self.parent, self.children = name, parent, []
        if parent:
            parent.children.append(self)

    def below(self):
        for c in self.children:
            yield c
            yield from c.below()

    def above(self):
        n = self
        while n.parent:
            yield n
            n = n.parent


def find(folder, name, prefer=''):
    """The newest file of a module, of those whose place fits where any does."""
    name, _, revision = name.partition('@')
    found = [f for f in index(folder) if re.fullmatch(re.escape(name) + '(@.*)?' + r'\.yang', os.path.basename(f))]
    exact = [f for f in found if revision and revision in f]
    exact = exact or [f for f in found if prefer and re.search(prefer, f)]
    plain = sorted(exact or found)
    return plain[-1] if plain else None


FILES = {}


def index(folder):
    if folder not in FILES:
        FILES[folder] = [os.path.join(d, f) for d, _, fs in os.walk(folder, followlinks=True) for f in fs if f.endswith('.yang')]
    return FILES[folder]


def load(folder, mapping):
    """The nodes of all modules of a set, below one root; and the files."""
    files = [f for f in (find(folder, m, SETS[mapping].get('prefer', '')) for m in SETS[mapping]['load'][:1]) if f]
    if not files:
        return None, []
    base = os.path.dirname(files[0])
    places = [base] + [d for n in SETS[mapping]['near'] for d in sorted(glob.glob(os.path.join(base, n))) if os.path.isdir(d)]
    for more in SETS[mapping]['load'][1:]:
        here = [f for f in index(base) if os.path.basename(f).split('@')[0].removesuffix('.yang') == more.partition('@')[0]]
        here = [f for f in here if more.partition('@')[2] in f] or here
        here = here or [f for f in [find(folder, more, SETS[mapping].get('prefer', ''))] if f]
        files += sorted(here)[-1:]
    for standard in ('ietf-inet-types', 'iana-crypt-hash', 'iana-if-type'):
        f = find(folder, standard)
        places += [os.path.dirname(f)] if f else []
    command = ['yanglint', '-f', 'tree'] + (['-i', '-i'] if SETS[mapping].get('all') else [])
    for p in places:
        command += ['-p', p]
    files.sort(key=lambda f: 'features' not in f)  # what augments by a feature comes behind it
    run = subprocess.run(command + files, capture_output=True, text=True)
    if not run.stdout:
        print(f'{mapping}: yanglint: ' + [l for l in run.stderr.splitlines() if 'warn' not in l][0])
        return None, files
    root, stack, skip = Node('', None), [], None
    for line in run.stdout.splitlines():
        if re.match(r'module: |\s*(rpcs|notifications|augment)\b', line):
            stack, skip = [], line.strip().split()[0] in ('rpcs:', 'notifications:', 'augment')
            continue
        m = re.match(r'^([ |]*)[+xo]--(?:rw|ro|x|n|w|:|)\s*(.*)$', line)
        if not m or skip:
            continue
        depth = len(m.group(1)) // 3
        text = m.group(2)
        stack = stack[:depth]
        parent = stack[-1] if stack else root
        if text.startswith('(') or m.group(0).lstrip(' |')[:4] in ('+--:',):
            stack.append(parent)  # a choice or case is no node of data
            continue
        name = re.sub(r'[?*!]$', '', text.split()[0]).split(':')[-1]
        stack.append(Node(name, parent))
    return root, files


TOKEN = re.compile(r"\s*('[^']*'|\"[^\"]*\"|\d+(?:\.\d+)?|::|//|\.\.|!=|<=|>=|[A-Za-z_][\w.-]*(?::(?!:)[A-Za-z_*][\w.-]*)?|.)", re.S)


class XPath:
    """Paths of an expression over the nodes of a schema."""

    def __init__(self, text, root, known, complain):
        self.t = [t for t in TOKEN.findall(text) if t.strip()]
        self.i, self.root, self.known, self.complain = 0, root, known, complain

    def peek(self, n=0):
        return self.t[self.i + n] if self.i + n < len(self.t) else ''

    def take(self):
        self.i += 1
        return self.t[self.i - 1]

    def expression(self, at):
        """Set of nodes, or None for anything else."""
        nodes = self.union(at)
        while self.peek() in ('=', '!=', '<', '>', '<=', '>=', '+', '-', '*', 'and', 'or', 'div', 'mod'):
            self.take()
            self.union(at)
            nodes = None
        return nodes

    def union(self, at):
        nodes = self.path(at)
        while self.peek() == '|':
            self.take()
            nodes = (nodes or set()) | (self.path(at) or set())
        return nodes

    def path(self, at):
        t = self.peek()
        if t == '-':
            self.take()
            return self.path(at)
        if t[:1] in '\'"' or t[:1].isdigit():
            self.take()
            return None
        if t == '(':
            self.take()
            nodes = self.expression(at)
            self.take()
        elif self.peek(1) == '(' and t not in ('node', 'text'):
            nodes = self.function(at)
        elif t in ('/', '//'):
            nodes = {self.root}
            if t == '/':
                self.take()
                nodes = self.step(nodes)
        else:
            nodes = self.step(at)
        nodes = self.predicates(nodes)
        while self.peek() in ('/', '//'):
            if self.take() == '//':
                nodes = {d for n in nodes for d in [n, *n.below()]}
            nodes = self.step(nodes)
        return nodes

    def function(self, at):
        name = self.take()
        self.take()
        first = None
        while self.peek() != ')':
            nodes = self.expression(at)
            first = nodes if first is None else first
            if self.peek() == ',':
                self.take()
        self.take()
        return self.start if name == 'current' else None

    def step(self, at):
        t = self.take()
        if t == '.':
            nodes = at
        elif t == '..':
            nodes = {n.parent for n in at if n.parent}
        elif t == '*':
            nodes = {c for n in at for c in n.children}
        elif t == '@':
            self.take()
            return set()
        elif self.peek() == '::':
            self.take()
            name = self.take().split(':')[-1]
            axis = {'self': lambda n: [n], 'ancestor': lambda n: n.above(),
                    'preceding-sibling': lambda n: n.parent.children}[t]
            nodes = {x for n in at for x in axis(n) if name in ('*', x.name)}
            if not nodes and at and t != 'self':
                self.missing(name, at)
            self.alternative(name)
        else:
            name = t.split(':')[-1]
            nodes = {c for n in at for c in n.children if c.name == name}
            if not nodes and at:
                self.missing(name, at)
        return self.predicates(nodes)

    def alternative(self, name):
        self.named = getattr(self, 'named', set()) | {name}

    def missing(self, name, at):
        if name not in self.known:
            where = '/'.join(reversed([n.name for n in sorted(at, key=lambda n: n.name)[0].above()]))
            self.complain(f'{name} is not in /{where}')

    def predicates(self, nodes):
        while self.peek() == '[':
            start = self.i
            self.take()
            self.expression(nodes if nodes is not None else set())
            end = self.i
            self.take()
            inside = self.t[start + 1:end]
            names = self.names_in(inside)
            if names and nodes is not None:
                kept = {n for n in nodes if n.name in names}
                for name in names - {n.name for n in kept}:
                    if nodes:
                        self.missing(name, nodes)
                nodes = kept
        return nodes

    @staticmethod
    def names_in(inside):
        """a, b of [local-name() = 'a' or local-name() = 'b'], [self::a or self::b]."""
        text = ' '.join(inside)
        if 'not (' in text or ' and ' in text:
            return set()
        names = set(re.findall(r"local-name \( \) = '([^']+)'", text)) | set(re.findall(r'self :: ([\w.-]+)', text))
        rest = re.sub(r"local-name \( \) = '[^']+'|self :: [\w.-]+|or| |\(|\)", '', text)
        return names if not rest else set()


def check(mapping, models, folder):
    root, files = load(folder, mapping['mapping'])
    if root is None:
        print(f"{mapping['mapping']}: skipped, its modules are not in {folder}")
        return 0
    bad, paths = [], 0
    known = SETS[mapping['mapping']].get('other', set())

    def look(text, at, place):
        nonlocal paths
        paths += 1
        x = XPath(text, root, known, lambda why: bad.append(f'{place}: {why}'))
        x.start = at
        return x.expression(at) or set()

    for m in mapping['map']:
        at = look(m['where'], {root}, m['where'])
        if not at and not known:
            bad.append(f"{m['where']}: selects nothing")
        if not at:
            continue
        for s in m.get('set', []):
            look(s.partition(' = ')[2], at, f"{m['where']}: {s}")
        for i in m.get('into', []):
            inner = look(i['where'], at, f"{m['where']}: {i['where']}")
            for s in i.get('set', []):
                look(s.partition(' = ')[2], inner, f"{m['where']}: {i['where']}: {s}")
    names = sorted({os.path.basename(f) for f in files})
    print(f"{mapping['mapping']}: {paths} expressions, {len(bad)} wrong ({os.path.dirname(files[0])}: {len(names)} modules)")
    for b in dict.fromkeys(bad):
        print('  ' + ' '.join(b.split()))
    return len(bad)


def main():
    models, folder, only = sys.argv[1], sys.argv[2], sys.argv[3:]
    wrong = 0
    for f in sorted(glob.glob(os.path.join(models, 'mappings', '*.yaml'))):
        mapping = yaml.safe_load(open(f))
        if not only or mapping['mapping'] in only:
            wrong += check(mapping, models, folder)
    return 1 if wrong else 0


sys.exit(main())
