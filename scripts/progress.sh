# shellcheck shell=bash
# How far long work is, in one line that replaces itself; only on a terminal. Read by the other scripts.

progress() { # text… ; none: takes the line away
	if [ -t 1 ]; then printf '\r%s\e[K' "$*"; fi
}

# Copies what ninja or meson test say into a file, and shows how far they are: "[3/279] …", " 3/12 …".
progress_count() { # name to show, file
	local line
	while IFS= read -r line; do
		printf '%s\n' "$line" >&3
		if [[ $line =~ ^\ *\[?([0-9]+/[0-9]+)[]\ ] ]]; then progress "$1 ${BASH_REMATCH[1]}"; fi
	done 3>"$2"
	progress
}

# The same for apt-get with APT::Status-Fd=1.
progress_apt() {
	local kind percent shown="" now
	while IFS=: read -r kind _ percent _; do
		case $kind in
		dlstatus) now="downloading packages: ${percent%%.*} %" ;;
		pmstatus) now="installing packages: ${percent%%.*} %" ;;
		*) continue ;;
		esac
		[ "$now" = "$shown" ] || progress "$now"
		shown=$now
	done
	progress
}
