#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
"""Every function of the C headers has a comment of its own that ends in its thread tag; every C++
header says it of its classes.

Usage: thread_tags.py INCLUDE_DIR
"""
import pathlib
import re
import sys

TAG = re.compile(r"\[(host|work|any)-thread\]\s*\*/$")
ANY_TAG = re.compile(r"\[(host|work|any)-thread\]")
FUNCTION = re.compile(r"\(\*(\w+)\)\s*\(|BURIN_EXPORT[^;=]*?\b(burin_\w+)\(")


def uncommented(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def untagged(text):
    """Yields (line, name) of the functions whose comment lacks the tag."""
    comment = None  # of the declaration that begins where `at` is
    at = 0
    for match in re.finditer(r"/\*.*?\*/|[;{}]", text, flags=re.S):
        token = match.group()
        if token in "{}":
            comment, at = None, match.end()
        elif token == ";":
            declaration = uncommented(text[at : match.start()])
            function = FUNCTION.search(declaration)
            if function and not (comment and TAG.search(comment)):
                yield text.count("\n", 0, match.start()) + 1, function.group(1) or function.group(2)
            comment, at = None, match.end()
        elif not uncommented(text[at : match.start()]).strip():
            comment = token  # the last before the declaration is its own


def main():
    include = pathlib.Path(sys.argv[1])
    headers = sorted(include.glob("burin/*.h")) + sorted(include.glob("burin/[!c]*/*.h"))
    functions = 0
    failed = False
    for header in headers:
        text = header.read_text()
        functions += len(FUNCTION.findall(uncommented(text)))
        for line, name in untagged(text):
            print(f"{header}:{line}: the comment of {name} does not end in a thread tag",
                  file=sys.stderr)
            failed = True
    wrappers = sorted(include.glob("burin/cpp/*.hpp"))
    for header in wrappers:
        if not ANY_TAG.search(header.read_text()):
            print(f"{header}: no thread tag says who may use it", file=sys.stderr)
            failed = True
    if len(wrappers) < 20:
        sys.exit(f"only {len(wrappers)} C++ headers were found under {include}")
    if functions < 100:
        sys.exit(f"only {functions} functions were found under {include}")
    if failed:
        sys.exit(1)
    print(f"{functions} functions of {len(headers)} headers and the classes of {len(wrappers)} say who may call them")


main()
