"""The marks of the bench: key, floor to pass, goal, and which way is better."""

UP, DOWN = "more", "less"

MARKS = [
    # key, floor, goal, better, what
    ("ingest_vs_probe", 0.60, 0.75, UP, "durable webhooks / the bare server with SQLite"),
    ("ingest_vs_raw", 0.40, 0.55, UP, "durable webhooks / raw rows, 100 a transaction"),
    ("step_vs_spawn", 0.50, 0.65, UP, "bash steps, 16 in flight / bare posix_spawn"),
    ("executed_vs_webhook", 0.80, 1.00, UP, "executed /bin/true / Debian's webhook"),
    ("runs_per_s", 3000, 5000, UP, "two-step runs a second"),
    ("idle_rss_mb", 16, 10, DOWN, "resident memory when idle, MB"),
    ("idle_wakeups_per_s", 2, 0, DOWN, "wake-ups a second when idle"),
    ("cold_start_ms", 60, 25, DOWN, "exec to the first durable 2xx, ms"),
    ("restart_100k_ms", 2000, 1000, DOWN, "exec to ready with 100,000 open runs, ms"),
    ("accept_to_exec_p50_ms", 4, 3, DOWN, "webhook to running step, idle server, ms"),
    ("accept_to_exec_p99_ms", 12, 8, DOWN, "the same, the slowest of a hundred, ms"),
    ("json_vs_jansson", 0.33, 0.10, DOWN, "time of our JSON reader / jansson's"),
    ("cel_vs_lua", 1.0, 0.5, DOWN, "time of our CEL / Lua's on the same rule"),
    ("cel_ns", None, None, DOWN, "one evaluation of that rule, ns"),
    ("regex_worst_ms", 1, 1, DOWN, "a hostile pattern on a text of 64 KiB, ms"),
    ("match_100k_vs_100", 2, 1.2, DOWN, "matching to 100,000 triggers / to 100, JSON read before"),
    ("match_1k_us", 200, 100, DOWN, "a 4 KB event to 1,000 triggers, its JSON read too, us"),
    ("load_100k_s", 3, 1.5, DOWN, "loading 1,000 workflows of 100 triggers, s"),
    ("trigger_bytes", 1024, 512, DOWN, "memory kept for each of these triggers, all in"),
]


def reached(mark, figure):
    """"goal", "floor", or "below" the floor; "-" for what has no mark."""
    _, floor, goal, better, _ = mark
    if floor is None:
        return "-"
    if figure >= goal if better == UP else figure <= goal:
        return "goal"
    return "floor" if (figure >= floor if better == UP else figure <= floor) else "below"


def table(figures):
    lines = ["%-24s %9s %9s %9s  %s" % ("key", "floor", "goal", "figure", "reached")]
    for mark in MARKS:
        if mark[0] not in figures:
            continue
        figure = figures[mark[0]]
        floor, goal = ("-" if m is None else "%g" % m for m in mark[1:3])
        lines.append("%-24s %9s %9s %9.4g  %-6s %s" % (mark[0], floor, goal, figure,
                                                      reached(mark, figure), mark[4]))
    return "\n".join(lines)
