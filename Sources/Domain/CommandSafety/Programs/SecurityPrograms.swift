/// What protects the host.
enum SecurityPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec("setenforce", examples: ["setenforce 0 -> security", "setenforce 1 -> change"]) { r in
            r.add(["1", "Enforcing", "enforcing"].contains(r.word(0)) ? .change(what: "turns SELinux on") : .security(what: "setenforce \(r.word(0) ?? "…") turns SELinux off"))
        },
        ProgramSpec("setsebool semodule semanage selinux-activate selinux-config-enforcing", options: "-P -i= -r= -d= -e= -l -t= -a -m -D -n -B -C -E -X= -R -N -u= -s= -p=") { r in
            let words = Set(r.words)
            switch r.call.program {
            case "semodule": if r.has("-r", "-d", "-X") || r.has("-D") { r.add(.security(what: "semodule takes policy away")) } else if !r.has("-l") { r.add(.change(what: "semodule loads policy")) }
            case "semanage":
                if words.contains("-l") || words.contains("--list") || words.contains("-h") { return }
                if words.contains("permissive") && (words.contains("-a") || words.contains("--add")) || words.contains("dontaudit") && words.contains("off")
                    || words.contains("module") && (words.contains("-d") || words.contains("--disable") || words.contains("-r")) || words.contains("login") && r.wholeText.contains("unconfined")
                    || words.contains("-D") || words.contains("--deleteall")
                {
                    r.add(.security(what: "semanage weakens SELinux"))
                } else {
                    r.add(.change(what: "semanage sets SELinux's labels"))
                }
            case "setsebool":
                r.add(
                    [
                        "secure_mode", "selinuxuser_exec", "allow_exec", "deny_ptrace", "secure_mode_policyload", "execmem", "execstack", "execheap", "execmod", "unconfined", "full_access",
                        "_disable_trans",
                    ].contains(where: r.wholeText.contains)
                        ? .security(what: "setsebool weakens SELinux") : .change(what: "sets an SELinux switch"))
            default: r.add(.change(what: "sets up SELinux"))
            }
        },
        ProgramSpec(
            "restorecon chcon fixfiles secon audit2allow audit2why matchpathcon runcon sandbox newrole load_policy setfiles",
            options: "-R/-r -v -F -t= -u= -l= --reference= -f= -M= -i= -n -e= -w -a -m="
        ) { r in
            switch r.call.program {
            case "matchpathcon", "secon", "audit2why", "audit2allow": if r.has("-M") { r.add(.change(what: "writes an SELinux module")) }
            case "chcon": for path in r.operands.dropFirst(r.has("-t", "-u", "--reference") ? 0 : 1) { r.add(.changeAttributes(path, what: "SELinux label", r.has("-R") ? .tree : .itself)) }
            default: r.add(.change(what: "\(r.call.program) restores labels"))
            }
        },
        ProgramSpec("aa-disable aa-teardown aa-complain aa-remove-unknown aa-audit", options: "-d= -r") { r in r.add(.security(what: "\(r.call.program) turns AppArmor off")) },
        ProgramSpec("aa-enforce aa-genprof aa-logprof aa-autodep aa-cleanprof aa-enabled aa-features-abi aa-notify aa-unconfined aa-decode", options: "-d= --paranoid") { r in
            if r.call.program == "aa-enforce" { r.add(.change(what: "enforces a profile")) }
        },
        ProgramSpec("apparmor_parser", options: "-R/--remove -r/--replace -a/--add -C/--Complain -N/--names -p -Q -K -T -W -d -n= -I= -m= -M= -j=", looks: "-N -p -Q") { r in
            if r.has("-R", "-C") { r.add(.security(what: "apparmor_parser takes profiles away")) } else { r.add(.change(what: "loads a profile")) }
        },
        ProgramSpec("fips-mode-setup update-crypto-policies", options: "--enable --disable --check --is-enabled --show --set=", looks: "--check --is-enabled --show") { r in
            if r.has("--disable") || r.value("--set")?.known.map({ $0.hasPrefix("LEGACY") }) ?? false {
                r.add(.security(what: "\(r.call.program) weakens the cryptography"))
            } else {
                r.add(.change(what: "sets the cryptography's policy"))
            }
        },
        ProgramSpec(
            "lynis rkhunter chkrootkit clamscan clamdscan freshclam oscap aide tripwire debsecan trivy grype syft nikto openscap-scanner osqueryi falcoctl wazuh-control ossec-control maldet yara",
            options: "--update --check --init -r -i -l= --log= --remove --propupd -q -c= -o:writes -f= --profile= --results:writes --report:writes --move="
        ) { r in
            if r.hasWord("stop", "disable") {
                r.add(.security(what: "\(r.call.program) stops it"))
            } else if r.has("--update", "--init", "--propupd") || r.call.program == "freshclam" {
                r.add(.change(what: "\(r.call.program) updates itself"))
            } else if r.has("--remove") {
                r.add(.change(what: "removes what it takes for bad"))
            }
        },
        ProgramSpec("capsh getpcaps pscap netcap filecap firejail bwrap apparmor-utils", options: "--drop= --print --user= --decode= -- -d", looks: "--print --decode") { r in
            if r.call.program == "filecap", r.operands.count > 1 { r.add(.changeAttributes(r.operands[0], what: "capabilities", .itself)) }
            if r.call.program == "capsh", r.words.contains("--") { r.add(.runUnknown(source: "capsh runs a shell")) }
        },
        ProgramSpec("sealert abrt-cli ubuntu-security-status pro ua ubuntu-advantage", options: "--assume-yes") { r in
            if r.hasWord("disable", "detach") {
                r.add(.security(what: "\(r.call.program) turns security updates off"))
            } else if r.hasWord("attach", "enable", "refresh") {
                r.add(.change(what: "turns security updates on"))
            }
        },
    ]
}
