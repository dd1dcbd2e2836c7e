#!/usr/bin/env python3
"""check_sources.py ROOT [LAYER=ARCHIVE...] - the rules of this repository that a compiler does not know.

In the files: a layer includes only what stands below it, and only its own third-party libraries; every file opens with a
comment; no function in src is over 80 lines; no path of somebody's machine and no package registry stands in a file.
In the compiled layers (when archives are given): the pure ones call no clock, file, socket, environment or random number,
and none keeps a variable outside its functions.
"""
import os
import re
import subprocess
import sys

# layer: (layers it may include, third-party headers it may include)
LAYERS = {
    "core": ((), ()),
    "text": (("core",), ("utf8proc.h", "libstemmer.h", "xxhash.h")),
    "engine": (("core", "text"), ("openssl/", "xxhash.h")),
    "web": ((), ()),
    "protocol": (("core", "text", "engine", "web"), ("jansson.h", "llhttp.h", "zlib.h", "zstd")),
    "store": (("core",), ("openssl/", "xxhash.h", "zstd.h")),
    "state": (("core", "engine", "store"), ()),
    "support": (("core",), ("ini.h",)),
    "server": (("core", "text", "engine", "store", "state", "protocol", "support"), ("uv.h", "openssl/")),
    "cmd": (("core", "text", "engine", "store", "state", "protocol", "support", "server"), ("jansson.h", "utf8proc.h", "xxhash.h", "zlib.h", "libxml/", "csv.h")),
}
PURE = ("core", "text", "engine", "web", "protocol")

C_HEADERS = set("""assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
    stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype""".split())
POSIX_HEADERS = set("""arpa/inet dirent fcntl grp net/if netdb netinet/in netinet/tcp poll pthread pwd strings sys/file
    sys/ioctl sys/mman sys/prctl sys/queue sys/random sys/resource sys/socket sys/stat sys/time sys/types sys/uio sys/un sys/wait syslog termios unistd""".split())

FUNCTION_LINES_MAX = 80

# Functions and objects that a pure layer must not use; libm's are in it unless IEEE 754 fixes every bit of them. Fortified names (__printf_chk) are read as the plain ones.
IMPURE = re.compile(
    r"(time|clock|clock_\w+|gettimeofday|timespec_get|localtime(_r)?|mktime|getenv|secure_getenv|setlocale|nl_langinfo"
    r"|(log|exp|pow|sin|cos|tan|sinh|cosh|tanh|cbrt|hypot|[lt]gamma|erf)(2|10|1p|m1)?[fl]?"
    r"|s?rand(om|_r|48)?|drand48|getrandom|getentropy|RAND_\w+"
    r"|fopen|fdopen|freopen|tmpfile|open|openat|creat|read|write|pread|pwrite|mmap|stat|unlink|rename|opendir"
    r"|v?f?printf|v?dprintf|puts|fputs|fputc|putc|putchar|fwrite|fread|fgets|getline|perror|std(in|out|err)|syslog"
    r"|socket|bind|listen|accept|connect|send\w*|recv\w*|poll|select|epoll_\w+"
    r"|_?exit|quick_exit|abort|system|popen|fork|exec\w*|signal|sigaction|raise|kill|pthread_\w+|thrd_\w+|sleep|usleep|nanosleep)"
)
# The one place that may: a broken invariant says where and stops.
IMPURE_ALLOWED = {"assert.c.o": {"fprintf", "fputs", "fwrite", "stderr", "abort"}}

# In pieces, so that this file does not find itself.
UNWANTED = re.compile("|".join((
    "/wo" r"rk/", r"/tmp/br" "ief", r"(?<!\w)/ro" "ot/", r"\.\./sha" "red",
    r"regi" r"stry\.\w+\.\w+", r"deb\.deb" r"ian\.org", r"crates\." "io", r"py" r"pi\.org", r"proxy\.go" "lang",
)))


def include_complaints(path, text):
    """Includes of a file in src/LAYER/ or include/headlined/."""
    parts = path.split("/")
    public = parts[0] == "include"
    layer = "include" if public else parts[1]
    below, third_party = ((), ()) if public else LAYERS[layer]
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        kind, name = match.groups()
        stem = name.removesuffix(".h")
        if name.startswith("headlined/") or (kind == "<" and stem in C_HEADERS):
            continue
        if kind == "<" and not public and (stem in POSIX_HEADERS or name.startswith(third_party)):
            continue
        if kind == '"' and name.split("/")[0] in (*below, layer) and "/" in name:
            continue
        yield f"{path}:{number}: {layer} may not include {kind}{name}"


