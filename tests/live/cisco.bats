# Sessions with what Cisco's, Arista's and Dell's systems prompt and print: each is recognised, and its
# config comes whole.

load ../vendors

accounts() { jq -r '[."rollcall-access:access".account[] | "\(.realm)/\(.name)"] | join(" ")' <<<"$output"; }

@test "NX-OS prints no end, and the clock behind the config tells that it is whole" {
    device '@hostname@# ' 'privileged yes' 'silent terminal'
    says 'show version' <<<'Cisco Nexus Operating System (NX-OS) Software'
    says 'show running-config ; show clock' <<'END'

!Command: show running-config
!Time: Tue Nov 24 10:02:11 2026

version 9.3(8) Bios:version 05.45
username admin password 5 $5$AAAAAA$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  role network-admin
line vty
  exec-timeout 10

10:02:13.120 UTC Tue Nov 24 2026
Time source is NTP
END
    try
    [ "$(accounts)" = local/admin ] || { echo "$output"; false; }

    stop "$LAB_PID"
    sed -i '/^10:02:13/,$d' 'dev/commands/show_running-config___show_clock'
    start_lab dev
    ROLLCALL_PASSWORD=s3cret run --separate-stderr rollcall try --json --accept-new "admin@127.0.0.1:$LAB_PORT"
    [ "$status" -gt 1 ]
}

@test "ASA wants to be enabled, and pages unless told otherwise" {
    device '@hostname@@sign@ ' 'enable s3cret' 'privileged_only more' 'pager 5' \
        'pager_text <--- More --->' 'silent terminal'
    says 'show version' <<<'Cisco Adaptive Security Appliance Software Version 9.12(4)67'
    says 'more system:running-config' <<'END'
: Saved
: Written by alice at 20:03:32.236 CEST Mon Oct 21 2024
!
ASA Version 9.12(4)67
!
hostname core-1
username alice password AbCdEfGhIjKlMnOp encrypted privilege 15
username bob password QrStUvWxYz012345 encrypted privilege 3
ssh 192.0.2.0 255.255.255.0 mgmt
Cryptochecksum:0123456789abcdef0123456789abcdef
: end
END
    try
    [ "$(accounts)" = 'local/alice local/bob' ] || { echo "$output"; false; }
}

@test "Threat Defense has a bare prompt, and accounts of its own" {
    device '> ' 'silent terminal'
    says 'show version' <<'END'
-------------------[ core-1 ]--------------------
Model                     : Cisco Firepower Threat Defense for VMware (75) Version 7.0.1 (Build 84)
END
    printf '%s\n' ': Saved' 'hostname core-1' ': end' | says 'show running-config'
    says 'show user' <<'END'
Login              UID   Auth Access  Enabled Reset    Exp Warn  Str Lock Max
admin             1000  Local Config  Enabled    No   Never  N/A  Dis   No N/A
END
    try
    [ "$(accounts)" = local/admin ] || { echo "$output"; false; }
}

@test "IOS XR shows both planes, or only one where the other is refused" {
    device 'RP/0/RP0/CPU0:@hostname@#' 'privileged yes' 'silent terminal'
    says 'show version' <<<'Cisco IOS XR Software, Version 7.5.2'
    says 'show running-config' <<'END'
Tue Nov 24 10:02:11.120 UTC
Building configuration...
!! IOS XR Configuration 7.5.2
!! Last configuration change at Tue Nov 24 09:14:04 2026 by alice
!
username alice
 group root-lr
 secret 10 $6$aaaaaaaa$bbbbbbbbbbbbbbbbbbbbbb
!
end

END
    try
    [ "$(accounts)" = local/alice ] || { echo "$output"; false; }

    stop "$LAB_PID"
    says 'admin show running-config' <<'END'
aaa authentication users user root
 uid      9000
 password $1$aaaa$eeeeeeeeeeeeeeeeeeeeee
!
END
    try
    [ "$(accounts)" = 'admin-plane/root local/alice' ] || { echo "$output"; false; }
}

@test "EOS, OS10 and OS9 are told apart" {
    device '@hostname@#' 'privileged yes' 'silent terminal'
    says 'show version' <<<'Arista DCS-7050SX3-48YC8'
    printf '%s\n' '! device: core-1 (DCS-7050SX3-48YC8, EOS-4.29.2F)' \
        'username alice privilege 15 secret sha512 $6$aaaaaaaa$bbbbbbbbbbbbbbbbbbbbbb' end | says 'show running-config'
    try
    [ "$(accounts)" = local/alice ] || { echo "$output"; false; }

    stop "$LAB_PID"
    says 'show version' <<<'Dell Operating System Version:  2.0
Dell Application Software Version:  9.14(2.4)'
    printf '%s\n' 'Current Configuration ...' 'username bob password 7 aaaaaaaaaaaaaaaa privilege 15' ! end |
        says 'show running-config'
    try
    [ "$(accounts)" = local/bob ] || { echo "$output"; false; }

    stop "$LAB_PID"
    says 'show version' <<<'Dell SmartFabric OS10 Enterprise'
    printf '%s\n' 'username carol password $6$aaaaaaaa$cccccccccccccccccccccc role sysadmin' '!' |
        says 'show running-configuration'
    try
    [ "$(accounts)" = local/carol ] || { echo "$output"; false; }
}

@test "an AireOS controller has its name in parentheses" {
    device '(@hostname@) >' 'silent config'
    says 'show sysinfo' <<<'Product Name..................................... Cisco Controller'
    says 'show run-config commands' <<'END'

 mgmtuser add admin **** read-write
 mgmtuser add desk **** lobby-admin
 network telnet enable

END
    try
    [ "$(accounts)" = 'local/admin local/desk' ] || { echo "$output"; false; }
}
