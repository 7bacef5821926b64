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
check "is at most 120 lines" 0 test "$(wc -l <docs/examples/goldens.c)" -le 120
check "goldens compile" 0 "$lab" vectors build -o "$golden"
for suite in "$golden"/*.json; do
	suite=${suite%.json}
	[ -f "$suite.out.pcap" ] || continue
	check "${suite##*/}: writes what must come out" 0 "$work/goldens" "$suite" out "$work/came.pcap"
	check "which fits" 0 "$work/goldens" "$suite" check "$work/came.pcap"
done
set_6052=$golden/rfc6052
cp "$work/out" "$work/said"
check "counts what it leaves out" 0 grep -q "^left out: [0-9]* cases; ICMP checksum not verified: [0-9]* cases$" "$work/said"
check "every record of other cases is one too many" 1 "$work/goldens" "$set_6052" check "$set_6052.out.pcap"
cp "$work/out" "$work/said"
check "as it says" 0 grep -q "^\([1-9][0-9]*\) of \1 packets came, and [1-9][0-9]* that are not expected$" "$work/said"
check "writes what is to be sent" 0 "$work/goldens" "$set_6052" in "$work/sent.pcap"
check "which is not what must come" 1 "$work/goldens" "$set_6052" check "$work/sent.pcap"
check "writes a capture" 0 "$work/goldens" "$set_6052" out "$work/came.pcap"
# The first IPv4 packet of UDP gets a wrong header checksum.
break_checksum() {
	od -An -v -tu1 -w1 "$1" | awk '
		function u32(i) { return b[i] + 256 * (b[i + 1] + 256 * (b[i + 2] + 256 * b[i + 3])) }
		{ b[n++] = $1 }
		END {
			for (i = 24; i < n; i += 16 + u32(i + 8))
				if (int(b[i + 16] / 16) == 4 && b[i + 25] == 17 && !broken++)
					print i + 26
		}' | while read -r at; do printf '\377\377' | dd of="$1" bs=1 seek="$at" conv=notrunc; done
}
check "an IPv4 header checksum is made wrong" 0 break_checksum "$work/came.pcap"
check "and is found" 1 "$work/goldens" "$set_6052" check "$work/came.pcap"
cp "$work/out" "$work/said"
check "in that packet alone" 0 grep -q ", and 1 that are not expected$" "$work/said"
check "a missing set is refused" 2 "$work/goldens" "$golden/rfc0" out "$work/came.pcap"
check "a missing capture is refused" 2 "$work/goldens" "$set_6052" check "$work/none.pcap"
check "compiles under other addresses" 0 "$lab" vectors build --config docs/examples/my-addresses.yaml -o "$work/mine"
cp "$work/out" "$work/left"
check "the cases left out are counted by reason" 0 grep -q '^ *[1-9][0-9]* another translator: hairpinning$' "$work/left"
check "and listed one by one" 0 "$lab" vectors build --config docs/examples/my-addresses.yaml -o "$work/mine" --list-left-out
cp "$work/out" "$work/left"
check "one with literal addresses" 0 grep -q '^rfc7915/.*	literal addresses$' "$work/left"
check "one of another configuration" 0 grep -q '	another translator: hairpinning	eam-simple$' "$work/left"
check "one that uses other names" 0 grep -q "	names that it lacks	.*is neither a name of configuration mine" "$work/left"
check "which are whole captures" 0 "$work/goldens" "$work/mine/rfc7915" out "$work/came.pcap"
check "that fit" 0 "$work/goldens" "$work/mine/rfc7915" check "$work/came.pcap"
check "and hold no address of ours" 1 grep -q '2001:db8:aaaa' "$work/mine/manifest.json"
echo "1..$n"
exit $bad
