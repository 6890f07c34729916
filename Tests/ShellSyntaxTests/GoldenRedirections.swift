extension GoldenCases {
    static let redirections: [(String, String)] = [
        (#"a &\\#n& b |\\#n| c >\\#n> d"#, "<a> && <b> || <c> append<d>"),
        (
            "a >b 2>c >>d <e 2<>f >|g 3<&4 5>&- 6>&7- >&h &>i &>>j <<<k {l}>m",
            "<a> write<b> 2write<c> append<d> read<e> 2readWrite<f> clobber<g> 3duplicateInput<4> 5duplicateOutput<-> 6duplicateOutput<7-> writeBoth<h> writeBoth<i> appendBoth<j> hereString<k> {l}write<m>"
        ),
        (">a b <c d", "<b> <d> write<a> read<c>"),
        ("a>b;c<d", "<a> write<b> ; <c> read<d>"),
        ("a 2 >b a2>b", "<a> <2> <a2> write<b> write<b>"),
        ("a >&$b 2>&$c", "<a> writeBoth<${b}> 2duplicateOutput<${c}>"),
        (#"a <<E\#nb $c \$d \e "f" `g` $(h)\#nE\#ni"#, #"<a> hereDocument<"b ${c} $d \e "f" $(<g>) $(<h>)\#n"> ; <i>"#),
        (#"a <<E <<-F; b\#n1\#nE\#n\#t2\#n\#tF\#nc"#, #"<a> hereDocument<"1\#n"> hereDocument<"2\#n"> ; <b> ; <c>"#),
        (#"a <<'E'\#n$b \c\#nE"#, #"<a> hereDocument<'$b \c\#n'>"#),
        (#"a <<"E F"\#nb\#nE F"#, #"<a> hereDocument<'b\#n'>"#),
        (#"a <<\E\#n$b\#nE"#, #"<a> hereDocument<'$b\#n'>"#),
        (#"a <<E\#nb\\#nc\#nE\\#n\#nE"#, #"<a> hereDocument<"bc\#n"> ; <E>"#),
        ("a <<E", #"<a> hereDocument<"">"#),
        (#"a <<E\#nb"#, #"<a> hereDocument<"b">"#),
        (#"(a <<E\#nb\#nE\#n)"#, #"(<a> hereDocument<"b\#n">)"#),
        (#"if a <<E; then\#nb\#nE\#nc; fi"#, #"if <a> hereDocument<"b\#n"> then <c> fi"#),
        (#"a <<E | b <<F\#n1\#nE\#n2\#nF"#, #"<a> hereDocument<"1\#n"> | <b> hereDocument<"2\#n">"#),
        (#"$(a <<E\#nb\#nE\#n)"#, #"<$(<a> hereDocument<"b\#n">)>"#),
        (#"$(a <<E\#nb\#nE)"#, #"<$(<a> hereDocument<"b\#n">)>"#),
        (#"a <<E "b\#nc"\#nd\#nE"#, #"<a> <"b\#nc"> hereDocument<"d\#n">"#),
        (#"a <<E\#n${b:-"c"}\#nE"#, #"<a> hereDocument<"${b :-<"c">}\#n">"#),
        (#"a <<-E\#n\#tb\#n\#t\#tc $(d)\#n\#tE"#, #"<a> hereDocument<"b\#nc $(<d>)\#n">"#),
        ("(a); (a;b) >c; ( (a) )", "(<a>) ; (<a> ; <b>) write<c> ; ((<a>))"),
        (#"{ a; } ; { a; b\#n} 2>c"#, "{ <a> } ; { <a> ; <b> } 2write<c>"),
        (
            #"a() { b; }; a () ( b ); function a { b; }; function a() (b); a-b() { c; } >d; a()\#n{ b\#n}"#,
            "function a { <b> } ; function a (<b>) ; function a { <b> } ; function a (<b>) ; function a-b { <c> } write<d> ; function a { <b> }"
        ),
        (#"`a <<E\#n$b\#nE\#n`"#, #"<$(<a> hereDocument<"${b}\#n">)>"#),
        (#"a <<E\#n`b \\$c`\#nE"#, #"<a> hereDocument<"$(<b> <'$'c>)\#n">"#),
    ]
}
