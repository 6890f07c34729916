# Muster's host runner, protocol 1: one for each connection and identity, fed by frames on standard input.
# protocol/runner.md specifies frames, records and answers. POSIX sh with od, mkdir, rm, mv, ls, sleep, setsid and /proc;
# everything else on the way of a job is a builtin, because each fork costs half a millisecond.
# $1 ledger directory or empty for the usual place, $2 nonce of HELLO.
LC_ALL=C; export LC_ALL; umask 077; set -f; OVER=' '; TURN=7; HOLDS=0; SELF=; MINE=; TAB=$(printf '\t'); NL='
'
trap '' HUP PIPE TERM INT
say() { printf '%s\n' "$*"; }
die() { printf 'ERROR %.300s\n' "$*"; exit 1; }
# A noisy profile may have left an open line: ours begin on a new one.
say
for X in od mkdir rm mv ls sleep; do command -v $X >/dev/null 2>&1 || die missing $X; done
[ -r /proc/self/stat ] && [ -r /proc/uptime ] || die missing /proc
up() { read -r U X </proc/uptime; U=${U%.*}; }
# B = start time of process $1, P = its pid as /proc tells; a zombie counts as gone.
born() { B=; { IFS= read -r S <"/proc/$1/stat"; } 2>/dev/null || return 1
  P=${S%% *}; set -- ${S##*) }; [ "$1" != Z ] || return 1; B=${20}; }
# Y = our parent as it is now: who loses it gets another at once. ($PPID is the first for ever, and born takes longer.)
parent() { while read -r X Y; do [ "$X" != PPid: ] || break; done </proc/self/status; }

# Who we are: user id and home from /proc and passwd, without a fork.
while read -r X Y Z; do [ "$X" != Uid: ] || ME=$Z; done </proc/self/status
ME=${ME%%[!0-9]*}; USER=; HOME=${HOME:-/}
while IFS=: read -r X Y Z A B C D; do [ "$Z" != "$ME" ] || { USER=$X; HOME=${C:-/}; break; }; done </etc/passwd
[ "$USER" ] || USER=$(id -un 2>/dev/null)                                       # not in passwd: LDAP and the like
LOGNAME=$USER; TERM=dumb; PAGER=cat; SYSTEMD_PAGER=cat; DEBIAN_FRONTEND=noninteractive; NEEDRESTART_MODE=l
export HOME USER LOGNAME TERM PAGER SYSTEMD_PAGER DEBIAN_FRONTEND NEEDRESTART_MODE PATH
LOCALE=C; for X in C.utf8 C.UTF-8; do [ ! -e "/usr/lib/locale/$X" ] || LOCALE=C.UTF-8; done
# May a function's "break" end a loop around its call? Then (BusyBox) a look's could end ours, and looks get a new shell.
loop() { eval 'break; FORK=1'; }; FORK=; for X in 1; do loop 2>/dev/null; done
SUPER=; ! command -v bash >/dev/null 2>&1 || SUPER='bash --noprofile --norc -p'

# The ledger's place: chosen once for an identity, never shared with strangers, never in memory.
M=nomachine; { read -r M </etc/machine-id; } 2>/dev/null
read -r BOOT </proc/sys/kernel/random/boot_id || die ledger no boot id; born 1; BOOT=${BOOT%%-*}.${B:-0}
[ -z "${MUSTER_TEST_BOOT:-}" ] || BOOT=$MUSTER_TEST_BOOT
if [ "$1" ]; then L=$1
elif [ "$ME" = 0 ]; then L=/var/lib/muster
else L=$HOME/.local/state/muster
  mkdir -p "$L" 2>/dev/null || { L=/var/tmp/muster-$ME; mkdir -m 700 "$L" 2>/dev/null
    [ -d "$L" ] && [ ! -L "$L" ] && [ -O "$L" ] || die ledger "$L" is not ours; }
fi
L=$L/$M; case $L in *"$NL"*) die ledger has a line break in its name;; esac
# A file "mutating" is from before the directory.
mkdir -p "$L/cwd" "$L/mutating" 2>/dev/null || { rm -f "$L/mutating"; mkdir -p "$L/cwd" "$L/mutating"; } 2>/dev/null ||
  die ledger "$L" can not be made
# Its id appears whole or not at all, and the first of several runners wins. An empty one was lost in a power cut or on a
# full disk: that is another ledger.
if [ ! -s "$L/ledger" ]; then read -r X </proc/sys/kernel/random/uuid; born self; T=$L/ledger.$P
  { printf '%s\n' "$X" >"$T" && { ln "$T" "$L/ledger" || [ -s "$L/ledger" ] || mv -f "$T" "$L/ledger"; }; rm -f "$T"; } 2>/dev/null; fi
{ read -r LID <"$L/ledger"; } 2>/dev/null || die ledger "$L" can not be written
LID=${LID%%-*}; KEY=$LID/$BOOT/$M
if command -v setsid >/dev/null 2>&1; then G=setsid; else G=; fi
# Looks have files of their own in each runner: two of one ledger must not write to the same. Those of the dead go.
LOOK=$L/look.$$; tidy() { set +f; set -- "$L"/look.*; set -f
  for X; do shift; Y=${X##*/look.}; [ ! -e "$X" ] || [ -e "/proc/${Y%%-*}" ] || set -- "$@" "$X"; done; [ $# = 0 ] || rm -rf "$@"; }
tidy

# Is any process but zombies left in group or session $1? A session, since timeout and "set -m" make groups of their own.
# Rare: walks /proc, since kill -0 counts zombies that nobody reaps.
alive() { set +f; for f in /proc/[0-9]*/stat; do { IFS= read -r S <"$f"; } 2>/dev/null || continue
    set -- "$1" ${S##*) }; [ "$2" != Z ] && { [ "$4" = "$1" ] || [ "$5" = "$1" ]; } && { set -f; return 0; }; done; set -f; return 1; }
# Who belongs to $1: all of its group and session, and whoever descends from it or from them, parents first.
# MEM = those out of its group, without $1 itself, as pid.start: "pid.start pid.start ".
members() { T=; set +f; for f in /proc/[0-9]*/stat; do { IFS= read -r S <"$f"; } 2>/dev/null || continue
    p=${S%% *}; set -- "$1" ${S##*) }; [ "$2" = Z ] || T="$T$p $3 $4 $5 ${21}$NL"; done
  set -f; MEM=; F=" $1 "; n=1
  while [ $n = 1 ]; do n=0; IFS=$NL
    for S in $T; do unset IFS; set -- "$1" $S
      case $F in *" $2 "*) continue;; *" $3 "*) ;; *) [ "$4" = "$1" ] || [ "$5" = "$1" ] || continue;; esac
      n=1; F="$F$2 "; [ "$4" = "$1" ] || MEM="$MEM$2.$6 "; done; unset IFS; done; }
# Is one of these pid.start still there?
present() { for I; do born "${I%.*}" && [ "$B" = "${I#*.}" ] && return 0; done; return 1; }
# Looked dead: it may have written "done" and left since the record was read, so the record is read again.
state() { scan "$1"; [ $ST != interrupted ] && [ $ST != never ] || scan "$1"; }
# Reads record $1 -> ST absent revoked done running never orphan interrupted garbled; RES the done line;
# CP, CB pid and start time of the command; DL its deadline.
scan() {
  ST=absent; RES=; CP=; CB=; SP=; [ -s "$L/$1" ] || return               # no first line: its claim found no room, or is being written
  w=
  while IFS= read -r R; do set -- $R
    if [ $ST = absent ]; then case $1.$# in
      claim.8) ST=never; SP=$2; SB=$3; SBOOT=$4; DL=$6; continue;; revoke.*|cancel.*) ST=revoked;; *) ST=garbled;; esac; return; fi
    case $1 in run) w=1; CP=$2; CB=$3;; void) w=; CP=;; done) ST=done; RES=$R; return;; esac
  done <"$L/$1"
  [ $ST = never ] || return
  if [ "$SBOOT" = "$BOOT" ]; then
    if born "$SP" && [ "$B" = "$SB" ]; then ST=running; return; fi
    # The supervisor is gone: the command lives if its leader does, or (leader gone) if its group has members.
    if [ "$CP" ]; then if born "$CP"; then [ "$B" = "$CB" ] && ST=orphan; else alive "$CP" && ST=orphan; fi; fi
  else w=1; fi; [ $ST = orphan ] || ST=${w:+interrupted}; ST=${ST:-never}; }
