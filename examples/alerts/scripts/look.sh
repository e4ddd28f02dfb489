#!/usr/bin/env python3
"""Reads the alerts from $ALERTS and says in one text what matters of them."""
import json
import os

lines = []
for alert in json.loads(os.environ["ALERTS"]):
    labels = alert.get("labels", {})
    notes = alert.get("annotations", {})
    where = labels.get("instance") or labels.get("job") or "somewhere"
    lines.append(f"- {where}: {notes.get('summary') or labels.get('alertname', '?')} (since {alert.get('startsAt', '?')})")
with open(os.environ["BOTOPS_OUTPUT"], "a") as out:
    out.write(json.dumps({"text": f"{len(lines)} firing\n" + "\n".join(lines)}))
