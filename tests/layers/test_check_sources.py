#!/usr/bin/env python3
"""test_check_sources.py - every rule of check_sources.py finds its offender and leaves the innocent alone."""
import unittest

import check_sources as check


def found(complaints):
    return len(list(complaints))


class FileRules(unittest.TestCase):
    def test_includes(self):
        for path, line, wrong in (
            ("src/core/a.c", '#include "core/slab.h"', 0),
            ("src/core/a.c", '#include "text/text.h"', 1),
            ("src/core/a.c", '#include "slab.h"', 1),
            ("src/core/a.c", "#include <stdlib.h>", 0),
            ("src/core/a.c", "#include <utf8proc.h>", 1),
            ("src/text/a.c", "#include <utf8proc.h>", 0),
            ("src/engine/a.c", "#include <openssl/evp.h>", 0),
            ("src/engine/a.c", '#include "protocol/service.h"', 1),
            ("src/engine/a.c", '# include   "support/log.h"', 1),
            ("src/protocol/a.c", "#include <jansson.h>", 0),
            ("src/protocol/a.c", "#include <uv.h>", 1),
            ("src/store/a.c", "#include <zstd.h>", 0),
            ("src/store/a.c", "#include <pthread.h>", 0),
            ("src/store/a.c", '#include "engine/state.h"', 1),
            ("src/store/a.c", '#include "protocol/service.h"', 1),
            ("src/store/a.c", '#include "state/durable.h"', 1),
            ("src/engine/a.c", '#include "state/durable.h"', 1),
            ("src/state/a.c", '#include "engine/state.h"', 0),
            ("src/state/a.c", '#include "protocol/service.h"', 1),
            ("src/protocol/a.c", '#include "state/durable.h"', 1),
            ("src/protocol/a.c", '#include "store/log.h"', 1),
            ("src/server/a.c", "#include <uv.h>", 0),
            ("src/support/a.c", '#include "engine/state.h"', 1),
            ("src/cmd/a.c", "#include <uv.h>", 1),
            ("src/cmd/a.c", '#include "server/server.h"', 0),
            ("include/headlined/a.h", "#include <headlined/error.h>", 0),
            ("include/headlined/a.h", "#include <uv.h>", 1),
            ("include/headlined/a.h", '#include "core/slab.h"', 1),
        ):
            with self.subTest(path=path, line=line):
                self.assertEqual(found(check.include_complaints(path, f"/* . */\n{line}\n")), wrong)

    def test_opening_comments(self):
        for path, text, wrong in (
            ("src/core/a.c", "/* what */\n", 0),
            ("src/core/a.c", "#include <stdio.h>\n", 1),
            ("src/CMakeLists.txt", "# what\n", 0),
            ("src/CMakeLists.txt", "add_library(a)\n", 1),
            ("scripts/a", "#!/bin/bash\n# what\n", 0),
            ("scripts/a", "#!/bin/bash\nset -eu\n", 1),
            ("tests/a.py", '#!/usr/bin/env python3\n"""What."""\n', 0),
            ("tests/a.py", "import os\n", 1),
        ):
            with self.subTest(path=path, text=text):
                self.assertEqual(found(check.comment_complaints(path, text)), wrong)

    def test_function_length(self):
        def function(lines):
            return "/* . */\nint f(void)\n{\n" + "    g();\n" * lines + "}\n"
        self.assertEqual(found(check.function_complaints("src/a.c", function(80))), 0)
        self.assertEqual(found(check.function_complaints("src/a.c", function(81))), 1)
        self.assertEqual(found(check.function_complaints("src/a.c", function(80) + function(90) + function(1))), 1)

    def test_unwanted_words(self):
        self.assertEqual(found(check.unwanted_complaints("a", "see /wo" "rk/main\n")), 1)
        self.assertEqual(found(check.unwanted_complaints("a", "https://regi" "stry.npm" "js.org/x\n")), 1)
        self.assertEqual(found(check.unwanted_complaints("a", "framework/main, the registry, $dir/root/x\n")), 0)

    def test_rules_apply_by_place(self):
        bad = b"int x;\n#include <uv.h>\n"
        self.assertEqual(found(check.file_complaints("src/core/a.c", bad)), 2)
        self.assertEqual(found(check.file_complaints("tests/unit/core/a.c", bad)), 1)
        self.assertEqual(found(check.file_complaints("tests/fuzz/corpus/framer/1", bad)), 0)


class ObjectRules(unittest.TestCase):
    def test_calls(self):
        for line, wrong in (
            ("libhl_core.a:slab.c.o:                 U memcpy", 0),
            ("libhl_core.a:slab.c.o:                 U clock_gettime", 1),
            ("libhl_core.a:slab.c.o:                 U __fprintf_chk", 1),
            ("libhl_core.a:slab.c.o:                 U __vsnprintf_chk", 0),
            ("libhl_core.a:assert.c.o:                 U stderr", 0),
            ("libhl_core.a:error.c.o:                 U stderr", 1),
            ("libhl_core.a:slab.c.o:                 U hl_time", 0),
            ("libhl_core.a:slab.c.o:                 U sqrt", 0),
            ("libhl_core.a:slab.c.o:                 U log2", 1),
        ):
            with self.subTest(line=line):
                self.assertEqual(found(check.call_complaints("core", line + "\n")), wrong)

    def test_variables(self):
        for line, wrong in (
            ("0000000000000000 l     O .bss	0000000000000004 calls.0", 1),
            ("0000000000000000 g     O .data	0000000000000004 .hidden global", 1),
            ("0000000000000000 g     O .data.rel.local	0000000000000008 .hidden pointer", 1),
            ("0000000000000000 g       .tbss	0000000000000004 .hidden per_thread", 1),
            ("0000000000000000 g     O .data.rel.ro.local	0000000000000010 .hidden names", 0),
            ("0000000000000000 g     O .rodata	0000000000000008 .hidden table", 0),
            ("0000000000000000 l    d  .bss	0000000000000000 .bss", 0),
        ):
            with self.subTest(line=line):
                self.assertEqual(found(check.variable_complaints("core", line + "\n")), wrong)


if __name__ == "__main__":
    unittest.main()