# Is the ledger still ours? A new one, made in its place, does not know what has run.
own() { X=; { read -r X <"$L/ledger"; } 2>/dev/null; X=${X%%-*}; [ "$X" = "$LID" ]; }
# Of a ledger that is not ours any more "absent" and "revoked" mean nothing: the stream ends instead.
tell() { J=$1; state "$1"; case $ST in absent|revoked) own || gone;; esac; say "STATE $1 $ST $RES"; }
# X = bytes of file $1 from $2, at most $3, in hexadecimal; K = how many.
hex() { X=; K=0; [ -s "$1" ] || return; set -- $(od -An -v -tx1 -j"$2" -N"$3" "$1" 2>/dev/null); K=$#; IFS=; X=$*; unset IFS; }
# Pull: $1 name in messages, $2 stream o or e, $3 file, $4 offset, $5 lines.
more() { O=$4; n=$5; [ "$O" != - ] || return; while [ "$n" -gt 0 ]; do hex "$3" "$O" 1900; [ "$X" ] || break
    say "OUT $1 $2 $O $X"; O=$((O+K)); [ $K = 1900 ] || break; n=$((n-1)); done; }
# Z = size of file $1. More than 64 MiB become head and tail: the blocks between are given back, offsets stay as they are.
size() { Z=0; [ -e "$1" ] || return; set -- "$1" $(ls -ln "$1"); Z=$6
  [ "$Z" -le 67108864 ] || fallocate -p -o 4194304 -l $((Z-4259840)) "$1" >/dev/null 2>&1; }
# Ends job $1, whose first process was born at $2, and its members: TERM, five seconds, KILL, pids never without start time.
endjob() { members "$1"; kill -TERM "-$1" 2>/dev/null || kill -TERM "$1" 2>/dev/null
  for X in $MEM; do kill -TERM "${X%.*}" 2>/dev/null; done
  ( M=$MEM; k=0; while [ $k -lt 25 ] && { present "$1.$2" $M || alive "$1"; }; do sleep 0.2 2>/dev/null || sleep 1; k=$((k+1)); done
    ! born "$1" || [ "$B" = "$2" ] || exit 0
    members "$1"; kill -KILL "-$1" || kill -KILL "$1"
    for X in $M $MEM; do present "$X" && kill -KILL "${X%.*}"; done ) </dev/null >/dev/null 2>&1 & }
# Cancel and start meet like Dekker's: the canceller writes "cancel", then looks for "run"; the child writes "run",
# then looks for "cancel". One of them sees the other, and no signal can fall into a gap (trap + wait does lose it).
# A marker without a record is what a full disk left: the line is still to be written.
stop() { { [ -e "$L/$1.x" ] && [ -s "$L/$1" ]; } || { printf 'cancel %s\n' "$2" >>"$L/$1"; printf '%s\n' "$2" >"$L/$1.x"; }; state "$1"
  case $ST in running|orphan) [ -z "$CP" ] || { born "$CP"; [ -n "$B" ] && [ "$B" != "$CB" ]; } || endjob "$CP" "$CB";; esac; }
