#!/bin/bash
# One name, one function: symbols.sh BUILD. A name that two libraries define is no error for the linker: the
# first archive that has it wins, in every program, and the other's callers get the wrong function.
set -u
build=${1:?the build folder}
twice=$(find "$build/src" "$build/connectors" -name 'lib*.a' -exec nm -A --defined-only {} + 2>/dev/null |
	awk 'NF > 2 && $(NF-1) ~ /^[TDBRV]$/ && $NF !~ /^__(asan|odr|ubsan|tsan)/ { if (seen[$NF]++) print $NF }' | sort -u)
n=$(find "$build/src" "$build/connectors" -name 'lib*.a' | wc -l)
if [ "$n" -lt 5 ]; then
	echo "only $n libraries below $build"
	echo "symbols: Checks: 1, Failures: 1, Errors: 0"
	exit 1
fi
if [ -n "$twice" ]; then
	echo "defined in more than one library:"
	echo "$twice"
	echo "symbols: Checks: 1, Failures: 1, Errors: 0"
	exit 1
fi
echo "symbols: Checks: 1, Failures: 0, Errors: 0"
