extension GoldenCases {
    static let words: [(String, String)] = [
        (#"$'\a\b\e\n\t\\\'\"\x41\u00e9\U0001F600\101\?\z' $"x $y" $'a\0b'c"#, #"<'\#u{7}\#u{8}\#u{1b}\#n\#t\'"Aé😀A?\z'> <"x ${y}"> <'a'c>"#),
        ("echo a#b #c", "<echo> <a#b>"),
        (#"#c\#na"#, "<a>"),
        (#"a\\#n#b"#, "<a#b>"),
        ("a=(b 'c d' [1]=e [x y]=f [g]*) a+=(h) a[0]=i a[b+1]+=j a=()", "a=A(<b> <'c d'> [1]=<e> [x y]=<f> <G[g]G*>) a+=A(<h>) a[0]=<i> a[b+1]+=<j> a=A()"),
        (#"a=(b\#n#c\#nd)"#, "a=A(<b> <d>)"),
        ("export a=(b) c=~ d", "<export> <a=A(<b>)> <c=H~> <d>"),
        (#"1a=b a-b=c "a"=b \a=b +=a"#, #"<1a=b> <a-b=c> <"a"=b> <'a'=b> <+=a>"#),
        ("! ! a", "<a>"),
        ("<(a) >(b <(c)) d<(e)", "<<(<a>)> <>(<b> <<(<c>)>)> <d<(<e>)>"),
        ("a={b,c} d", "a=<{b,c}> <d>"),
        (#"~ ~/a ~b/c a~ "~" \~ a:~ --a=~ b=~ ~+ ~"a" ~$a"#, #"<H~> <H~/a> <H~b/c> <a~> <"~"> <'~'> <a:~> <--a=~> <b=H~> <H~+> <~"a"> <~${a}>"#),
        ("f=([$(a)]=b [c]d)", "f=A([$(<a>)]=<b> <G[c]d>)"),
        (#"local -A x=([a]="$b" [c d]=e) y"#, #"<local> <-A> <x=A([a]=<"${b}"> [c d]=<e>)> <y>"#),
        (#"a b\\"#, #"<a> <b'\'>"#),
    ]
}
