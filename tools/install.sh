#!/bin/sh
# install.sh install|uninstall BUILD: under $DESTDIR$PREFIX. What is not in the tree is left out.
set -eu
action=$1
build=$2
prefix=${DESTDIR:-}${PREFIX:-/usr/local}

# put FILE FOLDER MODE [NAME]
put() {
    [ -e "$1" ] || return 0
    target=$prefix/$2/${4:-$(basename "$1")}
    if [ "$action" = uninstall ]; then
        rm -fv "$target"
    else
        install -D -m "$3" "$1" "$target"
        echo "$target"
    fi
}

put "$build/rollcall" bin 755
put "$build/rollcalld" sbin 755
for unit in etc/*.service etc/systemd/*.service; do
    put "$unit" lib/systemd/system 644
done
for page in etc/man/*.[1-8]; do
    put "$page" "share/man/man${page##*.}" 644
done
put "$build/rollcall-platforms.7" share/man/man7 644
put etc/completions/rollcall.bash share/bash-completion/completions 644 rollcall
put etc/completions/_rollcall share/zsh/site-functions 644
put etc/completions/rollcall.fish share/fish/vendor_completions.d 644
put etc/rollcall.yaml share/doc/rollcall/examples 644
put README.md share/doc/rollcall 644
put LICENSE share/doc/rollcall 644
