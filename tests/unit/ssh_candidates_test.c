/* rooms: ssh drivers base */
/* Each platform is told from all others by what its devices show, with few commands. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/yang.h"
#include "drivers/ssh/candidates.h"

static struct ly_ctx *ctx;
static struct platforms *all;

static int load(void **state)
{
    (void)state;
    return yang_context((const char *const[]){"rollcall-platform", NULL}, &ctx, NULL) ||
           platforms_load(ctx, NULL, &all, NULL);
}

static int unload(void **state)
{
    (void)state;
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return 0;
}

#define HOST "uname -s; ls "
#define OPENSSH "SSH-2.0-OpenSSH_9.2"

static const struct shown {
    const char *platform, *server, *prompt;
    struct {
        const char *command; /* how it begins */
        const char *answer;
    } answers[2];
    const char *refusal; /* of all other commands */
    int most;            /* commands asked */
} devices[] = {
    {"ios", "SSH-2.0-Cisco-1.25", "edge-1#",
        {{"show version", "Cisco IOS Software, ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), "
                          "Version 15.4(3)S1, RELEASE SOFTWARE (fc1)\n"}},
        "% Invalid input detected at '^' marker.", 1},
    {"ios", "SSH-2.0-Cisco-1.25", "edge-1>",
        {{"show version", "Cisco IOS XE Software, Version 17.06.01\nCisco IOS Software "
                          "[Bengaluru], Catalyst L3 Switch Software\n"}},
        "% Invalid input detected at '^' marker.", 1},
    {"ciscosmb", "SSH-2.0-OpenSSH_7.3p1.RL", "switch0123ab#",
        {{"show version", "Active-image: flash://system/images/image_tesla_Sx350_Release.bin\n"
                          "  Version: 2.5.5.47\n"}},
        "% Unrecognized command", 2},
    {"iosxr", "SSH-2.0-Cisco-2.0", "RP/0/RSP0/CPU0:core-1#",
        {{"show version", "Cisco IOS XR Software, Version 6.1.2[Default]\n"}},
        "% Invalid input detected at '^' marker.", 1},
    {"nxos", "SSH-2.0-OpenSSH_7.8", "leaf-1#",
        {{"show version", "Cisco Nexus Operating System (NX-OS) Software\nTAC support: "
                          "http://www.cisco.com/tac\n  NXOS: version 9.3(5)\n"}},
        "% Invalid command at '^' marker.", 1},
    {"asa", "SSH-2.0-Cisco-1.25", "fw-1>",
        {{"show version", "Cisco Adaptive Security Appliance Software Version 9.12(4)\n"}},
        "ERROR: % Invalid input detected at '^' marker.", 1},
    {"ftd", "SSH-2.0-OpenSSH_7.8", ">",
        {{"show version", "-----[ ftd-1 ]-----\nModel : Cisco Firepower Threat Defense for VMware "
                          "(75) Version 6.6.0 (Build 90)\n"}},
        "Syntax error", 2},
    {"wlc", "SSH-2.0-CISCO_WLC", "(Cisco Controller) >",
        {{"show sysinfo", "Manufacturer's Name..... Cisco Systems Inc.\nProduct "
                          "Name............................ Cisco Controller\n"}},
        "Incorrect usage.  Use the '?' or <TAB> key to list commands.", 3},
    {"eos", "SSH-2.0-OpenSSH_7.6", "spine-1>",
        {{"show version", " Arista DCS-7050QX-32S-R\nHardware version:    02.00\nSoftware image "
                          "version: 4.20.1F\n"}},
        "% Invalid input", 1},
    {"os10", "SSH-2.0-OpenSSH_7.9", "OS10#",
        {{"show version", "Dell EMC Networking OS10-Enterprise\nOS Version: 10.4.0\n"}},
        "% Error: Unrecognized command.", 1},
    {"os9", "SSH-2.0-OpenSSH_5.9", "force#",
        {{"show version", "Dell Real Time Operating System Software\nDell Operating System "
                          "Version:  2.0\nDell Application Software Version:  9.14(2.0)\n"}},
        "% Error: Invalid input at \"^\" marker.", 1},
    {"junos", "SSH-2.0-OpenSSH_7.5", "bob@mx-1>",
        {{"show version", "Hostname: mx-1\nModel: mx240\nJunos: 20.4R1.12\nJUNOS OS Kernel "
                          "64-bit  [20201209]\n"}},
        "unknown command.", 1},
    {"vyos", OPENSSH, "vyos@gw:~$",
        {{HOST, "Linux\n/etc/frr\nls: cannot access '/etc/cumulus': No such file or directory\n"},
            {"show version", "Version:          VyOS 1.3.2\nRelease train:    equuleus\n"}},
        "Invalid command", 2},
    {"edgeos", "SSH-2.0-OpenSSH_6.6.1p1", "ubnt@er-x:~$",
        {{HOST, "Linux\nls: /etc/frr: No such file or directory\n"},
            {"show version",
                "Version:      v2.0.9\nCopyright:    2012-2020 Ubiquiti Networks, Inc.\nHW model: "
                "    EdgeRouter X 5-Port\n"}},
        "Invalid command", 2},
    {"sros", "SSH-2.0-OpenSSH_6.6", "A:pe-1#",
        {{"show version", "TiMOS-C-13.0.R4 cpm/hops64 Nokia 7750 SR Copyright (c) 2000-2015.\n"}},
        "Error: Bad command.", 1},
    {"srlinux", OPENSSH, "A:leaf1#",
        {{"show version", "----\nHostname             : leaf1\nChassis Type         : 7220 "
                          "IXR-D2\nSoftware Version     : v21.6.1\n"}},
        "Error: Unknown token", 1},
    {"panos", "SSH-2.0-OpenSSH_8.0", "admin@PA-220>",
        {{"show system info", "hostname: PA-220\nip-address: 192.0.2.1\nfamily: 200\nsw-version: "
                              "10.1.0\n"}},
        "Unknown command: show version", 2},
    {"tmos", "SSH-2.0-OpenSSH_7.4", "[root@bigip-1:Active:Standalone] config #",
        {{HOST, "Linux\nls: cannot access /etc/frr: No such file or directory\n"},
            {"tmsh", "\nSys::Version\nMain Package\n  Product     BIG-IP\n  Version     15.1.2\n"}},
        "bash: show: command not found", 2},
    {"cumulus", OPENSSH, "cumulus@leaf01:mgmt:~$", {{HOST, "Linux\n/etc/frr\n/etc/cumulus\n"}},
        "-bash: show: command not found", 2},
    {"sonic", OPENSSH, "admin@sonic:~$", {{HOST, "Linux\n/etc/sonic\n"}},
        "-bash: show: command not found", 2},
    {"frr", OPENSSH, "bob@rtr:~$", {{HOST, "Linux\n/etc/frr\n"}}, "-bash: show: command not found",
        2},
    {"linux", OPENSSH, "bob@host:~$",
        {{HOST, "Linux\nls: cannot access '/etc/frr': No such file or directory\n"}},
        "-bash: show: command not found", 2},
    {"linux", OPENSSH, "[root@host ~]#", {{HOST, "Linux\n"}}, "-bash: show: command not found", 2},
    {"linux", "SSH-2.0-dropbear_2022.83", "host:/#", {{HOST, "Linux\n"}}, "-ash: show: not found",
        2},
    {"linux", OPENSSH, NULL, {{HOST, "Linux\n"}}, "", 2},
    {"macos", OPENSSH, "bob@mac ~ %", {{HOST, "Darwin\n"}}, "zsh: command not found: show", 2},
    {"pfsense", "SSH-2.0-OpenSSH_9.1", NULL, {{HOST, "FreeBSD\npfSense\n"}}, "", 1},
    {"opnsense", "SSH-2.0-OpenSSH_9.6", "root@fw:~ #", {{HOST, "FreeBSD\nOPNsense 24.1.1\n"}},
        "show: Command not found.", 2},
    {"airos", "SSH-2.0-dropbear_2019.78", "XW.v6.3.6#",
        {{HOST, "Linux\nboard.sysid=0xe6f5\nboard.name=NanoBeam 5AC 19\n"}}, "sh: show: not found",
        2},
    {"windows", "SSH-2.0-OpenSSH_for_Windows_8.1", "bob@SRV1 C:\\Users\\bob>", {{NULL, NULL}},
        "'show' is not recognized as an internal or external command,", 0},
    {"windows", "SSH-2.0-OpenSSH_for_Windows_8.1", NULL, {{NULL, NULL}}, "", 0},
    {"huawei", "SSH-2.0-HUAWEI-1.5", "<core-1>",
        {{"display version", "Huawei Versatile Routing Platform Software\nVRP (R) software, "
                             "Version 8.180 (CE6800 V200R005C10)\n"}},
        "Error: Unrecognized command found at '^' position.", 1},
    {"comware", "SSH-2.0-Comware-7.1.045", "<HPE>",
        {{"display version", "HPE Comware Software, Version 7.1.045, Release 2423\n"}},
        "% Unrecognized command found at '^' position.", 1},
    {"procurve", "SSH-2.0-Mocana SSH 6.3", "HP-2530-24G#",
        {{"show version", "Image stamp:    /ws/swbuildm/rel\n                Sep 14 2017\n        "
                          "        YA.16.04.0008\nBoot Image:     Primary\n"}},
        "Invalid input: get", 1},
    {"aoscx", "SSH-2.0-OpenSSH_8.0", "sw-1#",
        {{"show version", "-----\nArubaOS-CX\n(c) Copyright 2017-2020 Hewlett Packard Enterprise "
                          "Development LP\nVersion      : FL.10.04\n"}},
        "Invalid input: get", 1},
    {"arubaos", "SSH-2.0-OpenSSH_6.6", "(wlc-1) #",
        {{"show version", "Aruba Operating System Software.\nArubaOS (MODEL: Aruba7210), Version "
                          "8.6.0.4\n"}},
        "% Invalid input detected at '^' marker.", 1},
    {"instant", "SSH-2.0-OpenSSH_7.4", "ap-1#",
        {{"show version", "Aruba Operating System Software.\nArubaOS (MODEL: 325), Version "
                          "8.6.0.4\n"}},
        "% Parse error", 1},
    {"tplink", "SSH-2.0-OpenSSH_6.2", "TL-SG3428>",
        {{"show system-info",
            "System Description   - JetStream 24-Port Gigabit L2 Managed Switch\n"}},
        "Error: Bad command", 3},
    {"zyxel", "SSH-2.0-RomSShell_4.62", "sysname#",
        {{"show version", "Current ZyNOS version: V4.50(ABGH.2)\n"}}, "Invalid command!", 1},
    {"routeros", "SSH-2.0-ROSSSH", "[admin@MikroTik] >", {{NULL, NULL}}, "bad command name", 0},
    {"fortios", "SSH-2.0-xxxxxxx", "FGT-1 #",
        {{"get system status", "Version: FortiGate-60E v6.0.4,build0231,190107 (GA)\n"}},
        "Unknown action 0", 2},
    {"fortios", "SSH-2.0-xxxxxxx", "fw (global) $",
        {{"get system status", "Version: FortiGate-VM64 v7.0.1,build0157,210714 (GA)\n"}},
        "Unknown action 0", 3},
    {"fastiron", "SSH-2.0-RomSShell_5.40", "SSH@ICX7450>",
        {{"show version", "  Copyright (c) 1996-2016 Brocade Communications Systems.\n    UNIT 1: "
                          "compiled on Mar 2 2017\n  SW: Version 08.0.30mT211\n  HW: Stackable "
                          "ICX7450-24\n"}},
        "Invalid input -> get", 1},
    {"netiron", "SSH-2.0-RomSShell_5.40", "telnet@mlx#",
        {{"show version", "System Mode: MLX\nChassis: NetIron 8-slot (Serial #: XXX)\nIronWare : "
                          "Version 5.6.0T163 Copyright (c) 1996-2013 Brocade\n"}},
        "Invalid input -> get", 1},
    {"slx", "SSH-2.0-OpenSSH_6.6", "SLX#",
        {{"show version", "SLX-OS Operating System Software\nSLX-OS Operating System Version: "
                          "17s.1.02\n"}},
        "syntax error: unknown argument.", 1},
    {"exos", "SSH-2.0-OpenSSH_6.5", "* X440.1 #",
        {{"show version", "Switch      : 800471-00-03 1334N-42182 Rev 3.0\nImage   : ExtremeXOS "
                          "version 15.3.2.11 by release-manager\n"}},
        "%% Invalid input detected at '^' marker.", 2},
    {"voss", "SSH-2.0-OpenSSH_7.6", "VSP-1:1>",
        {{"show sys-info", "General Info :\n\n\tSysDescr     : VSP-4450GSX-PWR+ (7.1.0.0)\n"}},
        "% Invalid input detected at '^' marker.", 3},
    {"gaia", "SSH-2.0-OpenSSH_7.8", "gw-1>",
        {{"show version", "CLINFR0329  Invalid command:'show version'.\n"}},
        "CLINFR0329  Invalid command.", 1},
    {"netscaler", "SSH-2.0-OpenSSH_7.9", ">",
        {{"show version", " NetScaler NS13.0: Build 47.24.nc, Date: Jan 10 2020\n Done\n"}},
        "ERROR: No such command", 1},
    {"a10", "SSH-2.0-OpenSSH_6.6", "AX-1>",
        {{"show version", "Thunder Series Unified Application Service Gateway TH1030S\n64-bit "
                          "Advanced Core OS (ACOS) version 4.1.4\n"}},
        "% Unrecognized command.", 1},
    {"edgeswitch", "SSH-2.0-OpenSSH_5.9", "(UBNT EdgeSwitch) >",
        {{"show version", "Switch: 1\nSystem Description.............. EdgeSwitch 24-Port Lite\n"}},
        "% Invalid input detected at `^' marker.", 1},
    {"saos", "SSH-2.0-OpenSSH_6.6", "sw-1>",
        {{"show version", "SHELL PARSER FAILURE: 'show' - invalid input\n"}},
        "SHELL PARSER FAILURE", 1},
    {"onyx", "SSH-2.0-OpenSSH_7.4", "sw-1 [standalone: master] >",
        {{"show version", "Product name:      Onyx\nProduct release:   3.8.1112\n"}},
        "% Unrecognized command", 1},
    {"alcatel", "SSH-2.0-OpenSSH_6.6", "->",
        {{"show system",
            "System:\n  Description:  Alcatel-Lucent Enterprise OS6860E-24 8.4.1.141.R03\n"}},
        "ERROR: Invalid entry: \"version\"", 3},
    {NULL, "SSH-2.0-Strange", "toaster>", {{NULL, NULL}}, "what?", 3},
    {NULL, "SSH-2.0-Strange", NULL, {{NULL, NULL}}, "", 3},
};

