#!/bin/sh
# The example for users of the goldens compiles with libpcap alone and tells right from wrong.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0
bad=0
check() { # NAME EXPECTED-STATUS COMMAND...
	name=$1 want=$2
	shift 2
	n=$((n + 1))
	"$@" >"$work/out" 2>&1
	if [ $? -eq "$want" ]; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$work/out"
		bad=1
	fi
}
golden=$work/golden
lab=${BUILD_DIR:-build/debug}/xlatlab
check "compiles" 0 "${CC:-cc}" -std=c17 -D_DEFAULT_SOURCE -Wall -Wextra -Werror -o "$work/goldens" docs/examples/goldens.c -lpcap
check "is at most 60 lines" 0 test "$(wc -l <docs/examples/goldens.c)" -le 60
check "goldens compile" 0 "$lab" vectors build -o "$golden"
check "reads a set" 0 "$work/goldens" "$golden/rfc6052"
check "what is expected fits" 0 "$work/goldens" "$golden/rfc6052" "$golden/rfc6052.out.pcap"
check "what was sent does not" 1 "$work/goldens" "$golden/rfc6052" "$golden/rfc6052.in.pcap"
check "a missing set is refused" 2 "$work/goldens" "$golden/rfc0"
check "compiles under other addresses" 0 "$lab" vectors build --config docs/examples/my-addresses.yaml -o "$work/mine"
cp "$work/out" "$work/left"
check "the cases left out are counted by reason" 0 grep -q '^ *[1-9][0-9]* another translator: hairpinning$' "$work/left"
check "and listed one by one" 0 "$lab" vectors build --config docs/examples/my-addresses.yaml -o "$work/mine" --list-left-out
cp "$work/out" "$work/left"
check "one with literal addresses" 0 grep -q '^rfc7915/.*	literal addresses$' "$work/left"
check "one of another configuration" 0 grep -q '	another translator: hairpinning	eam-simple$' "$work/left"
check "one that uses other names" 0 grep -q "	names that it lacks	.*is neither a name of configuration mine" "$work/left"
check "which are whole captures" 0 "$work/goldens" "$work/mine/rfc7915" "$work/mine/rfc7915.out.pcap"
check "and hold no address of ours" 1 grep -q '2001:db8:aaaa' "$work/mine/manifest.json"
echo "1..$n"
exit $bad