asked() { [ -e "$L/$J.x" ]; }                      # a marker beside the line: one stat(2) instead of reading the record
# What every command gets: default signals, umask, locale, no input, none of our descriptors.
child() { trap - HUP PIPE TERM INT; umask 022; LC_ALL=$LOCALE; export LC_ALL; }
# Becomes shell $2 under $1 with text $3. From the first export on no variable of ours is safe: the environment may have
# one of the same name. So the command waits in the positional parameters, and names with MUSTER_ are ours alone.
# No here-document: bash before 5.1 would write it, secrets and all, to a file in /tmp.
become() { MUSTER_REST=${ENV1:+$ENV1$NL}; MUSTER_NL=$NL; set -- $1 $2 -c "$3"
  while [ "$MUSTER_REST" ]; do MUSTER_LINE=${MUSTER_REST%%"$MUSTER_NL"*}; MUSTER_REST=${MUSTER_REST#*"$MUSTER_NL"}
    case $MUSTER_LINE in \\*) MUSTER_LINE=$(printf %bx "${MUSTER_LINE#?}"); MUSTER_LINE=${MUSTER_LINE%x};; esac
    export "$MUSTER_LINE"; done
  exec "$@"; }
# The child records itself, then becomes the command: there is no window without a record. In between it looks for its supervisor:
# who saw that one dead, and then no "run", has told "never".
launch() {
  ( born self; printf 'run %s %s\n' "$P" "$B" >>"$L/$J" || exit 125
    parent; [ "$Y" = "$SUP" ] || { printf 'void\n' >>"$L/$J"; exit 143; }; asked && exit 143; child; cd "$W" || exit 125
    become "$G" "$SH" "$SC" ) </dev/null >>"$L/$J.o" 2>>"$L/$J.e" &
  c=$!; wait $c; R=$?; }