struct asked {
    const struct shown *device;
    int count;
    const char *commands[10];
};

static int answer(void *state, const char *command, struct str *out, struct error *err)
{
    struct asked *asked = state;
    (void)err;
    for (int i = 0; i < asked->count; i++)
        assert_string_not_equal(asked->commands[i], command);
    assert_true(asked->count < 10);
    asked->commands[asked->count++] = command;
    *out = str_of(asked->device->refusal);
    for (size_t i = 0; i < COUNT(asked->device->answers); i++) {
        const char *known = asked->device->answers[i].command;
        if (known && strncmp(command, known, strlen(known)) == 0)
            *out = str_of(asked->device->answers[i].answer);
    }
    return 0;
}

static bool is_right(const struct shown *d, const struct asked *asked,
    const struct platform *const *fitting, size_t count)
{
    if (asked->count > d->most)
        return false;
    return d->platform ? count == 1 && strcmp(fitting[0]->name, d->platform) == 0 : count == 0;
}

static void each_platform_is_told_from_all_others(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(devices); i++) {
        const struct shown *d = &devices[i];
        if (d->platform && !platforms_named(all, d->platform))
            fail_msg("no platform %s", d->platform);
        struct asked asked = {.device = d};
        char greeting[200];
        snprintf(greeting, sizeof greeting, "%s\n", d->server);
        const struct sight sight = {
            .greeting = str_of(greeting), .prompt = d->prompt, .ask = answer, .ctx = &asked};
        const struct platform *const *fitting = NULL;
        size_t count = 0;
        assert_int_equal(candidates_find(all, &sight, &fitting, &count, NULL), 0);
        if (!is_right(d, &asked, fitting, count)) {
            wrong++;
            print_error("%s at \"%s\":", d->platform ? d->platform : "none",
                d->prompt ? d->prompt : "no prompt");
            for (size_t k = 0; k < count; k++)
                print_error(" %s", fitting[k]->name);
            for (int k = 0; k < asked.count; k++)
                print_error(" [%s]", asked.commands[k]);
            print_error("\n");
        }
        free((void *)(uintptr_t)fitting);
    }
    assert_int_equal(wrong, 0);
}

/* Words that change something on one vendor or another have no place here. */
static void no_command_could_change_anything(void **state)
{
    (void)state;
    static const char *const harmless[] = {
        "show ", "display ", "get system status", HOST, "tmsh -q show "};
    const struct platform *p;
    for (size_t i = 0; (p = platforms_at(all, i)); i++) {
        const char *command = yang_leaf(yang_child(p->data, "recognise"), "command");
        bool known = !command;
        for (size_t k = 0; !known && k < COUNT(harmless); k++)
            known = strncmp(command, harmless[k], strlen(harmless[k])) == 0;
        if (!known || (command && strpbrk(command, "<>|`$&")))
            fail_msg("%s asks: %s", p->name, command);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_platform_is_told_from_all_others),
        cmocka_unit_test(no_command_could_change_anything),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
