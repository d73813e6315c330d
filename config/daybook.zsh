#compdef daybook
# zsh completion for daybook(1). What fits is known by daybook itself.

_daybook() {
	local line files=
	local -a found
	while IFS= read -r line; do
		if [[ $line == :files ]]; then
			files=yes
		else
			found+=("$line")
		fi
	done < <("${words[1]}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)
	if [[ -n $files ]]; then
		_files
	else
		compadd -a found
	fi
}

if [ "$funcstack[1]" = "_daybook" ]; then
	_daybook "$@"
else
	compdef _daybook daybook
fi
