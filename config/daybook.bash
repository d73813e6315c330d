# bash completion for daybook(1) and daybookd(8). What fits is known by daybook itself.

_daybook() {
	local line files=
	COMPREPLY=()
	while IFS= read -r line; do
		if [[ $line == :files ]]; then
			files=yes
		else
			COMPREPLY+=("$line")
		fi
	done < <(timeout 2 "$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
	if [[ -n $files ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
		compopt -o filenames
	fi
}

_daybookd() {
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-c | --config)
		mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
		compopt -o filenames
		;;
	*) mapfile -t COMPREPLY < <(compgen -W "-c -t -v --json --help --version" -- "${COMP_WORDS[COMP_CWORD]}") ;;
	esac
}

complete -F _daybook daybook
complete -F _daybookd daybookd
