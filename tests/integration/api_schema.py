"""The description of the API as a judge: every reply is held against openapi.yaml, and a field that it does not name is a
fault here, though clients must pass over one."""
import copy
import json
import os
import re

import jsonschema
import yaml

from daybook import TOP


def strict(schema):
    """The same with nothing more than what is named."""
    if isinstance(schema, list):
        return [strict(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: strict(v) for k, v in schema.items()}
    if isinstance(out.get("properties"), dict) and "additionalProperties" not in out:
        out["additionalProperties"] = False
    return out


class Judge:
    def __init__(self):
        with open(os.path.join(TOP, "src", "api", "openapi.yaml"), encoding="utf-8") as f:
            self.text = f.read()
        self.doc = yaml.safe_load(self.text)
        components = copy.deepcopy(self.doc["components"])
        components["schemas"] = strict(components["schemas"])
        self.components = components
        self.seen = set()

    def operations(self):
        return {(method.upper(), path) for path, item in self.doc["paths"].items() for method in item}

    def resolve(self, node):
        while "$ref" in node:
            target = self.doc
            for part in node["$ref"][2:].split("/"):
                target = target[part]
            node = target
        return node

    def operation_of(self, method, path):
        # A path without braces stands before one that would take it.
        for (m, pattern) in sorted(self.operations(), key=lambda operation: operation[1].count("{")):
            if m == method and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(pattern)), path):
                return pattern, self.doc["paths"][pattern][method.lower()]
        return None, None

    def check(self, method, path, answer):
        path = path.split("?")[0]
        pattern, operation = self.operation_of("GET" if method == "HEAD" else method, path)
        if operation is None:
            response = self.doc["components"]["responses"]["Problem"]
        else:
            responses = operation["responses"]
            response = self.resolve(responses.get(str(answer.status), responses.get("default")))
            self.seen.add((pattern, answer.status))
        assert answer.headers["X-Request-Id"].startswith("req_") and answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        content = response.get("content", {})
        if not content or method == "HEAD":
            assert answer.body == b"", answer.body
            return None
        kind = (answer.headers["Content-Type"] or "").split(";")[0]
        assert kind in content, "%s %s: %d is %s" % (method, path, answer.status, kind)
        if not kind.endswith("json"):
            return None
        value = json.loads(answer.body)
        schema = {**strict(content[kind]["schema"]), "components": self.components}
        jsonschema.Draft202012Validator(schema).validate(value)
        if answer.status >= 400:
            assert value["status"] == answer.status and value["instance"] == answer.headers["X-Request-Id"]
        return value
