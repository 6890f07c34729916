import Testing

@Suite("The evaluator reads words as the shell does")
struct EvaluatorWordTests {
    typealias Row = (script: String, seen: [String])

    static let quoting: [Row] = [
        (#""rm" -rf '/etc'"#, ["rm -rf /etc"]),
        (#"\rm -rf /etc"#, ["rm -rf /etc"]),
        (#"r''m -r"f" /e'tc'"#, ["rm -rf /etc"]),
        (#"$'\162m' -rf /etc"#, ["rm -rf /etc"]),
        (#"r\\#nm -rf /etc"#, ["rm -rf /etc"]),
        ("/bin/../bin/rm -rf /etc", ["/bin/../bin/rm -rf /etc"]),
        (#""r"m -rf "/e""tc""#, ["rm -rf /etc"]),
        ("рm -rf /etc", ["deny unknown-code", "рm -rf /etc"]),
        (#"git commit -m "rm -rf /etc""#, ["git commit -m rm -rf /etc"]),
        ("echo '$(rm -rf /etc)'", ["echo $(rm -rf /etc)"]),
    ]
    @Test("Quotes, backslashes and paths hide no program", arguments: quoting)
    func seesQuoting(row: Row) { #expect(observed(row.script) == row.seen) }

    static let expansion: [Row] = [
        ("r$()m -rf /etc", ["rm -rf /etc"]),
        ("r${x:+}m -rf /etc", ["rm -rf /etc"]),
        ("X=rm; $X -rf /etc", ["rm -rf /etc"]),
        (#"X="rm -rf"; $X /etc"#, ["rm -rf /etc"]),
        ("a=/e b=tc; rm -rf $a$b", ["rm -rf /etc"]),
        ("A=/et; A+=c; rm -rf $A", ["rm -rf /etc"]),
        (#"rm -rf "$OLD"/*"#, ["rm -rf {/*|…/*}"]),
        (#"rm -rf "${OLD:?}"/*"#, ["rm -rf …/*"]),
        ("rm -rf ${OLD:-/etc}", ["rm -rf {…|/etc}+"]),
        (#"x=/etc/passwd; rm "${x%/*}""#, ["rm /etc"]),
        ("x=ETC; rm -rf /${x,,}", ["rm -rf /etc"]),
        ("x=xx/etc; rm -rf ${x#xx}; rm -rf ${x:2}", ["rm -rf /etc", "rm -rf /etc"]),
        (#"x=abc/etc; rm -rf "${x/abc/}""#, ["rm -rf /etc"]),
        (#"x=y; y=/etc; rm -rf "${!x}""#, ["rm -rf /etc"]),
        ("declare -n r=t; t=/etc; rm -rf $r", ["rm -rf /etc"]),
        ("printf -v c '%s%s' rm ''; $c -rf /etc", ["rm -rf /etc"]),
        ("IFS=,; X=rm,-rf,/etc; $X", ["rm -rf /etc"]),
        ("IFS=:; p=a:/etc:b; for i in $p; do rm -rf $i; done", ["rm -rf a", "rm -rf /etc", "rm -rf b"]),
        ("_=/etc; : /etc; rm -rf $_", [": /etc", "rm -rf /etc"]),
        ("unset HOME; rm -rf ~/ $HOME/x", ["rm -rf / /x"]),
        (#"rm -rf ~ "$HOME/x" ~bob"#, ["rm -rf ~ ~/x ~bob"]),
        ("$SUDO rm -rf /etc", ["rm -rf /etc", "(unknown code: the program …)"]),
        (#"for f in /srv/app/*.log; do mv "$f" "${f%.log}.old"; done"#, ["mv /srv/app/*.log /srv/app/*.old"]),
        ("export D=/etc; bash -c 'rm -rf $D'", ["rm -rf /etc [via bash]"]),
        ("D=/etc; bash -c 'rm -rf $D'", ["rm -rf {''|…}+ [via bash]"]),
        ("D=/etc bash -c 'rm -rf $D'", ["rm -rf /etc [via bash]"]),
        ("echo ${x@P}", ["(unknown code: ${…@P})", "echo …+"]),
        ("rm -rf ${HOME:0:1}etc", ["rm -rf …etc+"]),
        ("rm -rf ${HOME%/*}", ["rm -rf {/…|…}+"]),
        ("rm -rf ${PATH%%u*}etc", ["rm -rf /etc"]),
        (#"rm -rf "$(dirname ~)""#, ["dirname ~", "rm -rf ~/.."]),
        ("rm -rf $(echo $HOME | cut -c1)etc", ["echo ~", #"cut -c1 <<<~\n"#, "rm -rf …etc+"]),
        (#""${0/bash/rm}" -rf /etc"#, ["rm -rf /etc"]),
        ("${x:-rm} -rf /etc", ["(unknown code: the program …)", "rm -rf /etc"]),
    ]
    @Test("Variables are followed, and those that nobody sets may be anything or nothing", arguments: expansion)
    func seesExpansion(row: Row) { #expect(observed(row.script) == row.seen) }

    static let bracesAndGlobs: [Row] = [
        ("rm -rf /e{tc,mpty}", ["rm -rf /etc /empty"]),
        ("{rm,-rf,/etc}", ["rm -rf /etc"]),
        ("rm -rf /srv/{a,b}/{c,d}", ["rm -rf /srv/a/c /srv/a/d /srv/b/c /srv/b/d"]),
        ("rm /tmp/f{8..10}", ["rm /tmp/f8 /tmp/f9 /tmp/f10"]),
        ("rm -rf /u?r /[ev]tc /va*", ["rm -rf /u?r /[ev]tc /va*"]),
        (#"x='/e*'; rm -rf $x; rm -rf "$x""#, ["rm -rf /e*", "rm -rf /e*"]),
        ("/bin/r? -rf /etc", ["(unknown code: the program /bin/r?)", "rm -rf /etc"]),
        ("/???/r[lmn] -rf /etc", ["(unknown code: the program /???/r[lmn])", "rm -rf /etc"]),
        (#"for f in /etc/*; do rm -rf "$f"; done"#, ["rm -rf /etc/*"]),
    ]
    @Test("Braces expand, globs stay patterns", arguments: bracesAndGlobs)
    func seesBracesAndGlobs(row: Row) { #expect(observed(row.script) == row.seen) }

    static let arrays: [Row] = [
        (#"a=(rm -rf /etc); "${a[@]}""#, ["rm -rf /etc"]),
        (#"a=(x /etc); rm -rf "${a[1]}""#, ["rm -rf /etc"]),
        (#"declare -a l=(/etc /var); rm -rf "${l[@]:1}""#, ["rm -rf /var"]),
        (#"declare -A m=([a]=/etc [b]=/var); for k in "${!m[@]}"; do rm -rf "${m[$k]}"; done"#, ["rm -rf /etc", "rm -rf /var"]),
        ("x[0]=/etc; rm -rf $x", ["rm -rf /etc"]),
        ("x=(); x+=(/etc); rm -rf ${x[0]}", ["rm -rf /etc"]),
        (#"set -- rm -rf /etc; "$@""#, ["rm -rf /etc"]),
        ("set -- a b /etc; shift 2; rm -rf $1", ["rm -rf /etc"]),
        (#"set -- a b /etc; rm -rf "${@: -1}""#, ["rm -rf /etc"]),
        ("printf -v 'arr[0]' %s /etc; rm -rf ${arr[0]}", ["rm -rf /etc"]),
        (#"x="a /etc"; set -- $x; rm -rf $2"#, ["rm -rf /etc"]),
    ]
    @Test("Arrays and positional parameters are followed", arguments: arrays)
    func seesArrays(row: Row) { #expect(observed(row.script) == row.seen) }

    static let substitutions: [Row] = [
        ("rm -rf $(echo /var)", ["echo /var", "rm -rf /var"]),
        ("rm -rf `echo /etc`", ["echo /etc", "rm -rf /etc"]),
        ("$(echo rm) -rf /etc", ["echo rm", "rm -rf /etc"]),
        ("$(which rm) -rf /etc", ["which rm", "rm -rf /etc"]),
        (#"rm -rf "$(printf '/%s' etc)""#, ["printf /%s etc", "rm -rf /etc"]),
        ("rm -rf /srv/backup-$(date +%F)", ["date +%F", "rm -rf /srv/backup-NAME"]),
        (#"D=$(dirname /etc/passwd); rm -rf "$D""#, ["dirname /etc/passwd", "rm -rf /etc"]),
        (#"B=$(basename "$X"); rm -rf /srv/$B"#, ["basename {''|…}", "rm -rf {/srv/|/srv/…}+"]),
        ("f() { echo /etc; }; rm -rf $(f)", ["echo /etc", "rm -rf /etc"]),
        (#"rm -rf $(echo "/etc foo" | awk '{print $1}')"#, ["echo /etc foo", #"awk {print $1} <<</etc foo\n"#, "rm -rf /etc"]),
        (#"for f in $(find /etc -name '*.conf'); do rm "$f"; done"#, ["find /etc -name *.conf", "rm /etc/…*.conf"]),
        (#"echo "${x:-$(rm -rf /etc)}""#, ["rm -rf /etc", "echo {…|''}"]),
        (#"echo "${x[$(rm -rf /etc)]}""#, ["rm -rf /etc", "echo {''|…}"]),
        ("[[ -d $(rm -rf /etc) ]] && echo", ["rm -rf /etc", "echo"]),
        ("case $(rm -rf /etc) in x) ;; esac", ["rm -rf /etc"]),
        ("f() { local x=$(rm -rf /etc); }; f", ["rm -rf /etc"]),
        ("arr=($(rm -rf /etc))", ["rm -rf /etc"]),
        ("echo <(rm -rf /etc)", ["rm -rf /etc", "echo /dev/fd/64"]),
        (#"mapfile -t l < <(echo /etc); rm -rf "${l[@]}""#, ["echo /etc", "rm -rf /etc"]),
    ]
    @Test("Substitutions give what their commands print, and are judged themselves", arguments: substitutions)
    func seesSubstitutions(row: Row) { #expect(observed(row.script) == row.seen) }

    /// All of them were found by running them beside bash, with programs that only tell their arguments.
    static let besideBash: [Row] = [
        ("x=$'-rf /etc \\u0301'; rm $x", ["rm -rf /etc \u{301}"]),
        ("x=$'/a\\r\\n/etc'; rm -rf $x", ["rm -rf /a\r /etc"]),
        ("x=$'\\u0301'; f() { local y=$1; rm \"$y\"; }; f $x", ["rm \u{301}"]),
        ("IFS=:; x=:/etc; rm $x", ["rm '' /etc"]),
        ("IFS=,; set -- a '' /etc; rm $@", ["rm a '' /etc"]),
        ("x=a; rm ${x:+-rf /etc}", ["rm -rf /etc"]),
        ("x=; rm ${x+/etc}", ["rm", "rm /etc"]),
        ("x=; rm ${x/*/\\/etc}", ["rm", "rm /etc"]),
        ("x=$(app); rm ${x:-/etc}", ["app", "rm {…|/etc}+"]),
        ("i='r[@]'; r=(-rf /etc); rm \"${!i}\"", ["rm -rf /etc"]),
        ("r=(); r[4]=/etc; rm ${r[@]:2}", ["rm /etc"]),
        ("set -- /etc; shift 2; rm $1", ["rm /etc"]),
        ("set -- a /etc; rm ${@: -1} ${@: -3:1}", ["rm /etc bash"]),
        ("a=/etc; f() { declare a=/tmp/x; }; f; rm -rf $a", ["rm -rf /etc"]),
        ("x='a b'; export y=$x; rm $y", ["rm a b"]),
        ("rm -rf \"$(app; echo /etc)\"", ["app", "echo /etc", "rm -rf {…\n/etc|/etc}"]),
        ("read -r a b <<< $'x\\r\\n'; rm \"$a\"", ["rm x\r"]),
        ("read a b <<'E'\n/a\\ b /etc\nE\nrm \"$a\" \"$b\"", ["rm /a b /etc"]),
        ("read -n 4 a <<< /etc/x; rm \"$a\"", ["rm /etc"]),
        ("mapfile -t -s 1 a <<< $'x\\n/etc'; rm \"${a[@]}\"", ["rm /etc"]),
        ("kill $((010))", ["kill 8"]),
        ("echo $(printf %q /etc)", ["printf %q /etc", "echo /etc"]),
    ]
    @Test("Reads what bash reads in rare corners", arguments: besideBash)
    func seesCorners(row: Row) { #expect(observed(row.script) == row.seen) }

    static let arithmetic: [Row] = [
        ("kill $((0-1))", ["kill -1"]),
        ("x=5; kill -9 $((x-6))", ["kill -9 -1"]),
        ("rm /tmp/f$((X+1))", ["rm {/tmp/fNAME|/tmp/f-NAME}"]),
        ("x='a[$(rm -rf /etc)]'; echo $((x))", ["rm -rf /etc", ": {a*|a[]}", "echo {NAME|-NAME}"]),
        ("(( $(rm -rf /etc) ))", ["rm -rf /etc"]),
        ("test -v 'a[$(rm -rf /etc)]'", ["rm -rf /etc", ": {a*|a[]}", "test -v a[$(rm -rf /etc)]"]),
    ]
    @Test("Numbers are calculated, and code in subscripts is found", arguments: arithmetic)
    func seesArithmetic(row: Row) { #expect(observed(row.script) == row.seen) }
}
