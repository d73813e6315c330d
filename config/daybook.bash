# bash completion for daybook(1) and daybookd(8)

# Values of one member of what a listing prints with --json, for the configuration on the command line.
_daybook_values() {
	local member=$1 line
	shift
	while IFS= read -r line; do
		[[ $line =~ \"$member\":\ *\"([^\"]*)\" ]] && printf '%s\n' "${BASH_REMATCH[1]}"
	done < <(timeout 2 daybook "${_daybook_config[@]}" "$@" --json 2>/dev/null)
}

_daybook_complete() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

_daybook_files() {
	mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
	compopt -o filenames
}

# The words after the options, so that "daybook -c FILE import mbox" is seen as "import mbox".
_daybook_words() {
	local i
	_daybook_config=()
	_daybook_verbs=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c) _daybook_config=(-c "${COMP_WORDS[++i]}") ;;
		--connector | --after | --reason | --out) ((i++)) ;;
		-*) ;;
		*) _daybook_verbs+=("${COMP_WORDS[i]}") ;;
		esac
	done
}

_daybook_verb() {
	case "${_daybook_verbs[*]}" in
	"") _daybook_complete "status ledger connectors contacts contact timeline interactions search review dead-letters
		dead-letter note import export erase backup reconcile rebuild doctor config completion --json -c --help --version" ;;
	contact) _daybook_complete "show merge unmerge split" ;;
	dead-letter) _daybook_complete "show retry drop" ;;
	"dead-letter "*) _daybook_complete "$(_daybook_values id dead-letters)" ;;
	import) _daybook_complete "mbox maildir eml" ;;
	"import "*) _daybook_files ;;
	reconcile) _daybook_complete "$(_daybook_values name connectors)" ;;
	interactions) _daybook_complete "--connector --after --json" ;;
	rebuild) _daybook_complete "--check" ;;
	config) _daybook_complete "check show explain" ;;
	completion) _daybook_complete "bash" ;;
	*) _daybook_complete "--json" ;;
	esac
}

_daybook() {
	local _daybook_config _daybook_verbs
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-c | --out) _daybook_files; return ;;
	--connector) _daybook_words; _daybook_complete "$(_daybook_values name connectors)"; return ;;
	esac
	_daybook_words
	case ${COMP_WORDS[COMP_CWORD]} in
	-*) [ ${#_daybook_verbs[@]} -gt 0 ] && [ "${_daybook_verbs[0]}" != interactions ] &&
		[ "${_daybook_verbs[0]}" != rebuild ] && { _daybook_complete "--json"; return; } ;;
	esac
	_daybook_verb
}

_daybookd() {
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-c) _daybook_files ;;
	*) _daybook_complete "-c -t --help --version" ;;
	esac
}

complete -F _daybook daybook
complete -F _daybookd daybookd
