#!/bin/bash
# Every manual page: scdoc takes it, mandoc finds nothing worth a warning.
set -u
top=$(cd "${1:-$(dirname "$0")/../..}" && pwd)
checks=0 failures=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for tool in scdoc mandoc; do
	if ! command -v "$tool" >/dev/null; then
		echo "SKIPPED: $tool is not installed, the manual pages are not checked"
		exit 77
	fi
done
for page in "$top"/docs/man/*.scd; do
	checks=$((checks + 1))
	name=$(basename "$page" .scd)
	if ! scdoc <"$page" >"$work/$name" 2>"$work/words"; then
		failures=$((failures + 1))
		echo "${page#"$top"/}: $(cat "$work/words")"
		continue
	fi
	# Empty paragraphs are how scdoc writes; not ours to mend.
	words=$(mandoc -T lint -W warning "$work/$name" | grep -v 'paragraph macro: PP')
	[ -z "$words" ] && continue
	failures=$((failures + 1))
	printf '%s:\n%s\n' "${page#"$top"/}" "$words"
done
printf 'man: Checks: %d, Failures: %d, Errors: 0\n' "$checks" "$failures"
[ "$failures" -eq 0 ] && [ "$checks" -gt 0 ]
