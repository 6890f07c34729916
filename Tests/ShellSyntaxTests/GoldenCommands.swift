extension GoldenCases {
    static let commands: [(String, String)] = [
        (#"e\\#ncho a\\#nb "c\\#nd" 'e\\#nf'"#, #"<echo> <ab> <"cd"> <'e\\#nf'>"#),
        (#"if\\#n a; the\\#nn b; f\\#ni"#, "if <a> then <b> fi"),
        ("a | b |& c", "<a> | <b> |& <c>"),
        ("a && b || c; d & e", "<a> && <b> || <c> ; <d> & ; <e>"),
        (#"a &&\#n\#n#x\#nb"#, "<a> && <b>"),
        ("! a | b", "! <a> | <b>"),
        ("time a; time -p a | b; time", "<a> ; <a> | <b> ; "),
        ("((a)) ; ((a > b)) && c", "((a)) ; ((a > b)) && <c>"),
        ("((a) | b)", "((<a>) | <b>)"),
        (#"if a; then b; fi; if a\#nthen b\#nelse c\#nfi"#, "if <a> then <b> fi ; if <a> then <b> else <c> fi"),
        ("while a; do b; done; until a; do b; done <c", "while <a> do <b> done ; until <a> do <b> done read<c>"),
        (
            #"for a in b c; do d; done; for a; do b; done; for a do b; done; for a in; do b; done; for a\#nin b\#ndo c\#ndone; for a in b; { c; }"#,
            "for a in <b> <c> do <d> done ; for a do <b> done ; for a do <b> done ; for a in  do <b> done ; for a in <b> do <c> done ; for a in <b> do <c> done"
        ),
        ("for ((a=0; a<b; a++)) { c; }; for ((;;)); do a; done", "for ((a=0; a<b; a++)) do <c> done ; for ((;;)) do <a> done"),
        ("select a in b; do c; done", "for a in <b> do <c> done"),
        ("case a in b) c;; (d|e) f;; *) esac", "case <a> in <b>) <c> ;; <d>|<e>) <f> ;; <G*>)  ;; esac"),
        ("case a in b) c ;& d) e ;;& f) esac", "case <a> in <b>) <c> ;& <d>) <e> ;;& <f>)  ;; esac"),
        (#"case "$a" in\#n [bc]*|?) d\#n ;;\#n "x y") ;;\#nesac"#, #"case <"${a}"> in <G[bc]G*>|<G?>) <d> ;; <"x y">)  ;; esac"#),
        ("case a in esac; case in in in) b;; esac", "case <a> in esac ; case <in> in <in>) <b> ;; esac"),
        ("$(case a in b) c;; (d) e;; esac)", "<$(case <a> in <b>) <c> ;; <d>) <e> ;; esac)>"),
        (#""a"() { b; }"#, "function a { <b> }"),
        (
            #"[[ -f a ]]; [[ a == b* && ! -z "$c" || ( d -gt 1 ) ]]; [[ a < b ]]; [[ $a =~ ^b(c|d e)$ ]] ; [[ a\#n]]"#,
            #"[[ <-f> <a> ]] ; [[ <a> <==> <bG*> <&&> <!> <-z> <"${c}"> <||> <(> <d> <-gt> <1> <)> ]] ; [[ <a> <<> <b> ]] ; [[ <${a}> <=~> <^b(c|d e)$> ]] ; [[ <a> ]]"#
        ),
        ("[[ a == @(b|c) ]]; [[ -n $a && $b ]]", "[[ <a> <==> <X@(b|c)> ]] ; [[ <-n> <${a}> <&&> <${b}> ]]"),
        ("coproc a; coproc a { b; }; coproc { a; }", "coproc - <a> ; coproc a { <b> } ; coproc - { <a> }"),
        (
            #"* ?a [a] [!a] [^a] []a] [a-z]* [[:alpha:][:digit:]] [a ] [] [!] "*" \* ["a-b"] [a"-"b] [$a] [a/b] [[]"#,
            #"<G*> <G?a> <G[a]> <G[!a]> <G[^a]> <G[]a]> <G[a-z]G*> <G[[:alpha:][:digit:]]> <[a> <]> <[]> <[!]> <"*"> <'*'> <X@(G*|["a-b"])> <X@(G*|[a"-"b])> <X@(G*|[${a}])> <X@(G*|[a/b])> <G[[]>"#
        ),
        (#"?(a) *(a|b) +(a|*(b)) @() !(a) a@(b)c @("x"|$y)"#, #"<X?(a)> <X*(a|b)> <X+(a|X*(b))> <X@()> <X!(a)> <aX@(b)c> <X@("x"|${y})>"#),
        ("a ! b; ! a", "<a> <!> <b> ; ! <a>"),
    ]
}
