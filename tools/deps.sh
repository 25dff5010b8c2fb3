#!/bin/sh
# deps.sh check|install PACKAGE...: which Debian packages are missing; install them.
set -eu
action=$1
shift

command -v dpkg-query >/dev/null || {
    echo "deps: no Debian here; these packages or their like are needed: $*" >&2
    exit 0
}
missing=
for package; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
    installed) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

echo "deps: missing Debian packages:$missing"
if [ "$action" = check ]; then
    echo "deps: make deps installs them"
    exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=sudo
    command -v sudo >/dev/null || {
        echo "deps: as root: apt-get install$missing" >&2
        exit 1
    }
fi
# An sshd or a router that starts by itself is not wanted: they are for tests, which start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
    $as_root chmod 755 $policy
    trap '$as_root rm -f $policy' EXIT
fi
echo "deps: apt-get install --no-install-recommends$missing"
$as_root apt-get update -q
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $missing
