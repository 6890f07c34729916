/// Programs that look at files, processes and the machine.
enum ViewingPrograms {
    static let table: [ProgramSpec] = [
        // Files, shown.
        ProgramSpec(
            "cat tac nl rev fold expand unexpand fmt pr column paste join comm look strings hexdump od xxd ul iconv uuencode bat batcat less more most pg zcat bzcat xzcat zless zmore lz4cat zstdcat basenc",
            "prints*", options: "--width= --delimiters= --tabs= --color?",
            examples: ["cat -s /etc/shadow -> print /etc/shadow", "cat /etc/shadow -> print /etc/shadow", "tac -- /etc/passwd -> print /etc/passwd", "less -N /var/log/x -> print /var/log/x"]
        ) { $0.pager() },
        ProgramSpec(
            "head tail", "prints*", options: "-n/--lines= -c/--bytes= -s/--sleep-interval= --pid= --max-unchanged-stats= -f -F --follow? --retry",
            examples: ["tail -n 5 /x -> print /x", "head -c20 /x -> print /x"]),
        ProgramSpec("base64 base32", "prints*", options: "-w/--wrap= -d/--decode", examples: ["base64 -w0 /root/.ssh/id_rsa -> print /root/.ssh/id_rsa"]),
        ProgramSpec("cut", "prints*", options: "-d/--delimiter= -f/--fields= -c/--characters= -b/--bytes= --output-delimiter="),
        ProgramSpec("uniq", "prints writes", options: "-f/--skip-fields= -s/--skip-chars= -w/--check-chars="),
        ProgramSpec(
            "sort", "prints*",
            options: "-o/--output:writes -k/--key= -t/--field-separator= -S/--buffer-size= -T/--temporary-directory= --parallel= --compress-program:code --batch-size= --files0-from= --random-source=",
            examples: ["sort -o /x /y -> write /x, print /y"]),
        ProgramSpec("tr expr seq numfmt factor", options: ""),
        ProgramSpec("diff sdiff cmp colordiff diff3", "prints*", options: "-U/--unified? -C= -I= -x/--exclude= -X= -W/--width= -L/--label= -i --bytes=", looks: "-q --brief -s --silent"),
        ProgramSpec("vimdiff", "edits*"),
        ProgramSpec(
            "jq yq xq xmllint xmlstarlet tomlq mlr csvcut dasel gron", "text prints*",
            options: "--arg= --argjson= --slurpfile= --rawfile= -f/--from-file= --indent= -L= --xpath= --format -i/--inplace --tab -e"
        ) { $0.queries() },
        // Files, looked at.
        ProgramSpec(
            "ls dir vdir stat file wc du df md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum readlink realpath namei test [ [[ getfacl lsattr getfattr tree exa eza lsd getcap findmnt mountpoint basename dirname pathchk ncdu fdupes pwdx filefrag xfs_info  isutf8",
            "reads*"),
        ProgramSpec(
            "which whereis type hash command whatis apropos man info help compgen locate mlocate plocate tldr",
            options: "-P/--pager:code -H/--html:code -X/--gxditview:code -M= -L= -S= -C= -r -m= -e= --manpath="),
        // The machine.
        ProgramSpec(
            "uname arch nproc uptime free vmstat iostat mpstat sar pidstat lscpu lsmod lspci lsusb lshw lsblk lsipc lsns lsmem lslogins lslocks lsscsi dmidecode lsb_release hostid getconf tty locale ps pgrep pidof pstree top htop atop iotop w who whoami id groups users last lastb lastlog logname finger getent getenforce sestatus aa-status apparmor_status seinfo sesearch nvidia-smi sensors smem slabtop numastat  modinfo  lsinitramfs lsinitrd inxi hwinfo biosdecode acpi upower dstat glances nmon neofetch screenfetch pmap procinfo runlevel pinky printenv needs-restarting needrestart checkrestart  tload virt-what systemd-detect-virt systemd-analyze systemd-cgls systemd-cgtop systemd-delta systemd-path systemd-escape    ntpq ntpstat cpuid x86info vainfo lstopo ipcs cpupower turbostat "
        ) { $0.machineLook() },
        ProgramSpec("blkid", options: "-o= -s= -t= -p -L= -U= -c= -g"),
        ProgramSpec("lsof", options: "-i? -p= -u= -c= -a -t -n -P +D="),
        ProgramSpec("echo", options: "", examples: ["echo rm -rf / ->"]),
        ProgramSpec(
            "printf true false : pwd dirs sleep wait exit return break continue shift let getopts times local declare typeset readonly read mapfile readarray  usleep clear reset tput stty  cal ncal bc dc units figlet cowsay lolcat banner rand shuf uuidgen mcookie pwgen dbus-uuidgen mktemp tempfile set shopt umask ulimit bind jobs fg bg disown pushd popd cd  logout suspend caller enable  getopt  tsort ptx dircolors   apg gettext envsubst ts   errno    ",
            options: ""
        ) { $0.shellWords() },
        ProgramSpec("date", options: "-d/--date= -f/--file= -s/--set= -r/--reference= -I? --rfc-3339= -u/--utc/--universal", examples: ["date -s 10:00 -> change"]) { r in
            if r.has("-s") || r.word(0).map({ !$0.hasPrefix("+") && $0.count >= 8 }) ?? false { r.add(.change(what: "sets the clock")) }
        },
    ]
}

