# The guarantees of a start frame (protocol/runner.md) for one command on an SSH channel of its own, with as few forks as
# that takes: three (mkdir, the command's process, timeout's child). It is what the runner is measured against.
#   wrapper.sh LEDGER KEY NOT-AFTER LIMIT NAME DIGEST RUN COORDINATOR TEXT
# Prints the command's output, then "DONE NAME CODE left=N"; "REFUSED NAME WHY" if it did not run; the record if it is not the first.
umask 077; set -f; trap '' HUP PIPE TERM INT
refuse() { printf '%s\n' "REFUSED $NAME $*"; exit 75; }
# P = pid, B = start time of this very process.
born() { IFS= read -r S </proc/self/stat; P=${S%% *}; set -- ${S##*) }; B=${20}; }
L=$1; KEY=$2; LATEST=$3; LIMIT=$4; NAME=$5; DIGEST=$6; RUN=$7; CO=$8; TEXT=$9; R=$L/$NAME

if [ ! -e "$R" ]; then
  # The same host, boot and ledger; not a frame that waited too long; not a job whose record may have been deleted.
  read -r ID <"$L/ledger"; read -r BOOT </proc/sys/kernel/random/boot_id; M=; read -r M </etc/machine-id
  [ "$ID/$BOOT/$M" = "$KEY" ] || refuse identity "$ID/$BOOT/$M"
  read -r UP X </proc/uptime; [ "${UP%.*}" -le "$LATEST" ] || refuse late
  LOW=0; [ ! -e "$L/low.$CO" ] || read -r LOW <"$L/low.$CO"; [ "$NAME" \> "$LOW" ] || refuse forgotten
  # One run changes a host at a time: the job before must be over, or this run's own.
  if [ -e "$L/mutating" ]; then read -r X Y <"$L/mutating"
    if [ "$Y" != "$RUN" ]; then S=; [ ! -e "$L/$X/record" ] || while read -r S Z; do :; done <"$L/$X/record"; [ "$S" = done ] || refuse busy "$Y"; fi; fi
  printf '%s %s\n' "$NAME" "$RUN" >"$L/mutating" || refuse nospace
fi
# The directory is the claim: whoever makes it runs the command, all others are told how it stands.
mkdir "$R" 2>/dev/null || { while read -r X; do printf '%s\n' "STATE $NAME $X"; done <"$R/record"; exit 75; }
born; printf '%s\n' "claim $P $B $BOOT $DIGEST $RUN $CO" >>"$R/record" || refuse nospace
# A session of its own for whoever must end it; timeout keeps the deadline when the connection is gone.
( born; printf '%s\n' "run $P $B" >>"$R/record" || exit 125
  [ ! -e "$R/cancel" ] || exit 143
  trap - HUP PIPE TERM INT; umask 022; cd "$R" && exec setsid timeout -k 5 "$LIMIT" sh -c "$TEXT" ) </dev/null >"$R/o" 2>"$R/e" &
C=$!; wait $C; CODE=$?
LEFT=0; ! kill -0 "-$C" 2>/dev/null || LEFT=1
# On record before anyone is told.
printf '%s\n' "done $CODE left=$LEFT" >>"$R/record"
[ ! -s "$R/o" ] || cat "$R/o"; [ ! -s "$R/e" ] || cat "$R/e" >&2
printf '%s\n' "DONE $NAME $CODE left=$LEFT"
