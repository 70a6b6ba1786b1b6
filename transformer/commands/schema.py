"""`transformer schema`: the JSON Schema of transformer.yaml."""

from __future__ import annotations

import json
from argparse import Namespace

from transformer import output

FILE = "transformer.schema.json"


def run_schema(_: Namespace) -> int:
    from transformer.config.json_schema import document

    output.say(json.dumps(document(), indent=1, ensure_ascii=False) + "\n")
    return 0