# The outcome goes to the disk first, then to the worker. left=1: processes of the group are still there (daemons).
fin() { HOW=exit; [ ! -e "$L/$J.x" ] || { read -r HOW <"$L/$J.x"; } 2>/dev/null; HOW=${HOW:-cancelled}; LEFT=0   # a full disk: no word in it
  # After a cancel or deadline nothing of the group may stay: wait until it is gone.
  if [ $HOW != exit ]; then n=0; while alive "$c" && [ $n -lt 40 ]; do sleep 0.2 2>/dev/null || sleep 1; n=$((n+1)); done; fi
  kill -0 "-$c" 2>/dev/null && { alive "$c" && LEFT=1; }
  printf 'done %s %s left=%s\n' "$R" "$HOW" $LEFT >>"$L/$J" || HOW=unrecorded
  hex "$L/$J.o" 0 900; o=$X; hex "$L/$J.e" 0 900
  say "DONE $J $R $HOW left=$LEFT o=$o e=$X"; exit 0; }
# Refuses job J; a supervisor or hold that does so leaves no entry.
no() { say "REFUSED $J $*"; }
out() { rm -f "$E"; no "$@"; }
# ST = how the attempts before AT stand: the first found that is not settled, if there is one. The last of them must have a record.
before() { state $ID.$((AT-1)); [ "$AT" -gt 2 ] || return 0; set +f; set -- "$L/$ID".*; set -f
  for Y; do case $ST in running|orphan|garbled|absent) return;; esac
    case ${Y##*.} in *[!0-9]*) ;; *) [ "${Y##*.}" -ge $((AT-1)) ] || state "${Y##*/}";; esac; done; }
# Is job $1 above the mark of coordinator $2? At or below it its record may be gone.
above() { LOW=0; [ ! -e "$L/low.$2" ] || { read -r LOW <"$L/low.$2"; } 2>/dev/null; [ "$1" \> "$LOW" ]; }
# The entry first, then a look at the others: of two that start at once, at least one sees the other. Mark and clock are looked at
# again behind the claim: who judged this entry without a claim, past NOT-AFTER or with the mark raised, was right. So is the ledger.
supervise() { born self; SUP=$P; mine="claim $P $B $BOOT $DIG $((U+LIM)) $RID $CO"; E=$L/mutating/$J,$NA,$BOOT,$P,$CO,$RID
  printf '' >"$E" || { out nospace; exit; }
  busy; [ -z "$BUSY" ] || { out busy $BUSY; exit; }
  printf '%s\n' "$mine" >>"$L/$J" || { out nospace; exit; }
  IFS= read -r X <"$L/$J"; [ "$X" = "$mine" ] || { rm -f "$E"; own || exit; tell "$J"; exit; } # somebody was first: attach
  above "$ID" "$CO" || { out forgotten; exit; }; up; [ "$U" -le "$NA" ] || { out late; exit; }
  own || { out identity "$X/$BOOT/$M"; exit; }
  W=$L/cwd; if [ "$HASF" != n ]; then W=$L/$J.d; mkdir "$W" 2>/dev/null
    [ "$HASF" = l ] || FILE=${FILE%$NL}; printf %s "$FILE" >"$W/content" || { R=125; c=$SUP; fin; }; fi
  say "STARTED $J $SUP"; launch; fin; }
# Reads V as "sh -c" would, but in a fork of this shell: to start another is most of what a look costs. Nothing of ours is
# left to it, no function and no variable: a test compares.
glance() { [ "$SH$FORK" = sh1 ] || exec $SH -c "$V"
  unset -f say die up born parent tidy alive members present state scan own tell hex more size endjob stop asked child become launch fin no out \
    above supervise look endlook body name number over busy shell glance loop unclaimed gone bad before
  unset -v A AT B BOOT BUSY C CB CO CP D DIG DL E ENV1 F FILE FORK G HASF HOLDS HOW I ID J K K0 KEY L LEFT LID LIM LINE LOCALE LOOK LOW M ME \
    MEM MINE NA O OVER P R RES RID S SB SBOOT SC SELF SH SLOT SP ST SUP SUPER T TURN U W WHO X Y Z c f i j k l m mine n nc nf o p sh1 w \
    LP_0 LP_1 LP_2 LP_3 LP_4 LP_5 LP_6 LP_7 LP_8 LP_9 LP_10 LP_11 LP_12 LP_13 LP_14 LP_15
  IFS=" $TAB$NL"; set +f; eval "unset -v V NL TAB; $V"; }
# A look: no record, no group of its own; its output in the slot's file, which the next look of the slot reuses.
look() { ( child; cd "$W" && glance ) </dev/null >"$LOOK-$SLOT.o" 2>"$LOOK-$SLOT.e"; R=$?
  hex "$LOOK-$SLOT.o" 0 1600; o=$X; ko=$K; hex "$LOOK-$SLOT.e" 0 300
  # Who can't write may end with 0 all the same (GNU grep -q does): without room for one byte more its answer is worth nothing.
  { { [ $K = 300 ] || printf ' ' >>"$LOOK-$SLOT.e"; } && { [ $ko = 1600 ] || printf ' ' >>"$LOOK-$SLOT.o"; }; } 2>/dev/null || { R=125; X=${X}6e6f20737061636520696e20746865206c656467657220666f7220776861742069742073617973; }
  say "SEEN $ID $R o=$o e=$X"; exit 0; }
# Ends the children of look $1 in slot $2, parents first: a shell whose child is killed before it would go on with its next command.
# Nobody but a look has its slot's file for standard input: the number of one that is over may have come to another.
endlook() { [ "$1" ] && [ "/proc/$1/fd/0" -ef "$LOOK-$2.o" ] || return
  members "$1"; for X in $MEM; do kill -KILL "${X%.*}" 2>/dev/null; done; }
# V = the next $1 lines. Gathered by 64: to append each line to all before it takes minutes for a file of many lines.
body() { V=; i=$1; while [ "$i" -gt 0 ]; do Y=; k=64
    while [ "$k" -gt 0 ] && [ "$i" -gt 0 ]; do IFS= read -r X || gone; Y=$Y$X$NL; k=$((k-1)); i=$((i-1)); done; V=$V$Y; done; }
# MINE = those of our starts that may still get their first line, as "name,not-after,pid ". Past NOT-AFTER (U) no claim is used any more.
unclaimed() { set -- $MINE; MINE=
  for Y; do IFS=,; set -- $Y; unset IFS; [ -s "$L/$1" ] || [ "$U" -gt "$2" ] || ! born "$3" || MINE="$MINE$Y "; done; }
# The stream is over, wherever in a frame: stay as the watchdog of deadlines until no job of this ledger runs, or is still to be claimed.
# That is looked at first: whoever has claimed by then is in the list.
gone() { exec </dev/null >/dev/null 2>&1
  while :; do up; unclaimed; k=${MINE:+1}; set +f
    for f in "$L"/*.*; do case $f in *.[oexd]|*/look.*|*/low.*) continue;; esac; J=${f##*/}; state "$J"
      case $ST in running|orphan) k=1; size "$L/$J.o"; size "$L/$J.e"; [ "$U" -le "$DL" ] || stop "$J" deadline; esac; done
    [ "$k" ] || { rm -rf "$LOOK"-*; exit 0; }; sleep 2
  done; }
