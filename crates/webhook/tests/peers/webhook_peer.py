"""Answers questions about webhook signatures with the vendor's Python library (`pip install twilio`).

One JSON object a line on standard input, one answer a line on standard output:
    {"op": "sign", "token", "url", "pairs", "algorithm"}  ->  {"signature"}
    {"op": "hash", "body"}                                ->  {"hash"}
    {"op": "validate", "token", "url", "pairs" or "body", "signature", "algorithm"}  ->  {"valid"}
An exception in the library counts as a refusal, and is named in "error".
"""

import json
import logging
import sys

import twilio
from twilio.request_validator import RequestValidator

logging.disable(logging.CRITICAL)


class Pairs:
    """What web frameworks give: names in order, all values of a name by `getlist`."""

    def __init__(self, pairs):
        self.values = {}
        for name, value in pairs:
            self.values.setdefault(name, []).append(value)

    def __iter__(self):
        return iter(self.values)

    def __len__(self):
        return len(self.values)

    def getlist(self, name):
        return self.values[name]


def answer(question):
    if question["op"] == "version":
        return {"version": twilio.__version__}
    if question["op"] == "hash":
        return {"hash": RequestValidator("any").compute_hash(question["body"])}
    validator = RequestValidator(question["token"])
    algorithm = question.get("algorithm")
    # Versions before 9.13 know one algorithm and take no argument for it.
    extra = (algorithm,) if algorithm else ()
    if question["op"] == "sign":
        return {"signature": validator.compute_signature(question["url"], Pairs(question["pairs"]), *extra)}
    content = Pairs(question["pairs"]) if "pairs" in question else question["body"]
    return {"valid": validator.validate(question["url"], content, question["signature"], *extra)}


for line in sys.stdin:
    try:
        result = answer(json.loads(line))
    except Exception as error:
        result = {"valid": False, "error": type(error).__name__ + ": " + str(error)}
    print(json.dumps(result))
