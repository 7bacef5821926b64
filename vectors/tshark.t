#!/usr/bin/env python3
"""tshark, which shares no code with the builder, finds nothing wrong in any golden packet that is meant to
be well-formed: no malformed packet, no bad checksum, no mark of severity error. Packets that are wrong on
purpose say so in the golden ("malformed": true); where tshark marks a packet that is right, a row below
says why."""

import fnmatch, glob, json, os, shutil, struct, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

LAB = os.environ.get("BUILD_DIR", "build/debug") + "/xlatlab"
OPTIONS = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
           "-o", "tcp.check_checksum:TRUE", "-o", "sctp.checksum:CRC-32C",
           # packets of different cases are no fragments of one datagram
           "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"]
SEVERITY_ERROR, GROUP_CHECKSUM, GROUP_MALFORMED = "8388608", "16777216", "117440512"

TCP_IN_CUT_QUOTE = "TCP in a cut quote"
EXEMPT = [  # case ids, what tshark says, why it is no fault of the packet
    ("robustness/fragment/empty-4to6-*", "Malformed Packet",
     "a later fragment without data: nothing forbids it, but tshark's reassembly expects an octet"),
    ("rfc7915/4.1/source-route-pointer/*", "Pointer points",
     "the pointer is wrong on purpose; tshark then takes the header's destination into the checksum"),
    ("*", TCP_IN_CUT_QUOTE, "tshark sums the TCP segment of a cut quote over what is left of it"),
    ("rfc7915/5.3/segments-left/*", "Bad checksum",
     "in a quote tshark does not take the final destination from the routing header (RFC 8200 8.1)"),
    ("rfc7915/4.2/extension-object/large-object", "Bad checksum",
     "tshark sums the cut datagram of the quote over the extension behind it"),
    ("rfc7915/4.2/extension-larger", "Bad checksum", "the extension's checksum is over what was cut off"),
    ("rfc7915/4.2/extension-truncated", "Bad checksum",
     "behind a quote of more than 1023 octets tshark does not find the extension where `length` says"),
    ("rfc7915/4.2/extension/1020", "Bad checksum", "extension behind a long quote, as above"),
    ("rfc7915/5.2/extension/largest", "Bad checksum", "extension behind a long quote, as above"),
    ("rfc7915/5.2/extension/beyond-255-words", "Bad checksum", "a long quote, as above, with nothing behind it"),
    ("robustness/extension/4to6-length-*", "Bad checksum",
     "where the wrong attribute leads, tshark reads octets of the quote as an extension"),
    ("rfc7915/4.2/query-dropped/extended-echo-request", "Bad checksum",
     "any octets stand for the body of a query that is dropped by its type"),
    ("rfc7915/5.1.1/extension/shim6-first", "Bad checksum",
     "any octets stand for the body of a header that the translator does not look into"),
    ("rfc7915/4.5/protocol/vrrp", "Bad checksum",
     "any octets stand for the payload of a protocol that the translator does not look into"),
    ("robustness/fragment/empty-6to4-la*", "Malformed",
     "tshark looks for a UDP header in a later fragment that carries nothing"),
    ("robustness/option/*", "Malformed", "the octets of the option are wrong on purpose"),
    ("robustness/quote/4to6-deep", "Bogus IP version",
     "the innermost of the nested quotes is not written out"),
]

failed = 0
count = 0


def check(good, what, *more):
    global failed, count
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good:
        for line in more:
            print("#", line)


def records(path):
    with open(path, "rb") as f:
        octets = f.read()
    at = 24
    while at < len(octets):
        n = struct.unpack_from("<I", octets, at + 8)[0]
        yield at + 16, octets[at + 16:at + 16 + n]
        at += 16 + n


def is_cut_quote(p):
    """An ICMP error about a packet of which less is here than its IP length says."""
    if p[0] >> 4 == 4:
        quote = p[4 * (p[0] & 15) + 8:]
        return p[9] == 1 and len(quote) >= 4 and struct.unpack(">H", quote[2:4])[0] > len(quote)
    quote = p[48:]
    return p[6] == 58 and len(quote) >= 6 and struct.unpack(">H", quote[4:6])[0] + 40 > len(quote)


def marks(path):
    """The records of a capture that tshark marks: {record: messages}; None when it fails."""
    run = subprocess.run(["tshark", "-r", path, *OPTIONS, "-T", "fields", "-E", "separator=|",
                          "-E", "aggregator=;", "-e", "frame.number", "-e", "_ws.expert.severity",
                          "-e", "_ws.expert.group", "-e", "tcp.checksum.status",
                          "-e", "_ws.expert.message"],
                         capture_output=True, text=True)
    if run.returncode:
        return None
    found, packets = {}, [p for _, p in records(path)]
    for line in run.stdout.splitlines():
        number, severity, group, tcp, message = line.split("|", 4)
        group = group.split(";")
        if SEVERITY_ERROR in severity.split(";") or GROUP_CHECKSUM in group or GROUP_MALFORMED in group:
            k = int(number) - 1
            found[k] = message
            if "0" in tcp.split(";") and message.count("Bad checksum") == 1 and is_cut_quote(packets[k]):
                found[k] = TCP_IN_CUT_QUOTE
    return found


