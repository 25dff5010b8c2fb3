#!/bin/sh
# Which room includes which: fails on an arrow that is not drawn here (the design's, in full).
#
# A room may include itself and what is listed behind it. From another room only its front header
# may be included (access/access.h); a room lists further public headers in FRONTS.
set -u
cd "$(dirname "$0")/.."

ARROWS='
base:
drivers: base
ssh: base drivers
exec: base drivers
file: base drivers
data: base
netconf: base drivers data
syntax: base drivers data
settings: base drivers alert
access: base drivers data syntax settings
diff: base drivers data syntax settings
evidence: base
store: base settings evidence
judge: base drivers settings
alert: base settings
collect: base drivers data syntax ssh netconf settings access diff evidence store judge alert
transfer: base drivers file data syntax settings access diff store judge alert collect
watch: base drivers data syntax netconf settings access diff evidence store judge alert collect
cli: base drivers file data syntax netconf settings access diff evidence store judge alert collect transfer watch
main: base drivers settings access diff evidence store judge alert collect watch cli
'
# headers beside room/room.h that other rooms may use
FRONTS='store/prune.h store/verify.h store/backup.h drivers/driver.h drivers/platform.h drivers/stream.h drivers/file/saved.h drivers/file/repository.h drivers/data/data.h drivers/data/schema.h
drivers/netconf/session.h drivers/netconf/notify.h drivers/netconf/modules.h drivers/netconf/cache.h drivers/syntax/syntax.h drivers/syntax/parts.h
access/check.h evidence/merkle.h evidence/head.h evidence/lines.h evidence/bundle.h
collect/result.h collect/job.h collect/learn.h collect/event_json.h
watch/fleet.h watch/notifier.h'
# library headers that belong to one room
OWNED='sqlite3.h=store libssh/=ssh curl/=alert,settings
openssl/=netconf libxml/=data,syntax,access'

bad=0
complain() {
    echo "$1: $2" >&2
    bad=1
}

room_of_file() {
    case $1 in
    drivers/ssh/*) echo ssh ;;
    drivers/netconf/*) echo netconf ;;
    drivers/exec/*) echo exec ;;
    drivers/file/*) echo file ;;
    drivers/data/*) echo data ;;
    drivers/syntax/*) echo syntax ;;
    drivers/*) echo drivers ;;
    daemon/*/*) echo "$1" | cut -d/ -f2 ;;
    daemon/*) echo main ;;
    esac
}

room_of_include() {
    case $1 in
    drivers/*) room_of_file "$1" ;;
    */*) echo "${1%%/*}" ;;
    *) echo "" ;;
    esac
}

check() { # file, line, include
    from=$(room_of_file "$1")
    to=$(room_of_include "$3")
    [ -n "$to" ] && [ "$from" != "$to" ] || return 0
    allowed=$(echo "$ARROWS" | sed -n "s/^$from: *//p")
    case " $allowed " in
    *" $to "*) ;;
    *) complain "$1:$2" "$from must not know $to ($3)"; return ;;
    esac
    case " $(echo $FRONTS) $to/$to.h " in
    *" $3 "*) ;;
    *) [ "$to" = base ] || complain "$1:$2" "$3 is private to $to" ;;
    esac
}

check_library() { # file, line, include
    from=$(room_of_file "$1")
    for owned in $OWNED; do
        case $3 in
        "${owned%%=*}"*)
            case ",${owned#*=}," in
            *",$from,"*) ;;
            *) complain "$1:$2" "only ${owned#*=} includes <$3>" ;;
            esac
            ;;
        esac
    done
}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
grep -rnE '^#include' daemon drivers --include='*.[ch]' |
    sed -nE 's/^([^:]*):([0-9]+):#include ([<"])([^>"]*)[>"].*/\1 \2 \3 \4/p' >"$list"
while read -r file line kind include; do
    if [ "$kind" = '"' ]; then
        check "$file" "$line" "$include"
    else
        check_library "$file" "$line" "$include"
    fi
done <"$list"
exit $bad
