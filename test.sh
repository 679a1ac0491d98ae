#!/usr/bin/env bash
# Builds everything and runs all tests. The last line is "N passed, N failed" (", N skipped").
# Long campaigns are run by hand, see CONTRIBUTING.md.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# Debian packages that tests use. SQLite and libsodium come with the NuGet packages.
# umockdev stands between the real libusb and an emulated bus.
packages=(libusb-1.0-0 umockdev)
# Yubico's own client of the YubiHSM; Debian has it from 13 on.
apt-cache show yubihsm-shell >/dev/null 2>&1 && packages+=(yubihsm-shell)

fail() {
    echo "$*" >&2
    exit 1
}

command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: install it (package dotnet-sdk-10.0) and run this again"

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" \
            || echo "could not be installed, and tests that need them are skipped: ${missing[*]}"
    else
        echo "not installed, and tests that need them are skipped: ${missing[*]} (run as root to install them)"
    fi
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build Kms.sln -c Release || fail "the build failed"

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0
# One project after the other: several of them start processes and measure what survives.
for project in tests/*.Tests; do
    dotnet test "$project" -c Release --no-build --nologo --logger "trx;LogFileName=$(basename "$project").trx" \
        --results-directory "$results" --blame-hang-timeout 5m || status=1
done

# Every result file names its counts once: <Counters total=".." executed=".." passed=".." failed=".." ... />
count() {
    cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*' | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ sum += $1 } END { print sum + 0 }'
}

# What random tests drew, so that a run can be repeated, and how the crash campaign went.
grep -ohE '[^<>]*\bseed [0-9]+[^<>]*' "$results"/*.trx | sort -u

total=$(count total)
executed=$(count executed)
passed=$(count passed)
failed=$((executed - passed))
[ "$(find "$results" -name '*.trx' | wc -l)" = "$(find tests -maxdepth 1 -name '*.Tests' | wc -l)" ] || { echo "a test project left no result" >&2; status=1; }
[ "$passed" -gt 0 ] && [ "$failed" = 0 ] || status=1
echo "$passed passed, $failed failed, $((total - executed)) skipped"
exit $status
