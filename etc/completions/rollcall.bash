# bash completion for rollcall(1)
_rollcall() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local words
    case $before in
    --settings | --identity | -i | --key | -k)
        COMPREPLY=($(compgen -f -- "$word"))
        return
        ;;
    --from) words='oxidized rancid folder rollcall' ;;
    --to) words='git folder jsonl' ;;
    --platform | -p) words=$(rollcall platforms --csv 2>/dev/null | awk -F, 'NR > 1 { print $1 }') ;;
    --device | -d) words=$(rollcall devices --csv 2>/dev/null | awk -F, 'NR > 1 { print $1 }') ;;
    esac
    if [ -z "$words" ] && [ "$COMP_CWORD" -eq 1 ]; then
        words=$(rollcall help | awk '/^  [a-z]/ { print $1 }')
    elif [ -z "$words" ] && [[ $word == -* ]]; then
        words=$(rollcall help "$command" 2>/dev/null | grep -oE -- '--[a-z-]+' | sort -u)
    elif [ -z "$words" ]; then
        case $command in
        collect | history | show | evidence | schema | diff | trust | status | devices | hold)
            words=$(rollcall devices --csv 2>/dev/null | awk -F, 'NR > 1 { print $1 }')
            ;;
        key) words='init status rotate' ;;
        platforms) words=$(rollcall platforms --csv 2>/dev/null | awk -F, 'NR > 1 { print $1 }') ;;
        inspect | import | export | verify)
            COMPREPLY=($(compgen -f -- "$word"))
            return
            ;;
        help) words=$(rollcall help | awk '/^  [a-z]/ { print $1 }') ;;
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _rollcall rollcall
