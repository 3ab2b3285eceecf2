#!/bin/bash
# Runs libFuzzer on one target: fuzz.sh decoder|shard|keys|proxy|websocket [seconds]
# What it finds stands in .build/fuzz/findings; copy it to Corpus with a name that says what broke.
set -euo pipefail

target=${1:-}
seconds=${2:-60}
case $target in
decoder | shard | keys | proxy | websocket) ;;
*)
    echo "usage: $0 decoder|shard|keys|proxy|websocket [seconds]" >&2
    exit 64
    ;;
esac

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/.build/fuzz
runtime=$(find "$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")" \
    -name 'libclang_rt.fuzzer-*.a' -o -name 'libclang_rt.fuzzer.a' | head -n 1)
if [ -z "$runtime" ]; then
    echo "This Swift toolchain has no fuzzer runtime (libclang_rt.fuzzer); nothing was run." >&2
    exit 69
fi

echo "Building the targets with coverage instrumentation"
swift build --package-path "$root" --scratch-path "$build" --target FuzzTargets \
    -Xswiftc -sanitize=fuzzer -Xswiftc -parse-as-library

mkdir -p "$build/findings" "$build/corpus-$target"
# The fuzzer's main calls LLVMFuzzerTestOneInput; the target's entry point takes that name.
mapfile -d '' objects < <(find "$build/debug" -path '*.build/*.o' -not -path '*ArgumentParser*' -print0)
cat > "$build/entry.c" <<C
#include <stddef.h>
#include <stdint.h>
int skep_fuzz_$target(const uint8_t *bytes, ptrdiff_t count);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) { return skep_fuzz_$target(bytes, (ptrdiff_t)count); }
C
clang -c "$build/entry.c" -o "$build/entry-$target.o"
swiftc -sanitize=fuzzer "${objects[@]}" "$build/entry-$target.o" -o "$build/fuzz-$target"

echo "Fuzzing $target for $seconds seconds"
exec "$build/fuzz-$target" -max_total_time="$seconds" -artifact_prefix="$build/findings/" \
    "$build/corpus-$target" "$here/Corpus/$target"