def comment_complaints(path, text):
    """The comment that every file opens with."""
    if text.startswith("#!"):
        text = text.partition("\n")[2]
    opening = {
        ".c": "/*", ".h": "/*", ".def": "/*", ".py": ('"""', "#"), ".md": "# ", ".json": "{",
        ".js": "/*", ".css": "/*", ".html": "<!doctype html>\n<!--", ".svg": "<!--", ".lua": "--",
        ".1": '.\\"', ".5": '.\\"', ".8": '.\\"',
    }.get(os.path.splitext(path)[1], ("#", '"""'))
    if not text.startswith(opening):
        yield f"{path}:1: does not open with a comment that says what it is for"


def function_complaints(path, text):
    """Functions that are too long, by the braces in column 0."""
    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start:
            if number - start - 1 > FUNCTION_LINES_MAX:
                yield f"{path}:{start}: function of {number - start - 1} lines, {FUNCTION_LINES_MAX} are the limit"
            start = 0


def unwanted_complaints(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        match = UNWANTED.search(line)
        if match:
            yield f"{path}:{number}: '{match.group()}' has no place in a committed file"


def file_complaints(path, data):
    """All rules that apply to one file. Test inputs and the licence do not speak of themselves."""
    text = data.decode("utf-8", "replace")
    yield from unwanted_complaints(path, text)
    if path != "LICENSE" and not path.startswith(("tests/data/", "tests/fuzz/corpus/")):
        yield from comment_complaints(path, text)
    if path.startswith("src/") and path.endswith((".c", ".h")):
        yield from include_complaints(path, text)
        yield from function_complaints(path, text)
    if path.startswith("include/"):
        yield from include_complaints(path, text)


def call_complaints(layer, undefined):
    """@undefined: lines of `nm -A -u`: archive:object: U name."""
    for line in undefined.splitlines():
        place, _, name = line.rpartition(" ")
        member = place.split(":")[1] if ":" in place else place
        name = re.sub(r"^(__isoc99_|_IO_)", "", name)
        name = re.sub(r"^__(\w+)_chk$", r"\1", name)
        if IMPURE.fullmatch(name) and name not in IMPURE_ALLOWED.get(member, ()):
            yield f"{layer}: {member} uses {name}: time, files and chance are arguments there"


def variable_complaints(layer, symbols):
    """@symbols: lines of `objdump -t`: value flags section size name. Relocated constants are constants."""
    member = "?"
    for line in symbols.splitlines():
        if ":" in line and "file format" in line:
            member = line.split(":")[0]
        match = re.match(r"[0-9a-f]+ .{7} (\.data|\.bss|\.tdata|\.tbss|\*COM\*)(\S*)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$", line)
        if match and not match.group(2).startswith(".rel.ro") and not match.group(3).startswith("."):
            yield f"{layer}: {member} keeps {match.group(3)} outside its functions"


def tree_files(root):
    """What git would commit; without git, everything but build folders."""
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                check=True, capture_output=True).stdout.decode().split("\0")
        return sorted({name for name in listed if name and os.path.isfile(os.path.join(root, name))})
    except (subprocess.CalledProcessError, FileNotFoundError):
        found = []
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if f not in (".git", ".cache", ".pytest_cache", "__pycache__") and not re.match(r"build($|-)", f)]
            found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
        return sorted(found)


def tool_output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(root, archives):
    complaints = []
    files = tree_files(root)
    for path in files:
        with open(os.path.join(root, path), "rb") as file:
            complaints += file_complaints(path, file.read())
    for layer, archive in (pair.split("=", 1) for pair in archives):
        if layer in PURE:
            complaints += call_complaints(layer, tool_output("nm", "-A", "-u", archive))
        complaints += variable_complaints(layer, tool_output("objdump", "-t", archive))
    print("\n".join(complaints + [f"{len(files)} files and {len(archives)} layers looked at, {len(complaints)} complaints"]))
    return 1 if complaints or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
