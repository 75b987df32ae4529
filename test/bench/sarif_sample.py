#!/usr/bin/env python3
"""sarif_sample.py RESULTS STEPS: prints a SARIF log of that many results, with as many thread flow locations each.

The steps are drawn from 200,000 places in 500 files. What the results refer to comes behind them, which is the harder order.
"""

import json
import random
import sys

FILES, PLACES, RULES = 500, 200_000, 40


def step(place, number):
    return {
        "location": {
            "physicalLocation": {
                "artifactLocation": {"uri": f"src/file{place % FILES}.c", "uriBaseId": "%SRCROOT%", "index": place % FILES},
                "region": {"startLine": 1 + place // FILES, "startColumn": 5, "endColumn": 6 + place % 60},
            },
            "message": {"text": f"value {number} flows on"},
        }
    }


def result(number, places):
    return {
        "ruleId": f"test/rule-{number % RULES}",
        "ruleIndex": number % RULES,
        "message": {"text": f"[Input](1) reaches sink {number}."},
        "codeFlows": [{"threadFlows": [{"locations": [step(place, i) for i, place in enumerate(places)]}]}],
        "partialFingerprints": {"primaryLocationLineHash": f"{number:x}:1"},
    }


def main():
    results, steps = int(sys.argv[1]), int(sys.argv[2])
    draw = random.Random(1)
    print('{"version":"2.1.0","runs":[{"columnKind":"unicodeCodePoints","results":[')
    for number in range(results):
        places = [draw.randrange(PLACES) for _ in range(steps)]
        print("," if number else "", json.dumps(result(number, places), separators=(",", ":")), sep="")
    rules = [{"id": f"test/rule-{rule}", "defaultConfiguration": {"level": "error"}} for rule in range(RULES)]
    print('],"tool":{"driver":{"name":"sample","rules":' + json.dumps(rules) + "}}}]}")


main()
