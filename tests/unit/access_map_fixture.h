/* A vendor's and a standard module, made up, with mappings as small as they can be. */
#ifndef ROLLCALL_TESTS_ACCESS_MAP_FIXTURE_H
#define ROLLCALL_TESTS_ACCESS_MAP_FIXTURE_H

#include "access_fixture.h"

#define DATA                                                                                       \
    "syntax: { data: { shape: data, embedded: { cli-text: { syntax: cli } } },\n"                  \
    "  cli: { shape: indented, detect: '^hostname' } }\n"                                          \
    "access:\n"                                                                                    \
    "  - entry: account\n"                                                                         \
    "    match: username {name}\n"                                                                 \
    "    options: { 'privilege {privilege}': , 'secret {secret}': }\n"

#define VENDOR                                                                                     \
    "mapping: acme\ntitle: Acme\n"                                                                 \
    "modules:\n"                                                                                   \
    "  acme-system: { namespace: ['urn:acme:system', 'http://acme.example/*/system'],"             \
    " root: [box] }\n"                                                                             \
    "  acme-more: { namespace: 'urn:acme:more' }\n"                                                \
    "map:\n"                                                                                       \
    "  - entry: account\n"                                                                         \
    "    where: /acme-system:box/user\n"                                                           \
    "    set:\n"                                                                                   \
    "      - name = name\n"                                                                        \
    "      - privilege = level\n"                                                                  \
    "      - role = bare(role)\n"                                                                  \
    "      - service = words(via)\n"                                                               \
    "      - enabled = not(locked = 'true')\n"                                                     \
    "      - secret = hash\n"                                                                      \
    "      - secret = substring-after(clear, '0:')\n"                                              \
    "      - scheme = kind\n"                                                                      \
    "      - \"scheme = 'clear'\"\n"                                                               \
    "      - shell = acme-more:shell\n"                                                            \
    "    default: privilege = 1\n"                                                                 \
    "    into:\n"                                                                                  \
    "      - { list: ssh-key, where: key, set: [key = blob, comment = note] }\n"                   \
    "    pass: [seen, old]\n"                                                                      \
    "  - entry: account\n"                                                                         \
    "    where: /acme-system:box/user[hash][old]\n"                                                \
    "    attach: true\n"                                                                           \
    "    set: [name = name, \"scheme = 'old'\"]\n"                                                 \
    "  - entry: line\n"                                                                            \
    "    where: /acme-system:box/port[matches(name, '^v(ty|ty6)$')]\n"                             \
    "    set: [name = name, acl = acl]\n"                                                          \
    "  - entry: snmp/community\n"                                                                  \
    "    where: /acme-system:box/community\n"                                                      \
    "    set: [secret = name, access = mode]\n"                                                    \
    "hidden: [/acme-system:box/tunnel/psk]\n"                                                      \
    "watched: [/acme-system:box/*]\n"                                                              \
    "schemes: { '5': { name: md5-crypt, strength: weak },"                                         \
    " own: { name: own-hash, strength: strong, looks: '^%own%' } }\n"                              \
    "values: { account/role: { map: ['ADMIN = administrator'] } }\n"                               \
    "admin: privilege = 15\n"

#define STANDARD                                                                                   \
    "mapping: standard\ntitle: Standard\n"                                                         \
    "modules: { std: { namespace: 'urn:std' } }\n"                                                 \
    "map:\n"                                                                                       \
    "  - entry: account\n"                                                                         \
    "    where: /std:login/user\n"                                                                 \
    "    set: [name = name, role = role, secret = password, shell = shell, privilege = level]\n"   \
    "    default: privilege = 3\n"                                                                 \
    "    into: [{ list: ssh-key, where: key, set: [key = blob, comment = note] }]\n"               \
    "admin: role = 'all'\n"

#define BOX(inside) "<box xmlns='urn:acme:system'>\n" inside "\n</box>\n"
#define LOGIN(inside) "<login xmlns='urn:std'>\n" inside "\n</login>\n"
#define KEY_BLOB "AAAAC3NzaC1lZDI1NTE5AAAAIEfvWNkyA1SJjYXw4nXc1P+2g0BbmRvNlFE0mGqM6c0T"

static inline void map_with(struct fixture *f, const char *one, const char *two)
{
    struct error err = ERROR_INIT;
    fixture_context(f);
    if (fixture_try_mapping(f, one, &err) || (two && fixture_try_mapping(f, two, &err)) ||
        fixture_try(f, DATA, &err))
        fixture_fail("mapping", &err);
}

#endif
