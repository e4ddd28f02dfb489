/* checker DIR - judges what a storm left in DIR, and says so in TAP. Status 1: an invariant is
 * broken. */
#include <stdio.h>

#include "judge.h"
#include "tell.h"

int main(int argc, char **argv)
{
    struct verdict v = {.say = stdout};
    int number = 0, bad = 0;
    struct place p;
    sqlite3 *db;

    if (argc != 2) die("usage: checker DIR");
    place_init(&p, argv[1]);
    db = evidence_open(&p);
    sql_run(db, "BEGIN");
    judge(&p, db, &v);
    sql_run(db, "ROLLBACK");
    sqlite3_close(db);
    for (int i = 0; i < INVARIANTS; i++) {
        if (!invariant_texts[i]) continue;
        printf("%s %d - %s\n", v.found[i] ? "not ok" : "ok", ++number, invariant_texts[i]);
        bad += v.found[i];
    }
    printf("# checked: %ld kills, %ld acked, %ld effects, %d lost, %d doubled\n", v.kills, v.acked,
           v.effects, v.lost, v.doubled);
    printf("1..%d\n", number);
    return bad > 0;
}