# A frame that is not as it must be ends the stream: who knows what its lines would be taken for. Names become file names.
bad() { printf 'ERROR frame %.300s\n' "$LINE"; gone; }
name() { case ${1%.*} in ''|*[!0-9A-Za-z-]*) bad;; esac; case ${1##*.} in "$1"|''|*[!0-9]*) bad;; esac; }
number() { for X; do case $X in ''|*[!0-9]*) bad;; esac; done; }
# Is entry $1 of mutating/ over, for ever? ST = its job's state, WHO = its run and coordinator. Clock (U) and mark are read before the
# record: who finds none then, past NOT-AFTER or at the mark, will find no start either. Of a hold the file says where the record is,
# as a whole line or not at all; while that ledger can't be read (a home that is not mounted) nobody knows.
over() { IFS=,; set -- "$1" $1; unset IFS; ST=absent; l=$L; WHO="$7 $6"; [ "$4" = "$BOOT" ] || return 0
  case $5 in *-*) { IFS= read -r l <"$L/mutating/$1" || l=; } 2>/dev/null; [ -z "$l" ] || [ -s "$l/ledger" ] || return 1;; esac
  [ -z "$l" ] || { X=$L; L=$l; state "$2"; [ $ST != absent ] || above "${2%.*}" "$6" || [ -s "$l/$2" ] || ST=never; L=$X; }
  case $ST in running|orphan) return 1;; absent) [ "$U" -gt "$3" ];; esac; }
