#!/bin/bash
# kill -9 at random moments, BUILD [KILLS [EVENTS]]: nothing acknowledged is lost, nothing stands twice.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"
use_build "$1"
kills=${2:-15} events=${3:-2000}
make_store
# The events last about as long as the kills do.
rate=$((events * 10 / (kills * 5) + 1))
oracle "kill -9" "" --count "$events" --kills "$kills" --rate "$rate" --kill-min 0.1 --kill-max 0.8
after "kill -9"
finish kill