extension Reading {
    /// `less +!command`, `less -o file`.
    mutating func pager() {
        for word in words where word.hasPrefix("+!") || word.hasPrefix("+|") { addShell(Value(String(word.dropFirst(2))), by: call.program) }
        if call.program == "xxd", has("-r"), let target = operands.dropFirst().first { add(.write(target, .replace, content: nil)) }
    }

    mutating func queries() {
        if call.program != "jq", has("-i") { for operand in operands.dropFirst() { add(.write(operand, .edit, content: nil)) } }
        if call.program == "jq" || call.program == "yq", wholeText.contains("$ENV") || wholeText.contains("env.") { return }
    }

    /// Programs that look, but for one option or operand.
    mutating func machineLook() {
        switch call.program {
        case "printenv":
            if operands.contains(where: { name in
                ["SECRET", "PASSWORD", "PASSWD", "TOKEN", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL"].contains { name.known?.uppercased().contains($0) ?? false }
            }) {
                add(.secret(what: "printenv prints a secret"))
            }
        case "getent": if let base = word(0), base == "shadow" || base == "gshadow" { add(.read(Value("/etc/\(base)"), prints: true)) }
        case "lastlog": if hasWord("-C", "--clear", "-S", "--set") { add(.logs(what: "lastlog clears login records", isKept: false)) }
        case "nvidia-smi": if hasWord("-r", "--gpu-reset", "-pm", "-pl") { add(.change(what: "sets up a graphics card")) }
        case "modinfo", "ps": break
        case "cpupower": if hasWord("frequency-set", "set", "idle-set") { add(.change(what: "sets the processor's frequency")) }
        case "sar": if let file = call.arguments.drop(while: { $0.known != "-o" }).dropFirst().first { add(.write(file.value, .replace, content: nil)) }
        default: break
        }
    }

    mutating func shellWords() {
        switch call.program {
        case "mktemp", "tempfile": add(.change(what: "makes a temporary file"))
        case "ulimit": if wholeText.contains("-c unlimited") { add(.change(what: "lets programs dump their memory")) }
        case "set", "shopt": if wholeText.contains("history"), wholeText.contains("+o") || wholeText.contains("-u") { add(.logs(what: "the shell stops keeping its history", isKept: false)) }
        case "enable": if has("-f") { add(.runUnknown(source: "enable loads a library into the shell")) }
        case "declare", "typeset", "readonly", "local":
            for word in call.arguments {
                guard let text = word.known, let equals = text.firstIndex(of: "="), equals != text.startIndex else { continue }
                add(.environment(name: String(text[..<equals]), value: Value(String(text[text.index(after: equals)...]))))
            }
        default: break
        }
    }
}