# BUSY = run and coordinator that change this host, if they are not RID and CO. OVER = entries seen to be over, which they stay. Of eight
# or more those that are over are removed, one rm for eight starts.
busy() { BUSY=; m=,$CO,$RID; o=' '; TURN=$((TURN+1)); set +f; set -- "$L"/mutating/*; set -f; [ $# -lt 8 ] || [ $TURN -lt 8 ] || TURN=0
  for Y; do case $TURN$Y in 0*) ;; *"$m") continue;; esac
    Y=${Y##*/}; case $OVER in *" $Y "*) o="$o$Y "; continue;; esac
    if over "$Y"; then o="$o$Y "; else case $Y in *"$m") ;; *) BUSY=$WHO;; esac; fi; done
  OVER=$o; [ $TURN = 0 ] || return; set --; for Y in $OVER; do set -- "$@" "$L/mutating/$Y"; done
  [ $# = 0 ] || rm -f "$@"; OVER=' '; }
shell() { SH=sh; if [ "$1" = b ]; then SH=$SUPER; fi; }

up; say "HELLO 1 $2 $KEY $U uid=$ME group=${G:-none} bash=${SUPER:+yes} ledger=$L"
while IFS= read -r LINE; do set -- $LINE
  case $1 in
  START) [ $# = 14 ] || bad; name "$5.$6"; number $3 $4 $6 ${11} ${12} ${13}; case $8$9 in *[/,]*) bad; esac
    # key not-after limit job attempt digest coordinator run shell | lines: env command content, n e l: none, open end, newline
    J=$5.$6; K0=$2; NA=$3; LIM=$4; ID=$5; AT=$6; DIG=$7; CO=$8; RID=$9; sh1=${10}; nf=${13}; HASF=${14}; nc=${12}
    body "${11}"; ENV1=${V%$NL}; body "$nc"; SC=${V%$NL}; body "$nf"; FILE=$V
    IFS= read -r X || gone; [ "$X" = "END $J" ] || bad
    shell $sh1; [ "$SH" ] || { no shell; continue; }
    if [ -s "$L/$J" ]; then tell "$J"; continue; fi
    up
    [ "$K0" = "$KEY" ] || { no identity $KEY; continue; }                          # other boot, other ledger, other machine
    [ "$U" -le "$NA" ] || { no late; continue; }                                   # the frame sat in a buffer
    above "$ID" "$CO" || { no forgotten; continue; }                                           # its record may have been expired
    if [ "$AT" -gt 1 ]; then before; case $ST in running|orphan|garbled|absent) no previous-$ST; continue;; esac; fi
    busy; [ -z "$BUSY" ] || { no busy $BUSY; continue; }
    supervise </dev/null & unclaimed; MINE="$MINE$J,$NA,$! " ;;
  HOLD) [ $# -ge 8 ] || bad; name "$4.$5"; number $3 $5; case $6$7 in *[/,]*) bad; esac
    # key not-after job attempt coordinator run ledger: an entry for a job whose record will be in another ledger of this machine
    J=$4.$5; K0=$2; NA=$3; CO=$6; RID=$7; X="HOLD $2 $3 $4 $5 $6 $7 "; case $LINE in "$X"/*) T=${LINE#"$X"};; *) bad;; esac
    up
    [ "$K0" = "$KEY" ] || { no identity $KEY; continue; }
    [ "$U" -le "$NA" ] || { no late; continue; }
    [ -s "$T/ledger" ] || { no ledger; continue; }
    busy; [ -z "$BUSY" ] || { no busy $BUSY; continue; }
    [ "$SELF" ] || { born self; SELF=$P-$B; }; HOLDS=$((HOLDS+1)); E=$L/mutating/$J,$NA,$BOOT,$SELF-$HOLDS,$CO,$RID
    printf '%s\n' "$T" >"$E" || { out nospace; continue; }
    busy; [ -z "$BUSY" ] || { out busy $BUSY; continue; }
    say "HELD $J" ;;
  LOOK) [ $# = 7 ] || bad; number $2 $3 $5 $6
    # id slot shell | lines: text content, and n e l as above
    ID=$2; SLOT=$3; shell $4; nf=$6; HASF=$7; body "$5"; T=${V%$NL}; body "$nf"; FILE=$V; V=$T
    IFS= read -r X || gone; [ "$X" = "END $ID" ] || bad
    [ "$SH" ] || { say "SEEN $ID 127 o= e="; continue; }
    W=$L/cwd; if [ "$HASF" != n ]; then W=$LOOK-$SLOT.d; mkdir -p "$W"
      [ "$HASF" = l ] || FILE=${FILE%$NL}; printf %s "$FILE" >"$W/content"; fi
    look 0<>"$LOOK-$SLOT.o" & eval "LP_$SLOT=$!" ;;
  STOPLOOK) number "$2"; eval "X=\${LP_$2:-}"; endlook "$X" "$2" ;;
  PULL) number "$2" "$4" "$5"; more "look.$2" "$3" "$LOOK-$2.$3" "$4" "$5"; say "PULLED look.$2 $3" ;;
  TELL) name "$2"; number "$5"; more "$2" o "$L/$2.o" "$3" "$5"; more "$2" e "$L/$2.e" "$4" "$5"; tell "$2"
    up; case $ST in running|orphan) [ "$U" -le "$DL" ] || stop "$2" deadline; esac;;
  SIZE) name "$2"; size "$L/$2.o"; X=$Z; size "$L/$2.e"; say "SIZE $2 $X $Z";;
  REVOKE) name "$2"; printf 'revoke %s\n' "$3" >>"$L/$2"; tell "$2";;              # "not started" is only true once it can't start
  CANCEL) name "$2"; stop "$2" "$3"; tell "$2";;                                  # as the first line it revokes
  FORGET) # coordinator low jobs: the mark only rises, and goes first. Above it the record stays: without it the job could run again
    [ $# -ge 3 ] || bad; case $2 in */*) bad; esac; p=$3; T=$L/low.$2; shift 3; for X; do name "$X"; done; LOW=; { read -r LOW <"$T"; } 2>/dev/null
    if [ "$p" \> "$LOW" ]; then printf '%s\n' "$p" >"$T.new" && mv -f "$T.new" "$T" || continue; else p=$LOW; fi
    up; for j; do state "$j"; case $ST in running|orphan) continue;; esac
      set --; set +f; for Y in "$L/mutating/$j,"*; do set -f; over "${Y##*/}" && set -- "$@" "$Y"; done
      [ "${j%.*}" \> "$p" ] || set -- "$@" "$L/$j"
      rm -rf "$@" "$L/$j.o" "$L/$j.e" "$L/$j.x" "$L/$j.d"; done;;
  PING) up; say "PONG $2 $U";;
  *) bad;;
  esac
done
# The connection is gone.
gone
