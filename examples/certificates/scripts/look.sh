#!/bin/bash
# look.sh HOST[:PORT]… - how many days the certificates are still good for; sets soonest, host, until.
set -euo pipefail
soonest=
for host in "$@"; do
    address=$host
    [[ $address == *:* ]] || address=$address:443
    until=$(openssl s_client -connect "$address" -servername "${host%:*}" </dev/null 2>/dev/null |
        openssl x509 -noout -enddate | sed 's/^notAfter=//')
    days=$((($(date -d "$until" +%s) - $(date +%s)) / 86400))
    echo "$host: $days days (until $until)"
    if [[ -z $soonest || $days -lt $soonest ]]; then
        soonest=$days first=$host end=$until
    fi
done
{
    echo "soonest=$soonest"
    echo "host=$first"
    echo "until=$end"
} >> "$BOTOPS_OUTPUT"
