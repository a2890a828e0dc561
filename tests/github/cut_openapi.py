#!/usr/bin/env python3
"""Cuts GitHub's OpenAPI description (12 MB) down to the calls that are named and what they refer to, so that a
server that is made from it starts at once.

usage: cut_openapi.py DESCRIPTION OUT 'GET /app' 'POST /app/hook/deliveries/{delivery_id}/attempts' …
"""
import json
import sys


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def main():
    source, out, calls = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(source, encoding="utf-8") as file:
        whole = json.load(file)
    cut = {"openapi": whole["openapi"], "info": whole["info"], "servers": whole["servers"], "paths": {}, "components": {}}
    for call in calls:
        method, path = call.split(" ", 1)
        cut["paths"].setdefault(path, {})[method.lower()] = whole["paths"][path][method.lower()]
    wanted = list(references(cut["paths"]))
    seen = set()
    while wanted:
        reference = wanted.pop()
        if reference in seen:
            continue
        seen.add(reference)
        _, _, kind, name = reference.split("/", 3)
        value = whole["components"][kind][name]
        cut["components"].setdefault(kind, {})[name] = value
        wanted.extend(references(value))
    with open(out, "w", encoding="utf-8") as file:
        json.dump(cut, file, sort_keys=True)


main()
