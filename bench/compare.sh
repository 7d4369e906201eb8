#!/usr/bin/env bash
# The benchmarks of two revisions, in turn, and what benchstat says of them: BASE, any
# name of a commit, beside the working tree as it is.
#
#   BASE=main~3 [PKG='./asm ./solver'] [BENCH=regexp] [COUNT=6] [BENCHTIME=0.3s] bench/compare.sh
#
# Rounds go base, here, here, base, so that a machine that warms up or slows down favours
# neither. The checkout of BASE is temporary and goes away however this ends. With the defaults it
# takes a quarter of an hour on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

BASE=${BASE:-}
PKG=${PKG:-./hadamard ./jacobian ./solver}
BENCH=${BENCH:-'^Benchmark(Transform|SRHT|Linearize|MulGramVec|Gram|Cholesky|QR)$'}
COUNT=${COUNT:-6}
BENCHTIME=${BENCHTIME:-0.3s}
GO=${GO:-go}
# The version that this was tried with.
BENCHSTAT=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

fail() { echo "bench-compare: $*" >&2; exit 2; }
[ -n "$BASE" ] || fail 'which revision? make bench-compare BASE=main'
commit=$(git rev-parse --verify --quiet "$BASE^{commit}") || fail "there is no revision $BASE here"

temp=$(mktemp -d)
cleanup() {
  git worktree remove --force "$temp/tree" 2>/dev/null || true
  rm -rf "$temp"
  git worktree prune
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
git worktree add --quiet --detach "$temp/tree" "$commit"

# round NAME FOLDER runs the benchmarks of a checkout once. The words of PKG are packages.
round() {
  # shellcheck disable=SC2086
  (cd "$2" && $GO test -run '^$' -bench "$BENCH" -benchtime "$BENCHTIME" $PKG) >"$temp/last.txt" 2>&1 ||
    { cat "$temp/last.txt" >&2; fail "the benchmarks of $1 failed"; }
  cat "$temp/last.txt" >>"$temp/$1.txt"
}

for ((i = 1; i <= COUNT; i++)); do
  echo "round $i of $COUNT (${SECONDS}s)" >&2
  if ((i % 2)); then
    round base "$temp/tree"; round here .
  else
    round here .; round base "$temp/tree"
  fi
done
grep -q '^Benchmark' "$temp/here.txt" || fail "no benchmark of $PKG matches $BENCH"
$GO run "$BENCHSTAT" "$BASE=$temp/base.txt" "here=$temp/here.txt"
