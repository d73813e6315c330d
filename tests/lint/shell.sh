#!/bin/bash
# Shell: every script and the completion parse, and shellcheck has nothing to say.
set -u
top=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
cd "$top" || exit 2
checks=0 failures=0

is_shell() {
	case $1 in *.sh | *.bash) return 0 ;; esac
	head -n 1 "$1" | grep -q -E '^#!.*\b(ba)?sh$'
}

have_shellcheck=yes
if ! command -v shellcheck >/dev/null; then
	echo "SKIPPED: shellcheck is not installed, scripts are only parsed"
	have_shellcheck=no
fi
while IFS= read -r path; do
	is_shell "$path" || continue
	checks=$((checks + 1))
	if ! bash -n "$path" || { [ $have_shellcheck = yes ] && ! shellcheck -x -s bash -f gcc "$path"; }; then
		failures=$((failures + 1))
	fi
done < <(find scripts .ci config tests -type f ! -path 'tests/tools/*' ! -path '*/corpus/*' | sort)
printf '%d scripts looked at\nshell: Checks: 1, Failures: %d, Errors: 0\n' "$checks" $((failures > 0))
[ "$failures" -eq 0 ] && [ "$checks" -gt 0 ]
