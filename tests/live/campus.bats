# Sessions with what Huawei's, HPE's, Aruba's and other campus systems prompt and print: each is
# recognised among the others, and its config is read.

load ../vendors

# is PLATFORM ACCOUNT...: what the last device was taken for, and who has an account there
is() {
    [ "$(jq -r .platform <<<"$output")" = "$1" ] || { echo "not taken for $1: $(jq -r .platform <<<"$output")"; false; }
    [ "$(jq -r '[."rollcall-access:access".account[].name] | join(" ")' <<<"$output")" = "${*:2}" ] ||
        { echo "$output"; false; }
}

@test "VRP and Comware are told apart by display version" {
    device '<@hostname@>' 'privileged yes' 'silent screen-length'
    says 'display version' <<<'Huawei Versatile Routing Platform Software
VRP (R) software, Version 5.170 (S5735 V200R021C00SPC100)'
    says 'display current-configuration' <<'END'
!Software Version V200R021C00SPC100
#
sysname core-1
#
aaa
 local-user alice password irreversible-cipher $1c$aaaaaaaaaa$bbbbbbbbbbbbbbbb$
 local-user alice privilege level 15
#
return
END
    try
    is huawei alice

    stop "$LAB_PID"
    says 'display version' <<<'HPE Comware Software, Version 7.1.070, Release 3507'
    says 'display current-configuration' <<'END'
#
 version 7.1.070, Release 3507
#
local-user bob class manage
 service-type ssh
 authorization-attribute user-role network-admin
#
return
END
    try
    is comware bob
}

@test "a Huawei config that breaks off is none" {
    device '<@hostname@>' 'privileged yes' 'silent screen-length'
    says 'display version' <<<'Huawei Versatile Routing Platform Software'
    printf '%s\n' '#' 'aaa' ' local-user alice privilege level 15' | says 'display current-configuration'
    start_lab dev
    ROLLCALL_PASSWORD=s3cret run --separate-stderr rollcall try --json --accept-new "admin@127.0.0.1:$LAB_PORT"
    [ "$status" -gt 1 ]
}

@test "AOS-CX, AOS-S and Instant are told apart by show version" {
    device '@hostname@# ' 'privileged yes' 'silent no'
    says 'show version' <<<'-----------------------------------------------------------------------------
ArubaOS-CX
Version      : FL.10.13.1000'
    printf '%s\n' 'Current configuration:' '!' 'user alice group administrators password ciphertext AQBapAAAA' |
        says 'show running-config'
    try
    is aoscx alice

    stop "$LAB_PID"
    says 'show version' <<<'Image stamp:    /ws/swbuildm/rel_example
                WB.16.11.0012
Boot Image:     Primary'
    printf '%s\n' 'Running configuration:' '' '; J9729A Configuration Editor; Created on release #WB.16.11.0012' \
        'password manager user-name "bob" sha1 "1111111111222222222233333333334444444444"' |
        says 'show running-config'
    try
    is procurve bob

    stop "$LAB_PID"
    says 'show version' <<<'Aruba Operating System Software.
ArubaOS (MODEL: 515), Version 8.10.0.6'
    printf '%s\n' 'version 8.10.0.0-8.10.0' 'hash-mgmt-user carol password hash 1111111122222222' |
        says 'show running-config'
    try
    is instant carol
}

@test "an ArubaOS controller has its name in parentheses" {
    device '(@hostname@) [mynode] #' 'privileged yes' 'silent no'
    says 'show version' <<<'Aruba Operating System Software.
ArubaOS (MODEL: Aruba7210), Version 8.10.0.7'
    printf '%s\n' 'Building Configuration...' 'version 8.10' 'mgmt-user alice root 1111111122222222' end |
        says 'show running-config'
    try
    is arubaos alice
}

@test "TP-Link, Zyxel and D-Link are told apart" {
    device '@hostname@#' 'privileged yes' 'silent terminal'
    says 'show system-info' <<<' System Description   - JetStream 24-Port Gigabit L2+ Managed Switch'
    printf '%s\n' '!TL-SG3428' '#' 'user name alice privilege admin secret 5 $1$aaaaaaaa$bbbbbbbbbbbbbbbbbbbbbb' '#' end |
        says 'show running-config'
    try
    is tplink alice

    stop "$LAB_PID"
    rm -r dev
    device '@hostname@# ' 'privileged yes' 'silent terminal'
    says 'show version' <<<'Current ZyNOS version: V4.70(ABBH.3) | 04/20/2021'
    printf '%s\n' '; Product Name = XGS4600-32' 'logins username bob password cipher 11223344 privilege 14' |
        says 'show running-config'
    try
    is zyxel bob

    stop "$LAB_PID"
    says 'show version' <<<'System MAC Address: 00-00-5E-00-53-01
 1         DGS-1520-28          H/W: A1'
    printf '%s\n' 'username carol privilege 15 password 7 *@&aaaaaaaa' end | says 'show running-config'
    try
    is dlink-nextgen carol

    stop "$LAB_PID"
    rm -r dev
    device '@hostname@:admin#' 'privileged yes' 'silent disable'
    says 'show switch' <<<'Device Type        : DGS-3120-24TC Gigabit Ethernet Switch'
    printf '%s\n' '# ACCOUNT LIST' 'create account admin dave' '# ACCOUNT END' | says 'show config current_config'
    try
    is dlink dave
}

@test "an OmniSwitch has its users beside its config" {
    device '@hostname@-> ' 'privileged yes'
    says 'show system' <<<'System:
  Description:  Alcatel-Lucent Enterprise OS6860E-24 8.9.107.R01'
    printf '%s\n' '! AAA:' 'aaa authentication ssh "local"' | says 'show configuration snapshot'
    printf '%s\n' 'User name = alice,' '  Read/Write for domains  = All ,' | says 'show user'
    try
    is alcatel alice
}