def owners(suite):
    """(capture, record) -> (case id, wrong on purpose)"""
    with open(f"{GOLDEN}/{suite}.json") as f:
        cases = json.load(f)["cases"]
    owner = {}
    for case in cases:
        for turn in case["turns"]:
            wants = [w for o in turn["outcomes"] for w in o["wants"]]
            for key, packets in (("in", turn["sends"]), ("out", wants)):
                for p in packets:
                    owner[key, p[key]] = case["id"], p.get("malformed", False)
    return owner


def checksum_of(p):
    """Name and place of a checksum that tshark can verify, in a packet without options or fragments."""
    if p[0] == 0x45 and struct.unpack(">H", p[6:8])[0] & 0x3FFF == 0:
        yield "IPv4 header", 10
        number, head, names = p[9], 20, {1: ("ICMPv4", 2)}
    elif p[0] >> 4 == 6:
        number, head, names = p[6], 40, {58: ("ICMPv6", 2)}
    else:
        return
    names.update({6: ("TCP", 16), 17: ("UDP", 6)})
    if number in names:
        name, at = names[number]
        if p[head + at:head + at + 2] != b"\0\0":
            yield f"{name} over IPv{p[0] >> 4}", head + at


def test_notices(copy):
    """One octet of a checksum changed in a copy: the record is marked. So the check can fail."""
    path, owner, before = f"{GOLDEN}/rfc7915.in.pcap", owners("rfc7915"), MARKS["rfc7915", "in"]
    changed = {}
    with open(path, "rb") as f:
        octets = bytearray(f.read())
    for k, (at, p) in enumerate(records(path)):
        if k in before or owner["in", k][1] or k in changed.values():
            continue
        for name, offset in checksum_of(p):
            if name not in changed:
                changed[name] = k
                octets[at + offset] ^= 0x15
                break
    with open(copy, "wb") as f:
        f.write(octets)
    after = marks(copy) or {}
    check(len(changed) == 7, f"checksums of {len(changed)} kinds changed in a copy", *changed)
    for name, k in sorted(changed.items()):
        check(k in after, f"a wrong checksum is noticed: {name}")
    check(set(after) - set(before) == set(changed.values()), "and nothing else is")


def test_suite(suite):
    """Every mark is of a packet that is wrong on purpose or exempt. The exemptions that were needed."""
    owner, used_rows = owners(suite), set()
    for key in ("in", "out"):
        found, bad, n = MARKS[suite, key], [], len(list(records(f"{GOLDEN}/{suite}.{key}.pcap")))
        meant = sum(wrong for (k, _), (_, wrong) in owner.items() if k == key)
        for k, message in sorted((found or {}).items()):
            case, wrong = owner[key, k]
            rows = [i for i, row in enumerate(EXEMPT)
                    if fnmatch.fnmatchcase(case, row[0]) and row[1] in message]
            if not wrong:
                used_rows.update(rows)
                if not rows:
                    bad.append(f"record {k}, {case}: {message}")
        check(found is not None and not bad,
              f"{suite}.{key}.pcap: {n} packets, {meant} of them wrong on purpose", *bad)
    return used_rows


if not shutil.which("tshark"):
    print("1..1\nnot ok 1 - tshark is installed (make deps)")
    sys.exit(1)
with tempfile.TemporaryDirectory() as GOLDEN:
    build = subprocess.run([LAB, "vectors", "build", "-o", GOLDEN], capture_output=True, text=True)
    check(build.returncode == 0, "goldens compile", *build.stdout.splitlines())
    SUITES = sorted(os.path.basename(p)[:-5] for p in glob.glob(f"{GOLDEN}/*.json") if "manifest" not in p)
    JOBS = [(s, k) for s in SUITES for k in ("in", "out")]
    with ThreadPoolExecutor(2) as pool:
        MARKS = dict(zip(JOBS, pool.map(lambda j: marks(f"{GOLDEN}/{j[0]}.{j[1]}.pcap"), JOBS)))
    used = set()
    for name in SUITES:
        used |= test_suite(name)
    for i, row in enumerate(EXEMPT):
        check(i in used, f"exempt, and needed: {row[0]}: {row[2]}")
    test_notices(f"{GOLDEN}/copy.pcap")
print(f"1..{count}")
sys.exit(failed > 0)
